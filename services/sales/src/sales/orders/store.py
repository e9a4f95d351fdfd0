"""Every query of orders, set-based: rows are locked in key order, and changes go back in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from sales.orders.rules import OPEN, Line, Order
from sales.orders.tables import lines, orders, reservations, shipments
from sales.outlook.tables import changes as promise_changes
from tongheng_contracts.inventory import Reservation, ReservationLine, Shipment, ShipmentLine
from tongheng_contracts.sales import OrderStatus

ORDER_COLUMNS = (
    orders.c.id, orders.c.number, orders.c.company, orders.c.version, orders.c.status, orders.c.business_date,
    orders.c.posting_date, orders.c.customer, orders.c.currency, orders.c.priority, orders.c.requested_date,
    orders.c.channel_number, orders.c.placed_at, orders.c.recorded_at, orders.c.hold_reasons, orders.c.amount_net,
    orders.c.amount_tax, orders.c.amount_open, orders.c.amount_shipped, orders.c.amount_invoiced,
    orders.c.amount_credited, orders.c.amount_reduced, orders.c.amount_paid, orders.c.cancel_version,
    orders.c.promised_date,
)  # fmt: skip
LINE_COLUMNS = (
    lines.c.order_id, lines.c.line, lines.c.item, lines.c.quantity, lines.c.unit, lines.c.warehouse,
    lines.c.unit_price, lines.c.amount_net, lines.c.amount_tax, lines.c.tax_code, lines.c.tax_rate,
    lines.c.price_source, lines.c.price_list, lines.c.price_from, lines.c.quantity_cancelled, lines.c.cancel_requested, lines.c.quantity_shipped,
)  # fmt: skip

RESERVED = TypeAdapter(list[ReservationLine])
SHIPPED = TypeAdapter(list[ShipmentLine])
SHIPPED_FIELDS = {
    "__all__": {"line", "order_line", "item", "quantity", "unit", "lot", "amount_gross"}
}
STATUSES = {status.value: status for status in OrderStatus}

READ_ORDERS = Statement(
    f"SELECT {', '.join(column.name for column in ORDER_COLUMNS)} FROM orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"
)
LOCK_ORDERS = Statement(
    f"SELECT {', '.join(column.name for column in ORDER_COLUMNS)} FROM orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"
    " FOR UPDATE"
)
READ_LINES = Statement(
    f"SELECT {', '.join(column.name for column in LINE_COLUMNS)} FROM order_lines WHERE order_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY order_id, line"
)
# Orders and lines in one statement: a round trip less for each order that is placed.
INSERT_ORDERS = Statement(
    "WITH placed AS (INSERT INTO orders (id, number, company, version, status, business_date, posting_date, customer,"
    " currency, priority, requested_date, channel_number, placed_at, hold_reasons, amount_net, amount_tax, amount_gross,"
    " amount_open) SELECT i, n, c, 1, s, b, p, k, m, y, r, ch, now(), string_to_array(h, ','), an, at, ag, ao"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS text[]), CAST(:companies AS text[]), CAST(:statuses AS text[]),"
    " CAST(:business_dates AS date[]), CAST(:posting_dates AS date[]), CAST(:customers AS text[]),"
    " CAST(:currencies AS text[]), CAST(:priorities AS int[]), CAST(:requested AS date[]), CAST(:channels AS text[]),"
    " CAST(:holds AS text[]), CAST(:net AS numeric[]), CAST(:tax AS numeric[]), CAST(:gross AS numeric[]),"
    " CAST(:open AS numeric[])) AS new (i, n, c, s, b, p, k, m, y, r, ch, h, an, at, ag, ao)),"
    " lines AS (INSERT INTO order_lines (order_id, line, company, item, quantity, unit, warehouse, unit_price, amount_net,"
    " amount_tax, tax_code, tax_rate, price_source, price_list, price_from) SELECT * FROM unnest(CAST(:line_ids AS uuid[]), CAST(:lines AS int[]),"
    " CAST(:line_companies AS text[]), CAST(:items AS text[]), CAST(:quantities AS numeric[]), CAST(:units AS text[]),"
    " CAST(:warehouses AS text[]), CAST(:prices AS numeric[]), CAST(:line_net AS numeric[]), CAST(:line_tax AS numeric[]),"
    " CAST(:codes AS text[]), CAST(:rates AS numeric[]), CAST(:sources AS text[]),"
    " CAST(:price_lists AS text[]), CAST(:price_froms AS numeric[])))"
    " SELECT now() AS recorded_at"
)
SAVE_ORDERS = Statement(
    "UPDATE orders o SET version = n.version, status = n.status, priority = n.priority, requested_date = n.requested_date,"
    " hold_reasons = string_to_array(n.hold_reasons, ','), amount_open = n.amount_open, amount_shipped = n.amount_shipped,"
    " amount_invoiced = n.amount_invoiced, amount_credited = n.amount_credited, amount_reduced = n.amount_reduced,"
    " amount_paid = n.amount_paid, cancel_version = n.cancel_version, promised_date = n.promised_date"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:statuses AS text[]), CAST(:priorities AS int[]),"
    " CAST(:requested AS date[]), CAST(:holds AS text[]), CAST(:open AS numeric[]), CAST(:shipped AS numeric[]),"
    " CAST(:invoiced AS numeric[]), CAST(:credited AS numeric[]), CAST(:reduced AS numeric[]), CAST(:paid AS numeric[]),"
    " CAST(:cancel_versions AS int[]), CAST(:promised AS date[]), CAST(:loaded AS int[]))"
    " AS n (id, version, status, priority, requested_date, hold_reasons, amount_open, amount_shipped, amount_invoiced,"
    " amount_credited, amount_reduced, amount_paid, cancel_version, promised_date, loaded)"
    " WHERE o.id = n.id AND o.version = n.loaded RETURNING o.id"
)
SAVE_LINES = Statement(
    "UPDATE order_lines l SET quantity_cancelled = n.cancelled, cancel_requested = n.requested, quantity_shipped = n.shipped"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:lines AS int[]), CAST(:cancelled AS numeric[]), CAST(:requested AS numeric[]),"
    " CAST(:shipped AS numeric[])) AS n (order_id, line, cancelled, requested, shipped)"
    " WHERE l.order_id = n.order_id AND l.line = n.line"
)
SAVE_RESERVATIONS = Statement(
    "INSERT INTO order_reservations (order_id, company, version, order_version, lines)"
    " SELECT i, c, v, o, CAST(l AS jsonb) FROM unnest(CAST(:ids AS uuid[]), CAST(:companies AS text[]),"
    " CAST(:versions AS int[]), CAST(:order_versions AS int[]), CAST(:lines AS text[])) AS new (i, c, v, o, l) ORDER BY i"
    " ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, order_version = excluded.order_version,"
    " lines = excluded.lines WHERE order_reservations.version < excluded.version RETURNING order_id"
)
INSERT_SHIPMENTS = Statement(
    "INSERT INTO order_shipments (id, source_event, number, company, order_id, customer, warehouse, carrier,"
    " tracking_number, amount_gross, lines, business_date, posting_date)"
    " SELECT i, e, n, c, o, k, w, r, t, a, CAST(l AS jsonb), b, p FROM unnest(CAST(:ids AS uuid[]), CAST(:events AS uuid[]),"
    " CAST(:numbers AS text[]), CAST(:companies AS text[]), CAST(:orders AS uuid[]), CAST(:customers AS text[]),"
    " CAST(:warehouses AS text[]), CAST(:carriers AS text[]), CAST(:tracking AS text[]), CAST(:amounts AS numeric[]),"
    " CAST(:lines AS text[]), CAST(:business_dates AS date[]), CAST(:posting_dates AS date[]))"
    " AS new (i, e, n, c, o, k, w, r, t, a, l, b, p) ORDER BY i ON CONFLICT DO NOTHING RETURNING id"
)
INSERT_SETTLEMENTS = Statement(
    "INSERT INTO order_settlements (source_event, order_id, company, kind, document, number, amount, business_date,"
    " posting_date) SELECT e, o, c, k, d, n, a, b, p FROM unnest(CAST(:events AS uuid[]), CAST(:orders AS uuid[]),"
    " CAST(:companies AS text[]), CAST(:kinds AS text[]), CAST(:documents AS uuid[]), CAST(:numbers AS text[]),"
    " CAST(:amounts AS numeric[]), CAST(:business_dates AS date[]), CAST(:posting_dates AS date[]))"
    " AS new (e, o, c, k, d, n, a, b, p) ORDER BY e, o ON CONFLICT DO NOTHING RETURNING source_event, order_id"
)


def order_of(row: Row[Any] | Mapping[str, Any]) -> Order:
    """The order of a row that begins with ORDER_COLUMNS, without its lines."""
    values: tuple[Any, ...] = tuple(row) if isinstance(row, Row) else tuple(row.values())
    (
        key, number, company, version, status, business_date, posting_date, customer, currency, priority,
        requested_date, channel_number, placed_at, recorded_at, hold_reasons, net, tax, open_now, shipped, invoiced,
        credited, reduced, paid, cancel_version, promised_date,
    ) = values[: len(ORDER_COLUMNS)]  # fmt: skip
    state = STATUSES[status]
    return Order(
        key, number, company, version, state, business_date, posting_date, customer, currency, priority,
        requested_date, channel_number, placed_at, recorded_at, tuple(hold_reasons), net, tax, [], open_now, shipped,
        invoiced, credited, reduced, paid, cancel_version, promised_date, version, open_now, state in OPEN,
    )  # fmt: skip


async def load_orders(
    session: AsyncSession, ids: Iterable[UUID], *, lock: bool, with_lines: bool = True
) -> dict[UUID, Order]:
    """Orders by id; locked in key order, so that batches which want the same orders queue up."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await (LOCK_ORDERS if lock else READ_ORDERS).fetch(session, {"ids": wanted})
    found = {order.id: order for order in map(order_of, rows)}
    if with_lines and found:
        await load_lines(session, found)
    return found


