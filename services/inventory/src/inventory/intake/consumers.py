"""Documents and requests that move stock: what they concern is locked at once, so one handler hears them all."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.intake import service
from inventory.intake.service import Heard
from inventory.stock.rules import ItemKey
from tongheng_contracts.envelope import Event
from tongheng_contracts.finance import BillMatched
from tongheng_contracts.inventory import GoodsReceived, StockAdjusted, TransferReceived
from tongheng_contracts.production import (
    MaterialRequested,
    OutputReported,
    ProductionOrderChanged,
    ProductionOrderReleased,
)
from tongheng_contracts.purchasing import PurchaseOrderApproved, PurchaseOrderChanged
from tongheng_contracts.sales import OrderCancelled, OrderChanged, OrderPlaced

consumers = Consumers()


@consumers.on(
    PurchaseOrderApproved,
    PurchaseOrderChanged,
    OrderPlaced,
    OrderChanged,
    OrderCancelled,
    BillMatched,
    ProductionOrderReleased,
    ProductionOrderChanged,
    MaterialRequested,
    OutputReported,
    GoodsReceived,
    StockAdjusted,
    TransferReceived,
)
async def on_documents(session: AsyncSession, events: Sequence[Event]) -> None:
    """Know what is on order, hold stock for sales and production orders, give out and take in, bring later costs."""
    heard = Heard(
        orders=[
            e.order for e in events if isinstance(e, OrderPlaced | OrderChanged | OrderCancelled)
        ],
        purchase_orders=[
            e.order for e in events if isinstance(e, PurchaseOrderApproved | PurchaseOrderChanged)
        ],
        bills=[e.bill for e in events if isinstance(e, BillMatched)],
        production_orders=[
            e.order
            for e in events
            if isinstance(e, ProductionOrderReleased | ProductionOrderChanged)
        ],
        requests=[e.request for e in events if isinstance(e, MaterialRequested)],
        outputs=[e.output for e in events if isinstance(e, OutputReported)],
        came={ItemKey(e.company, item) for e in events for item in _came(e)},
    )
    await service.take_in(session, heard)


def _came(event: Event) -> list[str]:
    if isinstance(event, GoodsReceived):
        return [line.item for line in event.receipt.lines if line.accepted > 0]
    if isinstance(event, StockAdjusted):
        return [line.item for line in event.adjustment.lines if line.quantity > 0]
    if isinstance(event, TransferReceived):
        return [line.item for line in event.movement.lines]
    return []
