"""Every event of every service, kept for those who subscribed to it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from tongheng_contracts.catalogue import event_type
from tongheng_contracts.envelope import Event
from workflow.deliveries import service
from workflow.webhooks.rules import webhook_topics

consumers = Consumers()


@consumers.on(*(event_type(topic) for topic in webhook_topics()), every=True)
async def on_events(session: AsyncSession, events: Sequence[Event]) -> None:
    """Write what is to be sent to whom; another loop sends it."""
    await service.record_events(session, events)
