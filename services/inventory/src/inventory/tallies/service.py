"""Running sums for finance's proof: what was received, shipped, issued, returned since the beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database
from inventory.tallies import store
from inventory.tallies.rules import Tally, summed

FOLD_SECONDS = 600.0
FOLD_HOURS = 1


async def add(session: AsyncSession, entries: Sequence[Tally]) -> None:
    """Add to the running sums, with the facts that they sum."""
    await store.add(session, summed(entries))


async def totals(session: AsyncSession, cut: datetime) -> list[Tally]:
    """The running sums as they were at the cut."""
    return await store.totals(session, cut)


async def keep_folded(database: Database) -> None:
    """Keep the entries few, for ever."""
    while True:
        await asyncio.sleep(FOLD_SECONDS)
        async with database.transaction(system_context("tallies")) as session:
            await store.fold(session, FOLD_HOURS)
