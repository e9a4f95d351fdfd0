"""Engineering requests over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, NameIn, NoteIn, QuantityIn, TextIn
from production.engineering import rules, service
from production.engineering.rules import Change, Estimate, Wanted
from tongheng_contracts.production import EngineeringStatus
from tongheng_contracts.values import Quantity

router = commands("production", "engineering-requests")
READ = requires("production.engineering.read")
DESIGN = requires("production.engineering.design")
DaysIn = Annotated[int, Field(ge=0, le=3650)]
AttributesIn = Annotated[dict[CodeIn, TextIn], Field(max_length=rules.ATTRIBUTES_MAX)]


class EngineeringRequestIn(Input):
    """Something that nobody has made yet; the description in Chinese, and if wished in English."""

    company: CodeIn
    customer: CodeIn | None = None
    sales_order: CodeIn | None = None
    """By id or number."""
    sales_order_line: Annotated[int, Field(ge=1)] | None = None
    description: NameIn
    description_en: TextIn = ""
    specification: NoteIn = ""
    attributes: AttributesIn = {}
    quantity: QuantityIn
    unit: CodeIn
    """The base unit of the item that it is to become."""
    requested_date: DateIn | None = None


class EngineeringRequestChange(Input):
    """What changes; what is left out stays. What a quotation asks for is changed in the quotation."""

    description: NameIn | None = None
    description_en: TextIn | None = None
    specification: NoteIn | None = None
    attributes: AttributesIn | None = None
    quantity: QuantityIn | None = None
    unit: CodeIn | None = None
    requested_date: DateIn | None = None
    assignee: NameIn | None = None
    due_date: DateIn | None = None
    lead_time_days: DaysIn | None = None


class TakeIn(Input):
    """Who engineers it (the caller when nobody is named), until when, and how long making it may take."""

    assignee: NameIn | None = None
    due_date: DateIn | None = None
    lead_time_days: DaysIn | None = None


class DesignIn(Input):
    """The item that it became, entered in the master data before."""

    item: CodeIn
    lead_time_days: DaysIn | None = None


class ReasonIn(Input):
    """Why."""

    reason: NameIn


class EngineeringRequestView(BaseModel):
    """An engineering request as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: EngineeringStatus
    business_date: date
    posting_date: date
    recorded_at: datetime | None
    customer: str
    quotation: UUID | None
    quotation_number: str
    quotation_line: int | None
    sales_order: UUID | None
    sales_order_number: str
    sales_order_line: int | None
    description: str
    description_en: str
    specification: str
    attributes: dict[str, str]
    quantity: Quantity
    unit: str
    requested_date: date | None
    assignee: str
    due_date: date | None
    """When it is expected to be designed."""
    lead_time_days: int | None
    """How long making it is expected to take."""
    item: str
    bom: str
    """The number of the bill of material that was in force at the release."""
    routing: str
    released_on: date | None
    reason: str


def view(request: rules.Request) -> EngineeringRequestView:
    """A request as answered."""
    return EngineeringRequestView(
        id=request.id, number=request.number, company=request.company, version=request.version,
        status=request.status, business_date=request.business_date, posting_date=request.posting_date,
        recorded_at=request.recorded_at, customer=request.customer, quotation=request.quotation_id,
        quotation_number=request.quotation_number, quotation_line=request.quotation_line,
        sales_order=request.order_id, sales_order_number=request.order_number, sales_order_line=request.order_line,
        description=request.description, description_en=request.description_en, specification=request.specification,
        attributes=dict(request.attributes), quantity=request.quantity, unit=request.unit,
        requested_date=request.requested_date, assignee=request.assignee, due_date=request.due_date,
        lead_time_days=request.lead_time_days, item=request.item, bom=request.bom, routing=request.routing,
        released_on=request.released_on, reason=request.reason,
    )  # fmt: skip


def _shown(response: Response, request: rules.Request) -> EngineeringRequestView:
    etag(response, request.version)
    return view(request)


@router.post("", status_code=201, response_model=EngineeringRequestView)
async def raise_request(
    body: EngineeringRequestIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.engineering.request")],
) -> EngineeringRequestView:
    """Ask for something that nobody has made yet; quotations do so by themselves."""
    wanted = Wanted(
        body.description, body.quantity, body.unit, body.description_en, body.specification, body.attributes,
        body.requested_date,
    )  # fmt: skip
    asked = service.NewRequest(
        body.company, wanted, body.customer, body.sales_order, body.sales_order_line
    )
    made = await service.raise_request(session, caller, asked)
    response.headers["Location"] = f"{request.url.path}/{made.id}"
    return _shown(response, made)


