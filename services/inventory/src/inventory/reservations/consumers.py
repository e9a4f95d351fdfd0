"""Sales orders and purchase orders move reservations."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.reservations import service
from inventory.supplies import service as supplies
from inventory.valuation import service as valuation
from tongheng_contracts.purchasing import PurchaseOrderApproved, PurchaseOrderChanged
from tongheng_contracts.sales import OrderCancelled, OrderChanged, OrderPlaced

consumers = Consumers()


@consumers.on(PurchaseOrderApproved, PurchaseOrderChanged)
async def on_purchase_orders(
    session: AsyncSession, events: Sequence[PurchaseOrderApproved | PurchaseOrderChanged]
) -> None:
    """Know what is on order, and let who waits know when it comes."""
    orders = [event.order for event in events]
    keys = supplies.keys_of(orders)
    book = await valuation.open_book(session, keys)
    await supplies.keep_orders(session, orders)
    await service.settle(session, book, keys)


@consumers.on(OrderPlaced, OrderChanged, OrderCancelled)
async def on_orders(
    session: AsyncSession, events: Sequence[OrderPlaced | OrderChanged | OrderCancelled]
) -> None:
    """Hold stock for orders, release what is no longer wanted."""
    await service.apply_orders(session, [event.order for event in events])
