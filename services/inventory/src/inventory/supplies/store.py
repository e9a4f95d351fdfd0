"""How purchase orders are kept, locked and asked."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_of, insert_rows, rows_of
from chassis.statements import Statement
from inventory.locks import Rank, enter
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


_HEAD = (
    "SELECT id, number, company, status, supplier, warehouse, currency, tolerance FROM purchase_orders"
    " WHERE id = CAST(:id AS uuid) OR number = CAST(:number AS text)"
)
_READ_HEAD = Statement(_HEAD)
_LOCK_HEAD = Statement(f"{_HEAD} FOR UPDATE")
_LINES_OF = Statement(
    "SELECT line, item, unit, warehouse, quantity, cancelled, accepted, unit_price, tax_code, tax_rate"
    " FROM purchase_order_lines WHERE order_id = CAST(:id AS uuid) ORDER BY line"
)


async def upsert(
    session: AsyncSession,
    orders: Sequence[Mapping[str, Hashable]],
    lines: Sequence[Mapping[str, object]],
) -> None:
    """Take over whole orders, in order of id."""
    enter(session, Rank.DOCUMENTS, (order["id"] for order in orders))
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
        given: dict[str, UUID | str | None] = {"id": UUID(ref), "number": ref}
    except ValueError:
        given = {"id": None, "number": ref}
    if lock:
        enter(session, Rank.DOCUMENTS, [given["id"]])
    heads = await rows_of(session, _LOCK_HEAD if lock else _READ_HEAD, given)
    if not heads:
        return None
    # By a statement of its own: one that waited for the lock would see the lines as they were before.
    lines = await rows_of(session, _LINES_OF, {"id": heads[0][0]})
    return Order(*heads[0], lines={row[0]: OrderLine(*row) for row in lines})


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
