"""Bills that cost another price than was received."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from inventory.valuation import service
from tongheng_contracts.finance import BillMatched

consumers = Consumers()


@consumers.on(BillMatched)
async def on_bills_matched(session: AsyncSession, events: Sequence[BillMatched]) -> None:
    """Bring price differences to where the goods are."""
    await service.adjust_costs(session, [event.bill for event in events])