@router.get("", response_model=Page[EngineeringRequestView], dependencies=[READ])
async def list_requests(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[list[EngineeringStatus] | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    customer: Annotated[str | None, Query(max_length=64)] = None,
    assignee: Annotated[str | None, Query(max_length=200)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    quotation_number: Annotated[str | None, Query(max_length=64)] = None,
    sales_order_number: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Requests, newest first; `status` may be given several times."""
    query = service.listing(
        {
            "company": company, "number": number, "customer": customer, "assignee": assignee, "item": item,
            "quotation_number": quotation_number, "order_number": sales_order_number,
        },
        [each.value for each in status or ()],
    )  # fmt: skip
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number")},
        default_sort="-recorded_at",
        make=lambda row: view(service.of_row(by_name(row))),
    )


@router.get("/{ref}", response_model=EngineeringRequestView, dependencies=[READ])
async def get_request(ref: str, response: Response, session: Session) -> EngineeringRequestView:
    """One request by id or number."""
    return _shown(response, await service.get(session, ref))


@router.patch(
    "/{ref}",
    response_model=EngineeringRequestView,
    dependencies=[requires("production.engineering.change")],
)
async def change_request(
    ref: str,
    body: EngineeringRequestChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> EngineeringRequestView:
    """Change the wish, or the estimate, of what is still open."""
    wish = Change(
        body.description, body.description_en, body.specification, body.attributes, body.quantity, body.unit,
        body.requested_date,
        whenever="requested_date" in body.model_fields_set and body.requested_date is None,
    )  # fmt: skip
    estimate = Estimate(body.assignee, body.due_date, body.lead_time_days)
    changed = await service.change_request(session, ref, wish, estimate, expected=version)
    return _shown(response, changed)


@router.post("/{ref}/take", response_model=EngineeringRequestView)
async def take_request(
    ref: str,
    response: Response,
    session: Session,
    caller: Annotated[Principal, DESIGN],
    version: IfMatch,
    body: TakeIn | None = None,
) -> EngineeringRequestView:
    """Begin to engineer it."""
    by = body or TakeIn()
    estimate = Estimate(by.assignee, by.due_date, by.lead_time_days)
    taken = await service.take_request(session, caller, ref, estimate, expected=version)
    return _shown(response, taken)


@router.post("/{ref}/design", response_model=EngineeringRequestView, dependencies=[DESIGN])
async def design_request(
    ref: str, body: DesignIn, response: Response, session: Session, version: IfMatch
) -> EngineeringRequestView:
    """Name the item that it became: an active item to make, counted in the unit asked for."""
    designed = await service.design_request(
        session, ref, body.item, lead_time_days=body.lead_time_days, expected=version
    )
    return _shown(response, designed)


@router.post(
    "/{ref}/give-back",
    response_model=EngineeringRequestView,
    dependencies=[requires("production.engineering.release")],
)
async def give_back(
    ref: str, body: ReasonIn, response: Response, session: Session, version: IfMatch
) -> EngineeringRequestView:
    """The design does not do: it is engineered again."""
    given = await service.give_back(session, ref, body.reason, expected=version)
    return _shown(response, given)


@router.post(
    "/{ref}/release",
    response_model=EngineeringRequestView,
    dependencies=[requires("production.engineering.release")],
)
async def release_request(
    ref: str, response: Response, session: Session, version: IfMatch
) -> EngineeringRequestView:
    """Let the item be sold and planned; refused until a bill of material is valid for it."""
    return _shown(response, await service.release_request(session, ref, expected=version))


@router.post(
    "/{ref}/reject",
    response_model=EngineeringRequestView,
    dependencies=[requires("production.engineering.reject")],
)
async def reject_request(
    ref: str, body: ReasonIn, response: Response, session: Session, version: IfMatch
) -> EngineeringRequestView:
    """Say that it cannot be made, and why."""
    rejected = await service.reject_request(session, ref, body.reason, expected=version)
    return _shown(response, rejected)


@router.post(
    "/{ref}/cancel",
    response_model=EngineeringRequestView,
    dependencies=[requires("production.engineering.cancel")],
)
async def cancel_request(
    ref: str, body: ReasonIn, response: Response, session: Session, version: IfMatch
) -> EngineeringRequestView:
    """Give it up: nobody wants it any more."""
    cancelled = await service.cancel_request(session, ref, body.reason, expected=version)
    return _shown(response, cancelled)