async def load_lines(session: AsyncSession, found: Mapping[UUID, Order]) -> None:
    """Give orders their lines."""
    for row in await READ_LINES.fetch(session, {"ids": list(found)}):
        (
            order, line, item, quantity, unit, warehouse, price, net, tax, tax_code, rate, source, price_list,
            price_from, *progress,
        ) = row.values()  # fmt: skip
        found[order].lines.append(
            Line(
                line, item, quantity, unit, warehouse, price, net, tax, tax_code, rate, source,
                price_list, price_from, *progress,
                loaded=(progress[0], progress[1], progress[2]),
            )
        )  # fmt: skip


async def find_id(session: AsyncSession, *, number: str) -> UUID | None:
    """The id of the order with this number, within the caller's scope."""
    return await session.scalar(select(orders.c.id).where(orders.c.number == number))


async def insert_orders(session: AsyncSession, placed: Sequence[Order]) -> datetime:
    """Write new orders with their lines; the instant at which they are recorded."""
    written = [(order, line) for order in placed for line in order.lines]
    (row,) = await INSERT_ORDERS.fetch(
        session,
        {
            "ids": [order.id for order in placed],
            "numbers": [order.number for order in placed],
            "companies": [order.company for order in placed],
            "statuses": [order.status.value for order in placed],
            "business_dates": [order.business_date for order in placed],
            "posting_dates": [order.posting_date for order in placed],
            "customers": [order.customer for order in placed],
            "currencies": [order.currency for order in placed],
            "priorities": [order.priority for order in placed],
            "requested": [order.requested_date for order in placed],
            "channels": [order.channel_number for order in placed],
            "holds": [",".join(order.hold_reasons) for order in placed],
            "net": [order.amount_net for order in placed],
            "tax": [order.amount_tax for order in placed],
            "gross": [order.amount_gross for order in placed],
            "open": [order.amount_open for order in placed],
            "line_ids": [order.id for order, _ in written],
            "lines": [line.line for _, line in written],
            "line_companies": [order.company for order, _ in written],
            "items": [line.item for _, line in written],
            "quantities": [line.quantity for _, line in written],
            "units": [line.unit for _, line in written],
            "warehouses": [line.warehouse for _, line in written],
            "prices": [line.unit_price for _, line in written],
            "line_net": [line.amount_net for _, line in written],
            "line_tax": [line.amount_tax for _, line in written],
            "codes": [line.tax_code for _, line in written],
            "rates": [line.tax_rate for _, line in written],
            "sources": [line.price_source for _, line in written],
            "price_lists": [line.price_list for _, line in written],
            "price_froms": [line.price_from for _, line in written],
        },
    )
    return row["recorded_at"]


