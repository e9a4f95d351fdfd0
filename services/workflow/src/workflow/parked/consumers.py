"""Each service's report says what is parked there."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from tongheng_contracts.control import CONTROL_EVENTS, ControlReport
from tongheng_contracts.envelope import Event
from workflow.parked import service

consumers = Consumers()


@consumers.on(*CONTROL_EVENTS.values())
async def on_control_totals(session: AsyncSession, events: Sequence[Event]) -> None:
    """Keep the newest word of each service."""
    bodies = (event.body for event in events)
    await service.take_reports(
        session, [body for body in bodies if isinstance(body, ControlReport)]
    )
