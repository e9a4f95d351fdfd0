"""Human numbers of documents, such as SO-2026-000123. Gaps may occur; vouchers have a counter of their own."""

from __future__ import annotations

from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import failpoints
from chassis.statements import Statement


@cache
def _drawing(sequence: str) -> Statement:
    assert sequence.isidentifier(), sequence
    return Statement(f"SELECT nextval('{sequence}') FROM generate_series(1, CAST(:count AS int))")


async def draw(
    session: AsyncSession, sequence: str, prefix: str, year: int, count: int = 1
) -> list[str]:
    """The next `count` numbers of a series, in order."""
    rows = await _drawing(sequence).fetch(session, {"count": count})
    failpoints.reach("F12")
    return [f"{prefix}-{year}-{row['nextval']:06d}" for row in rows]
