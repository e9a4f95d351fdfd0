"""How open items are written, locked and settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from finance.database import Rows, RowSet

from .rules import ACCOUNTS, OpenItem, PartnerAccount, Side
from .tables import open_items

_COLUMNS = (
    "id, company, side, partner, document_type, document_id, number, order_id, order_number, currency, amount,"
    " open_amount, business_date, due_date"
)
_ACCOUNTS = Rows({"company": "text", "side": "text", "partner": "text"})
_LOCK = Statement(
    f"SELECT {', '.join(f'i.{name}' for name in _COLUMNS.split(', '))} FROM open_items i"
    f" JOIN {_ACCOUNTS.source} USING (company, side, partner) WHERE i.open_amount <> 0 ORDER BY i.id FOR UPDATE OF i"
)
_NAMED = Statement(
    f"SELECT {_COLUMNS} FROM open_items WHERE company = ANY(CAST(:companies AS text[]))"
    " AND (number = ANY(CAST(:numbers AS text[])) OR id = ANY(CAST(:ids AS uuid[]))"
    " OR document_id = ANY(CAST(:ids AS uuid[]))) ORDER BY id"
)
_PARTS = Rows({"id": "uuid", "amount": "numeric", "times": "int"})
_SETTLE = Statement(
    "UPDATE open_items SET open_amount = open_amount - new.amount, version = version + new.times"
    f" FROM {_PARTS.source} WHERE open_items.id = new.id AND abs(open_amount) >= abs(new.amount)"
    " RETURNING open_items.id"
)

_INSERT = RowSet(
    "open_items",
    {
        "id": "uuid", "company": "text", "side": "text", "account": "text", "partner": "text", "document_type": "text",
        "document_id": "uuid", "number": "text", "order_id": "uuid", "order_number": "text", "currency": "text",
        "amount": "numeric", "open_amount": "numeric", "business_date": "date", "due_date": "date",
    },
)  # fmt: skip

_ALLOCATIONS = RowSet(
    "allocations",
    {
        "id": "uuid",
        "company": "text",
        "payment": "uuid",
        "line": "int",
        "open_item": "uuid",
        "amount": "numeric",
    },
)


async def insert(session: AsyncSession, items: Sequence[OpenItem]) -> None:
    """Add open items."""
    await _INSERT.insert(session, [
        {
            "id": one.id, "company": one.company, "side": one.side, "account": ACCOUNTS[Side(one.side)],
            "partner": one.partner, "document_type": one.document_type, "document_id": one.document_id,
            "number": one.number, "order_id": one.order_id, "order_number": one.order_number, "currency": one.currency,
            "amount": one.amount, "open_amount": one.open_amount, "business_date": one.business_date,
            "due_date": one.due_date,
        }
        for one in items
    ])  # fmt: skip


async def lock_open(session: AsyncSession, accounts: Iterable[PartnerAccount]) -> list[OpenItem]:
    """Partners' open items, locked in key order, so that two payments of one partner queue up."""
    rows = await _LOCK.fetch(session, _ACCOUNTS.tuples(sorted(set(accounts))))
    return [OpenItem(*cast("Iterable[Any]", row)) for row in rows]


async def named(
    session: AsyncSession, companies: Iterable[str], references: Iterable[str]
) -> list[OpenItem]:
    """The items of these documents, by their number, their id or the item's own id; settled ones too."""
    wanted = sorted(set(references))
    if not wanted:
        return []
    ids: list[UUID] = []
    for one in wanted:
        try:
            ids.append(UUID(one))
        except ValueError:
            continue
    values = {"companies": sorted(set(companies)), "numbers": wanted, "ids": ids}
    rows = await _NAMED.fetch(session, values)
    return [OpenItem(*cast("Iterable[Any]", row)) for row in rows]


async def settle(
    session: AsyncSession, parts: Mapping[UUID, Decimal], times: Mapping[UUID, int]
) -> int:
    """Take the settled parts out of what is open; the number of items changed. CHECKs guard what may be taken."""
    rows = [(item, amount, times[item]) for item, amount in parts.items()]
    return len(await _SETTLE.fetch(session, _PARTS.tuples(rows)))


async def insert_allocations(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep which payment settled what."""
    await _ALLOCATIONS.insert(session, rows)


async def allocations_of(
    session: AsyncSession, payments: Sequence[UUID]
) -> list[Mapping[str, object]]:
    """What these payments settled."""
    rows = await session.execute(
        text(
            "SELECT a.payment, a.open_item, i.document_type, i.document_id, i.number, i.order_id, i.order_number, a.amount"
            " FROM allocations a JOIN open_items i ON i.id = a.open_item WHERE a.payment = ANY(:payments)"
            " ORDER BY a.payment, a.line"
        ),
        {"payments": list(payments)},
    )
    return [dict(row) for row in rows.mappings()]


async def overdue(
    session: AsyncSession, partners: Iterable[tuple[str, str]], today: date
) -> Mapping[tuple[str, str], Decimal]:
    """Per company and customer: what is open and was due before today."""
    keys = sorted(set(partners))
    rows = await session.execute(
        text(
            "SELECT i.company, i.partner, sum(i.open_amount) FROM open_items i"
            " JOIN unnest(CAST(:companies AS text[]), CAST(:partners AS text[])) AS k (company, partner) USING (company, partner)"
            " WHERE i.side = 'receivable' AND i.open_amount > 0 AND i.due_date < :today GROUP BY 1, 2"
        ),
        {
            "companies": [one[0] for one in keys],
            "partners": [one[1] for one in keys],
            "today": today,
        },
    )
    return {(str(row[0]), str(row[1])): Decimal(row[2]) for row in rows}


async def documents_open(
    session: AsyncSession, documents: Iterable[UUID]
) -> Mapping[UUID, Decimal]:
    """What is still open of each of these documents."""
    query = select(open_items.c.document_id, open_items.c.open_amount).where(
        open_items.c.document_id.in_(list(documents))
    )
    left: dict[UUID, Decimal] = {}
    for document, amount in (await session.execute(query)).all():
        left[document] = left.get(document, Decimal(0)) + amount
    return left


def selected(
    *,
    side: Side,
    company: str | None,
    partner: str | None,
    order: str | None,
    open_only: bool,
    document_type: str | None,
) -> Select[tuple[object, ...]]:
    """Open items as a list shows them."""
    query = select(open_items).where(open_items.c.side == side.value)
    if company is not None:
        query = query.where(open_items.c.company == company)
    if partner is not None:
        query = query.where(open_items.c.partner == partner)
    if document_type is not None:
        query = query.where(open_items.c.document_type == document_type)
    if order is not None:
        try:
            query = query.where(open_items.c.order_id == UUID(order))
        except ValueError:
            query = query.where(open_items.c.order_number == order)
    if open_only:
        query = query.where(open_items.c.open_amount != 0)
    return query


async def open_of(
    session: AsyncSession, company: str, side: Side, partner: str | None
) -> list[tuple[str, date, Decimal]]:
    """Partner, due date and amount of everything open on a side."""
    query = select(open_items.c.partner, open_items.c.due_date, open_items.c.open_amount).where(
        open_items.c.company == company,
        open_items.c.side == side.value,
        open_items.c.open_amount != 0,
    )
    if partner is not None:
        query = query.where(open_items.c.partner == partner)
    return [(row[0], row[1], row[2]) for row in (await session.execute(query)).all()]
