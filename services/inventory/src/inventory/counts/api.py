"""Stocktakes over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from chassis.errors import NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, PriceIn, TextIn
from inventory.counts import service
from inventory.counts.rules import CountAsked, Counted, Spot
from inventory.limits import FEW_LINES
from inventory.replicas.rules import BACKDATE, Day
from tongheng_contracts.values import Quantity

router = commands("inventory", "counts")

POST = "inventory.count.post"


class CountIn(Input):
    """A new stocktake; without `items` of all that lies in the warehouse."""

    company: CodeIn
    warehouse: CodeIn
    items: Annotated[list[CodeIn], FEW_LINES] = Field(default_factory=list)
    blind: bool = False
    """Who counts does not see what the ledger says."""
    text: TextIn = ""
    business_date: DateIn | None = None


class CountedIn(Input):
    """What was found of an item in a place; 0 when nothing was."""

    item: CodeIn
    quantity: PriceIn
    bin: CodeIn | None = None
    lot: CodeIn | None = None


class RecordIn(Input):
    """What was found; what is counted again replaces what was counted before."""

    lines: Annotated[list[CountedIn], FEW_LINES] = Field(min_length=1)


class PostIn(Input):
    """Posting the differences."""

    business_date: DateIn | None = None


class CountLineView(BaseModel):
    """A place, what the ledger said of it and what was found. `expected` is of the moment when it was counted."""

    line: int
    item: str
    bin: str
    lot: str
    unit: str
    book: Quantity | None
    expected: Quantity | None
    counted: Quantity | None
    difference: Quantity | None


class CountSummary(BaseModel):
    """A stocktake without its lines. `error_rate`: differing lines by counted ones; hidden while a blind one is open."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    warehouse: str
    blind: bool
    text: str
    adjustment: UUID | None
    adjustment_number: str
    lines_total: int
    counted: int
    different: int | None
    error_rate: Decimal | None
    business_date: date
    posting_date: date
    recorded_at: datetime


class CountView(CountSummary):
    """A stocktake."""

    lines: list[CountLineView]


async def _view(session: Session, response: Response, ref: str, caller: Principal) -> CountView:
    found = await service.find_view(session, ref, hidden=not caller.may(POST))
    if found is None:
        raise NotFound(what=("stocktake", "盘点单"))
    etag(response, found["version"])
    return CountView.model_validate(found)


@router.post("", status_code=201, response_model=CountView)
async def open_count(
    body: CountIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.count.create")],
) -> CountView:
    """Begin a stocktake: one line for each place where something should lie."""
    caller.check_company(body.company)
    asked = CountAsked(
        body.company, body.warehouse, tuple(dict.fromkeys(body.items)), body.blind, body.text,
        Day(body.business_date, caller.may(BACKDATE)),
    )  # fmt: skip
    made = await service.open_count(session, asked)
    return await _view(session, response, str(made.id), caller)


@router.post("/{count}/record", response_model=CountView)
async def record_counts(
    count: str,
    body: RecordIn,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.count.record")],
) -> CountView:
    """Write down what was found, all of it or a part."""
    counted = [
        Counted(Spot(one.item, one.bin or "", one.lot or ""), one.quantity) for one in body.lines
    ]
    made = await service.record_counts(session, count, counted, version=if_match)
    return await _view(session, response, str(made.id), caller)


@router.post("/{count}/post", response_model=CountView)
async def post_count(
    count: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires(POST)],
    body: PostIn | None = None,
) -> CountView:
    """Post what differs, when all is counted: stock and books follow what was found."""
    made = await service.post_count(
        session,
        count,
        day=Day(body.business_date if body else None, caller.may(BACKDATE)),
        version=if_match,
    )
    return await _view(session, response, str(made.id), caller)


@router.post("/{count}/cancel", response_model=CountView)
async def cancel_count(
    count: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.count.create")],
) -> CountView:
    """Give a stocktake up."""
    made = await service.cancel_count(session, count, version=if_match)
    return await _view(session, response, str(made.id), caller)


@router.get("", response_model=Page[CountSummary])
async def list_counts(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.count.read")],
    company: str | None = None,
    warehouse: str | None = None,
    status: str | None = None,
    number: str | None = None,
) -> Page[CountSummary]:
    """Stocktakes without their lines, the newest first."""
    page = await service.list_counts(
        session,
        paging,
        hidden=not caller.may(POST),
        company=company,
        warehouse=warehouse,
        status=status,
        number=number,
    )
    return Page(items=[CountSummary.model_validate(each) for each in page.items], next=page.next)


@router.get("/{count}", response_model=CountView)
async def get_count(
    count: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.count.read")],
) -> CountView:
    """One stocktake with its lines, by id or number."""
    return await _view(session, response, count, caller)
