"""Drafts of vouchers over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, DateIn, Input, TextIn
from finance.journal.api import LINES_MAX, VoucherLineIn, entry_line
from tongheng_contracts.values import Amount

from . import service
from .tables import drafts

router = commands("finance", "voucher-drafts")

Filter = Annotated[str | None, Query(max_length=100)]
READ = requires("finance.voucher_draft.read")
WRITE = requires("finance.voucher_draft.write")
POST = requires("finance.voucher_draft.post")


class DraftChangeIn(Input):
    """What a draft says."""

    text: TextIn
    reference: TextIn = ""
    business_date: DateIn | None = None
    posting_date: DateIn | None = None
    """The day that decides the period; by default the business date."""
    lines: Annotated[list[VoucherLineIn], Field(min_length=1, max_length=LINES_MAX)]


class DraftIn(DraftChangeIn):
    """A voucher that somebody else will post."""

    company: CodeIn


class DraftReturnIn(Input):
    """Why a submitted voucher goes back."""

    reason: Annotated[TextIn, Field(min_length=1)]


class DraftLineView(BaseModel):
    """A line of a draft."""

    line: int
    account: str
    debit: Amount
    credit: Amount
    partner: str
    item: str
    text: str


class DraftView(BaseModel):
    """A voucher by hand before it is in the books; `voucher` is the one that it became."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    currency: str
    text: str
    reference: str
    amount: Amount
    makers: list[str]
    """Who wrote it; none of them may post it."""
    returned_because: str
    voucher: UUID | None
    posted_by: str | None
    business_date: date
    posting_date: date
    lines: list[DraftLineView]
    recorded_at: datetime


def _view(row: Any) -> DraftView:
    values = {name: getattr(row, name) for name in DraftView.model_fields if name != "lines"}
    return DraftView(
        **values,
        lines=[
            DraftLineView(
                line=number, account=one.account, debit=one.debit, credit=one.credit, partner=one.partner,
                item=one.item, text=one.text,
            )
            for number, one in enumerate(service.lines_of(row), 1)
        ],
    )  # fmt: skip


async def _shown(session: Session, draft: UUID, response: Response) -> DraftView:
    view = _view(await service.find_draft(session, str(draft)))
    etag(response, view.version)
    return view


def _asked(body: DraftChangeIn) -> service.DraftAsked:
    return service.DraftAsked(
        text=body.text, reference=body.reference, business_date=body.business_date, posting_date=body.posting_date,
        lines=[entry_line(number, one) for number, one in enumerate(body.lines)],
    )  # fmt: skip


@router.post("", status_code=201, response_model=DraftView)
async def add_draft(
    body: DraftIn, session: Session, response: Response, caller: Annotated[Principal, WRITE]
) -> DraftView:
    """Write a voucher that somebody else will post."""
    made = await service.add_draft(session, body.company, _asked(body), caller=caller)
    return await _shown(session, made, response)


@router.put("/{draft}", response_model=DraftView)
async def change_draft(
    draft: str, body: DraftChangeIn, session: Session, response: Response, version: IfMatch,
    caller: Annotated[Principal, WRITE],
) -> DraftView:  # fmt: skip
    """Write a draft anew."""
    changed = await service.change_draft(
        session, draft, _asked(body), expected=version, caller=caller
    )
    return await _shown(session, changed, response)


@router.post("/{draft}/submit", response_model=DraftView)
async def submit_draft(
    draft: str, session: Session, response: Response, caller: Annotated[Principal, WRITE]
) -> DraftView:
    """Ask for its posting."""
    return await _shown(
        session, await service.submit_draft(session, draft, caller=caller), response
    )


@router.post("/{draft}/cancel", response_model=DraftView)
async def cancel_draft(
    draft: str, session: Session, response: Response, caller: Annotated[Principal, WRITE]
) -> DraftView:
    """Give a draft up."""
    return await _shown(
        session, await service.cancel_draft(session, draft, caller=caller), response
    )


@router.post("/{draft}/return", response_model=DraftView)
async def return_draft(
    draft: str, body: DraftReturnIn, session: Session, response: Response,
    caller: Annotated[Principal, POST],
) -> DraftView:  # fmt: skip
    """Send a submitted voucher back to its maker, with the reason."""
    returned = await service.return_draft(session, draft, body.reason, caller=caller)
    return await _shown(session, returned, response)


@router.post("/{draft}/post", response_model=DraftView)
async def post_draft(
    draft: str, session: Session, response: Response, caller: Annotated[Principal, POST]
) -> DraftView:
    """Post a submitted voucher; whoever wrote any of it is refused."""
    return await _shown(session, await service.post_draft(session, draft, caller=caller), response)


@router.get("", response_model=Page[DraftView], dependencies=[READ])
async def list_drafts(
    session: Session,
    paging: Paging,
    company: Filter = None,
    status: Filter = None,
    number: Filter = None,
) -> Page[DraftView]:
    """Drafts, the newest first."""
    query = service.selected(company=company, status=status, number=number)
    return await page(
        session, query, paging, key=[drafts.c.recorded_at, drafts.c.id],
        allowed_sorts={"recorded_at": drafts.c.recorded_at}, default_sort="-recorded_at", make=_view,
    )  # fmt: skip


@router.get("/{draft}", response_model=DraftView, dependencies=[READ])
async def get_draft(draft: str, session: Session, response: Response) -> DraftView:
    """A draft by id or number."""
    view = _view(await service.find_draft(session, draft))
    etag(response, view.version)
    return view
