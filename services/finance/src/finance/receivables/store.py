"""How shipments' amounts, invoices and credit notes are written and found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from finance.database import Rows, RowSet
from tongheng_contracts.finance import CreditNote, Invoice

from .rules import NOTHING, Money, ShippedLine
from .tables import credit_notes, invoice_lines, invoices, shipment_lines

LineKey = tuple[UUID, int]
"""Shipment and order line."""
Shipped = tuple[ShippedLine, date]
"""A line that was shipped, and when."""
Returned = tuple[ShippedLine, Decimal, Money]
"""What comes back of a shipped line: how many, worth how much."""

_FIELDS = (
    "shipment", "shipment_line", "shipment_number", "order_line", "company", "customer", "order_id", "order_number",
    "currency", "item", "unit", "tax_code", "quantity", "net", "tax", "gross", "invoiced_quantity", "invoiced_net",
    "invoiced_tax", "invoiced_gross", "returned_quantity", "returned_net", "returned_tax", "returned_gross",
)  # fmt: skip
_RETURNING = ", ".join(f"shipment_lines.{name}" for name in _FIELDS)

_SHIP = RowSet(
    "shipment_lines",
    {
        "shipment": "uuid", "order_line": "int", "shipment_line": "int", "company": "text", "shipment_number": "text",
        "order_id": "uuid", "order_number": "text", "customer": "text", "item": "text", "unit": "text", "tax_code": "text",
        "currency": "text", "business_date": "date", "quantity": "numeric", "net": "numeric", "tax": "numeric",
        "gross": "numeric",
    },
    # In key order. A return that was told before its shipment has made the row already.
    order="shipment, order_line",
    then="ON CONFLICT (shipment, order_line) DO UPDATE SET quantity = shipment_lines.quantity + excluded.quantity,"
    " net = shipment_lines.net + excluded.net, tax = shipment_lines.tax + excluded.tax,"
    " gross = shipment_lines.gross + excluded.gross, shipment_line = excluded.shipment_line,"
    f" shipment_number = excluded.shipment_number, business_date = excluded.business_date RETURNING {_RETURNING}",
)  # fmt: skip
# Only a return makes a line before its shipment does; all other lines are as they were sent.
_SHIP_ALL = Statement(
    f"WITH shipped AS ({_SHIP.sql}) SELECT * FROM shipped WHERE returned_quantity <> 0"
)

_RETURN = RowSet(
    "shipment_lines",
    {
        "shipment": "uuid", "order_line": "int", "shipment_line": "int", "company": "text", "shipment_number": "text",
        "order_id": "uuid", "order_number": "text", "customer": "text", "item": "text", "unit": "text", "tax_code": "text",
        "currency": "text", "business_date": "date", "returned_quantity": "numeric", "returned_net": "numeric",
        "returned_tax": "numeric", "returned_gross": "numeric",
    },
    order="shipment, order_line",
    then="ON CONFLICT (shipment, order_line) DO UPDATE SET"
    " returned_quantity = shipment_lines.returned_quantity + excluded.returned_quantity,"
    " returned_net = shipment_lines.returned_net + excluded.returned_net,"
    " returned_tax = shipment_lines.returned_tax + excluded.returned_tax,"
    " returned_gross = shipment_lines.returned_gross + excluded.returned_gross",
)  # fmt: skip

_UNDECIDED = RowSet(
    "undecided_shipments",
    {
        "shipment": "uuid",
        "company": "text",
        "customer": "text",
        "order_id": "uuid",
        "business_date": "date",
    },
    order="shipment",
)

_INVOICES = RowSet(
    "invoices",
    {
        "id": "uuid", "number": "text", "company": "text", "status": "text", "customer": "text", "order_id": "uuid",
        "order_number": "text", "currency": "text", "due_date": "date", "amount_net": "numeric", "amount_tax": "numeric",
        "amount_gross": "numeric", "business_date": "date", "posting_date": "date",
    },
)  # fmt: skip

_INVOICED = Rows({"shipment": "uuid", "order_line": "int", "invoice": "uuid", "line": "int"})
# The rows are locked: all that is open of them is invoiced, as it stands there.
_INVOICE_LINES = Statement(
    "WITH taken AS (INSERT INTO invoice_lines (invoice, line, company, shipment, shipment_line, order_line, item, unit,"
    " tax_code, quantity, amount_net, amount_tax, amount_gross)"
    " SELECT new.invoice, new.line, s.company, s.shipment, s.shipment_line, s.order_line, s.item, s.unit, s.tax_code,"
    " s.quantity - s.invoiced_quantity - s.returned_quantity, s.net - s.invoiced_net - s.returned_net,"
    " s.tax - s.invoiced_tax - s.returned_tax, s.gross - s.invoiced_gross - s.returned_gross"
    f" FROM {_INVOICED.source} JOIN shipment_lines s ON s.shipment = new.shipment AND s.order_line = new.order_line),"
    " done AS (UPDATE shipment_lines s SET invoiced_quantity = s.quantity - s.returned_quantity,"
    " invoiced_net = s.net - s.returned_net, invoiced_tax = s.tax - s.returned_tax,"
    " invoiced_gross = s.gross - s.returned_gross"
    f" FROM {_INVOICED.source} WHERE s.shipment = new.shipment AND s.order_line = new.order_line RETURNING 1)"
    " SELECT count(*) AS lines FROM done"
)

_CREDIT_NOTES = RowSet(
    "credit_notes",
    {
        "id": "uuid", "number": "text", "company": "text", "status": "text", "customer": "text", "order_id": "uuid",
        "order_number": "text", "currency": "text", "goods_return": "uuid", "goods_return_number": "text",
        "invoiced": "boolean", "amount_net": "numeric", "amount_tax": "numeric", "amount_gross": "numeric",
        "business_date": "date", "posting_date": "date",
    },
)  # fmt: skip


def _money(row: Mapping[str, Any], prefix: str) -> Money:
    gross = row[f"{prefix}gross"]
    return Money(row[f"{prefix}net"], row[f"{prefix}tax"], gross) if gross else NOTHING


def _line(row: Mapping[str, Any]) -> ShippedLine:
    return ShippedLine(
        shipment=row["shipment"], shipment_line=row["shipment_line"], shipment_number=row["shipment_number"],
        order_line=row["order_line"], company=row["company"], customer=row["customer"], order_id=row["order_id"],
        order_number=row["order_number"], currency=row["currency"], item=row["item"], unit=row["unit"],
        tax_code=row["tax_code"], quantity=row["quantity"], shipped=Money(row["net"], row["tax"], row["gross"]),
        invoiced_quantity=row["invoiced_quantity"], invoiced=_money(row, "invoiced_"),
        returned_quantity=row["returned_quantity"], returned=_money(row, "returned_"),
    )  # fmt: skip


async def add_shipped(session: AsyncSession, lines: Sequence[Shipped]) -> list[ShippedLine]:
    """Keep what was shipped (each line with its day); the lines as they are now."""
    if not lines:
        return []
    values = _SHIP.tuples([
        (
            one.shipment, one.order_line, one.shipment_line, one.company, one.shipment_number, one.order_id,
            one.order_number, one.customer, one.item, one.unit, one.tax_code, one.currency, day, one.quantity,
            one.shipped.net, one.shipped.tax, one.shipped.gross,
        )
        for one, day in lines
    ])  # fmt: skip
    known = {
        (line.shipment, line.order_line): line
        for line in map(_line, await _SHIP_ALL.fetch(session, values))
    }
    if not known:
        return [one for one, _ in lines]
    return [known.get((one.shipment, one.order_line), one) for one, _ in lines]


async def lock_lines(session: AsyncSession, which: ColumnElement[bool]) -> list[ShippedLine]:
    """Shipped lines, locked in key order."""
    query = (
        select(*(shipment_lines.c[name] for name in _FIELDS))
        .where(which)
        .order_by(shipment_lines.c.shipment, shipment_lines.c.order_line)
        .with_for_update()
    )
    rows = (await session.execute(query)).mappings()
    return [_line(cast("Mapping[str, Any]", row)) for row in rows]


async def lock_by_key(session: AsyncSession, keys: Iterable[LineKey]) -> list[ShippedLine]:
    """These shipped lines, as far as they are known."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    return await lock_lines(
        session, tuple_(shipment_lines.c.shipment, shipment_lines.c.order_line).in_(wanted)
    )


