"""Reading, locking and changing what customers owe; rows in key order, every change guarded by the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from sales.credit.rules import UNLIMITED, Account, AccountKey, Exposure, Terms
from sales.credit.tables import accounts


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what an order counts against its customer's credit; `orders` 1: it begins to count, -1: it ends."""

    account: AccountKey
    order: UUID
    amount: Decimal
    orders: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipment's worth, until finance has it in its books."""

    shipment: UUID
    account: AccountKey
    amount_gross: Decimal


@dataclass(frozen=True, slots=True)
class Owed:
    """What finance says of a customer."""

    account: AccountKey
    sequence: int
    receivable: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class Profile:
    """What was granted to a customer, as a document."""

    id: UUID | None
    company: str
    customer: str
    version: int
    """0: nothing was granted."""
    terms: Terms
    recorded_at: datetime | None
    exposure: Exposure


OPEN_ACCOUNTS = Statement(
    "INSERT INTO credit_accounts (company, customer)"
    " SELECT c, k FROM unnest(CAST(:companies AS text[]), CAST(:customers AS text[])) AS new (c, k)"
    " WHERE NOT EXISTS (SELECT FROM credit_accounts a WHERE a.company = c AND a.customer = k)"
    " ORDER BY c, k ON CONFLICT (company, customer) DO NOTHING"
)
LOCK_ACCOUNTS = Statement(
    "SELECT a.company, a.customer, a.credit_limit, a.check_overdue, a.valid_until, a.open_orders, a.unacknowledged,"
    " a.receivable, a.overdue FROM credit_accounts a"
    " JOIN unnest(CAST(:companies AS text[]), CAST(:customers AS text[])) AS k (company, customer)"
    " USING (company, customer) ORDER BY a.company, a.customer FOR UPDATE OF a"
)
MOVE = Statement(
    "WITH moved AS (INSERT INTO exposure_moves (company, customer, order_id, amount, orders)"
    " SELECT * FROM unnest(CAST(:companies AS text[]), CAST(:customers AS text[]), CAST(:order_ids AS uuid[]),"
    " CAST(:amounts AS numeric[]), CAST(:orders AS int[])) RETURNING company, customer, amount, orders),"
    " summed AS (SELECT company, customer, sum(amount) AS amount, sum(orders) AS orders FROM moved"
    " GROUP BY company, customer)"
    " UPDATE credit_accounts a SET open_orders = a.open_orders + s.amount, open_count = a.open_count + s.orders"
    " FROM summed s WHERE a.company = s.company AND a.customer = s.customer"
)
# A shipment that finance named before it was seen here is there already, acknowledged: it never counts.
SHIP = Statement(
    "INSERT INTO credit_shipments (shipment, company, customer, amount_gross, seen, acknowledged)"
    " SELECT s, c, k, a, true, false FROM unnest(CAST(:shipments AS uuid[]), CAST(:companies AS text[]),"
    " CAST(:customers AS text[]), CAST(:amounts AS numeric[])) AS new (s, c, k, a) ORDER BY s"
    " ON CONFLICT (shipment) DO UPDATE SET seen = true, amount_gross = excluded.amount_gross,"
    " company = excluded.company, customer = excluded.customer WHERE NOT credit_shipments.seen"
    " RETURNING company, customer, amount_gross, acknowledged"
)
ACKNOWLEDGE = Statement(
    "INSERT INTO credit_shipments (shipment, company, customer, seen, acknowledged)"
    " SELECT s, c, k, false, true FROM unnest(CAST(:shipments AS uuid[]), CAST(:companies AS text[]),"
    " CAST(:customers AS text[])) AS new (s, c, k) ORDER BY s"
    " ON CONFLICT (shipment) DO UPDATE SET acknowledged = true WHERE NOT credit_shipments.acknowledged"
    " RETURNING company, customer, amount_gross, seen"
)
COUNT_SHIPPED = Statement(
    "UPDATE credit_accounts a SET unacknowledged = a.unacknowledged + n.pending, shipped_gross = a.shipped_gross + n.gross,"
    " shipped_count = a.shipped_count + n.count FROM unnest(CAST(:companies AS text[]), CAST(:customers AS text[]),"
    " CAST(:pending AS numeric[]), CAST(:gross AS numeric[]), CAST(:counts AS int[])) AS n (company, customer, pending, gross, count)"
    " WHERE a.company = n.company AND a.customer = n.customer"
)
TAKE_OWED = Statement(
    "UPDATE credit_accounts a SET unacknowledged = a.unacknowledged - n.named,"
    " receivable = CASE WHEN n.sequence > a.sequence THEN n.receivable ELSE a.receivable END,"
    " overdue = CASE WHEN n.sequence > a.sequence THEN n.overdue ELSE a.overdue END,"
    " sequence = greatest(a.sequence, n.sequence) FROM unnest(CAST(:companies AS text[]), CAST(:customers AS text[]),"
    " CAST(:named AS numeric[]), CAST(:sequences AS bigint[]), CAST(:receivables AS numeric[]), CAST(:overdues AS numeric[]))"
    " AS n (company, customer, named, sequence, receivable, overdue)"
    " WHERE a.company = n.company AND a.customer = n.customer"
)


