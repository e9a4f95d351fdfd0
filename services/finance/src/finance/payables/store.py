"""How received lines and bills are written, locked and found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, insert, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from finance.database import RowSet

from .rules import BillLine, Match, ReceiptLine
from .tables import bill_lines, bill_matches, bills, receipt_lines

_FIELDS = (
    "receipt", "line", "company", "receipt_number", "purchase_order", "purchase_order_number", "order_line", "supplier",
    "item", "unit", "tax_code", "tax_rate", "unit_price", "quantity", "amount", "cleared_quantity", "cleared_amount",
    "billed_quantity", "returned_quantity",
)  # fmt: skip

_RECEIPTS = RowSet(
    "receipt_lines",
    {
        "receipt": "uuid", "line": "int", "company": "text", "receipt_number": "text", "purchase_order": "uuid",
        "purchase_order_number": "text", "order_line": "int", "supplier": "text", "item": "text", "unit": "text",
        "tax_code": "text", "tax_rate": "numeric", "valuation_class": "text", "unit_price": "numeric",
        "quantity": "numeric", "amount": "numeric", "business_date": "date", "source_recorded_at": "timestamptz",
    },
    order="receipt, line",
)  # fmt: skip

_MATCHES = RowSet(
    "bill_matches",
    {
        "bill": "uuid", "line": "int", "company": "text", "bill_line": "int", "order_line": "int", "receipt": "uuid",
        "receipt_line": "int", "item": "text", "quantity": "numeric", "unit_price": "numeric", "amount_received": "numeric",
        "amount_net": "numeric", "difference": "numeric",
    },
)  # fmt: skip

_SHARES = RowSet(
    "cost_shares",
    {
        "source_event": "uuid", "line": "int", "company": "text", "bill": "uuid", "receipt": "uuid", "receipt_line": "int",
        "item": "text", "destination": "text", "amount": "numeric", "source_recorded_at": "timestamptz",
    },
)  # fmt: skip


async def insert_receipts(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep what was received, to be billed."""
    await _RECEIPTS.insert(session, rows)


async def _lock_receipts(session: AsyncSession, which: ColumnElement[bool]) -> list[ReceiptLine]:
    # Locked in key order; read in the order of their arrival, for the oldest is billed first.
    query = (
        select(*(receipt_lines.c[name] for name in _FIELDS), receipt_lines.c.source_recorded_at)
        .where(which)
        .order_by(receipt_lines.c.receipt, receipt_lines.c.line)
        .with_for_update()
    )
    rows = (await session.execute(query)).all()
    ordered = sorted(
        rows, key=lambda row: (row.source_recorded_at, row.receipt_number, row.receipt, row.line)
    )
    return [ReceiptLine(*row[:-1]) for row in ordered]


async def lock_receipts_of_order(session: AsyncSession, purchase_order: UUID) -> list[ReceiptLine]:
    """All receipts of a purchase order, the oldest first."""
    return await _lock_receipts(session, receipt_lines.c.purchase_order == purchase_order)


async def lock_receipts_of_orders(session: AsyncSession, references: Iterable[str]) -> None:
    """Lock all receipts of these purchase orders, named by id or number."""
    wanted = sorted(set(references))
    ids = [UUID(one) for one in wanted if is_id(one)]
    if wanted:
        await _lock_receipts(
            session,
            receipt_lines.c.purchase_order_number.in_(wanted)
            | receipt_lines.c.purchase_order.in_(ids),
        )


