"""How payments are written and found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import payments


async def insert_payment(session: AsyncSession, row: Mapping[str, object]) -> None:
    """Write a payment."""
    await session.execute(insert(payments).values(dict(row)))


async def order_named(
    session: AsyncSession, company: str, reference: str
) -> tuple[UUID, str] | None:
    """The id and number of an order that something was shipped of."""
    row = (
        await session.execute(
            text(
                "SELECT order_id, order_number FROM shipment_lines WHERE company = :company"
                " AND (order_number = :reference OR CAST(order_id AS text) = lower(:reference)) LIMIT 1"
            ),
            {"company": company, "reference": reference},
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


async def bills_in_flight(session: AsyncSession, company: str, supplier: str) -> list[str]:
    """The supplier's bills that are matched and not posted yet."""
    rows = await session.execute(
        text(
            "SELECT number FROM bills WHERE company = :company AND supplier = :supplier AND status = 'matched' ORDER BY 1"
        ),
        {"company": company, "supplier": supplier},
    )
    return [str(row[0]) for row in rows]


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
