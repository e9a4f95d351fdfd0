"""The audit trails of all services come in chapters."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from tongheng_contracts.audit import AUDIT_EVENTS, AuditChapter
from tongheng_contracts.envelope import Event
from workflow.audit_trail import service

consumers = Consumers()


@consumers.on(*AUDIT_EVENTS.values())
async def on_audit_recorded(session: AsyncSession, events: Sequence[Event]) -> None:
    """Keep what was recorded."""
    bodies = (event.body for event in events)
    await service.collect(session, [body for body in bodies if isinstance(body, AuditChapter)])
