"""Inventory's and production's control totals."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from tongheng_contracts.control import InventoryControlTotals, ProductionControlTotals

from . import service

consumers = Consumers()


@consumers.on(InventoryControlTotals, ProductionControlTotals)
async def on_control_totals(
    session: AsyncSession, events: Sequence[InventoryControlTotals | ProductionControlTotals]
) -> None:
    """Keep the left sides of the proof."""
    await service.keep_reports(session, [event.report for event in events])
