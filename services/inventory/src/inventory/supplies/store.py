"""How purchase orders are kept, locked and asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from inventory.database import arrays, columns_of, insert_rows, rows_of
from inventory.stock.rules import ItemKey
from inventory.supplies.rules import Order, OrderLine, Supply
from inventory.supplies.tables import purchase_order_lines, purchase_orders

_ORDERS = (
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,"
    " warehouse = excluded.warehouse, tolerance = excluded.tolerance"
    " WHERE excluded.version > purchase_orders.version"
)
_LINES = (
    "ON CONFLICT (order_id, line) DO UPDATE SET warehouse = excluded.warehouse, quantity = excluded.quantity,"
    " cancelled = excluded.cancelled, unit_price = excluded.unit_price, tax_code = excluded.tax_code,"
    " tax_rate = excluded.tax_rate, due_date = excluded.due_date, active = excluded.active"
)
_OPEN = Statement(
    "SELECT l.order_id, l.line, o.number, l.company, l.item, l.warehouse, l.due_date,"
    " l.quantity - l.cancelled - l.accepted"
    " FROM purchase_order_lines l JOIN purchase_orders o ON o.id = l.order_id"
    f" JOIN {arrays(company='text', item='text')} ON new.company = l.company AND new.item = l.item"
    " WHERE l.active AND l.quantity > l.cancelled + l.accepted"
    " ORDER BY l.due_date NULLS LAST, o.number, l.line"
)
_ON_ORDER = Statement(
    "SELECT l.company, l.item, l.warehouse, sum(l.quantity - l.cancelled - l.accepted)"
    f" FROM purchase_order_lines l JOIN {arrays(company='text', item='text')} USING (company, item)"
    " WHERE l.active AND l.quantity > l.cancelled + l.accepted GROUP BY l.company, l.item, l.warehouse"
)
_ACCEPT = Statement(
    "UPDATE purchase_order_lines l SET accepted = l.accepted + new.accepted"
    f" FROM {arrays(order_id='uuid', line='integer', accepted='numeric')}"
    " WHERE l.order_id = new.order_id AND l.line = new.line"
)


async def upsert(
    session: AsyncSession,
    orders: Sequence[Mapping[str, object]],
    lines: Sequence[Mapping[str, object]],
) -> None:
    """Take over whole orders."""
    await insert_rows(session, purchase_orders, orders, conflict=_ORDERS)
    await insert_rows(session, purchase_order_lines, lines, conflict=_LINES)


async def open_lines(session: AsyncSession, keys: Collection[ItemKey]) -> list[Supply]:
    """The open lines of some items, the earliest first."""
    ordered = sorted(keys)
    found = await rows_of(
        session, _OPEN, {"company": [k.company for k in ordered], "item": [k.item for k in ordered]}
    )
    return [Supply(*row) for row in found]


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Order | None:
    """A purchase order by id or number."""
    try:
        where = purchase_orders.c.id == UUID(ref)
    except ValueError:
        where = purchase_orders.c.number == ref
    query = select(purchase_orders).where(where)
    head = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    if head is None:
        return None
    lines = await session.execute(
        select(
            purchase_order_lines.c.line,
            purchase_order_lines.c.item,
            purchase_order_lines.c.unit,
            purchase_order_lines.c.warehouse,
            purchase_order_lines.c.quantity,
            purchase_order_lines.c.cancelled,
            purchase_order_lines.c.accepted,
            purchase_order_lines.c.unit_price,
            purchase_order_lines.c.tax_code,
            purchase_order_lines.c.tax_rate,
        )
        .where(purchase_order_lines.c.order_id == head["id"])
        .order_by(purchase_order_lines.c.line)
    )
    return Order(
        id=head["id"],
        number=head["number"],
        company=head["company"],
        status=head["status"],
        supplier=head["supplier"],
        warehouse=head["warehouse"],
        currency=head["currency"],
        tolerance=head["tolerance"],
        lines={row[0]: OrderLine(*row) for row in lines.tuples()},
    )


async def accept(session: AsyncSession, order_id: UUID, accepted: Mapping[int, Decimal]) -> None:
    """Count what was accepted per line."""
    rows = [{"order_id": order_id, "line": n, "accepted": q} for n, q in sorted(accepted.items())]
    if rows:
        await rows_of(session, _ACCEPT, columns_of(rows))


async def on_order(
    session: AsyncSession, keys: Collection[ItemKey]
) -> dict[tuple[str, str, str], Decimal]:
    """Open quantities of some items by company, item and warehouse."""
    ordered = sorted(keys)
    found = await rows_of(
        session,
        _ON_ORDER,
        {"company": [k.company for k in ordered], "item": [k.item for k in ordered]},
    )
    return {(company, item, place): quantity for company, item, place, quantity in found}
