"""How tallies are added, summed and folded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import insert_rows
from inventory.tallies.rules import Tally
from inventory.tallies.tables import tallies

_LOCK = 0x7468_7461_6C79  # one folder at a time


async def add(session: AsyncSession, entries: Sequence[Tally]) -> None:
    """Append entries."""
    await insert_rows(
        session,
        tallies,
        [
            {
                "company": e.company,
                "name": e.name,
                "key": e.key,
                "amount": e.amount,
                "quantity": e.quantity,
                "count": e.count,
            }
            for e in entries
        ],
    )


async def totals(session: AsyncSession, cut: datetime) -> list[Tally]:
    """The sums of all entries up to the cut."""
    found = await session.execute(
        text(
            "SELECT company, name, sum(amount), sum(quantity), key, sum(count)::integer FROM tallies"
            " WHERE recorded_at <= :cut GROUP BY company, name, key ORDER BY company, name, key"
        ),
        {"cut": cut},
    )
    return [Tally(*row) for row in found.tuples()]


async def fold(session: AsyncSession, hours: int) -> int:
    """Replace the entries that are older than some hours by their sums; the number of entries replaced."""
    if not await session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}):
        return 0
    # No transaction lives for an hour, so every cut is later than all that is folded.
    done = await session.execute(
        text(
            "WITH old AS (DELETE FROM tallies WHERE recorded_at < now() - make_interval(hours => :hours) RETURNING *)"
            " INSERT INTO tallies (company, name, key, amount, quantity, count, recorded_at)"
            " SELECT company, name, key, sum(amount), sum(quantity), sum(count), max(recorded_at) FROM old"
            " GROUP BY company, name, key RETURNING 1"
        ),
        {"hours": hours},
    )
    return len(done.all())
