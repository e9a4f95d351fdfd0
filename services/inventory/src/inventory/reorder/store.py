"""How reorder rules are kept, and what there is of their items, by one statement: a look at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import arrays, columns_of, filtered, insert_rows, rows_of
from chassis.statements import Statement
from inventory.reorder.rules import Position
from inventory.reorder.tables import reorder_rules as table
from inventory.stock.rules import Place, Status

ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('inventory.reorder'))")

# One statement: a receipt between two would be counted twice or not at all.
_LOOK = Statement(
    "WITH rule AS (SELECT * FROM reorder_rules"
    " WHERE (active OR told_quantity > 0) AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid))"
    " ORDER BY id LIMIT CAST(:most AS int))"
    " SELECT r.id, r.company, r.item, r.warehouse, r.unit, r.minimum, r.maximum, r.active,"
    " r.told_version, r.told_quantity, r.told_counted, s.free, t.moving, o.ordered, o.orders, p.promised"
    " FROM rule r,"
    " LATERAL (SELECT coalesce(sum(b.on_hand - b.reserved), 0) AS free FROM balances b"
    "  WHERE b.company = r.company AND b.item = r.item AND b.warehouse = r.warehouse"
    f"  AND b.status = '{Status.AVAILABLE}' AND b.owner = '') s,"
    " LATERAL (SELECT coalesce(sum(b.on_hand), 0) AS moving FROM balances b"
    f"  WHERE b.company = r.company AND b.item = r.item AND b.warehouse = '{Place.TRANSIT}'"
    "  AND b.bin = r.warehouse AND b.owner = '') t,"
    " LATERAL (SELECT coalesce(sum(l.quantity - l.cancelled - l.accepted), 0) AS ordered,"
    "  coalesce(array_agg(DISTINCT l.order_id ORDER BY l.order_id), '{}') AS orders FROM purchase_order_lines l"
    "  WHERE l.company = r.company AND l.item = r.item AND l.warehouse = r.warehouse"
    "  AND l.active AND l.quantity > l.cancelled + l.accepted) o,"
    " LATERAL (SELECT coalesce(sum(p.quantity), 0) AS promised FROM pegs p"
    "  WHERE p.company = r.company AND p.item = r.item AND p.warehouse = r.warehouse) p"
    " ORDER BY r.id"
)
_TELL = Statement(
    "UPDATE reorder_rules r SET told_version = r.told_version + 1, told_quantity = new.quantity,"
    " told_counted = CAST(new.counted AS uuid[]), told_at = now()"
    f" FROM {arrays(id='uuid', quantity='numeric', counted='text')} WHERE r.id = new.id"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A rule, what there is of its item, and what was told last."""

    id: UUID
    company: str
    item: str
    warehouse: str
    unit: str
    minimum: Decimal
    maximum: Decimal
    active: bool
    told_version: int
    told_quantity: Decimal
    told_counted: tuple[UUID, ...]
    position: Position


async def look(session: AsyncSession, *, after: UUID | None, most: int) -> list[Seen]:
    """The next rules in order of id, with the position of each."""
    found = await rows_of(session, _LOOK, {"after": after, "most": most})
    return [_seen(row) for row in found]


def _seen(row: tuple[Any, ...]) -> Seen:
    *rule, told_counted, free, in_transit, on_order, counted, promised = row
    position = Position(free, in_transit, on_order, promised, tuple(counted))
    return Seen(*rule, told_counted=tuple(told_counted), position=position)


async def tell(
    session: AsyncSession, told: Sequence[tuple[UUID, Decimal, tuple[UUID, ...]]]
) -> None:
    """Remember what is told of some rules."""
    rows = [
        {"id": rule, "quantity": quantity, "counted": f"{{{','.join(map(str, counted))}}}"}
        for rule, quantity, counted in told
    ]
    if rows:
        await rows_of(session, _TELL, columns_of(rows))


async def add(session: AsyncSession, row: dict[str, object]) -> bool:
    """Keep a new rule; whether the place was free."""
    conflict = "ON CONFLICT (company, warehouse, item) DO NOTHING RETURNING id"
    return bool(await insert_rows(session, table, [row], conflict=conflict))


async def change(session: AsyncSession, rule: UUID, values: dict[str, object]) -> None:
    """Write what changes of a locked rule."""
    await session.execute(update(table).where(table.c.id == rule).values(**values))


async def find(session: AsyncSession, rule: UUID, *, lock: bool = False) -> dict[str, Any] | None:
    """One rule."""
    query = select(table).where(table.c.id == rule)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return dict(row) if row else None


async def rules(
    session: AsyncSession,
    paging: PageRequest,
    *,
    low: bool | None,
    **filters: str | None,
) -> Page[dict[str, Any]]:
    """Rules by warehouse and item; `low`: those below their minimum when last looked at, or the others."""
    query = filtered(select(*table.c), *((table.c[name], value) for name, value in filters.items()))
    if low is not None:
        query = query.where(table.c.told_quantity > 0 if low else table.c.told_quantity == 0)
    return await page(
        session,
        query,
        paging,
        key=[table.c.company, table.c.warehouse, table.c.item],
        allowed_sorts={name: table.c[name] for name in ("item", "warehouse", "told_quantity")},
        default_sort="warehouse,item",
        make=lambda row: dict(zip(table.c.keys(), row, strict=False)),
    )
