"""Nettings over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import AmountIn, CodeIn, DateIn, Input, TextIn
from tongheng_contracts.values import Amount

from . import service
from .tables import nettings

router = commands("finance", "nettings")

Filter = Annotated[str | None, Query(max_length=100)]
READ = requires("finance.netting.read")


class NettingIn(Input):
    """Set off with a partner who is customer and supplier; without `amount` as much as can be."""

    company: CodeIn
    partner: CodeIn
    amount: AmountIn | None = None
    reference: TextIn = ""
    business_date: DateIn | None = None
    posting_date: DateIn | None = None


class NettingView(BaseModel):
    """A netting. The two payments say which items each side settled; what was open before is less credits."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    partner: str
    currency: str
    amount: Amount
    receivable_before: Amount
    payable_before: Amount
    payment_received: UUID
    payment_made: UUID
    reference: str
    business_date: date
    posting_date: date
    recorded_at: datetime


def _view(row: Any) -> NettingView:
    return NettingView(**{name: getattr(row, name) for name in NettingView.model_fields})


@router.post("", status_code=201, response_model=NettingView)
async def enter_netting(
    body: NettingIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.netting.enter")],
) -> NettingView:
    """Set off the oldest items of both sides against each other."""
    asked = service.NettingAsked(
        body.company,
        body.partner,
        body.amount,
        body.reference,
        body.business_date,
        body.posting_date,
    )
    made = await service.enter_netting(session, asked, caller=caller)
    etag(response, 1)
    return _view(await service.find_netting(session, str(made)))


@router.get("", response_model=Page[NettingView], dependencies=[READ])
async def list_nettings(
    session: Session,
    paging: Paging,
    company: Filter = None,
    partner: Filter = None,
    number: Filter = None,
) -> Page[NettingView]:
    """Nettings, the newest first."""
    query = service.selected(company=company, partner=partner, number=number)
    return await page(
        session, query, paging, key=[nettings.c.recorded_at, nettings.c.id],
        allowed_sorts={"recorded_at": nettings.c.recorded_at}, default_sort="-recorded_at", make=_view,
    )  # fmt: skip


@router.get("/{netting}", response_model=NettingView, dependencies=[READ])
async def get_netting(netting: str, session: Session, response: Response) -> NettingView:
    """A netting by id or number."""
    row = await service.find_netting(session, netting)
    etag(response, row.version)
    return _view(row)
