"""Numbers that items draw."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def draw_barcode_numbers(session: AsyncSession, count: int) -> list[int]:
    """Numbers for barcodes of our own, never given twice."""
    if count == 0:
        return []
    drawn = await session.scalars(
        text("SELECT nextval('item_barcodes') FROM generate_series(1, :count)"), {"count": count}
    )
    return list(drawn)
