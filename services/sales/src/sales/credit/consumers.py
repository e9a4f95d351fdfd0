"""What finance says that customers owe."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.credit import service
from tongheng_contracts.finance import CreditExposureChanged

consumers = Consumers()


@consumers.on(CreditExposureChanged)
async def on_credit_exposures_changed(
    session: AsyncSession, events: Sequence[CreditExposureChanged]
) -> None:
    """Take what customers owe, and the shipments that this now contains."""
    await service.acknowledge(session, [event.exposure for event in events])
