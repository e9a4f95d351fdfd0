"""What is held for order lines, and on which delivery notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_of, insert_rows, rows_of
from chassis.statements import Statement
from inventory.deliveries.rules import Delivery
from inventory.reservations.rules import Demand, Hold, LineKey, Notes
from inventory.reservations.tables import reservations
from inventory.stock.rules import Balance, BalanceKey, ItemKey

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


async def holds_of_deliveries(session: AsyncSession, ids: Collection[UUID]) -> list[Hold]:
    """All stock on some delivery notes."""
    return [_hold(row) for row in await rows_of(session, _HOLDS_OF_NOTES, {"ids": list(ids)})]


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


async def reserved_totals(session: AsyncSession) -> dict[str, tuple[Decimal, int]]:
    """What is held per company, and by how many holds."""
    found = await session.execute(
        text("SELECT company, sum(quantity), count(*) FROM reservations GROUP BY company")
    )
    return {row[0]: (row[1], row[2]) for row in found.tuples()}
