"""How payments are written and found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from finance.database import Rows, RowSet

from .tables import payments

_PAYMENTS = RowSet(
    "payments",
    {
        "id": "uuid", "number": "text", "company": "text", "version": "int", "status": "text", "direction": "text",
        "partner": "text", "currency": "text", "bank_account": "text", "reference": "text", "order_id": "uuid",
        "order_number": "text", "amount": "numeric", "on_account": "numeric", "business_date": "date",
        "posting_date": "date",
    },
)  # fmt: skip
_ORDERS = Rows({"company": "text", "reference": "text", "id": "uuid"})
_ORDERS_NAMED = Statement(
    "SELECT new.company, new.reference, s.order_id, s.order_number"
    f" FROM {_ORDERS.source} CROSS JOIN LATERAL (SELECT order_id, order_number FROM shipment_lines s"
    " WHERE s.company = new.company AND (s.order_number = new.reference"
    " OR s.order_id = new.id) LIMIT 1) AS s"
)
_SUPPLIERS = Rows({"company": "text", "supplier": "text"})
_IN_FLIGHT = Statement(
    f"SELECT company, supplier, b.number FROM bills b JOIN {_SUPPLIERS.source} USING (company, supplier)"
    " WHERE b.status = 'matched' ORDER BY b.number"
)


async def insert_payments(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Write payments."""
    await _PAYMENTS.insert(session, rows)


async def orders_named(
    session: AsyncSession, wanted: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[UUID, str]]:
    """By company and reference: the id and number of orders that something was shipped of."""
    keys = sorted(set(wanted))
    if not keys:
        return {}
    rows = await _ORDERS_NAMED.fetch(
        session, _ORDERS.tuples([(*key, _id_of(key[1])) for key in keys])
    )
    return {
        (row["company"], row["reference"]): (row["order_id"], row["order_number"]) for row in rows
    }


def _id_of(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


async def bills_in_flight(
    session: AsyncSession, suppliers: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], list[str]]:
    """By company and supplier: the bills that are matched and not posted yet."""
    keys = sorted(set(suppliers))
    found: dict[tuple[str, str], list[str]] = {}
    if keys:
        for row in await _IN_FLIGHT.fetch(session, _SUPPLIERS.tuples(keys)):
            found.setdefault((row["company"], row["supplier"]), []).append(row["number"])
    return found


async def found(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """These payments."""
    query = select(payments).where(payments.c.id.in_(ids))
    return {row.id: row for row in (await session.execute(query)).all()}


async def find(session: AsyncSession, reference: str) -> Row[Any] | None:
    """A payment by id or number."""
    try:
        which = payments.c.id == UUID(reference)
    except ValueError:
        which = payments.c.number == reference
    return (await session.execute(select(payments).where(which))).one_or_none()


def selected(
    *,
    company: str | None,
    direction: str | None,
    partner: str | None,
    order: str | None,
    number: str | None,
) -> Select[Any]:
    """Payments as a list shows them."""
    query = select(payments)
    for column, value in (
        (payments.c.company, company), (payments.c.direction, direction), (payments.c.partner, partner),
        (payments.c.number, number),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if order is not None:
        try:
            query = query.where(payments.c.order_id == UUID(order))
        except ValueError:
            query = query.where(payments.c.order_number == order)
    return query