async def lock_receipts_of_lines(
    session: AsyncSession, keys: Iterable[tuple[UUID, int]]
) -> list[ReceiptLine]:
    """All receipts of these order lines (order and line), the oldest first."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    return await _lock_receipts(
        session, tuple_(receipt_lines.c.purchase_order, receipt_lines.c.order_line).in_(wanted)
    )


async def received_of(session: AsyncSession, reference: str) -> Sequence[Row[Any]]:
    """The received lines of a purchase order by its id or number."""
    which = (
        receipt_lines.c.purchase_order == UUID(reference)
        if is_id(reference)
        else receipt_lines.c.purchase_order_number == reference
    )
    query = select(receipt_lines).where(which)
    return (await session.execute(query.order_by(receipt_lines.c.order_line))).all()


async def clear(
    session: AsyncSession,
    changes: Mapping[tuple[UUID, int], tuple[Decimal, Decimal, Decimal, Decimal]],
) -> None:
    """Add to what is cleared of locked receipt lines: quantity, amount, of it billed, and sent back after billing."""
    keys = sorted(changes)
    await session.execute(
        text(
            "UPDATE receipt_lines r SET cleared_quantity = r.cleared_quantity + n.quantity,"
            " cleared_amount = r.cleared_amount + n.amount, billed_quantity = r.billed_quantity + n.billed,"
            " returned_quantity = r.returned_quantity + n.returned"
            " FROM unnest(CAST(:receipts AS uuid[]), CAST(:lines AS int[]), CAST(:quantities AS numeric[]),"
            " CAST(:amounts AS numeric[]), CAST(:billed AS numeric[]), CAST(:returned AS numeric[]))"
            " AS n (receipt, line, quantity, amount, billed, returned) WHERE r.receipt = n.receipt AND r.line = n.line"
        ),
        {
            "receipts": [key[0] for key in keys],
            "lines": [key[1] for key in keys],
            "quantities": [changes[key][0] for key in keys],
            "amounts": [changes[key][1] for key in keys],
            "billed": [changes[key][2] for key in keys],
            "returned": [changes[key][3] for key in keys],
        },
    )


async def insert_bill(
    session: AsyncSession, row: Mapping[str, object], lines: Sequence[BillLine]
) -> None:
    """Write a bill as the supplier sent it."""
    await session.execute(insert(bills).values(dict(row)))
    await session.execute(insert(bill_lines), [
        {
            "bill": row["id"], "line": one.line, "company": row["company"], "order_line": one.order_line, "item": one.item,
            "unit": one.unit, "tax_code": one.tax_code, "quantity": one.quantity, "unit_price": one.unit_price,
            "order_price": one.order_price, "tax_rate": one.tax_rate, "amount_net": one.net, "amount_tax": one.tax,
        }
        for one in lines
    ])  # fmt: skip


async def number_taken(session: AsyncSession, company: str, supplier: str, key: str) -> bool:
    """Whether this supplier's bill number is here already."""
    query = select(bills.c.id).where(
        bills.c.company == company, bills.c.supplier == supplier, bills.c.supplier_key == key,
        bills.c.status != "cancelled",
    )  # fmt: skip
    return (await session.execute(query)).first() is not None


async def update_bill(session: AsyncSession, bill: UUID, **values: object) -> None:
    """Change a locked bill."""
    await session.execute(update(bills).where(bills.c.id == bill).values(values))


