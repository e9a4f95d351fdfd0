"""Accounting periods over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, Input, TextIn
from tongheng_contracts.values import Amount

from . import service
from .tables import periods

router = commands("finance", "periods")


class PeriodView(BaseModel):
    """A month of a company's books; a closed one with its seal."""

    company: str
    period: str
    status: str
    starts_on: date
    ends_on: date
    sealed_vouchers: int | None
    sealed_lines: int | None
    sealed_debit: Amount | None
    sealed_credit: Amount | None
    sealed_hash: str | None
    closed_at: datetime | None
    closed_by: str | None
    closing: int
    """How often it has been closed."""
    version: int


class ReopeningView(BaseModel):
    """A closing that was undone: what the period held then, and why it was reopened."""

    company: str
    period: str
    closing: int
    sealed_vouchers: int
    sealed_lines: int
    sealed_debit: Amount
    sealed_credit: Amount
    sealed_hash: str
    closed_at: datetime
    closed_by: str
    reason: str
    reopened_at: datetime
    reopened_by: str


class CloseIn(Input):
    """Whose period is closed."""

    company: CodeIn


class ReopenIn(Input):
    """Whose period is reopened, and why."""

    company: CodeIn
    reason: Annotated[TextIn, Field(min_length=1)]


def _view(row: Any) -> PeriodView:
    return PeriodView(**{name: getattr(row, name) for name in PeriodView.model_fields})


@router.get("", response_model=Page[PeriodView], dependencies=[requires("finance.period.read")])
async def list_periods(
    session: Session, paging: Paging, company: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[str | None, Query(max_length=10)] = None,
) -> Page[PeriodView]:  # fmt: skip
    """Periods, open and closed."""
    query = service.selected(company=company, status=status)
    return await page(session, query, paging, key=[periods.c.company, periods.c.period], make=_view)


@router.post("/{period}/close", response_model=PeriodView)
async def close_period(
    period: str, body: CloseIn, session: Session, response: Response,
    caller: Annotated[Principal, requires("finance.period.close")],
) -> PeriodView:  # fmt: skip
    """Close a period, and the empty open ones before it; its count, sums and hash are sealed."""
    caller.check_company(body.company)
    await service.close_period(session, body.company, period)
    row = await service.find_period(session, body.company, period)
    etag(response, row.version)
    return _view(row)


@router.post("/{period}/reopen", response_model=PeriodView)
async def reopen_period(
    period: str, body: ReopenIn, session: Session, response: Response,
    caller: Annotated[Principal, requires("finance.period.reopen")],
) -> PeriodView:  # fmt: skip
    """Take postings in the last closed period again; its vouchers stay, and its closing is kept with the reason."""
    caller.check_company(body.company)
    await service.reopen_period(session, body.company, period, body.reason)
    row = await service.find_period(session, body.company, period)
    etag(response, row.version)
    return _view(row)


@router.get(
    "/{period}/reopenings",
    response_model=list[ReopeningView],
    dependencies=[requires("finance.period.read")],
)
async def list_reopenings(
    period: str, session: Session, company: Annotated[str, Query(max_length=64)]
) -> list[ReopeningView]:
    """Closings of a period that were undone, the first first."""
    return [
        ReopeningView(**{name: getattr(row, name) for name in ReopeningView.model_fields})
        for row in await service.reopenings_of(session, company, period)
    ]
