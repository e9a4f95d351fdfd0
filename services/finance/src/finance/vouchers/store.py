"""How vouchers are written, all of a batch at once, and found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from finance.database import Rows, RowSet

from .rules import MAIN_LEDGER, PostedVoucher
from .tables import account_balances, voucher_lines, vouchers

Series = tuple[str, str, str]
"""Company, period, voucher type."""
BalanceKey = tuple[str, str, str, str]
"""Company, ledger, period, account."""
Balance = tuple[str, str, Decimal, Decimal]
"""Period, account, debits, credits."""

_HEAD = {
    "id": "uuid", "number": "text", "company": "text", "ledger": "text", "period": "text", "voucher_type": "text",
    "sequence": "int", "currency": "text", "rule": "text", "rule_version": "int", "text": "text", "text_en": "text",
    "source_topic": "text", "source_event": "uuid", "source_id": "uuid", "source_number": "text", "case_id": "uuid",
    "case_number": "text", "corrects": "uuid", "amount": "numeric", "business_date": "date", "posting_date": "date",
    "source_recorded_at": "timestamptz",
}  # fmt: skip
_VOUCHER_ROWS = Rows(_HEAD)
# What has no source was recorded now; who posts is the same for all.
_VOUCHERS = Statement(
    f"INSERT INTO vouchers ({', '.join(_HEAD)}, actor)"
    f" SELECT {', '.join(name for name in _HEAD if name != 'source_recorded_at')},"
    f" coalesce(source_recorded_at, now()), CAST(:actor AS text) FROM {_VOUCHER_ROWS.source}"
)

_LINE_ROWS = Rows({
    "voucher": "uuid", "line": "int", "account": "text", "debit": "numeric", "credit": "numeric", "partner": "text",
    "item": "text", "text": "text", "text_en": "text",
})  # fmt: skip
# What a line shares with its voucher is taken from it by the database, not sent again.
_LINES = Statement(
    "INSERT INTO voucher_lines (voucher, line, company, ledger, period, posting_date, account, debit, credit, red, partner,"
    " item, text, text_en, source_topic, source_recorded_at)"
    " SELECT v.id, new.line, v.company, v.ledger, v.period, v.posting_date, new.account, new.debit, new.credit,"
    " v.corrects IS NOT NULL, new.partner, new.item, new.text, new.text_en, v.source_topic, v.source_recorded_at"
    f" FROM {_LINE_ROWS.source} JOIN vouchers v ON v.id = new.voucher"
)

_BALANCES = RowSet(
    "account_balances",
    {
        "company": "text", "ledger": "text", "period": "text", "account": "text", "debit": "numeric", "credit": "numeric",
        "lines": "bigint",
    },
    # In key order, so that batches which post to the same accounts queue up instead of deadlocking.
    order="company, ledger, period, account",
    then="ON CONFLICT (company, ledger, period, account) DO UPDATE SET debit = account_balances.debit + excluded.debit,"
    " credit = account_balances.credit + excluded.credit, lines = account_balances.lines + excluded.lines",
)  # fmt: skip

_COUNTERS = RowSet(
    "voucher_counters",
    {"company": "text", "period": "text", "voucher_type": "text", "last": "int"},
    order="company, period, voucher_type",
    then="ON CONFLICT (company, period, voucher_type) DO UPDATE SET last = voucher_counters.last + excluded.last"
    " RETURNING company, period, voucher_type, last",
)


async def add_to_balances(
    session: AsyncSession, changes: Mapping[BalanceKey, tuple[Decimal, Decimal, int]]
) -> None:
    """Add these debits, credits and numbers of lines to the balances."""
    await _BALANCES.insert(session, [
        {
            "company": key[0], "ledger": key[1], "period": key[2], "account": key[3],
            "debit": debit, "credit": credit, "lines": lines,
        }
        for key, (debit, credit, lines) in changes.items()
    ])  # fmt: skip


async def take_numbers(session: AsyncSession, wanted: Mapping[Series, int]) -> Mapping[Series, int]:
    """The last number of each series before the ones taken now; the series stay locked until the commit."""
    rows = await _COUNTERS.insert(
        session,
        [
            {"company": key[0], "period": key[1], "voucher_type": key[2], "last": count}
            for key, count in wanted.items()
        ],
    )
    taken: dict[Series, int] = {}
    for row in rows:
        key = (str(row["company"]), str(row["period"]), str(row["voucher_type"]))
        taken[key] = int(str(row["last"])) - wanted[key]
    return taken


async def insert(session: AsyncSession, posted: Sequence[PostedVoucher], *, actor: str) -> None:
    """Write vouchers and their lines."""
    heads = [
        (
            e.id, one.number, e.company, e.ledger, one.period, e.voucher_type, one.sequence, e.currency, e.rule,
            e.rule_version, e.text, e.text_en, e.source_topic, e.source_event, e.source_id, e.source_number, e.case_id,
            e.case_number, e.corrects, e.amount, e.business_date, one.posting_date, e.source_recorded_at,
        )
        for one in posted
        for e in (one.entry,)
    ]  # fmt: skip
    await _VOUCHERS.fetch(session, {**_VOUCHER_ROWS.tuples(heads), "actor": actor})
    lines = [
        (voucher, number, line.account, line.debit, line.credit, line.partner, line.item, line.text, line.text_en)
        for one in posted
        for voucher in (str(one.entry.id),)
        for number, line in enumerate(one.entry.lines, 1)
    ]  # fmt: skip
    await _LINES.fetch(session, _LINE_ROWS.tuples(lines))


async def find(session: AsyncSession, voucher: UUID) -> Row[tuple[object, ...]] | None:
    """A voucher."""
    return (await session.execute(select(vouchers).where(vouchers.c.id == voucher))).one_or_none()


async def reversed_by(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """The number of the reversal of each of these vouchers that has one."""
    query = select(vouchers.c.corrects, vouchers.c.number).where(vouchers.c.corrects.in_(list(ids)))
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def lines_of(session: AsyncSession, ids: Iterable[UUID]) -> list[Row[tuple[object, ...]]]:
    """The lines of these vouchers, in their order."""
    query = (
        select(voucher_lines)
        .where(voucher_lines.c.voucher.in_(list(ids)))
        .order_by(voucher_lines.c.voucher, voucher_lines.c.line)
    )
    return list((await session.execute(query)).all())


def selected(
    *, company: str | None, period: str | None, source: str | None, voucher_type: str | None, number: str | None,
    account: str | None, partner: str | None, rule: str | None,
) -> Select[tuple[object, ...]]:  # fmt: skip
    """Vouchers by what they are asked for; `source` is a document's number or id, or an event's id."""
    table = vouchers.c
    query = select(vouchers)
    for column, value in (
        (table.company, company), (table.period, period), (table.voucher_type, voucher_type), (table.number, number),
        (table.rule, rule),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if source is not None:
        try:
            which = UUID(source)
        except ValueError:
            query = query.where(
                or_(
                    table.source_number == source,
                    table.case_number == source,
                    table.number == source,
                )
            )
        else:
            query = query.where(
                or_(
                    table.source_event == which,
                    table.source_id == which,
                    table.case_id == which,
                    table.id == which,
                )
            )
    if account is not None or partner is not None:
        lines = select(voucher_lines.c.voucher).where(voucher_lines.c.voucher == table.id)
        if account is not None:
            lines = lines.where(voucher_lines.c.account == account)
        if partner is not None:
            lines = lines.where(voucher_lines.c.partner == partner)
        query = query.where(lines.exists())
    return query


async def balances(session: AsyncSession, company: str, *, until: str) -> list[Balance]:
    """Debits and credits of every account in every period up to one."""
    c = account_balances.c
    query = select(c.period, c.account, c.debit, c.credit).where(
        c.company == company, c.ledger == MAIN_LEDGER, c.period <= until
    )
    return [(row[0], row[1], row[2], row[3]) for row in (await session.execute(query)).all()]


async def sums_of_part(
    session: AsyncSession, company: str, period: str, until: date
) -> list[Balance]:
    """Debits and credits of every account in a period, up to a day of it."""
    c = voucher_lines.c
    query = (
        select(c.period, c.account, func.sum(c.debit), func.sum(c.credit))
        .where(
            c.company == company,
            c.ledger == MAIN_LEDGER,
            c.period == period,
            c.posting_date <= until,
        )
        .group_by(c.period, c.account)
    )
    return [(row[0], row[1], row[2], row[3]) for row in (await session.execute(query)).all()]


async def cash_movements(
    session: AsyncSession, company: str, first: date, last: date, *, is_cash: Sequence[str]
) -> list[tuple[str, str, Decimal]]:
    """Rule, counter account and amount (in above zero, out below) of vouchers that move money.

    Debits equal credits, so what stands against cash sums to what cash moved.
    """
    rows = await session.execute(
        text(
            "WITH moved AS (SELECT DISTINCT voucher FROM voucher_lines WHERE company = :company AND ledger = 'main'"
            "  AND posting_date BETWEEN :first AND :last AND period BETWEEN to_char(CAST(:first AS date), 'YYYY-MM')"
            "  AND to_char(CAST(:last AS date), 'YYYY-MM') AND split_part(account, '.', 1) = ANY(:cash))"
            " SELECT v.rule, l.account, sum(l.credit - l.debit) FROM moved m JOIN voucher_lines l ON l.voucher = m.voucher"
            " JOIN vouchers v ON v.id = l.voucher WHERE NOT split_part(l.account, '.', 1) = ANY(:cash) GROUP BY 1, 2"
        ),
        {"company": company, "first": first, "last": last, "cash": list(is_cash)},
    )
    return [(str(row[0]), str(row[1]), Decimal(row[2])) for row in rows]
