"""Quotations over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, NameIn, NoteIn, PriceIn, QuantityIn, TextIn
from sales.orders.rules import LINES_MAX
from sales.orders.service import WantedLine, WantedOrder
from sales.outlook.rules import Engineering
from sales.quotations import rules, service
from sales.quotations.rules import (
    NonStandard,
    Quotation,
    QuotationLine,
    QuotationStatus,
    Wanted,
    WantedNonStandard,
)
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("sales", "quotations")


class NonStandardIn(Input):
    """What has no item yet, in the customer's words; issued, it is engineered by production."""

    description: NameIn
    description_en: TextIn = ""
    specification: NoteIn = ""
    attributes: Annotated[dict[CodeIn, TextIn], Field(max_length=rules.ATTRIBUTES_MAX)] = {}


class QuotationLineIn(Input):
    """One line: an item, without `unit_price` at its list price of today; or what has none yet.

    What has none yet is given with its `unit` (that of the item to be), `unit_price` and `tax_code`.
    """

    item: CodeIn | None = None
    non_standard: NonStandardIn | None = None
    quantity: QuantityIn
    unit: CodeIn | None = None
    """The item's base unit by default."""
    unit_price: PriceIn | None = None
    """Net, per unit given."""
    warehouse: CodeIn | None = None
    """Ship from here only."""
    tax_code: CodeIn | None = None
    """Of what has no item yet; an item has its own."""


Lines = Annotated[list[QuotationLineIn], Field(min_length=1, max_length=LINES_MAX)]


class DraftQuotation(Input):
    """What a customer is to be offered."""

    company: CodeIn
    customer: CodeIn
    currency: CodeIn | None = None
    valid_until: DateIn
    """The last day on which an order may be made of it."""
    requested_date: DateIn | None = None
    lines: Lines


class ChangeQuotation(Input):
    """What changes; what is left out stays. Lines are given as a whole, and priced anew."""

    valid_until: DateIn | None = None
    requested_date: DateIn | None = None
    lines: Lines | None = None


class AcceptQuotation(Input):
    """How the order is taken."""

    channel_number: CodeIn | None = None
    """The customer's own number of the order: the same one is taken once."""
    business_date: DateIn | None = None
    """Today at the company's place by default; an earlier day needs a permission."""
    priority: int = Field(default=100, ge=0, le=1_000_000)
    """Low numbers are served first."""


class CancelQuotation(Input):
    """Why it is given up."""

    reason: TextIn = ""


class NonStandardView(BaseModel):
    """What has no item yet, or had none, and how far production is with it."""

    engineering_request: UUID
    description: str
    description_en: str
    specification: str
    attributes: dict[str, str]
    request_number: str | None = None
    """None: production has not heard of it yet."""
    status: str | None = None
    due_date: date | None = None
    """When it is expected to be designed."""
    lead_time_days: int | None = None
    """How long making it is expected to take from then on."""
    reason: str = ""
    """Why it was rejected or cancelled."""


class QuotationLineView(BaseModel):
    """A line in base units, and as it was quoted."""

    line: int
    item: str | None
    """None: it has to be engineered first."""
    non_standard: NonStandardView | None = None
    quantity: Quantity
    unit: str
    warehouse: str | None
    unit_price: Price
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: str
    tax_rate: Price
    price_source: str
    quoted_quantity: Quantity
    quoted_unit: str
    quoted_price: Price
    price_list: str | None = None
    """The price list that the price comes from."""
    price_from: Quantity | None = None
    """From which quantity on that list has this price, in base units."""


