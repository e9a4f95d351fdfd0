"""How stocktakes are written, locked and found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from chassis.rows import insert_rows
from inventory.counts.rules import Count, CountLine, Spot
from inventory.counts.tables import count_lines, counts
from inventory.lists import by_reference, document, documents
from inventory.locks import Rank, enter

_ON_HAND = text(
    "SELECT item, bin, lot, on_hand FROM balances WHERE company = :company AND warehouse = :warehouse"
    " AND status = 'available' AND owner = '' AND on_hand > 0"
    " AND (CAST(:items AS text[]) IS NULL OR item = ANY(CAST(:items AS text[]))) ORDER BY item, bin, lot"
)
_KEEP = "ON CONFLICT (count_id, line) DO UPDATE SET expected = excluded.expected, counted = excluded.counted"


async def on_hand(
    session: AsyncSession, company: str, warehouse: str, items: Collection[str] | None
) -> dict[Spot, Decimal]:
    """What the ledger says lies in a warehouse, available: of some items, or of all."""
    found = await session.execute(
        _ON_HAND,
        {
            "company": company,
            "warehouse": warehouse,
            "items": None if items is None else sorted(items),
        },
    )
    return {Spot(row[0], row[1], row[2]): row[3] for row in found.tuples()}


async def create(session: AsyncSession, count: Count) -> None:
    """Write a new stocktake."""
    await session.execute(
        insert(counts).values(
            id=count.id,
            number=count.number,
            company=count.company,
            version=count.version,
            status=str(count.status),
            warehouse=count.warehouse,
            blind=count.blind,
            text=count.text,
            business_date=count.business_date,
            posting_date=count.business_date,
        )
    )
    await keep_lines(session, count, count.lines)


async def keep_lines(session: AsyncSession, count: Count, lines: Sequence[CountLine]) -> None:
    """Write lines, new ones and such as were counted."""
    rows = [
        {
            "count_id": count.id,
            "line": line.line,
            "company": count.company,
            "item": line.spot.item,
            "bin": line.spot.bin,
            "lot": line.spot.lot,
            "unit": line.unit,
            "book": line.book,
            "expected": line.expected,
            "counted": line.counted,
        }
        for line in lines
    ]
    await insert_rows(session, count_lines, rows, conflict=_KEEP)


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Count | None:
    """A stocktake by id or number, with its lines."""
    query = by_reference(
        select(
            counts.c.id, counts.c.number, counts.c.company, counts.c.version, counts.c.status,
            counts.c.warehouse, counts.c.blind, counts.c.text, counts.c.business_date,
        ),
        counts.c.id, counts.c.number, ref,
    )  # fmt: skip
    if lock:
        enter(session, Rank.DOCUMENTS, [ref])
        query = query.with_for_update()
    row = (await session.execute(query)).tuples().first()
    if row is None:
        return None
    count = Count(*row)
    count.lines = await lines_of(session, count.id)
    return count


async def lines_of(session: AsyncSession, count: UUID) -> list[CountLine]:
    """The lines of a stocktake, in order."""
    query = select(count_lines).where(count_lines.c.count_id == count).order_by(count_lines.c.line)
    return [
        CountLine(
            row["line"],
            Spot(row["item"], row["bin"], row["lot"]),
            row["unit"],
            row["book"],
            row["expected"],
            row["counted"],
        )
        for row in (await session.execute(query)).mappings()
    ]


async def save(
    session: AsyncSession, count: Count, *, adjustment: UUID | None = None, number: str = ""
) -> None:
    """Write a locked stocktake's state."""
    values: dict[str, object] = {"status": str(count.status), "version": count.version}
    if adjustment is not None:
        values |= {"adjustment": adjustment, "adjustment_number": number}
    await session.execute(update(counts).where(counts.c.id == count.id).values(**values))


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Stocktakes' heads, the newest first."""
    return await documents(session, counts, paging, filters)


async def find_head(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """A stocktake's head by id or number."""
    return await document(session, counts, ref)


async def tallied(
    session: AsyncSession, ids: Collection[UUID]
) -> Mapping[UUID, tuple[int, int, int]]:
    """Of each stocktake: its lines, those counted, those that differ."""
    query = (
        select(
            count_lines.c.count_id,
            func.count(),
            func.count(count_lines.c.counted),
            func.count().filter(count_lines.c.counted != count_lines.c.expected),
        )
        .where(count_lines.c.count_id.in_(ids))
        .group_by(count_lines.c.count_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in (await session.execute(query)).tuples()}
