"""How demands, holds and pegs are read and written; all by statements over many rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from inventory.database import arrays, columns_of, insert_rows, rows_of
from inventory.deliveries.rules import Delivery
from inventory.locks import Rank, enter
from inventory.reservations.rules import Demand, Hold, LineKey, Notes, Order, Peg, Want
from inventory.reservations.tables import demand_orders, demands, pegs, reservations
from inventory.stock.rules import Balance, BalanceKey, ItemKey

_KEYS = arrays(company="text", item="text")

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
_HOLDS = "SELECT order_id, line, balance_id, company, item, warehouse, lot, quantity, delivery_id, picked FROM reservations"
_LINES = Statement(
    "SELECT d.order_id, d.line, d.company, d.item, d.unit, d.warehouse, d.quantity, d.cancelled, d.held, d.shipped,"
    " d.cancel_requested, d.amount_net, d.amount_tax, d.tax_code, d.tax_rate, d.active,"
    " r.balance_id, r.warehouse, r.lot, r.quantity, r.delivery_id, r.picked"
    " FROM demands d LEFT JOIN reservations r ON r.order_id = d.order_id AND r.line = d.line"
    " WHERE d.order_id = ANY(CAST(:ids AS uuid[])) ORDER BY d.order_id, d.line, r.recorded_at, r.warehouse"
)
_FIND_NOTES = Statement(
    "SELECT d.id, d.number, d.company, d.order_id,"
    " ARRAY(SELECT DISTINCT r.item FROM reservations r WHERE r.delivery_id = d.id) FROM deliveries d"
    " WHERE d.number = ANY(CAST(:numbers AS text[])) OR d.id = ANY(CAST(:ids AS uuid[]))"
)
_READ_NOTES = Statement(
    "SELECT n.id, n.number, n.company, n.version, n.status, n.order_id, n.order_number, n.customer, n.warehouse,"
    " n.business_date, n.posting_date, n.recorded_at, o.currency, r.balance_id, r.quantity, r.picked,"
    " b.warehouse, b.bin, b.lot, b.status, b.expiry_date, b.on_hand, b.reserved,"
    " d.order_id, d.line, d.company, d.item, d.unit, d.warehouse, d.quantity, d.cancelled, d.held, d.shipped,"
    " d.cancel_requested, d.amount_net, d.amount_tax, d.tax_code, d.tax_rate, d.active"
    " FROM deliveries n JOIN demand_orders o ON o.id = n.order_id LEFT JOIN (reservations r"
    " JOIN balances b ON b.id = r.balance_id JOIN demands d ON d.order_id = r.order_id AND d.line = r.line)"
    " ON r.delivery_id = n.id"
    " WHERE n.id = ANY(CAST(:ids AS uuid[])) ORDER BY n.id, r.line, r.balance_id"
)
_COUNT_VERSIONS = Statement(
    "WITH locked AS (SELECT id FROM demand_orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE)"
    " UPDATE demand_orders o SET version = o.version + 1 FROM locked WHERE o.id = locked.id"
    " RETURNING o.id, o.number, o.company, o.customer, o.currency, o.status, o.priority, o.requested_date, o.placed_at,"
    " o.order_version, o.version, o.business_date"
)
# Guarded: a hold that is less than what leaves, or a line that holds less, is missed in the counts.
_SHIP = Statement(
    "WITH new AS (SELECT * FROM "
    + arrays(
        order_id="uuid", line="integer", delivery_id="uuid", balance_id="bigint", quantity="numeric"
    )
    + "), gone AS (DELETE FROM reservations r USING new WHERE r.order_id = new.order_id AND r.line = new.line"
    " AND r.delivery_id = new.delivery_id AND r.balance_id = new.balance_id AND r.quantity = new.quantity RETURNING 1),"
    " less AS (UPDATE reservations r SET quantity = r.quantity - new.quantity FROM new"
    " WHERE r.order_id = new.order_id AND r.line = new.line AND r.delivery_id = new.delivery_id"
    " AND r.balance_id = new.balance_id AND r.quantity > new.quantity RETURNING 1),"
    " counted AS (UPDATE demands d SET held = d.held - s.quantity, shipped = d.shipped + s.quantity"
    " FROM (SELECT order_id, line, sum(quantity) AS quantity FROM new GROUP BY order_id, line) s"
    " WHERE d.order_id = s.order_id AND d.line = s.line AND d.held >= s.quantity RETURNING 1)"
    " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM less), (SELECT count(*) FROM counted)"
)
_HOLDS_OF_ORDERS = Statement(
    f"{_HOLDS} WHERE order_id = ANY(CAST(:ids AS uuid[])) ORDER BY order_id, line, recorded_at, warehouse"
)
_HOLDS_OF_NOTES = Statement(
    f"{_HOLDS} WHERE delivery_id = ANY(CAST(:ids AS uuid[])) ORDER BY delivery_id, line, balance_id"
)
_PEGS = (
    "SELECT p.order_id, p.line, p.source_id, p.source_line, p.company, p.item, p.warehouse, p.source, p.due_date,"
    " p.quantity FROM pegs p"
)
_PEGS_OF_ORDERS = Statement(
    f"{_PEGS} WHERE p.order_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY p.order_id, p.line, p.due_date NULLS LAST, p.source, p.source_line"
)
_PEGS_OF_ITEMS = Statement(f"{_PEGS} JOIN {_KEYS} USING (company, item)")
_UNPEG = Statement(
    "DELETE FROM pegs p USING "
    + arrays(order_id="uuid", line="integer", source_id="uuid", source_line="integer")
    + " WHERE p.order_id = new.order_id AND p.line = new.line AND p.source_id = new.source_id"
    " AND p.source_line = new.source_line"
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
    f" FROM demands d JOIN {_KEYS} ON new.company = d.company AND new.item = d.item"
    " JOIN demand_orders o ON o.id = d.order_id"
    " WHERE d.active AND d.quantity > d.cancelled + d.held + d.shipped"
    " ORDER BY 1, 2, 3, 4, 5"
)
_LESS = Statement(
    "UPDATE reservations r SET quantity = r.quantity - new.quantity FROM "
    + arrays(
        order_id="uuid", line="integer", delivery_id="uuid", balance_id="bigint", quantity="numeric"
    )
    + " WHERE r.order_id = new.order_id AND r.line = new.line AND r.delivery_id = new.delivery_id"
    " AND r.balance_id = new.balance_id AND r.quantity > new.quantity"
)
_GONE = Statement(
    "DELETE FROM reservations r USING "
    + arrays(
        order_id="uuid", line="integer", delivery_id="uuid", balance_id="bigint", quantity="numeric"
    )
    + " WHERE r.order_id = new.order_id AND r.line = new.line AND r.delivery_id = new.delivery_id"
    " AND r.balance_id = new.balance_id AND r.quantity = new.quantity"
)
_MORE = (
    "ON CONFLICT (order_id, line, delivery_id, balance_id)"
    " DO UPDATE SET quantity = reservations.quantity + excluded.quantity"
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


def _hold(row: tuple[Any, ...]) -> Hold:
    order_id, line, balance_id, company, item, warehouse, lot, quantity, delivery_id, picked = row
    key = ItemKey(company, item)
    return Hold(order_id, line, balance_id, key, warehouse, lot, quantity, delivery_id, picked)


async def holds_of_orders(session: AsyncSession, ids: Collection[UUID]) -> list[Hold]:
    """All stock held for some orders, in the order in which it was sourced."""
    return [_hold(row) for row in await rows_of(session, _HOLDS_OF_ORDERS, {"ids": list(ids)})]


async def lines_with_holds(
    session: AsyncSession, ids: Collection[UUID]
) -> tuple[list[Demand], list[Hold]]:
    """All lines of some orders, and what is held for them in the order in which it was sourced."""
    lines: dict[LineKey, Demand] = {}
    holds: list[Hold] = []
    for row in await rows_of(session, _LINES, {"ids": list(ids)}):
        key = (row[0], row[1])
        demand = lines.get(key)
        if demand is None:
            demand = lines[key] = Demand(*row[:16])
        if row[16] is not None:
            balance_id, warehouse, lot, quantity, note, picked = row[16:]
            holds.append(
                Hold(*key, balance_id, demand.item_key, warehouse, lot, quantity, note, picked)
            )
    return list(lines.values()), holds


async def find_notes(
    session: AsyncSession, refs: Collection[str]
) -> list[tuple[UUID, str, UUID, set[ItemKey]]]:
    """Delivery notes by id or number: id, number, order, and the items on them."""
    ids: list[UUID] = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            continue
    found = await rows_of(session, _FIND_NOTES, {"numbers": list(refs), "ids": ids})
    return [
        (note, number, order, {ItemKey(company, item) for item in items})
        for note, number, company, order, items in found
    ]


async def read_notes(session: AsyncSession, ids: Collection[UUID]) -> Notes:
    """Delivery notes with what is on them."""
    notes = Notes()
    for row in await rows_of(session, _READ_NOTES, {"ids": list(ids)}):
        note: UUID = row[0]
        if note not in notes.heads:
            notes.heads[note] = Delivery(*row[:12])
            notes.holds[note] = []
        balance_id: int | None = row[13]
        if balance_id is None:
            continue
        demand = Demand(*row[23:])
        demand = notes.demands.setdefault(demand.key, demand)
        if balance_id not in notes.balances:
            place = BalanceKey(demand.company, demand.item, *row[16:20])
            notes.balances[balance_id] = Balance(place, row[21], row[22], balance_id, row[20])
        notes.currencies[demand.order_id] = row[12]
        notes.holds[note].append(
            Hold(
                demand.order_id,
                demand.line,
                balance_id,
                demand.item_key,
                row[16],
                row[18],
                row[14],
                note,
                row[15],
            )
        )
    return notes


async def ship(session: AsyncSession, gone: Sequence[tuple[Hold, Decimal]]) -> bool:
    """Take quantities from holds, and count them as shipped; False when one of them is not held."""
    rows = [
        {
            "order_id": h.order_id,
            "line": h.line,
            "delivery_id": h.delivery_id,
            "balance_id": h.balance_id,
            "quantity": quantity,
        }
        for h, quantity in gone
    ]
    [(holds, lines)] = await rows_of(session, _SHIP, columns_of(rows))
    return (holds, lines) == (len(gone), len({h.key for h, _ in gone}))


async def count_versions(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Order]:
    """One more version of some orders, locked in order of id: their heads as they are then."""
    enter(session, Rank.ORDERS, ids)
    found = await rows_of(session, _COUNT_VERSIONS, {"ids": list(ids)})
    return {row[0]: Order(*row) for row in found}


async def holds_of_deliveries(session: AsyncSession, ids: Collection[UUID]) -> list[Hold]:
    """All stock on some delivery notes."""
    return [_hold(row) for row in await rows_of(session, _HOLDS_OF_NOTES, {"ids": list(ids)})]


async def pegs_of_orders(session: AsyncSession, ids: Collection[UUID]) -> list[Peg]:
    """What some orders wait for, the earliest first."""
    return [_peg(row) for row in await rows_of(session, _PEGS_OF_ORDERS, {"ids": list(ids)})]


async def pegs_of_items(session: AsyncSession, keys: Collection[ItemKey]) -> list[Peg]:
    """What anybody waits for of some items."""
    ordered = sorted(keys)
    found = await rows_of(
        session,
        _PEGS_OF_ITEMS,
        {"company": [k.company for k in ordered], "item": [k.item for k in ordered]},
    )
    return [_peg(row) for row in found]


def _peg(row: tuple[Any, ...]) -> Peg:
    order_id, line, source_id, source_line, company, item, warehouse, source, due_date, quantity = (
        row
    )
    key = ItemKey(company, item)
    return Peg((order_id, line), source_id, source_line, key, warehouse, source, due_date, quantity)


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


async def add_holds(session: AsyncSession, holds: Sequence[Hold]) -> None:
    """Write new holds; one more of the same place on the same note adds to it."""
    rows = [
        {
            "order_id": h.order_id,
            "line": h.line,
            "delivery_id": h.delivery_id,
            "balance_id": h.balance_id,
            "company": h.item_key.company,
            "item": h.item_key.item,
            "warehouse": h.warehouse,
            "lot": h.lot,
            "quantity": h.quantity,
            "picked": h.picked,
        }
        for h in holds
    ]
    await insert_rows(session, reservations, rows, conflict=_MORE)


async def remove_holds(session: AsyncSession, removed: Sequence[tuple[Hold, Decimal]]) -> None:
    """Let quantities of holds go; a hold of nothing is none."""
    whole = [(h, q) for h, q in removed if q == h.quantity]
    part = [(h, q) for h, q in removed if q < h.quantity]
    for statement, some in ((_GONE, whole), (_LESS, part)):
        if some:
            rows = [
                {
                    "order_id": h.order_id,
                    "line": h.line,
                    "delivery_id": h.delivery_id,
                    "balance_id": h.balance_id,
                    "quantity": q,
                }
                for h, q in some
            ]
            await rows_of(session, statement, columns_of(rows))


async def move_holds(session: AsyncSession, source: UUID, target: UUID) -> None:
    """Put all that is left on one note onto another."""
    await session.execute(
        text(
            "WITH gone AS (DELETE FROM reservations WHERE delivery_id = :source RETURNING *)"
            " INSERT INTO reservations (order_id, line, delivery_id, balance_id, company, item, warehouse, lot,"
            " quantity, picked) SELECT order_id, line, CAST(:target AS uuid), balance_id, company, item, warehouse, lot,"
            f" quantity, false FROM gone {_MORE}"
        ),
        {"source": source, "target": target},
    )


async def set_picked(session: AsyncSession, deliveries: Collection[UUID]) -> None:
    """All that is on these notes is picked."""
    await session.execute(
        update(reservations).where(reservations.c.delivery_id.in_(deliveries)).values(picked=True)
    )


async def with_goods(session: AsyncSession, deliveries: Collection[UUID]) -> set[UUID]:
    """Which of these notes still have something on them."""
    query = (
        select(reservations.c.delivery_id)
        .where(reservations.c.delivery_id.in_(deliveries))
        .distinct()
    )
    return set((await session.execute(query)).scalars())


async def replace_pegs(session: AsyncSession, gone: Sequence[Peg], new: Sequence[Peg]) -> None:
    """Take away what is no longer waited for, write what is."""
    if gone:
        rows = [
            {
                "order_id": p.key[0],
                "line": p.key[1],
                "source_id": p.source_id,
                "source_line": p.source_line,
            }
            for p in gone
        ]
        await rows_of(session, _UNPEG, columns_of(rows))
    await insert_rows(
        session,
        pegs,
        [
            {
                "order_id": p.key[0],
                "line": p.key[1],
                "source_id": p.source_id,
                "source_line": p.source_line,
                "company": p.item_key.company,
                "item": p.item_key.item,
                "warehouse": p.warehouse,
                "source": p.source,
                "due_date": p.due_date,
                "quantity": p.quantity,
            }
            for p in new
        ],
    )


async def reserved_totals(session: AsyncSession) -> dict[str, tuple[Decimal, int]]:
    """What is held per company, and by how many holds."""
    found = await session.execute(
        text("SELECT company, sum(quantity), count(*) FROM reservations GROUP BY company")
    )
    return {row[0]: (row[1], row[2]) for row in found.tuples()}
