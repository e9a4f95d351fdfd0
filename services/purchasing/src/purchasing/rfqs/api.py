"""Requests for quotation over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn
from purchasing.rfqs import rules, service
from purchasing.rfqs.rules import LINES_MAX, SUPPLIERS_MAX, NewLine, NewRfq, Offer, Rfq, Status
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("purchasing", "rfqs")

READ = requires("purchasing.rfq.read")


class RfqLineIn(Input):
    """What is asked for; `unit` is the item's base unit by default."""

    item: CodeIn
    quantity: QuantityIn
    unit: CodeIn | None = None


class RfqIn(Input):
    """What to ask of whom."""

    company: CodeIn
    warehouse: CodeIn
    suppliers: list[CodeIn] = Field(min_length=1, max_length=SUPPLIERS_MAX)
    answer_until: DateIn
    """The last day on which offers are taken."""
    lines: list[RfqLineIn] = Field(min_length=1, max_length=LINES_MAX)


class OfferLineIn(Input):
    """What is offered for a line: net per base unit, and days from order to delivery."""

    line: int = Field(ge=1, le=LINES_MAX)
    unit_price: PriceIn
    lead_time_days: int = Field(ge=0, le=3650)


class OfferIn(Input):
    """All that a supplier offers; none: he declines."""

    lines: list[OfferLineIn] = Field(max_length=LINES_MAX)


class AwardIn(Input):
    """Who is chosen."""

    supplier: CodeIn


class RfqLineView(BaseModel):
    """A line in base units."""

    line: int
    item: str
    quantity: Quantity
    unit: str


class OfferLineView(BaseModel):
    """What is offered for a line."""

    line: int
    unit_price: Price
    lead_time_days: int


class ComparisonView(BaseModel):
    """A supplier's offer beside the others."""

    supplier: str
    complete: bool
    missing: list[int]
    """Lines without an offer."""
    amount_net: Amount
    """Of the lines that were offered."""
    lead_time_days: int | None
    """Of the slowest line."""
    cheapest: bool
    fastest: bool
    lines: list[OfferLineView]


class RfqView(BaseModel):
    """A request as answered; complete offers first, the cheapest first."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    warehouse: str
    currency: str
    answer_until: date
    lines: list[RfqLineView]
    offers: list[ComparisonView]
    awarded_to: str | None
    order: UUID | None
    order_number: str | None
    recorded_at: datetime | None


def _view(rfq: Rfq) -> RfqView:
    return RfqView(
        id=rfq.id,
        number=rfq.number,
        company=rfq.company,
        version=rfq.version,
        status=rfq.status,
        business_date=rfq.business_date,
        posting_date=rfq.posting_date,
        warehouse=rfq.warehouse,
        currency=rfq.currency,
        answer_until=rfq.answer_until,
        lines=[
            RfqLineView(line=line.line, item=line.item, quantity=line.quantity, unit=line.unit)
            for line in rfq.lines
        ],
        offers=[
            ComparisonView(
                supplier=each.supplier,
                complete=not each.missing,
                missing=list(each.missing),
                amount_net=each.amount_net,
                lead_time_days=each.lead_time_days,
                cheapest=each.cheapest,
                fastest=each.fastest,
                lines=[
                    OfferLineView(
                        line=offer.line,
                        unit_price=offer.unit_price,
                        lead_time_days=offer.lead_time_days,
                    )
                    for offer in each.offers
                ],
            )
            for each in rules.compare(rfq)
        ],
        awarded_to=rfq.awarded_to,
        order=rfq.order_id,
        order_number=rfq.order_number,
        recorded_at=rfq.recorded_at,
    )


def _shown(response: Response, rfq: Rfq) -> RfqView:
    etag(response, rfq.version)
    return _view(rfq)


@router.post("", status_code=201, response_model=RfqView)
async def create_rfq(
    body: RfqIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("purchasing.rfq.create")],
) -> RfqView:
    """Ask suppliers for their prices."""
    asked = NewRfq(
        body.company,
        body.warehouse,
        tuple(body.suppliers),
        body.answer_until,
        tuple(NewLine(line.item, line.quantity, line.unit) for line in body.lines),
    )
    rfq = await service.create_rfq(session, caller, asked)
    response.headers["Location"] = f"{request.url.path}/{rfq.id}"
    return _shown(response, rfq)


@router.get("", response_model=Page[RfqView], dependencies=[READ])
async def list_rfqs(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    status: Status | None = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    awarded_to: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Requests, newest first."""
    query = service.listing(
        {
            "company": company,
            "status": None if status is None else status.value,
            "number": number,
            "awarded_to": awarded_to,
        }
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "answer_until")},
        default_sort="-recorded_at",
        make=by_name,
    )
    views = [_view(each) for each in await service.whole_ones(session, found.items)]
    return Page[Any](items=views, next=found.next)


@router.get("/{ref}", response_model=RfqView, dependencies=[READ])
async def get_rfq(ref: str, response: Response, session: Session) -> RfqView:
    """One request by id or number, its offers compared."""
    return _shown(response, await service.get(session, ref))


@router.put(
    "/{ref}/offers/{supplier}",
    response_model=RfqView,
    dependencies=[requires("purchasing.rfq.offer")],
)
async def take_offer(
    ref: str,
    supplier: str,
    body: OfferIn,
    response: Response,
    session: Session,
    version: IfMatch,
) -> RfqView:
    """Note what a supplier (by code) offers, in place of what he offered before."""
    offers = [
        Offer(supplier, line.line, line.unit_price, line.lead_time_days) for line in body.lines
    ]
    return _shown(
        response, await service.take_offer(session, ref, supplier, offers, expected=version)
    )


@router.post("/{ref}/award", response_model=RfqView)
async def award_rfq(
    ref: str,
    body: AwardIn,
    response: Response,
    session: Session,
    version: IfMatch,
    caller: Annotated[Principal, requires("purchasing.rfq.award")],
) -> RfqView:
    """Choose a supplier: everything becomes a draft order at the prices and days that he offers."""
    rfq = await service.award_rfq(session, caller, ref, body.supplier, expected=version)
    return _shown(response, rfq)


@router.post(
    "/{ref}/cancel", response_model=RfqView, dependencies=[requires("purchasing.rfq.cancel")]
)
async def cancel_rfq(ref: str, response: Response, session: Session, version: IfMatch) -> RfqView:
    """Give a request up."""
    return _shown(response, await service.cancel_rfq(session, ref, expected=version))
