"""What production says of our orders and quotations."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.outlook import store
from tongheng_contracts.production import EngineeringRequestChanged, PromiseChanged

consumers = Consumers()


@consumers.on(PromiseChanged)
async def on_promises_changed(session: AsyncSession, events: Sequence[PromiseChanged]) -> None:
    """Keep beside the order when its lines can be delivered; what was promised to the customer stays."""
    await store.keep_changes(session, [event.change for event in events])


@consumers.on(EngineeringRequestChanged)
async def on_engineering_requests(
    session: AsyncSession, events: Sequence[EngineeringRequestChanged]
) -> None:
    """Know how far production is with what was quoted without an item."""
    await store.keep_requests(session, [event.engineering_request for event in events])