class QuotationView(BaseModel):
    """A quotation as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: QuotationStatus
    expired: bool
    """Issued, and its last day is over."""
    business_date: date
    posting_date: date
    recorded_at: datetime
    customer: str
    currency: str
    valid_until: date
    requested_date: date | None
    revision: int
    """How often it was issued."""
    reason: str
    order: UUID | None
    """The order that it became."""
    order_number: str | None
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    lines: list[QuotationLineView]


class RevisionView(BaseModel):
    """What the customer was offered once."""

    revision: int
    recorded_at: datetime
    valid_until: date
    requested_date: date | None
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    lines: list[QuotationLineView]


def _thing(line: QuotationLine, known: Mapping[UUID, Engineering]) -> NonStandardView | None:
    request, thing = line.engineering_request, line.non_standard
    if thing is None or request is None:
        return None
    now = known.get(request)
    return NonStandardView(
        engineering_request=request, description=thing.description, description_en=thing.description_en,
        specification=thing.specification, attributes=dict(thing.attributes),
        request_number=now and now.number, status=now and now.status, due_date=now and now.due_date,
        lead_time_days=now and now.lead_time_days, reason=now.reason if now else "",
    )  # fmt: skip


def _line(line: QuotationLine, known: Mapping[UUID, Engineering]) -> QuotationLineView:
    return QuotationLineView(
        line=line.line, item=line.item, non_standard=_thing(line, known), quantity=line.quantity, unit=line.unit, warehouse=line.warehouse,
        unit_price=line.unit_price, amount_net=line.amount_net, amount_tax=line.amount_tax,
        amount_gross=line.amount_gross, tax_code=line.tax_code, tax_rate=line.tax_rate,
        price_source=line.price_source, quoted_quantity=line.quoted_quantity, quoted_unit=line.quoted_unit,
        quoted_price=line.quoted_price, price_list=line.price_list, price_from=line.price_from,
    )  # fmt: skip


async def _views(session: Session, found: Sequence[Quotation]) -> list[QuotationView]:
    today = await service.days(session, found)
    known = await service.engineering_of(session, found)
    return [
        QuotationView(
            id=one.id, number=one.number, company=one.company, version=one.version, status=one.status,
            expired=rules.is_expired(one, today=today[one.company]), business_date=one.business_date,
            posting_date=one.posting_date, recorded_at=one.recorded_at, customer=one.customer,
            currency=one.currency, valid_until=one.valid_until, requested_date=one.requested_date,
            revision=one.revision, reason=one.reason, order=one.order_id, order_number=one.order_number,
            amount_net=one.amount_net, amount_tax=one.amount_tax, amount_gross=one.amount_gross,
            lines=[_line(line, known) for line in one.lines],
        )
        for one in found
    ]  # fmt: skip


async def _shown(session: Session, response: Response, quotation: Quotation) -> QuotationView:
    etag(response, quotation.version)
    (view,) = await _views(session, [quotation])
    return view


def _wanted(lines: Sequence[QuotationLineIn]) -> tuple[Wanted, ...]:
    return tuple(_wanted_line(line, f"/lines/{index}") for index, line in enumerate(lines))


def _wanted_line(line: QuotationLineIn, at: str) -> Wanted:
    thing = line.non_standard
    rules.check_one_of_both(line.item, thing, field=at)
    if line.item is not None:
        rules.check_left_out(line.tax_code, ("tax code", "税码"), field=f"{at}/tax_code")
        return WantedLine(line.item, line.quantity, line.unit, line.unit_price, line.warehouse)
    assert thing is not None
    rules.check_left_out(line.warehouse, ("warehouse", "仓库"), field=f"{at}/warehouse")
    return WantedNonStandard(
        NonStandard(thing.description, thing.description_en, thing.specification, thing.attributes),
        line.quantity,
        rules.given(line.unit, ("unit", "单位"), field=f"{at}/unit"),
        rules.given(line.unit_price, ("unit price", "单价"), field=f"{at}/unit_price"),
        rules.given(line.tax_code, ("tax code", "税码"), field=f"{at}/tax_code"),
    )


@router.post("", status_code=201, response_model=QuotationView)
async def draft_quotation(
    body: DraftQuotation,
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.draft")],
    response: Response,
) -> QuotationView:
    """Draft an offer to a customer."""
    head = WantedOrder(
        company=body.company, customer=body.customer, currency=body.currency,
        requested_date=body.requested_date, lines=(),
    )  # fmt: skip
    drafted = await service.draft_quotation(
        session, caller, head, _wanted(body.lines), valid_until=body.valid_until
    )
    response.headers["Location"] = f"{router.prefix}/{drafted.id}"
    return await _shown(session, response, drafted)


@router.patch("/{quotation}", response_model=QuotationView)
async def change_quotation(
    quotation: str,
    body: ChangeQuotation,
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.change")],
    if_match: IfMatch,
    response: Response,
) -> QuotationView:
    """Change what is drafted or issued: a draft again, until it is issued as the next revision."""
    asked = service.Change(
        frozenset(body.model_fields_set),
        body.valid_until,
        body.requested_date,
        None if body.lines is None else _wanted(body.lines),
    )
    changed = await service.change_quotation(session, caller, quotation, asked, expected=if_match)
    return await _shown(session, response, changed)


@router.post("/{quotation}/issue", response_model=QuotationView)
async def issue_quotation(
    quotation: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.issue")],
    if_match: IfMatch,
    response: Response,
) -> QuotationView:
    """Offer it to the customer; what he is offered is kept as a revision."""
    issued = await service.issue_quotation(session, quotation, expected=if_match)
    return await _shown(session, response, issued)


@router.post("/{quotation}/accept", response_model=QuotationView)
async def accept_quotation(
    quotation: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.order.place")],
    if_match: IfMatch,
    response: Response,
    body: AcceptQuotation | None = None,
) -> QuotationView:
    """Place the order that the customer makes of it, at its prices. Beyond his credit it is taken, but on hold."""
    how = body or AcceptQuotation()
    accepted = await service.accept_quotation(
        session, caller, quotation, expected=if_match, channel_number=how.channel_number,
        business_date=how.business_date, priority=how.priority,
    )  # fmt: skip
    return await _shown(session, response, accepted)


@router.post("/{quotation}/cancel", response_model=QuotationView)
async def cancel_quotation(
    quotation: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.cancel")],
    if_match: IfMatch,
    response: Response,
    body: CancelQuotation | None = None,
) -> QuotationView:
    """Give it up: withdrawn, or declined by the customer."""
    cancelled = await service.cancel_quotation(
        session, quotation, expected=if_match, reason="" if body is None else body.reason
    )
    return await _shown(session, response, cancelled)


@router.get("/{quotation}", response_model=QuotationView)
async def get_quotation(
    quotation: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.read")],
    response: Response,
) -> QuotationView:
    """A quotation by id or number."""
    return await _shown(session, response, await service.get_quotation(session, quotation))


@router.get("/{quotation}/revisions", response_model=Page[RevisionView])
async def list_revisions(
    quotation: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.read")],
) -> Page[RevisionView]:
    """Each revision that the customer was offered, the first one first."""
    issued = await service.issues_of(session, quotation)
    return Page[RevisionView](
        items=[
            RevisionView.model_validate(
                {**one.document, "revision": one.revision, "recorded_at": one.recorded_at}
            )
            for one in issued
        ]
    )


@router.get("", response_model=Page[QuotationView])
async def list_quotations(
    session: Session,
    caller: Annotated[Principal, requires("sales.quotation.read")],
    paging: Paging,
    company: Annotated[str | None, Query(max_length=64)] = None,
    customer: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[list[QuotationStatus] | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    order_number: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[QuotationView]:
    """Quotations, newest first; `status` may be given several times."""
    filters = {
        "company": company, "customer": customer, "number": number, "order_number": order_number,
    }  # fmt: skip
    found = await service.list_quotations(
        session, paging, filters, status=[one.value for one in status or ()], item=item
    )
    return Page[QuotationView](items=await _views(session, found.items), next=found.next)
