"""Plans that move goods between warehouses."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.transfers import service
from tongheng_contracts.production import PlannedOrderFirmed

consumers = Consumers()


@consumers.on(PlannedOrderFirmed)
async def on_planned_orders_firmed(
    session: AsyncSession, events: Sequence[PlannedOrderFirmed]
) -> None:
    """Make the transfers that the planner has decided on."""
    await service.follow_plans(
        session, [event.firmed for event in events if event.firmed.kind == "transfer"]
    )
