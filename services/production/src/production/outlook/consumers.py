"""What inventory, sales and purchasing tell of stock, demand and supply."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from production.outlook import service
from production.outlook.service import Fact
from tongheng_contracts.envelope import Event
from tongheng_contracts.inventory import (
    CostAdjusted,
    GoodsReceived,
    GoodsReturned,
    GoodsShipped,
    MaterialIssued,
    ProductionReceived,
    StockAdjusted,
    TransferChanged,
    TransferReceived,
    TransferShipped,
)
from tongheng_contracts.purchasing import (
    PurchaseOrderApproved,
    PurchaseOrderChanged,
    RequisitionRaised,
    SupplierItemChanged,
)
from tongheng_contracts.sales import (
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    QuoteChanged,
    QuoteIssued,
)

consumers = Consumers()


# One handler for all of them: stock levels are counted in one pass, their rows locked in one order.
@consumers.on(
    GoodsReceived,
    GoodsShipped,
    GoodsReturned,
    StockAdjusted,
    MaterialIssued,
    ProductionReceived,
    CostAdjusted,
)
async def on_facts(session: AsyncSession, events: Sequence[Event]) -> None:
    """Keep what came into stock and left it."""
    facts = [(e.envelope.id, e.body) for e in events]
    await service.take_facts(session, [(i, body) for i, body in facts if isinstance(body, Fact)])


@consumers.on(TransferShipped, TransferReceived)
async def on_transfers(
    session: AsyncSession, events: Sequence[TransferShipped | TransferReceived]
) -> None:
    """Keep where goods are."""
    await service.take_transfers(
        session, [(e.envelope.id, e.movement, isinstance(e, TransferReceived)) for e in events]
    )


@consumers.on(TransferChanged)
async def on_transfers_changed(session: AsyncSession, events: Sequence[TransferChanged]) -> None:
    """Know what is to be moved between warehouses."""
    await service.keep_transfers(session, [e.transfer for e in events])


@consumers.on(OrderPlaced, OrderChanged, OrderCancelled)
async def on_orders(
    session: AsyncSession, events: Sequence[OrderPlaced | OrderChanged | OrderCancelled]
) -> None:
    """Know what customers want."""
    await service.keep_sales(session, [e.order for e in events])


@consumers.on(QuoteIssued, QuoteChanged)
async def on_quotations(
    session: AsyncSession, events: Sequence[QuoteIssued | QuoteChanged]
) -> None:
    """Know what customers were offered."""
    await service.keep_quotations(session, [e.quotation for e in events])


@consumers.on(PurchaseOrderApproved, PurchaseOrderChanged)
async def on_purchases(
    session: AsyncSession, events: Sequence[PurchaseOrderApproved | PurchaseOrderChanged]
) -> None:
    """Know what was ordered from suppliers."""
    await service.keep_purchases(session, [e.order for e in events])


@consumers.on(RequisitionRaised)
async def on_requisitions(session: AsyncSession, events: Sequence[RequisitionRaised]) -> None:
    """Know what was asked for."""
    await service.keep_requisitions(session, [e.requisition for e in events])


@consumers.on(SupplierItemChanged)
async def on_supplier_items(session: AsyncSession, events: Sequence[SupplierItemChanged]) -> None:
    """Know what suppliers offer."""
    await service.keep_offers(session, [e.supplier_item for e in events])
