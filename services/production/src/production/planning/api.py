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
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn
from production.mrp import decimal_of
from production.planning import service
from production.planning.service import KIND_OF, Asked, Foreseen, Supposed
from production.planning.simulating import Notice
from tongheng_contracts.values import Amount, Quantity

router = commands("production", "mrp")
planned_router = commands("production", "planned-orders")
promise_router = commands("production", "promises")
READ = requires("production.plan.read")


class RunIn(Input):
    """A planning run over a company."""

    company: CodeIn
    mode: Literal["full", "net_change"] = "full"


class RunView(BaseModel):
    """A planning run: queued, completed or failed."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    mode: str
    items: int
    items_planned: int
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


class DemandIn(Input):
    """A demand that there might be."""

    item: CodeIn
    warehouse: CodeIn | None = None
    quantity: QuantityIn
    date: DateIn


class DelayIn(Input):
    """What if the goods of a document came so many days later; earlier when negative."""

    document: CodeIn
    days: Annotated[int, Field(ge=-3650, le=3650)]


class PartIn(Input):
    """What if so much of a component went into one of an item; 0 takes it away."""

    item: CodeIn
    component: CodeIn
    quantity: PriceIn


class WhatIfIn(Input):
    """What might be different."""

    company: CodeIn
    demands: Annotated[list[DemandIn], Field(max_length=1000)] = []
    delays: Annotated[list[DelayIn], Field(max_length=1000)] = []
    lead_times: Annotated[list[LeadTimeIn], Field(max_length=1000)] = []
    components: Annotated[list[PartIn], Field(max_length=1000)] = []


class PlannedShiftView(BaseModel):
    """Ordered of an item for a day: now, and then."""

    kind: str
    item: str
    warehouse: str
    due_date: date
    before: Quantity
    after: Quantity


class NoticeView(BaseModel):
    """A message that there would be, or that there would be no more."""

    kind: str
    item: str
    warehouse: str
    document: str
    quantity: Quantity
    day: date
    to_day: date | None


class MovedView(BaseModel):
    """A sales order line whose day of delivery would move; none: part of it would have no supply."""

    order: UUID
    number: str
    line: int
    item: str
    wanted: date
    before: date | None
    after: date | None


class WhatIfView(BaseModel):
    """What would be different: at most 1,000 of each kind."""

    planned_orders: list[PlannedShiftView]
    exceptions: list[NoticeView]
    exceptions_gone: list[NoticeView]
    deliveries: list[MovedView]
    purchases_more: Amount
    """What more would be bought, at standard cost."""
    purchases_unknown: Quantity
    """Units more, or fewer, whose standard cost is not known."""


@router.post("/runs", status_code=202, response_model=RunView)
async def run_mrp(
    body: RunIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.mrp.run")],
) -> RunView:
    """Plan a company, all of it or what has changed since: the run is a job to watch."""
    row = await service.queue_run(session, caller, body.company, body.mode)
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


@router.post("/what-ifs", response_model=WhatIfView)
async def what_if(
    body: WhatIfIn,
    session: Session,
    caller: Annotated[Principal, requires("production.plan.read")],
) -> WhatIfView:
    """What would be different if demand, supply, lead times or bills were: planned on a fork, kept nowhere."""
    seen = await service.what_if(
        session,
        caller,
        Supposed(
            body.company,
            [(d.item, d.warehouse or "", d.quantity, d.date) for d in body.demands],
            [(d.document, d.days) for d in body.delays],
            [(d.item, d.days) for d in body.lead_times],
            [(c.item, c.component, c.quantity) for c in body.components],
        ),
    )
    more, unknown = seen.cost
    return WhatIfView(
        planned_orders=[
            PlannedShiftView(
                kind=KIND_OF[one.source],
                item=seen.item(one.row),
                warehouse=seen.picture.warehouse(one.row),
                due_date=one.day,
                before=decimal_of(one.before),
                after=decimal_of(one.after),
            )
            for one in seen.outcome.shifts
        ],
        exceptions=[_notice(seen, one) for one in seen.outcome.new],
        exceptions_gone=[_notice(seen, one) for one in seen.outcome.gone],
        deliveries=[
            MovedView(
                order=one.order,
                number=seen.numbers.get(one.order, ""),
                line=one.line,
                item=seen.item(one.row),
                wanted=one.wanted,
                before=one.before,
                after=one.after,
            )
            for one in seen.outcome.moved
        ],
        purchases_more=more,
        purchases_unknown=unknown,
    )


def _notice(seen: Foreseen, one: Notice) -> NoticeView:
    return NoticeView(
        kind=one.kind.name.lower(),
        item=seen.item(one.row),
        warehouse=seen.picture.warehouse(one.row),
        document=seen.document(one),
        quantity=decimal_of(one.quantity),
        day=seen.picture.date(one.day),
        to_day=seen.picture.date(one.to_day) if one.to_day >= 0 else None,
    )


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
    said = await service.promise_for(session, caller, asked)
    answer = said.answer
    return PromiseView(
        item=said.items.get(answer.item, body.item),
        quantity=Decimal(body.quantity),
        wanted=body.wanted,
        date=None if answer.day is None else said.date(answer.day),
        days=answer.day,
        on_time=answer.on_time,
        available_by_wanted=decimal_of(answer.available_by_wanted),
        reasons=[
            ReasonView.model_validate(service.reason_of(said, each)) for each in answer.reasons
        ],
        earlier=[
            LeverView(
                kind=each.kind,
                item=said.items[each.item] if each.item >= 0 else "",
                saves_days=each.saves_days,
            )
            for each in answer.earlier
        ],
    )
