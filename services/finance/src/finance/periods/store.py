"""How periods are read, locked and closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .rules import Period, bounds_of
from .tables import period_reopenings, periods


@dataclass(frozen=True, slots=True)
class Seal:
    """What a closed period holds: proof that it never changes."""

    vouchers: int
    lines: int
    debit: Decimal
    credit: Decimal
    hash: str


async def insert_periods(session: AsyncSession, wanted: Iterable[tuple[str, str]]) -> None:
    """Open these periods of these companies, where they do not exist."""
    rows: list[dict[str, object]] = []
    for company, period in sorted(set(wanted)):
        first, last = bounds_of(period)
        rows.append({"company": company, "period": period, "starts_on": first, "ends_on": last})
    if rows:
        await session.execute(insert(periods).values(rows).on_conflict_do_nothing())


async def open_periods(session: AsyncSession, companies: Iterable[str], since: str) -> list[Period]:
    """The companies' open periods from one on, in order."""
    rows = await session.execute(
        text(
            "SELECT company, period, starts_on, ends_on, status FROM periods WHERE company = ANY(:companies)"
            " AND status = 'open' AND period >= :since ORDER BY company, period"
        ),
        {"companies": sorted(set(companies)), "since": since},
    )
    return [Period(*row) for row in rows]


async def hold_open(session: AsyncSession, wanted: Iterable[tuple[str, str]]) -> bool:
    """Keep these periods open until the transaction ends; False when one was closed meanwhile.

    In key order and shared, so that postings do not wait for each other, and a close waits for them.
    """
    keys = sorted(set(wanted))
    rows = await session.execute(
        text(
            "SELECT p.period FROM periods p JOIN unnest(CAST(:companies AS text[]), CAST(:periods AS text[]))"
            " AS w (company, period) USING (company, period)"
            " WHERE p.status = 'open' ORDER BY p.company, p.period FOR SHARE OF p"
        ),
        {"companies": [company for company, _ in keys], "periods": [period for _, period in keys]},
    )
    return len(rows.all()) == len(keys)


async def of_company(session: AsyncSession, company: str, *, lock: bool = False) -> list[Period]:
    """A company's periods in order; locked against postings on demand."""
    query = (
        select(
            periods.c.company,
            periods.c.period,
            periods.c.starts_on,
            periods.c.ends_on,
            periods.c.status,
        )
        .where(periods.c.company == company)
        .order_by(periods.c.period)
    )
    if lock:
        query = query.with_for_update()
    return [Period(*row) for row in (await session.execute(query)).all()]


async def used_periods(session: AsyncSession, company: str) -> set[str]:
    """The periods that have postings."""
    rows = await session.execute(
        text("SELECT DISTINCT period FROM account_balances WHERE company = :company"),
        {"company": company},
    )
    return {str(row[0]) for row in rows}


async def seal_of(session: AsyncSession, company: str, period: str) -> Seal:
    """Count, sums and a hash over a period's lines, in the order of their vouchers."""
    row = (
        await session.execute(
            text(
                "SELECT count(DISTINCT v.id), count(*), coalesce(sum(l.debit), 0), coalesce(sum(l.credit), 0),"
                " encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', v.number, l.line, l.account, l.debit, l.credit,"
                " l.partner, l.item, v.posting_date), E'\\n' ORDER BY v.voucher_type, v.sequence, l.line), ''), 'UTF8')), 'hex')"
                " FROM voucher_lines l JOIN vouchers v ON v.id = l.voucher"
                " WHERE l.company = :company AND l.period = :period"
            ),
            {"company": company, "period": period},
        )
    ).one()
    return Seal(int(row[0]), int(row[1]), Decimal(row[2]), Decimal(row[3]), str(row[4]))


@dataclass(frozen=True, slots=True)
class Closing:
    """How often a period has been closed, and its version."""

    closing: int
    version: int


async def close(
    session: AsyncSession, company: str, period: str, seal: Seal, actor: str
) -> Closing:
    """Close a period with its seal."""
    row = await session.execute(
        text(
            "UPDATE periods SET status = 'closed', sealed_vouchers = :vouchers, sealed_lines = :lines, sealed_debit = :debit,"
            " sealed_credit = :credit, sealed_hash = :hash, closed_at = now(), closed_by = :actor,"
            " closing = closing + 1, version = version + 1"
            " WHERE company = :company AND period = :period AND status = 'open' RETURNING closing, version"
        ),
        {"company": company, "period": period, "actor": actor, "vouchers": seal.vouchers, "lines": seal.lines,
         "debit": seal.debit, "credit": seal.credit, "hash": seal.hash},
    )  # fmt: skip
    return Closing(*row.one())


async def reopen(
    session: AsyncSession, company: str, period: str, reason: str, actor: str
) -> Closing:
    """Open a closed period, its closing kept with the reason for undoing it."""
    values = {"company": company, "period": period, "reason": reason, "actor": actor}
    await session.execute(
        text(
            "INSERT INTO period_reopenings (company, period, closing, sealed_vouchers, sealed_lines, sealed_debit,"
            " sealed_credit, sealed_hash, closed_at, closed_by, reason, reopened_by)"
            " SELECT company, period, closing, sealed_vouchers, sealed_lines, sealed_debit, sealed_credit, sealed_hash,"
            " closed_at, closed_by, :reason, :actor FROM periods WHERE company = :company AND period = :period"
        ),
        values,
    )
    row = await session.execute(
        text(
            "UPDATE periods SET status = 'open', sealed_vouchers = NULL, sealed_lines = NULL, sealed_debit = NULL,"
            " sealed_credit = NULL, sealed_hash = NULL, closed_at = NULL, closed_by = NULL, version = version + 1"
            " WHERE company = :company AND period = :period AND status = 'closed' RETURNING closing, version"
        ),
        {"company": company, "period": period},
    )
    return Closing(*row.one())


async def reopenings(session: AsyncSession, company: str, period: str) -> Sequence[Row[Any]]:
    """Closings of a period that were undone, the first first."""
    query = select(period_reopenings).where(
        period_reopenings.c.company == company, period_reopenings.c.period == period
    )
    return (await session.execute(query.order_by(period_reopenings.c.closing))).all()


async def unposted(session: AsyncSession, company: str, until: str) -> Sequence[str]:
    """Numbers of documents up to a period that still wait for their voucher."""
    rows = await session.execute(
        text(
            "SELECT number FROM bills WHERE company = :company AND status = 'matched'"
            " AND to_char(posting_date, 'YYYY-MM') <= :until"
            " UNION ALL SELECT f.number FROM posted_facts f JOIN waiting_returns w USING (source_event)"
            " WHERE f.company = :company AND f.status = 'waiting' AND left(w.fact->>'posting_date', 7) <= :until"
            " ORDER BY 1 LIMIT 20"
        ),
        {"company": company, "until": until},
    )
    return [str(row[0]) for row in rows]


def selected(*, company: str | None, status: str | None) -> Select[Any]:
    """Periods as a list shows them."""
    query = select(periods)
    if company is not None:
        query = query.where(periods.c.company == company)
    if status is not None:
        query = query.where(periods.c.status == status)
    return query


async def find(session: AsyncSession, company: str, period: str) -> Row[Any]:
    """A period that is known to exist."""
    query = select(periods).where(periods.c.company == company, periods.c.period == period)
    return (await session.execute(query)).one()
