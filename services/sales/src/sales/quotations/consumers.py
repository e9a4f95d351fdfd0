"""What production makes of our quotations."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.quotations import service
from tongheng_contracts.production import EngineeringRequestChanged, EngineeringStatus

consumers = Consumers()


@consumers.on(EngineeringRequestChanged)
async def on_engineering_requests(
    session: AsyncSession, events: Sequence[EngineeringRequestChanged]
) -> None:
    """Sell what was engineered by its item from now on."""
    items = {
        event.engineering_request.id: event.engineering_request.item
        for event in events
        if event.engineering_request.status == EngineeringStatus.RELEASED
    }
    await service.name_items(session, items)