async def save_orders(session: AsyncSession, changed: Sequence[Order]) -> None:
    """Write back orders that were locked and changed; the version read guards the write."""
    if not changed:
        return
    saved = await SAVE_ORDERS.fetch(
        session,
        {
            "ids": [order.id for order in changed],
            "versions": [order.version for order in changed],
            "statuses": [order.status.value for order in changed],
            "priorities": [order.priority for order in changed],
            "requested": [order.requested_date for order in changed],
            "holds": [",".join(order.hold_reasons) for order in changed],
            "open": [order.amount_open for order in changed],
            "shipped": [order.amount_shipped for order in changed],
            "invoiced": [order.amount_invoiced for order in changed],
            "credited": [order.amount_credited for order in changed],
            "reduced": [order.amount_reduced for order in changed],
            "paid": [order.amount_paid for order in changed],
            "cancel_versions": [order.cancel_version for order in changed],
            "promised": [order.promised_date for order in changed],
            "loaded": [order.loaded_version for order in changed],
        },
    )
    assert len(saved) == len(changed), "an order changed without its lock"


async def save_lines(session: AsyncSession, changed: Sequence[tuple[UUID, Line]]) -> None:
    """Write back lines of locked orders."""
    if not changed:
        return
    await SAVE_LINES.fetch(
        session,
        {
            "ids": [order for order, _ in changed],
            "lines": [line.line for _, line in changed],
            "cancelled": [line.cancelled for _, line in changed],
            "requested": [line.cancel_requested for _, line in changed],
            "shipped": [line.shipped for _, line in changed],
        },
    )


