"""Human numbers of documents, such as SO-2026-000123. Gaps may occur; vouchers have a counter of their own."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def draw(
    session: AsyncSession, sequence: str, prefix: str, year: int, count: int = 1
) -> list[str]:
    """The next `count` numbers of a series, in order."""
    assert sequence.isidentifier(), sequence
    rows = await session.execute(
        text(f"SELECT nextval('{sequence}') FROM generate_series(1, :count)"), {"count": count}
    )
    return [f"{prefix}-{year}-{value:06d}" for (value,) in rows]
