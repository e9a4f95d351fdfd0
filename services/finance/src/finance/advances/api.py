"""Advances over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import AmountIn, CodeIn, DateIn, Input, TextIn
from finance.payments.api import AllocationIn
from finance.payments.rules import Direction
from tongheng_contracts.values import Amount

from . import service
from .tables import advances

router = commands("finance", "advances")

Filter = Annotated[str | None, Query(max_length=100)]
READ = requires("finance.advance.read")


class AdvanceIn(Input):
    """Money from a customer before his invoice (received), or to a supplier before his bill (paid)."""

    company: CodeIn
    direction: Direction
    partner: CodeIn
    amount: AmountIn
    bank_account: CodeIn = "1002"
    reference: TextIn = ""
    business_date: DateIn | None = None
    posting_date: DateIn | None = None


class AdvanceApplicationIn(Input):
    """What an advance settles; without `amount` as much as can be, the order's documents first, then the oldest."""

    amount: AmountIn | None = None
    allocations: Annotated[list[AllocationIn], Field(min_length=1, max_length=1000)] | None = None
    order: CodeIn | None = None
    business_date: DateIn | None = None
    posting_date: DateIn | None = None


class AdvanceApplicationView(BaseModel):
    """A part of an advance that was applied; the payment says to which documents."""

    id: UUID
    payment: UUID
    number: str
    amount: Amount
    business_date: date
    posting_date: date
    recorded_at: datetime


class AdvanceView(BaseModel):
    """An advance with what was applied of it; `account` is the one that holds it."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    """`open`, `partly_applied` or `applied`."""
    direction: str
    account: str
    partner: str
    currency: str
    amount: Amount
    open_amount: Amount
    bank_account: str
    reference: str
    business_date: date
    posting_date: date
    applications: list[AdvanceApplicationView]
    recorded_at: datetime


def _view(row: Any, applications: Sequence[Any]) -> AdvanceView:
    values = {name: getattr(row, name) for name in AdvanceView.model_fields if name in row._fields}
    status = "open" if row.open_amount == row.amount else "partly_applied"
    return AdvanceView(
        **values,
        status=status if row.open_amount else "applied",
        applications=[
            AdvanceApplicationView(
                **{name: getattr(one, name) for name in AdvanceApplicationView.model_fields}
            )
            for one in applications
        ],
    )


@router.post("", status_code=201, response_model=AdvanceView)
async def enter_advance(
    body: AdvanceIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.advance.enter")],
) -> AdvanceView:
    """Book money that came or went before its document, into 2203 or 1123."""
    asked = service.AdvanceAsked(
        company=body.company, direction=body.direction, partner=body.partner, amount=body.amount,
        bank_account=body.bank_account, reference=body.reference, business_date=body.business_date,
        posting_date=body.posting_date,
    )  # fmt: skip
    made = await service.enter_advance(session, asked, caller=caller)
    etag(response, 1)
    return _view(*await service.find_advance(session, str(made)))


@router.post("/{advance}/apply", response_model=AdvanceView)
async def apply_advance(
    advance: str,
    body: AdvanceApplicationIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.advance.apply")],
) -> AdvanceView:
    """Settle invoices or bills with what is left of an advance."""
    asked = service.ApplicationAsked(
        amount=body.amount,
        allocations=None if body.allocations is None else [(one.reference, one.amount) for one in body.allocations],
        order=body.order, business_date=body.business_date, posting_date=body.posting_date,
    )  # fmt: skip
    applied = await service.apply_advance(session, advance, asked, caller=caller)
    view = _view(*await service.find_advance(session, str(applied)))
    etag(response, view.version)
    return view


@router.get("", response_model=Page[AdvanceView], dependencies=[READ])
async def list_advances(
    session: Session, paging: Paging, company: Filter = None, direction: Filter = None, partner: Filter = None,
    number: Filter = None, open_only: bool = False,
) -> Page[AdvanceView]:  # fmt: skip
    """Advances, the newest first; only those that are not applied in full, if asked for."""
    query = service.selected(
        company=company, direction=direction, partner=partner, number=number, open_only=open_only
    )
    found = await page(
        session, query, paging, key=[advances.c.recorded_at, advances.c.id], make=lambda row: row,
        allowed_sorts={"recorded_at": advances.c.recorded_at}, default_sort="-recorded_at",
    )  # fmt: skip
    applied = await service.applications_of(session, [row.id for row in found.items])
    return Page(items=[_view(row, applied[row.id]) for row in found.items], next=found.next)


@router.get("/{advance}", response_model=AdvanceView, dependencies=[READ])
async def get_advance(advance: str, session: Session, response: Response) -> AdvanceView:
    """An advance by id or number."""
    view = _view(*await service.find_advance(session, advance))
    etag(response, view.version)
    return view
