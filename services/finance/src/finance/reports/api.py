"""The statements over HTTP."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from chassis.errors import InvalidQuery
from chassis.http import Principal, Session, commands, requires
from chassis.values import DateIn
from finance.periods.rules import bounds_of, period_of
from finance.replicas import service as replicas
from tongheng_contracts.values import Amount

from . import service
from .rules import StatementLine

router = commands("finance", "reports")

Reader = Annotated[Principal, requires("finance.report.read")]
Company = Annotated[str, Query(min_length=1, max_length=64)]
PeriodIn = Annotated[str | None, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]


class TrialLineView(BaseModel):
    """An account in a trial balance."""

    account: str
    name: str
    name_en: str
    kind: str
    opening_debit: Amount
    opening_credit: Amount
    debit: Amount
    credit: Amount
    closing_debit: Amount
    closing_credit: Amount
    balance: Amount
    """Debits less credits at the end."""


class TrialTotals(BaseModel):
    """The sums; each pair is equal."""

    opening_debit: Amount
    opening_credit: Amount
    debit: Amount
    credit: Amount
    closing_debit: Amount
    closing_credit: Amount


class TrialBalance(BaseModel):
    """Every account that ever moved."""

    company: str
    period: str
    currency: str
    items: list[TrialLineView]
    totals: TrialTotals


class StatementLineView(BaseModel):
    """A line of a statement; level 0 are totals."""

    code: str
    caption: str
    caption_en: str
    level: int
    amount: Amount
    accounts: list[str]


class BalanceSheet(BaseModel):
    """What the company has and owes."""

    company: str
    as_of: date
    currency: str
    items: list[StatementLineView]
    balanced: bool


class Statement(BaseModel):
    """A statement over some days."""

    company: str
    from_date: date
    to_date: date
    currency: str
    items: list[StatementLineView]


def _lines(lines: Sequence[StatementLine]) -> list[StatementLineView]:
    return [
        StatementLineView(
            code=one.code, caption=one.caption, caption_en=one.caption_en, level=one.level, amount=one.amount,
            accounts=list(one.accounts),
        )
        for one in lines
    ]  # fmt: skip


async def _currency(session: Session, caller: Principal, company: str) -> str:
    caller.check_company(company)
    return (await replicas.company_of(session, company)).currency


def _span(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    last = last or today
    first = first or bounds_of(period_of(last))[0]
    if first > last:
        raise InvalidQuery(parameter="from")
    return first, last


@router.get("/trial-balance", response_model=TrialBalance)
async def get_trial_balance(
    session: Session, caller: Reader, company: Company, period: PeriodIn = None
) -> TrialBalance:
    """Opening balance, movements and closing balance of every account; by default of this month."""
    currency = await _currency(session, caller, company)
    wanted = period or period_of(await replicas.today_of(session, company))
    zero = Decimal(0)
    items: list[TrialLineView] = []
    for line, account in await service.trial_balance(session, company, wanted):
        items.append(TrialLineView(
            account=line.account, name=account.name if account else "", name_en=account.name_en if account else "",
            kind=account.kind if account else "", opening_debit=max(line.opening, zero),
            opening_credit=max(-line.opening, zero), debit=line.debit, credit=line.credit,
            closing_debit=max(line.closing, zero), closing_credit=max(-line.closing, zero), balance=line.closing,
        ))  # fmt: skip
    sums = {
        name: sum((getattr(one, name) for one in items), zero) for name in TrialTotals.model_fields
    }
    return TrialBalance(
        company=company, period=wanted, currency=currency, items=items, totals=TrialTotals(**sums)
    )


@router.get("/balance-sheet", response_model=BalanceSheet)
async def get_balance_sheet(
    session: Session, caller: Reader, company: Company, as_of: DateIn | None = None
) -> BalanceSheet:
    """What the company has and owes on a day; by default today."""
    currency = await _currency(session, caller, company)
    day = as_of or await replicas.today_of(session, company)
    lines = await service.balance_sheet(session, company, day)
    amounts = {one.code: one.amount for one in lines}
    return BalanceSheet(
        company=company, as_of=day, currency=currency, items=_lines(lines),
        balanced=amounts["total_assets"] == amounts["total_liabilities_and_equity"],
    )  # fmt: skip


@router.get("/income-statement", response_model=Statement)
async def get_income_statement(
    session: Session, caller: Reader, company: Company, from_date: Annotated[DateIn | None, Query(alias="from")] = None,
    to_date: Annotated[DateIn | None, Query(alias="to")] = None,
) -> Statement:  # fmt: skip
    """What the company earned; by default in this month."""
    currency = await _currency(session, caller, company)
    first, last = _span(from_date, to_date, await replicas.today_of(session, company))
    lines = await service.income_statement(session, company, first, last)
    return Statement(
        company=company, from_date=first, to_date=last, currency=currency, items=_lines(lines)
    )


@router.get("/cash-flow", response_model=Statement)
async def get_cash_flow(
    session: Session, caller: Reader, company: Company, from_date: Annotated[DateIn | None, Query(alias="from")] = None,
    to_date: Annotated[DateIn | None, Query(alias="to")] = None,
) -> Statement:  # fmt: skip
    """Where money came from and went; by default in this month."""
    currency = await _currency(session, caller, company)
    first, last = _span(from_date, to_date, await replicas.today_of(session, company))
    lines = await service.cash_flow(session, company, first, last)
    return Statement(
        company=company, from_date=first, to_date=last, currency=currency, items=_lines(lines)
    )
