"""How bins are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import arrays, filtered, insert_rows, rows_of
from chassis.statements import Statement
from inventory.bins.rules import Spot
from inventory.bins.tables import bins as table
from inventory.stock.tables import balances

# By warehouse whether it keeps a list at all, and by bin whether it is open; one look for all that a command names.
_KNOWN = Statement(
    f"SELECT b.warehouse, b.code, b.active FROM bins b JOIN {arrays(warehouse='text', code='text')}"
    " USING (warehouse, code) WHERE b.company = CAST(:company AS text)"
)
_KEPT = Statement(
    "SELECT DISTINCT warehouse FROM bins WHERE company = CAST(:company AS text)"
    " AND warehouse = ANY(CAST(:warehouses AS text[]))"
)
_ORDER = Statement(
    "SELECT p.id, p.bin, coalesce(b.zone, ''), coalesce(b.pick_order, 0) FROM balances p"
    " LEFT JOIN bins b ON b.company = p.company AND b.warehouse = p.warehouse AND b.code = p.bin"
    " WHERE p.id = ANY(CAST(:ids AS bigint[])) AND p.bin <> ''"
)


async def add(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> dict[UUID, datetime]:
    """Keep new bins; of those whose place was free when that was."""
    conflict = "ON CONFLICT (company, warehouse, code) DO NOTHING RETURNING id, recorded_at"
    found = await insert_rows(session, table, rows, conflict=conflict)
    return {row[0]: row[1] for row in found}


async def change(session: AsyncSession, bin_id: UUID, values: Mapping[str, object]) -> None:
    """Write what changes of a locked bin."""
    await session.execute(update(table).where(table.c.id == bin_id).values(**values))


async def find(session: AsyncSession, bin_id: UUID, *, lock: bool = False) -> dict[str, Any] | None:
    """One bin."""
    query = select(table).where(table.c.id == bin_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return dict(row) if row else None


async def known(session: AsyncSession, company: str, spots: Collection[Spot]) -> dict[Spot, bool]:
    """Which of these bins there are, and whether each is open."""
    ordered = sorted(spots)
    values = {
        "company": company,
        "warehouse": [spot.warehouse for spot in ordered],
        "code": [spot.code for spot in ordered],
    }
    return {Spot(row[0], row[1]): row[2] for row in await rows_of(session, _KNOWN, values)}


async def keeping(
    session: AsyncSession, company: str, warehouses: Collection[str]
) -> frozenset[str]:
    """Which of these warehouses keep a list of bins."""
    values = {"company": company, "warehouses": sorted(warehouses)}
    return frozenset(row[0] for row in await rows_of(session, _KEPT, values))


async def order_of(
    session: AsyncSession, balance_ids: Collection[int]
) -> dict[int, tuple[str, str, int]]:
    """Bin, zone and place on the way of some balances; none for what lies in no bin."""
    found = await rows_of(session, _ORDER, {"ids": sorted(balance_ids)})
    return {row[0]: (row[1], row[2], row[3]) for row in found}


async def items_in(session: AsyncSession, company: str, spot: Spot, *, most: int) -> list[str]:
    """Some of the items that lie in a bin."""
    query = (
        select(balances.c.item)
        .where(
            balances.c.company == company,
            balances.c.warehouse == spot.warehouse,
            balances.c.bin == spot.code,
            balances.c.on_hand > 0,
        )
        .distinct()
        .order_by(balances.c.item)
        .limit(most)
    )
    return list((await session.execute(query)).scalars())


async def listed(
    session: AsyncSession, paging: PageRequest, *, active: bool | None, **filters: str | None
) -> Page[dict[str, Any]]:
    """Bins by warehouse and the way through it."""
    query = filtered(select(*table.c), *((table.c[name], value) for name, value in filters.items()))
    if active is not None:
        query = query.where(table.c.active == active)
    return await page(
        session,
        query,
        paging,
        key=[table.c.company, table.c.warehouse, table.c.code],
        allowed_sorts={name: table.c[name] for name in ("warehouse", "code", "zone", "pick_order")},
        default_sort="warehouse,pick_order,code",
        make=lambda row: dict(zip(table.c.keys(), row, strict=False)),
    )
