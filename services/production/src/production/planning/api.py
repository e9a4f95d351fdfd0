"""Planning over HTTP: runs, planned orders, exceptions, pegging, promises."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import BatchAnswer, batch_answer
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from production.mrp import decimal_of
from production.planning import service
from production.planning.service import Asked
from tongheng_contracts.values import Quantity

router = commands("production", "mrp")
planned_router = commands("production", "planned-orders")
promise_router = commands("production", "promises")
READ = requires("production.plan.read")


class RunIn(Input):
    """A planning run over a company."""

    company: CodeIn


class RunView(BaseModel):
    """A planning run: queued, completed or failed."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    items: int
    planned_orders: int
    exceptions: int
    horizon: date | None
    error: str
    business_date: date
    recorded_at: datetime
    finished_at: datetime | None


class PlannedOrderView(BaseModel):
    """What the plan would order."""

    id: UUID
    run_id: UUID
    company: str
    status: str
    kind: str
    item: str
    unit: str
    warehouse: str
    from_warehouse: str
    quantity: Quantity
    good: Quantity
    start_date: date
    due_date: date
    late: bool
    supplier: str
    demand_order: UUID | None
    demand_line: int | None
    document: str


class ExceptionView(BaseModel):
    """What a planner should look at."""

    kind: str
    item: str
    warehouse: str
    document: str
    quantity: Quantity
    day: date
    to_day: date | None


class PegView(BaseModel):
    """So much of a supply is for a need."""

    item: str
    warehouse: str
    quantity: Quantity
    supply_kind: str
    supply: str
    supply_date: date
    need_kind: str
    need: str
    need_line: int
    need_date: date


class FirmIn(Input):
    """Planned orders to accept."""

    planned_orders: Annotated[
        list[Annotated[UUID, Field(strict=False)]], Field(min_length=1, max_length=1000)
    ]


class LeadTimeIn(Input):
    """What if an item took so many days."""

    item: CodeIn
    days: Annotated[int, Field(ge=0, le=3650)]


class PromiseIn(Input):
    """What somebody would like to have, and when."""

    company: CodeIn
    item: CodeIn
    quantity: QuantityIn
    wanted: DateIn | None = None
    warehouse: CodeIn | None = None
    lead_times: Annotated[list[LeadTimeIn], Field(max_length=100)] = []


class ReasonView(BaseModel):
    """One constraint of a promise, with those below it."""

    kind: str
    item: str
    quantity: Quantity
    start_date: date
    ready_date: date
    reference: str
    children: list["ReasonView"]


class LeverView(BaseModel):
    """What would make it earlier, and by how many days at most."""

    kind: str
    item: str
    saves_days: int


class PromiseView(BaseModel):
    """When a quantity can be delivered: no date when there is no way."""

    item: str
    quantity: Quantity
    wanted: date | None
    date: date | None
    days: int | None
    on_time: bool
    available_by_wanted: Quantity
    reasons: list[ReasonView]
    earlier: list[LeverView]


@router.post("/runs", status_code=202, response_model=RunView)
async def run_mrp(
    body: RunIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.mrp.run")],
) -> RunView:
    """Plan a company: the run is a job to watch."""
    row = await service.queue_run(session, caller, body.company)
    response.headers["Location"] = f"{request.url.path}/{row['id']}"
    return RunView.model_validate(dict(row))


@router.get("/runs", response_model=Page[RunView], dependencies=[READ])
async def list_runs(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["queued", "completed", "failed"] | None = None,
) -> Page[Any]:
    """Runs, the newest first."""
    query = service.runs_listing(company=company, status=status)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={"recorded_at": columns["recorded_at"], "number": columns["number"]},
        default_sort="-recorded_at",
        make=lambda row: RunView.model_validate(dict(by_name(row))),
    )


@router.get("/runs/{ref}", response_model=RunView, dependencies=[READ])
async def get_run(ref: str, response: Response, session: Session) -> RunView:
    """One run."""
    row = await service.get_run(session, ref)
    etag(response, row["version"])
    return RunView.model_validate(dict(row))


@router.get("/exceptions", response_model=Page[ExceptionView], dependencies=[READ])
async def list_exceptions(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query(max_length=20)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """What a planner should look at."""
    query = service.exceptions_listing(company=company, kind=kind, item=item)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["run_id"], columns["line"]],
        allowed_sorts={"item": columns["item"], "kind": columns["kind"], "day": columns["day"]},
        default_sort="kind",
        make=lambda row: ExceptionView.model_validate(dict(by_name(row))),
    )


@router.get("/pegs", response_model=list[PegView], dependencies=[READ])
async def get_pegs(
    session: Session,
    supply: Annotated[str | None, Query(max_length=64)] = None,
    need: Annotated[str | None, Query(max_length=64)] = None,
) -> list[PegView]:
    """From a supply up to the demands that it is for, or from a demand down to what covers it; by document id."""
    rows = (
        await service.pegs_up(session, supply)
        if supply is not None
        else await service.pegs_down(session, need or "")
    )
    return [PegView.model_validate(dict(row)) for row in rows]


@planned_router.get("", response_model=Page[PlannedOrderView], dependencies=[READ])
async def list_planned_orders(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    kind: Literal["buy", "make", "transfer"] | None = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["planned", "firmed"] | None = None,
    demand_order: UUID | None = None,
) -> Page[Any]:
    """Planned orders, the most urgent first."""
    query = service.orders_listing(
        company=company, kind=kind, item=item, status=status, demand_order=demand_order
    )
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={
            "start_date": columns["start_date"],
            "due_date": columns["due_date"],
            "item": columns["item"],
        },
        default_sort="start_date",
        make=lambda row: PlannedOrderView.model_validate(dict(by_name(row))),
    )


@planned_router.post(
    ":firm",
    response_model=BatchAnswer[PlannedOrderView],
    dependencies=[requires("production.plan.firm")],
)
async def firm(body: FirmIn, request: Request, session: Session) -> Response:
    """Accept planned orders: production orders, requisitions and transfers follow."""
    outcomes = await service.firm(session, body.planned_orders)
    return batch_answer(
        request,
        outcomes,
        lambda row: PlannedOrderView.model_validate(dict(row)),
        status=200,
    )


@promise_router.post("", response_model=PromiseView)
async def promise(
    body: PromiseIn,
    session: Session,
    caller: Annotated[Principal, requires("production.plan.read")],
) -> PromiseView:
    """When a quantity can be delivered, why then, and what would make it earlier. Nothing is kept."""
    asked = Asked(
        company=body.company,
        item=body.item,
        quantity=body.quantity,
        wanted=body.wanted,
        warehouse=body.warehouse or "",
        lead_times={each.item: each.days for each in body.lead_times},
    )
    seen, answer = await service.promise_for(session, caller, asked)
    code, _ = seen.sites[answer.item]
    return PromiseView(
        item=code,
        quantity=Decimal(body.quantity),
        wanted=body.wanted,
        date=None if answer.day is None else seen.date(answer.day),
        days=answer.day,
        on_time=answer.on_time,
        available_by_wanted=decimal_of(answer.available_by_wanted),
        reasons=[
            ReasonView.model_validate(service.reason_of(seen, each)) for each in answer.reasons
        ],
        earlier=[
            LeverView(
                kind=each.kind,
                item=seen.sites[each.item][0] if each.item >= 0 else "",
                saves_days=each.saves_days,
            )
            for each in answer.earlier
        ],
    )