async def lock_of_orders(session: AsyncSession, keys: Iterable[LineKey]) -> list[ShippedLine]:
    """All shipments of these order lines (order and line)."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    return await lock_lines(
        session, tuple_(shipment_lines.c.order_id, shipment_lines.c.order_line).in_(wanted)
    )


async def lock_to_invoice(
    session: AsyncSession, *, orders: Iterable[str], shipments: Iterable[str]
) -> list[ShippedLine]:
    """The lines of these orders and of these shipments, by id or number."""
    table = shipment_lines.c
    ways: list[ColumnElement[bool]] = []
    for number, key, references in (
        (table.order_number, table.order_id, sorted(set(orders))),
        (table.shipment_number, table.shipment, sorted(set(shipments))),
    ):
        if references:
            ids = [UUID(one) for one in references if _is_id(one)]
            ways += [number.in_(references), *([key.in_(ids)] if ids else [])]
    return await lock_lines(session, or_(*ways)) if ways else []


async def add_returned(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep what came back before it was invoiced."""
    await _RETURN.insert(session, rows)


async def add_credited(
    session: AsyncSession, rows: Sequence[tuple[UUID, int, Decimal, Decimal]]
) -> None:
    """Keep what came back after it was invoiced: shipment, order line, quantity, gross."""
    await session.execute(
        text(
            "UPDATE shipment_lines s SET credited_quantity = s.credited_quantity + n.quantity,"
            " credited_gross = s.credited_gross + n.gross"
            " FROM unnest(CAST(:shipments AS uuid[]), CAST(:lines AS int[]), CAST(:quantities AS numeric[]),"
            " CAST(:grosses AS numeric[])) AS n (shipment, order_line, quantity, gross)"
            " WHERE s.shipment = n.shipment AND s.order_line = n.order_line"
        ),
        {
            "shipments": [one[0] for one in rows], "lines": [one[1] for one in rows],
            "quantities": [one[2] for one in rows], "grosses": [one[3] for one in rows],
        },
    )  # fmt: skip


