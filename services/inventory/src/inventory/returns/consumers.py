"""What may come back or go back."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.returns import service
from tongheng_contracts.purchasing import PurchaseReturnAuthorised
from tongheng_contracts.sales import ReturnAuthorised

consumers = Consumers()


@consumers.on(ReturnAuthorised, PurchaseReturnAuthorised)
async def on_returns_authorised(
    session: AsyncSession, events: Sequence[ReturnAuthorised | PurchaseReturnAuthorised]
) -> None:
    """Know what customers may send back, and what may go back to suppliers."""
    documents = [
        event.sales_return if isinstance(event, ReturnAuthorised) else event.purchase_return
        for event in events
    ]
    await service.keep_authorisations(session, documents)
