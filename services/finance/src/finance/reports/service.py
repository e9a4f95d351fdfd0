"""The statements of a company, as of any day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from finance.accounts import service as accounts
from finance.accounts.service import AccountRow
from finance.vouchers import service as vouchers

from . import rules
from .rules import CASH, StatementLine, TrialLine


async def trial_balance(
    session: AsyncSession, company: str, period: str
) -> list[tuple[TrialLine, AccountRow | None]]:
    """Every account's opening balance, movements and closing balance in a period."""
    chart = {one.code: one for one in await accounts.chart_of(session, company)}
    lines = rules.trial_balance(
        await vouchers.sums_by_period(session, company, until=period), period
    )
    return [(line, chart.get(line.account)) for line in lines]


async def balance_sheet(session: AsyncSession, company: str, as_of: date) -> list[StatementLine]:
    """What the company has and owes on a day."""
    return rules.balance_sheet(await vouchers.sums_until(session, company, as_of))


async def income_statement(
    session: AsyncSession, company: str, first: date, last: date
) -> list[StatementLine]:
    """What the company earned in these days."""
    after = await vouchers.sums_until(session, company, last)
    before = await vouchers.sums_until(session, company, first - timedelta(days=1))
    zero = Decimal(0)
    return rules.income_statement(
        {account: amount - before.get(account, zero) for account, amount in after.items()}
    )


async def cash_flow(
    session: AsyncSession, company: str, first: date, last: date
) -> list[StatementLine]:
    """Where money came from and went in these days."""
    before = await vouchers.sums_until(session, company, first - timedelta(days=1))
    opening = sum(
        (amount for account, amount in before.items() if account.split(".")[0] in CASH), Decimal(0)
    )
    movements = await vouchers.cash_movements(session, company, first, last, is_cash=CASH)
    return rules.cash_flow(movements, opening)
