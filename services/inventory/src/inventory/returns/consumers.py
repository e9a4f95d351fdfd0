"""What may come back or go back."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.returns import service
from tongheng_contracts.purchasing import PurchaseReturnAuthorised
from tongheng_contracts.sales import ReturnAuthorised

consumers = Consumers()


@consumers.on(ReturnAuthorised)
async def on_returns_authorised(session: AsyncSession, events: Sequence[ReturnAuthorised]) -> None:
    """Know what customers may send back."""
    await service.keep_sales_returns(session, [event.sales_return for event in events])


@consumers.on(PurchaseReturnAuthorised)
async def on_purchase_returns_authorised(
    session: AsyncSession, events: Sequence[PurchaseReturnAuthorised]
) -> None:
    """Know what may go back to suppliers."""
    await service.keep_purchase_returns(session, [event.purchase_return for event in events])