def _pairs(keys: Iterable[AccountKey]) -> dict[str, list[str]]:
    ordered = sorted(set(keys))
    return {
        "companies": [company for company, _ in ordered],
        "customers": [customer for _, customer in ordered],
    }


async def lock_accounts(
    session: AsyncSession, keys: Iterable[AccountKey]
) -> dict[AccountKey, Account]:
    """Lock the customers' accounts, in key order so that batches queue up instead of deadlocking; opens missing ones."""
    pairs = _pairs(keys)
    if not pairs["companies"]:
        return {}
    rows = await LOCK_ACCOUNTS.fetch(session, pairs)
    if len(rows) < len(pairs["companies"]):
        await OPEN_ACCOUNTS.fetch(session, pairs)
        rows = await LOCK_ACCOUNTS.fetch(session, pairs)
    return {
        (company, customer): Account(Terms(limit, check_overdue, valid_until), Exposure(*used))
        for company, customer, limit, check_overdue, valid_until, *used in (
            tuple(row.values()) for row in rows
        )
    }


async def move(session: AsyncSession, moves: Sequence[Move]) -> None:
    """Book changes of open orders, and the customers' totals with them."""
    if not moves:
        return
    await MOVE.fetch(
        session,
        {
            "companies": [one.account[0] for one in moves],
            "customers": [one.account[1] for one in moves],
            "order_ids": [one.order for one in moves],
            "amounts": [one.amount for one in moves],
            "orders": [one.orders for one in moves],
        },
    )


async def insert_shipments(
    session: AsyncSession, shipped: Sequence[Shipped]
) -> dict[AccountKey, Decimal]:
    """Keep shipments; what of them finance has not named yet, by customer."""
    rows = await SHIP.fetch(
        session,
        {
            "shipments": [one.shipment for one in shipped],
            "companies": [one.account[0] for one in shipped],
            "customers": [one.account[1] for one in shipped],
            "amounts": [one.amount_gross for one in shipped],
        },
    )
    pending: dict[AccountKey, Decimal] = {}
    for row in rows:
        if not row["acknowledged"]:
            key = (row["company"], row["customer"])
            pending[key] = pending.get(key, Decimal(0)) + row["amount_gross"]
    return pending


async def count_shipped(
    session: AsyncSession, figures: Mapping[AccountKey, tuple[Decimal, Decimal, int]]
) -> None:
    """Add to the customers' totals: not yet acknowledged, shipped gross, number of shipments."""
    keys = sorted(figures)
    await COUNT_SHIPPED.fetch(
        session,
        {
            "companies": [company for company, _ in keys],
            "customers": [customer for _, customer in keys],
            "pending": [figures[key][0] for key in keys],
            "gross": [figures[key][1] for key in keys],
            "counts": [figures[key][2] for key in keys],
        },
    )


async def acknowledge_shipments(
    session: AsyncSession, named: Mapping[UUID, AccountKey]
) -> dict[AccountKey, Decimal]:
    """Remember which shipments finance has; what of them had been counted as unacknowledged, by customer."""
    if not named:
        return {}
    shipments = sorted(named)
    rows = await ACKNOWLEDGE.fetch(
        session,
        {
            "shipments": shipments,
            "companies": [named[shipment][0] for shipment in shipments],
            "customers": [named[shipment][1] for shipment in shipments],
        },
    )
    counted: dict[AccountKey, Decimal] = {}
    for row in rows:
        if row["seen"]:
            key = (row["company"], row["customer"])
            counted[key] = counted.get(key, Decimal(0)) + row["amount_gross"]
    return counted


