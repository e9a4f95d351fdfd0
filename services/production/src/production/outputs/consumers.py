"""What inventory tells of material given out, and of goods taken in."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from production.outputs import service
from tongheng_contracts.inventory import MaterialIssued, ProductionReceived

consumers = Consumers()


@consumers.on(MaterialIssued)
async def on_materials_issued(session: AsyncSession, events: Sequence[MaterialIssued]) -> None:
    """Charge orders with the material that was given out to them."""
    await service.take_issues(session, [(event.envelope.id, event.issue) for event in events])


@consumers.on(ProductionReceived)
async def on_production_received(
    session: AsyncSession, events: Sequence[ProductionReceived]
) -> None:
    """Note that outputs are in stock."""
    await service.take_receipts(session, [event.production_receipt for event in events])