async def keep_undecided(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Remember shipments to customers whose billing policy is not known yet."""
    await _UNDECIDED.insert(session, rows)


async def take_undecided(
    session: AsyncSession, customers: Iterable[str]
) -> list[tuple[UUID, UUID, date]]:
    """Shipment, order and day of what waited for one of these customers; it waits no longer."""
    rows = await session.execute(
        text(
            "DELETE FROM undecided_shipments WHERE customer = ANY(:customers)"
            " RETURNING shipment, order_id, business_date"
        ),
        {"customers": sorted(set(customers))},
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def lock_of_shipments(session: AsyncSession, shipments: Iterable[UUID]) -> list[ShippedLine]:
    """The lines of these shipments."""
    return await lock_lines(session, shipment_lines.c.shipment.in_(sorted(set(shipments))))


async def insert_invoices(session: AsyncSession, made: Sequence[Invoice]) -> int:
    """Write invoices of locked shipped lines, all that is open of each line; how many lines were taken."""
    await _INVOICES.insert(session, [
        {
            "id": one.id, "number": one.number, "company": one.company, "status": "issued", "customer": one.customer,
            "order_id": one.order, "order_number": one.order_number, "currency": one.currency,
            "due_date": one.due_date, "amount_net": one.amount_net, "amount_tax": one.amount_tax,
            "amount_gross": one.amount_gross, "business_date": one.business_date, "posting_date": one.posting_date,
        }
        for one in made
    ])  # fmt: skip
    lines = [
        (line.shipment, line.order_line, one.id, line.line) for one in made for line in one.lines
    ]
    (row,) = await _INVOICE_LINES.fetch(session, _INVOICED.tuples(lines))
    return int(row["lines"])


async def insert_credit_notes(
    session: AsyncSession, made: Sequence[tuple[CreditNote, str]]
) -> None:
    """Write credit notes, each with the number of the return that it is for."""
    await _CREDIT_NOTES.insert(session, [
        {
            "id": one.id, "number": one.number, "company": one.company, "status": "issued", "customer": one.customer,
            "order_id": one.order, "order_number": one.order_number, "currency": one.currency,
            "goods_return": one.goods_return, "goods_return_number": number, "invoiced": one.invoiced,
            "amount_net": one.amount_net, "amount_tax": one.amount_tax, "amount_gross": one.amount_gross,
            "business_date": _day(one.business_date), "posting_date": _day(one.posting_date),
        }
        for one, number in made
    ])  # fmt: skip


def _day(value: str) -> date:
    return date.fromisoformat(value)


def _is_id(reference: str) -> bool:
    try:
        UUID(reference)
    except ValueError:
        return False
    return True


async def find(session: AsyncSession, table: Table, reference: str) -> Row[Any] | None:
    """An invoice or credit note by id or number."""
    which = table.c.id == UUID(reference) if _is_id(reference) else table.c.number == reference
    return (await session.execute(select(table).where(which))).one_or_none()


async def rows_of(session: AsyncSession, table: Table, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The invoices or credit notes with these ids."""
    return (await session.execute(select(table).where(table.c.id.in_(ids)))).all()


async def lines_of(session: AsyncSession, ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    """The lines of these invoices."""
    query = select(invoice_lines).where(invoice_lines.c.invoice.in_(list(ids)))
    return (
        await session.execute(query.order_by(invoice_lines.c.invoice, invoice_lines.c.line))
    ).all()


def selected(
    table: Table,
    *,
    company: str | None,
    customer: str | None,
    order: str | None,
    number: str | None,
) -> Select[Any]:
    """Invoices or credit notes as a list shows them."""
    query = select(table)
    for column, value in (
        (table.c.company, company),
        (table.c.customer, customer),
        (table.c.number, number),
    ):
        if value is not None:
            query = query.where(column == value)
    if order is not None:
        query = query.where(
            table.c.order_id == UUID(order) if _is_id(order) else table.c.order_number == order
        )
    return query


def unbilled_selected(
    *, company: str | None, customer: str | None, order: str | None
) -> Select[Any]:
    """What was shipped and not invoiced, line by line."""
    table = shipment_lines.c
    query = select(shipment_lines).where(table.unbilled != 0)
    if company is not None:
        query = query.where(table.company == company)
    if customer is not None:
        query = query.where(table.customer == customer)
    if order is not None:
        query = query.where(
            table.order_id == UUID(order) if _is_id(order) else table.order_number == order
        )
    return query


INVOICES, CREDIT_NOTES = invoices, credit_notes