async def set_posted(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """These bills have their voucher."""
    await session.execute(update(bills).where(bills.c.id.in_(sorted(ids))).values(status="posted"))


async def find_bill(
    session: AsyncSession, reference: str, *, lock: bool = False
) -> Row[Any] | None:
    """A bill by id or by our number."""
    which = bills.c.id == UUID(reference) if is_id(reference) else bills.c.number == reference
    query = select(bills).where(which)
    return (await session.execute(query.with_for_update() if lock else query)).one_or_none()


async def lock_bills(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, Row[Any]]:
    """These bills, locked in key order."""
    query = (
        select(bills).where(bills.c.id.in_(sorted(set(ids)))).order_by(bills.c.id).with_for_update()
    )
    return {row.id: row for row in (await session.execute(query)).all()}


async def lines_of(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, list[BillLine]]:
    """The lines of these bills."""
    c = bill_lines.c
    query = select(
        c.bill,
        c.line,
        c.order_line,
        c.item,
        c.unit,
        c.tax_code,
        c.tax_rate,
        c.quantity,
        c.unit_price,
        c.order_price,
    ).where(c.bill.in_(list(ids)))
    grouped: dict[UUID, list[BillLine]] = {}
    for row in (await session.execute(query.order_by(c.bill, c.line))).all():
        grouped.setdefault(row[0], []).append(BillLine(*row[1:]))
    return grouped


async def insert_matches(
    session: AsyncSession, bill: UUID, company: str, matches: Sequence[Match]
) -> None:
    """Keep which receipts a bill pays for."""
    await _MATCHES.insert(session, [
        {
            "bill": bill, "line": one.line, "company": company, "bill_line": one.bill_line, "order_line": one.order_line,
            "receipt": one.receipt, "receipt_line": one.receipt_line, "item": one.item, "quantity": one.quantity,
            "unit_price": one.unit_price, "amount_received": one.amount_received, "amount_net": one.amount_net,
            "difference": one.difference,
        }
        for one in matches
    ])  # fmt: skip


async def matches_of(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, list[Match]]:
    """Which receipts these bills pay for."""
    c = bill_matches.c
    query = select(
        c.bill, c.line, c.bill_line, c.order_line, c.receipt, c.receipt_line, c.item, c.quantity, c.unit_price,
        c.amount_received, c.amount_net,
    ).where(c.bill.in_(list(ids)))  # fmt: skip
    grouped: dict[UUID, list[Match]] = {}
    for row in (await session.execute(query.order_by(c.bill, c.line))).all():
        grouped.setdefault(row[0], []).append(Match(*row[1:]))
    return grouped


async def insert_shares(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep where a later cost went."""
    await _SHARES.insert(session, rows)


async def lock_purchase_orders(session: AsyncSession, orders: Iterable[UUID]) -> None:
    """Let receipts of an order and returns of it pass one after the other, whichever batch they come in.

    Rows can't be locked for it: a return looks for a receipt that may not be there yet, and the other way round.
    """
    await session.execute(
        text(
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT hashtextextended(o::text, 20) AS key"
            " FROM unnest(CAST(:orders AS uuid[])) AS wanted (o) ORDER BY 1) AS ordered"
        ),
        {"orders": sorted(set(orders))},
    )


async def keep_waiting(
    session: AsyncSession,
    event: UUID,
    company: str,
    receipts: Iterable[UUID],
    fact: str,
    recorded_at: datetime,
) -> None:
    """Keep a return until its receipt is known."""
    await session.execute(
        text(
            "INSERT INTO waiting_returns (source_event, company, receipts, fact, source_recorded_at)"
            " VALUES (:event, :company, :receipts, CAST(:fact AS jsonb), :at)"
        ),
        {
            "event": event,
            "company": company,
            "receipts": sorted(receipts),
            "fact": fact,
            "at": recorded_at,
        },
    )


async def take_waiting(
    session: AsyncSession, receipts: Iterable[UUID]
) -> list[tuple[UUID, str, datetime]]:
    """The returns that waited for one of these receipts; they wait no longer."""
    rows = await session.execute(
        text(
            "DELETE FROM waiting_returns WHERE receipts && CAST(:receipts AS uuid[])"
            " RETURNING source_event, fact, source_recorded_at"
        ),
        {"receipts": sorted(set(receipts))},
    )
    return [
        (row[0], row[1] if isinstance(row[1], str) else json.dumps(row[1]), row[2]) for row in rows
    ]


async def known_receipts(session: AsyncSession, receipts: Iterable[UUID]) -> set[UUID]:
    """Of these receipts the ones that are known."""
    query = (
        select(receipt_lines.c.receipt)
        .where(receipt_lines.c.receipt.in_(sorted(set(receipts))))
        .distinct()
    )
    return set((await session.execute(query)).scalars())


def bills_selected(
    *,
    company: str | None,
    supplier: str | None,
    status: str | None,
    number: str | None,
    order: str | None,
) -> Select[Any]:
    """Bills as a list shows them."""
    query = select(bills)
    for column, value in (
        (bills.c.company, company), (bills.c.supplier, supplier), (bills.c.status, status),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if number is not None:
        query = query.where((bills.c.number == number) | (bills.c.supplier_number == number))
    if order is not None:
        which = (
            bills.c.purchase_order == UUID(order)
            if is_id(order)
            else bills.c.purchase_order_number == order
        )
        query = query.where(which)
    return query


def unbilled_selected(
    *, company: str | None, supplier: str | None, order: str | None
) -> Select[Any]:
    """Received lines that are not billed in full."""
    c = receipt_lines.c
    query = select(receipt_lines).where(c.cleared_quantity < c.quantity)
    if company is not None:
        query = query.where(c.company == company)
    if supplier is not None:
        query = query.where(c.supplier == supplier)
    if order is not None:
        query = query.where(
            c.purchase_order == UUID(order) if is_id(order) else c.purchase_order_number == order
        )
    return query


def is_id(reference: str) -> bool:
    """Whether a reference is an id and not a number."""
    try:
        UUID(reference)
    except ValueError:
        return False
    return True


def as_day(value: str) -> date:
    """A day of an event."""
    return date.fromisoformat(value)
