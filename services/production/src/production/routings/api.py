"""Routings over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, PriceIn, TextIn
from production.routings import service
from production.routings.rules import STEPS_MAX, Routing, Step
from production.routings.service import NewRouting
from tongheng_contracts.values import Quantity

router = commands("production", "routings")
READ = requires("production.routing.read")
HoursIn = PriceIn


class OperationIn(Input):
    """One operation: hours to set up, and hours per piece."""

    operation: Annotated[int, Field(ge=1, le=100_000)]
    work_centre: CodeIn
    description: TextIn = ""
    setup_hours: HoursIn = Decimal(0)
    run_hours: HoursIn = Decimal(0)
    queue_hours: HoursIn = Decimal(0)
    setup_family: TextIn = ""
    supplier: CodeIn | None = None


class RoutingIn(Input):
    """How an item is made."""

    company: CodeIn
    item: CodeIn
    warehouse: CodeIn | None = None
    revision: CodeIn = "A"
    valid_from: DateIn | None = None
    valid_to: DateIn | None = None
    operations: Annotated[list[OperationIn], Field(min_length=1, max_length=STEPS_MAX)]


class RoutingEnd(Input):
    """The first day on which it is not used any more."""

    valid_to: DateIn


class OperationView(BaseModel):
    """One operation."""

    operation: int
    work_centre: str
    description: str
    setup_hours: Quantity
    run_hours: Quantity
    queue_hours: Quantity
    setup_family: str
    supplier: str


class RoutingView(BaseModel):
    """A routing as answered."""

    id: UUID
    number: str
    company: str
    item: str
    warehouse: str
    revision: str
    version: int
    status: str
    valid_from: date
    valid_to: date | None
    business_date: date
    operations: list[OperationView]


def view(routing: Routing) -> RoutingView:
    """A routing as answered."""
    return RoutingView(
        id=routing.id,
        number=routing.number,
        company=routing.company,
        item=routing.item,
        warehouse=routing.warehouse,
        revision=routing.revision,
        version=routing.version,
        status=routing.status,
        valid_from=routing.valid_from,
        valid_to=routing.valid_to,
        business_date=routing.business_date,
        operations=[
            OperationView(
                operation=s.operation,
                work_centre=s.work_centre,
                description=s.description,
                setup_hours=s.setup_hours,
                run_hours=s.run_hours,
                queue_hours=s.queue_hours,
                setup_family=s.setup_family,
                supplier=s.supplier,
            )
            for s in routing.steps
        ],
    )


def _step(given: OperationIn) -> Step:
    values: dict[str, Any] = dict(given)
    values["supplier"] = given.supplier or ""
    return Step(**values)


def shown(response: Response, routing: Routing) -> RoutingView:
    """The routing as answer, with its version."""
    etag(response, routing.version)
    return view(routing)


@router.post("", status_code=201, response_model=RoutingView)
async def add_routing(
    body: RoutingIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.routing.add")],
) -> RoutingView:
    """Enter a routing."""
    routing = await service.add_routing(
        session,
        caller,
        NewRouting(
            company=body.company,
            item=body.item,
            warehouse=body.warehouse,
            revision=body.revision,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            steps=tuple(_step(each) for each in body.operations),
        ),
    )
    response.headers["Location"] = f"{request.url.path}/{routing.id}"
    return shown(response, routing)


@router.get("", response_model=Page[RoutingView], dependencies=[READ])
async def list_routings(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
) -> Page[Any]:
    """Routings, by item."""
    query = service.listing(company=company, item=item, status=status)
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("item", "number", "recorded_at")},
        default_sort="item",
        make=by_name,
    )
    shown_ones = [view(each) for each in await service.with_steps(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/{ref}", response_model=RoutingView, dependencies=[READ])
async def get_routing(ref: str, response: Response, session: Session) -> RoutingView:
    """One routing by id or number."""
    return shown(response, await service.get(session, ref))


@router.patch(
    "/{ref}", response_model=RoutingView, dependencies=[requires("production.routing.end")]
)
async def end_routing(
    ref: str, body: RoutingEnd, response: Response, session: Session, version: IfMatch
) -> RoutingView:
    """Let a routing end on a day."""
    return shown(response, await service.end_routing(session, ref, body.valid_to, expected=version))
