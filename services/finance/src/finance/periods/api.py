"""Accounting periods over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel

from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, Input
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
    version: int


class CloseIn(Input):
    """Whose period is closed."""

    company: CodeIn


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
    """Close a period for ever, and the empty open ones before it; its count, sums and hash are sealed."""
    caller.check_company(body.company)
    await service.close_period(session, body.company, period)
    row = await service.find_period(session, body.company, period)
    etag(response, row.version)
    return _view(row)
