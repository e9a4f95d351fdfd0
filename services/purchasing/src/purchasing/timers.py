"""What purchasing does by the clock."""

from __future__ import annotations

import asyncio

from chassis.context import system_context
from chassis.database import Database
from purchasing.requisitions import service as requisitions

EVERY_SECONDS = 15.0


async def settle_shortages(database: Database) -> None:
    """Look again at shortages whose purchase orders inventory has known for a while."""
    while True:
        async with database.transaction(system_context("purchasing")) as session:
            await requisitions.settle(session)
        await asyncio.sleep(EVERY_SECONDS)