async def known_channel_numbers(
    session: AsyncSession, wanted: Sequence[tuple[str, str, str]]
) -> set[tuple[str, str, str]]:
    """Which of (company, customer, channel number) have an order already; ask under the customers' lock."""
    if not wanted:
        return set()
    rows = await session.execute(
        text(
            "SELECT o.company, o.customer, o.channel_number FROM orders o JOIN unnest(CAST(:companies AS text[]),"
            " CAST(:customers AS text[]), CAST(:numbers AS text[])) AS k (company, customer, channel_number)"
            " USING (company, customer, channel_number)"
        ),
        {
            "companies": [company for company, _, _ in wanted],
            "customers": [customer for _, customer, _ in wanted],
            "numbers": [number for _, _, number in wanted],
        },
    )
    return {(row[0], row[1], row[2]) for row in rows}


async def save_reservations(session: AsyncSession, newest: Sequence[Reservation]) -> set[UUID]:
    """Keep inventory's answers; the orders whose answer was newer than what was kept."""
    rows = await SAVE_RESERVATIONS.fetch(
        session,
        {
            "ids": [one.id for one in newest],
            "companies": [one.company for one in newest],
            "versions": [one.version for one in newest],
            "order_versions": [one.order_version for one in newest],
            "lines": [RESERVED.dump_json(one.lines).decode() for one in newest],
        },
    )
    return {row["order_id"] for row in rows}