async def take_owed(
    session: AsyncSession, owed: Sequence[Owed], acknowledged: Mapping[AccountKey, Decimal]
) -> None:
    """Take finance's newest figures, and the named shipments out of what is unacknowledged."""
    newest = {one.account: one for one in sorted(owed, key=lambda one: one.sequence)}
    keys = sorted({*newest, *acknowledged})
    zero = Decimal(0)
    await TAKE_OWED.fetch(
        session,
        {
            "companies": [company for company, _ in keys],
            "customers": [customer for _, customer in keys],
            "named": [acknowledged.get(key, zero) for key in keys],
            "sequences": [newest[key].sequence if key in newest else -1 for key in keys],
            "receivables": [newest[key].receivable if key in newest else zero for key in keys],
            "overdues": [newest[key].overdue if key in newest else zero for key in keys],
        },
    )


COLUMNS = (
    accounts.c.profile_id, accounts.c.company, accounts.c.customer, accounts.c.version, accounts.c.credit_limit,
    accounts.c.check_overdue, accounts.c.valid_until, accounts.c.granted_at, accounts.c.open_orders,
    accounts.c.unacknowledged, accounts.c.receivable, accounts.c.overdue,
)  # fmt: skip


def profile_of(row: Row[Any]) -> Profile:
    """The profile of a row of COLUMNS."""
    return Profile(
        id=row.profile_id, company=row.company, customer=row.customer, version=row.version,
        terms=Terms(row.credit_limit, row.check_overdue, row.valid_until), recorded_at=row.granted_at,
        exposure=Exposure(row.open_orders, row.unacknowledged, row.receivable, row.overdue),
    )  # fmt: skip


def profiles_query(*, company: str | None, customer: str | None) -> Select[Any]:
    """All that was granted in the caller's companies, with what is used of it."""
    query = select(*COLUMNS).where(accounts.c.version > 0)
    if company is not None:
        query = query.where(accounts.c.company == company)
    if customer is not None:
        query = query.where(accounts.c.customer == customer)
    return query


async def load_profile(session: AsyncSession, key: AccountKey) -> Profile:
    """What was granted to a customer, and what is used of it; version 0 when nothing was."""
    query = select(*COLUMNS).where(accounts.c.company == key[0], accounts.c.customer == key[1])
    row = (await session.execute(query)).one_or_none()
    return (
        Profile(None, key[0], key[1], 0, UNLIMITED, None, Exposure())
        if row is None
        else profile_of(row)
    )


async def companies_of(session: AsyncSession, customer: str) -> list[str]:
    """The companies, within the caller's scope, that granted this customer something or sell to him."""
    rows = await session.execute(
        select(accounts.c.company)
        .where(accounts.c.customer == customer)
        .order_by(accounts.c.company)
    )
    return list(rows.scalars())


SAVE_PROFILE = text(
    "UPDATE credit_accounts SET profile_id = :id, version = :version, credit_limit = :credit_limit,"
    " check_overdue = :check_overdue, valid_until = :valid_until, granted_at = now()"
    " WHERE company = :company AND customer = :customer AND version = :version - 1"
)


async def save_profile(
    session: AsyncSession, *, id: UUID, key: AccountKey, version: int, terms: Terms
) -> None:
    """Write a profile's next version; its account is locked by the caller."""
    await session.execute(
        SAVE_PROFILE,
        {
            "id": id, "company": key[0], "customer": key[1], "version": version,
            "credit_limit": terms.credit_limit, "check_overdue": terms.check_overdue, "valid_until": terms.valid_until,
        },
    )  # fmt: skip


TOTALS = text(
    "SELECT company, sum(open_orders) AS open_orders, sum(open_count) AS open_count, sum(shipped_gross) AS shipped_gross,"
    " sum(shipped_count) AS shipped_count FROM credit_accounts GROUP BY company ORDER BY company"
)
LATER_MOVES = text(
    "SELECT company, sum(amount) AS amount, sum(orders) AS number FROM exposure_moves WHERE recorded_at > :cut GROUP BY company"
)


@dataclass(frozen=True, slots=True)
class CompanyTotals:
    """A company's open orders and shipments."""

    open_orders: Decimal
    open_count: int
    shipped_gross: Decimal
    shipped_count: int


async def totals_now(session: AsyncSession) -> dict[str, CompanyTotals]:
    """Per company, as of now."""
    rows = await session.execute(TOTALS)
    return {
        row.company: CompanyTotals(
            row.open_orders, row.open_count, row.shipped_gross, row.shipped_count
        )
        for row in rows
    }


async def moved_after(session: AsyncSession, cut: datetime) -> dict[str, tuple[Decimal, int]]:
    """Per company, by how much open orders changed after the cut."""
    rows = await session.execute(LATER_MOVES, {"cut": cut})
    return {row.company: (row.amount, row.number) for row in rows}
