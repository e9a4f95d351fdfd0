"""What production's plan says of our orders."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.outlook import store
from tongheng_contracts.production import PromiseChanged

consumers = Consumers()


@consumers.on(PromiseChanged)
async def on_promises_changed(session: AsyncSession, events: Sequence[PromiseChanged]) -> None:
    """Keep beside the order when its lines can be delivered; what was promised to the customer stays."""
    await store.keep_changes(session, [event.change for event in events])