async def load_reservations(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """What inventory said last of each order's lines."""
    rows = await session.execute(
        select(reservations.c.order_id, reservations.c.lines).where(
            reservations.c.order_id.in_(ids)
        )
    )
    return {row[0]: row[1] for row in rows}


async def insert_shipments(
    session: AsyncSession, shipped: Sequence[tuple[UUID, Shipment]], days: Mapping[str, date]
) -> set[UUID]:
    """Keep shipments with the events that told of them; those that were not there yet."""
    rows = await INSERT_SHIPMENTS.fetch(
        session,
        {
            "ids": [one.id for _, one in shipped],
            "events": [event for event, _ in shipped],
            "numbers": [one.number for _, one in shipped],
            "companies": [one.company for _, one in shipped],
            "orders": [one.order for _, one in shipped],
            "customers": [one.customer for _, one in shipped],
            "warehouses": [one.warehouse for _, one in shipped],
            "carriers": [one.carrier for _, one in shipped],
            "tracking": [one.tracking_number for _, one in shipped],
            "amounts": [one.amount_gross for _, one in shipped],
            "lines": [
                SHIPPED.dump_json(one.lines, include=SHIPPED_FIELDS).decode() for _, one in shipped
            ],
            "business_dates": [days[one.business_date] for _, one in shipped],
            "posting_dates": [days[one.posting_date] for _, one in shipped],
        },
    )
    return {row["id"] for row in rows}


async def load_shipments(session: AsyncSession, order: UUID) -> list[Row[Any]]:
    """An order's shipments, oldest first."""
    return list(
        await session.execute(
            select(
                shipments.c.id, shipments.c.number, shipments.c.warehouse, shipments.c.carrier,
                shipments.c.tracking_number, shipments.c.business_date, shipments.c.amount_gross, shipments.c.lines,
            )
            .where(shipments.c.order_id == order)
            .order_by(shipments.c.id)
        )
    )  # fmt: skip


async def insert_settlements(
    session: AsyncSession, rows: Sequence[Mapping[str, object]]
) -> set[tuple[UUID, UUID]]:
    """Keep what was invoiced, credited, paid; by (event, order) those that were not there yet."""
    names = {
        "events": "source_event", "orders": "order_id", "companies": "company", "kinds": "kind",
        "documents": "document", "numbers": "number", "amounts": "amount", "business_dates": "business_date",
        "posting_dates": "posting_date",
    }  # fmt: skip
    result = await INSERT_SETTLEMENTS.fetch(
        session, {name: [row[column] for row in rows] for name, column in names.items()}
    )
    return {(row["source_event"], row["order_id"]) for row in result}


async def shipped_after(session: AsyncSession, cut: datetime) -> dict[str, tuple[Any, int]]:
    """Per company, gross and number of shipments recorded after the cut."""
    rows = await session.execute(
        text(
            "SELECT company, sum(amount_gross) AS gross, count(*) AS number FROM order_shipments WHERE recorded_at > :cut"
            " GROUP BY company"
        ),
        {"cut": cut},
    )
    return {row.company: (row.gross, row.number) for row in rows}


def orders_query(
    *, company: str | None, customer: str | None, status: Sequence[str], number: str | None, item: str | None,
    channel_number: str | None, placed_from: date | None, placed_to: date | None,
    promise_moved: bool | None = None,
) -> Select[Any]:  # fmt: skip
    """Orders by the filters given."""
    query = select(*ORDER_COLUMNS)
    if company is not None:
        query = query.where(orders.c.company == company)
    if customer is not None:
        query = query.where(orders.c.customer == customer)
    if status:
        query = query.where(orders.c.status.in_(status))
    if number is not None:
        query = query.where(orders.c.number == number)
    if channel_number is not None:
        query = query.where(orders.c.channel_number == channel_number)
    if placed_from is not None:
        query = query.where(orders.c.business_date >= placed_from)
    if placed_to is not None:
        query = query.where(orders.c.business_date <= placed_to)
    if item is not None:
        query = query.where(exists().where(lines.c.order_id == orders.c.id, lines.c.item == item))
    if promise_moved is not None:
        waiting = exists().where(
            promise_changes.c.order_id == orders.c.id, promise_changes.c.cause != "on_time",
            exists().where(
                lines.c.order_id == promise_changes.c.order_id, lines.c.line == promise_changes.c.line,
                lines.c.quantity > lines.c.quantity_cancelled + lines.c.quantity_shipped,
            ),
        )  # fmt: skip
        moved = waiting & orders.c.status.in_([status.value for status in OPEN])
        query = query.where(moved if promise_moved else ~moved)
    return query


async def placed_by(session: AsyncSession, order: UUID) -> str:
    """Who placed the order."""
    named = text("SELECT created_by FROM orders WHERE id = :id")
    return str(await session.scalar(named, {"id": order}))
