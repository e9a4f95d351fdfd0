"""Orders' heads and lines, and who waits for an item."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_of, insert_rows, rows_of
from chassis.statements import Statement
from inventory.locks import Rank, enter
from inventory.reservations.rules import Demand, LineKey, Order, Want
from inventory.reservations.tables import demand_orders, demands
from inventory.stock.rules import ItemKey

KEYS = arrays(company="text", item="text")


_ORDERS = (
    "SELECT id, number, company, customer, currency, status, priority, requested_date, placed_at, order_version,"
    " version, business_date FROM demand_orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"
)


_READ_ORDERS = Statement(_ORDERS)


_LOCK_ORDERS = Statement(f"{_ORDERS} FOR UPDATE")


_DEMANDS = Statement(
    "SELECT order_id, line, company, item, unit, warehouse, quantity, cancelled, held, shipped, cancel_requested,"
    " amount_net, amount_tax, tax_code, tax_rate, active FROM demands WHERE order_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY order_id, line"
)


_COUNT_VERSIONS = Statement(
    "WITH locked AS (SELECT id FROM demand_orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE)"
    " UPDATE demand_orders o SET version = o.version + 1 FROM locked WHERE o.id = locked.id"
    " RETURNING o.id, o.number, o.company, o.customer, o.currency, o.status, o.priority, o.requested_date, o.placed_at,"
    " o.order_version, o.version, o.business_date"
)


_UPDATE_ORDERS = Statement(
    "UPDATE demand_orders o SET status = new.status, priority = new.priority, requested_date = new.requested_date,"
    " order_version = new.order_version, version = new.version FROM "
    + arrays(
        id="uuid",
        status="text",
        priority="integer",
        requested_date="date",
        order_version="integer",
        version="integer",
    )
    + " WHERE o.id = new.id"
)


_SAVE_DEMANDS = (
    "ON CONFLICT (order_id, line) DO UPDATE SET warehouse = excluded.warehouse, quantity = excluded.quantity,"
    " cancelled = excluded.cancelled, held = excluded.held, cancel_requested = excluded.cancel_requested,"
    " amount_net = excluded.amount_net, amount_tax = excluded.amount_tax, tax_code = excluded.tax_code,"
    " tax_rate = excluded.tax_rate, active = excluded.active"
)


_COUNT = Statement(
    "UPDATE demands d SET held = d.held + new.held, shipped = d.shipped + new.shipped"
    f" FROM {arrays(order_id='uuid', line='integer', held='numeric', shipped='numeric')}"
    " WHERE d.order_id = new.order_id AND d.line = new.line"
)


_WAITING = Statement(
    "SELECT o.priority, COALESCE(o.requested_date, '9999-12-31'), o.placed_at, d.order_id, d.line, d.company, d.item,"
    " d.warehouse, d.quantity - d.cancelled - d.held - d.shipped"
    f" FROM demands d JOIN {KEYS} ON new.company = d.company AND new.item = d.item"
    " JOIN demand_orders o ON o.id = d.order_id"
    " WHERE d.active AND d.quantity > d.cancelled + d.held + d.shipped"
    " ORDER BY 1, 2, 3, 4, 5"
)


async def orders(
    session: AsyncSession, ids: Collection[UUID], *, lock: bool = False
) -> dict[UUID, Order]:
    """Orders without their lines; locked in order of id when asked."""
    if lock:
        enter(session, Rank.ORDERS, ids)
    found = await rows_of(session, (_LOCK_ORDERS if lock else _READ_ORDERS), {"ids": list(ids)})
    return {row[0]: Order(*row) for row in found}


async def find_order(session: AsyncSession, ref: str) -> UUID | None:
    """The id of an order given by id or number."""
    try:
        where = or_(demand_orders.c.id == UUID(ref), demand_orders.c.number == ref)
    except ValueError:
        where = demand_orders.c.number == ref
    return await session.scalar(select(demand_orders.c.id).where(where))


async def demands_of(session: AsyncSession, ids: Collection[UUID]) -> list[Demand]:
    """All lines of some orders."""
    return [Demand(*row) for row in await rows_of(session, _DEMANDS, {"ids": list(ids)})]


async def count_versions(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Order]:
    """One more version of some orders, locked in order of id: their heads as they are then."""
    enter(session, Rank.ORDERS, ids)
    found = await rows_of(session, _COUNT_VERSIONS, {"ids": list(ids)})
    return {row[0]: Order(*row) for row in found}


async def waiting(session: AsyncSession, keys: Collection[ItemKey]) -> list[Want]:
    """Who waits for some items, in the order of the queue."""
    ordered = sorted(keys)
    found = await rows_of(
        session,
        _WAITING,
        {"company": [k.company for k in ordered], "item": [k.item for k in ordered]},
    )
    return [
        Want(
            (priority, requested, placed, order, line),
            (order, line),
            ItemKey(company, item),
            warehouse,
            missing,
        )
        for priority, requested, placed, order, line, company, item, warehouse, missing in found
    ]


async def insert_orders(session: AsyncSession, new: Sequence[Order]) -> None:
    """Write the heads of new orders."""
    rows = [
        {
            "id": o.id,
            "number": o.number,
            "company": o.company,
            "customer": o.customer,
            "currency": o.currency,
            "status": o.status,
            "priority": o.priority,
            "requested_date": o.requested_date,
            "placed_at": o.placed_at,
            "order_version": o.order_version,
            "version": o.version,
            "business_date": o.business_date,
        }
        for o in sorted(new, key=lambda o: o.id)
    ]
    await insert_rows(session, demand_orders, rows)


async def update_orders(session: AsyncSession, changed: Sequence[Order]) -> None:
    """Write the heads of locked orders."""
    if changed:
        rows = [
            {
                "id": o.id,
                "status": o.status,
                "priority": o.priority,
                "requested_date": o.requested_date,
                "order_version": o.order_version,
                "version": o.version,
            }
            for o in changed
        ]
        await rows_of(session, _UPDATE_ORDERS, columns_of(rows))


async def save_demands(session: AsyncSession, saved: Sequence[Demand], *, new: bool) -> None:
    """Write whole lines, new or known."""
    rows = [
        {
            "order_id": d.order_id,
            "line": d.line,
            "company": d.company,
            "item": d.item,
            "unit": d.unit,
            "warehouse": d.warehouse,
            "quantity": d.quantity,
            "cancelled": d.cancelled,
            "held": d.held,
            "shipped": d.shipped,
            "cancel_requested": d.cancel_requested,
            "amount_net": d.amount_net,
            "amount_tax": d.amount_tax,
            "tax_code": d.tax_code,
            "tax_rate": d.tax_rate,
            "active": d.active,
        }
        for d in saved
    ]
    await insert_rows(session, demands, rows, conflict="" if new else _SAVE_DEMANDS)


async def count(session: AsyncSession, changes: Mapping[LineKey, tuple[Decimal, Decimal]]) -> None:
    """Add to what lines have held and shipped."""
    if changes:
        rows = [
            {"order_id": order_id, "line": line, "held": held, "shipped": shipped}
            for (order_id, line), (held, shipped) in sorted(changes.items())
        ]
        await rows_of(session, _COUNT, columns_of(rows))
