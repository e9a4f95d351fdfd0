"""Every query of returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from sales.returns.rules import Return, ReturnLine, ReturnStatus, Taken, taken_by
from sales.returns.tables import lines, returns
from tongheng_contracts.inventory import GoodsReturn

RETURN_COLUMNS = (
    returns.c.id, returns.c.number, returns.c.company, returns.c.version, returns.c.status, returns.c.business_date,
    returns.c.posting_date, returns.c.recorded_at, returns.c.order_id, returns.c.order_number, returns.c.customer,
    returns.c.currency, returns.c.reason,
)  # fmt: skip
LINE_COLUMNS = (
    lines.c.return_id, lines.c.line, lines.c.order_line, lines.c.item, lines.c.quantity, lines.c.unit,
    lines.c.shipment, lines.c.tax_code, lines.c.tax_rate, lines.c.amount_net, lines.c.amount_tax,
    lines.c.quantity_received,
)  # fmt: skip

INSERT_RECEIPTS = text(
    "INSERT INTO return_receipts (id, source_event, number, company, return_id, warehouse, amount_gross, business_date,"
    " posting_date) SELECT i, e, n, c, r, w, a, b, p FROM unnest(CAST(:ids AS uuid[]), CAST(:events AS uuid[]),"
    " CAST(:numbers AS text[]), CAST(:companies AS text[]), CAST(:returns AS uuid[]), CAST(:warehouses AS text[]),"
    " CAST(:amounts AS numeric[]), CAST(:business_dates AS date[]), CAST(:posting_dates AS date[]))"
    " AS new (i, e, n, c, r, w, a, b, p) ORDER BY i ON CONFLICT DO NOTHING RETURNING id"
)


def return_of(row: Row[Any]) -> Return:
    """The return of a row of RETURN_COLUMNS, without its lines."""
    return Return(
        id=row.id, number=row.number, company=row.company, version=row.version, status=ReturnStatus(row.status),
        business_date=row.business_date, posting_date=row.posting_date, recorded_at=row.recorded_at,
        order_id=row.order_id, order_number=row.order_number, customer=row.customer, currency=row.currency,
        reason=row.reason,
    )  # fmt: skip


def _line_of(row: Row[Any]) -> ReturnLine:
    return ReturnLine(
        line=row.line, order_line=row.order_line, item=row.item, quantity=row.quantity, unit=row.unit,
        shipment=row.shipment, tax_code=row.tax_code, tax_rate=row.tax_rate, amount_net=row.amount_net,
        amount_tax=row.amount_tax, received=row.quantity_received,
    )  # fmt: skip


async def load_returns(
    session: AsyncSession, ids: Iterable[UUID], *, lock: bool
) -> dict[UUID, Return]:
    """Returns with their lines, by id; locked in key order."""
    query = select(*RETURN_COLUMNS).where(returns.c.id.in_(sorted(set(ids)))).order_by(returns.c.id)
    found = {
        row.id: return_of(row)
        for row in await session.execute(query.with_for_update() if lock else query)
    }
    await load_lines(session, found)
    return found


async def load_lines(session: AsyncSession, found: Mapping[UUID, Return]) -> None:
    """Give returns their lines."""
    if not found:
        return
    rows = await session.execute(
        select(*LINE_COLUMNS)
        .where(lines.c.return_id.in_(list(found)))
        .order_by(lines.c.return_id, lines.c.line)
    )
    for row in rows:
        found[row.return_id].lines.append(_line_of(row))


async def find_id(session: AsyncSession, *, number: str) -> UUID | None:
    """The id of the return with this number, within the caller's scope."""
    return await session.scalar(select(returns.c.id).where(returns.c.number == number))


async def load_taken(session: AsyncSession, order: UUID) -> list[Taken]:
    """What the returns of an order take of its lines; ask under the order's lock."""
    rows = await session.execute(
        select(*LINE_COLUMNS, returns.c.status)
        .join(returns, returns.c.id == lines.c.return_id)
        .where(returns.c.order_id == order)
        .order_by(lines.c.return_id, lines.c.line)
    )
    taken = [taken_by(_line_of(row), ReturnStatus(row.status)) for row in rows]
    return [one for one in taken if one is not None]


async def insert_return(session: AsyncSession, document: Return) -> None:
    """Write a new return with its lines."""
    result = await session.execute(
        insert(returns)
        .values(
            id=document.id, number=document.number, company=document.company, version=document.version,
            status=document.status.value, business_date=document.business_date,
            posting_date=document.posting_date, order_id=document.order_id, order_number=document.order_number,
            customer=document.customer, currency=document.currency, reason=document.reason,
        )
        .returning(returns.c.recorded_at)
    )  # fmt: skip
    document.recorded_at = result.scalar_one()
    await session.execute(
        insert(lines),
        [
            {
                "return_id": document.id, "line": line.line, "company": document.company,
                "order_line": line.order_line, "item": line.item, "quantity": line.quantity, "unit": line.unit,
                "shipment": line.shipment, "amount_net": line.amount_net, "amount_tax": line.amount_tax,
                "tax_code": line.tax_code, "tax_rate": line.tax_rate,
            }
            for line in document.lines
        ],
    )  # fmt: skip


async def save_returns(session: AsyncSession, changed: Sequence[Return]) -> None:
    """Write back returns that were locked and changed."""
    if not changed:
        return
    await session.execute(
        update(returns)
        .where(returns.c.id == bindparam("b_id"))
        .values(version=bindparam("b_version"), status=bindparam("b_status")),
        [
            {"b_id": one.id, "b_version": one.version, "b_status": one.status.value}
            for one in changed
        ],
    )
    await session.execute(
        update(lines)
        .where(lines.c.return_id == bindparam("b_id"), lines.c.line == bindparam("b_line"))
        .values(
            amount_net=bindparam("b_net"), amount_tax=bindparam("b_tax"), quantity_received=bindparam("b_received")
        ),
        [
            {
                "b_id": one.id, "b_line": line.line, "b_net": line.amount_net, "b_tax": line.amount_tax,
                "b_received": line.received,
            }
            for one in changed
            for line in one.lines
        ],
    )  # fmt: skip


async def insert_receipts(
    session: AsyncSession, came: Sequence[tuple[UUID, GoodsReturn]]
) -> set[UUID]:
    """Keep what came back with the events that told of it; those that were not there yet."""
    rows = await session.execute(
        INSERT_RECEIPTS,
        {
            "ids": [one.id for _, one in came],
            "events": [event for event, _ in came],
            "numbers": [one.number for _, one in came],
            "companies": [one.company for _, one in came],
            "returns": [one.authorisation for _, one in came],
            "warehouses": [one.warehouse for _, one in came],
            "amounts": [one.amount_gross for _, one in came],
            "business_dates": [date.fromisoformat(one.business_date) for _, one in came],
            "posting_dates": [date.fromisoformat(one.posting_date) for _, one in came],
        },
    )
    return {row[0] for row in rows}


def returns_query(
    *,
    company: str | None,
    customer: str | None,
    order: UUID | None,
    status: Sequence[str],
    number: str | None,
) -> Select[Any]:
    """Returns by the filters given."""
    query = select(*RETURN_COLUMNS)
    if company is not None:
        query = query.where(returns.c.company == company)
    if customer is not None:
        query = query.where(returns.c.customer == customer)
    if order is not None:
        query = query.where(returns.c.order_id == order)
    if status:
        query = query.where(returns.c.status.in_(status))
    if number is not None:
        query = query.where(returns.c.number == number)
    return query
