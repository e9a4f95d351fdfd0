"""Sales orders, purchase orders and bills: what they concern is locked at once, so one handler hears them all."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.reservations import service
from inventory.valuation import service as valuation
from tongheng_contracts.finance import BillMatched
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
)
async def on_documents(
    session: AsyncSession,
    events: Sequence[
        PurchaseOrderApproved
        | PurchaseOrderChanged
        | OrderPlaced
        | OrderChanged
        | OrderCancelled
        | BillMatched
    ],
) -> None:
    """Know what is on order, hold stock for orders and release it, bring price differences to where the goods are."""
    bills = [event.bill for event in events if isinstance(event, BillMatched)]
    await service.apply_documents(
        session,
        orders=[
            event.order
            for event in events
            if isinstance(event, OrderPlaced | OrderChanged | OrderCancelled)
        ],
        purchase_orders=[
            event.order
            for event in events
            if isinstance(event, PurchaseOrderApproved | PurchaseOrderChanged)
        ],
        besides=await valuation.items_of(session, bills),
    )
    await valuation.adjust_costs(session, bills)
