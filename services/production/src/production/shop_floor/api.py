"""The dispatch list and the schedule over HTTP."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, TextIn, TimeIn
from production.shop_floor import service
from production.shop_floor.rules import ZERO, Bar, Card, CardStatus, Downtime, Job
from production.shop_floor.service import NewDowntime, Scheduled, SupposedCapacity
from tongheng_contracts.values import Quantity

board_router = commands("production", "board")
downtime_router = commands("production", "downtimes")
router = commands("production", "dispatch-list")
schedule_router = commands("production", "schedule")
READ = requires("production.order.read")


class JobView(BaseModel):
    """An operation with pieces still to come through it."""

    order: UUID
    number: str
    item: str
    operation: int
    work_centre: str
    left: Quantity
    waiting: Quantity
    hours: Quantity
    due_date: date | None


class BarView(BaseModel):
    """A bar of the Gantt chart."""

    job: JobView
    unit: int
    setup_start: datetime
    start: datetime
    end: datetime
    late: bool
    frozen: bool
    planned: datetime | None


class CardView(BaseModel):
    """An operation of an order on the board."""

    order: UUID
    number: str
    item: str
    operation: int
    description: str
    status: CardStatus
    quantity: Quantity
    good: Quantity
    scrapped: Quantity
    defective: Quantity
    left: Quantity
    waiting: Quantity
    hours: Quantity
    due_date: date | None
    late: bool


class ColumnView(BaseModel):
    """A work centre with the cards that lie there, by status; `down_until` while all of it is down."""

    work_centre: str
    name: str
    down_until: datetime | None
    hours: Quantity
    cards: dict[CardStatus, list[CardView]]


class ScheduleIn(Input):
    """Schedule anew. What has begun, or begins within `freeze_minutes`, keeps its slot."""

    company: CodeIn
    freeze_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 60)] = 0


class ScheduleView(BaseModel):
    """A schedule that was kept; `planned` is when an operation was to begin by the one before."""

    id: UUID
    number: str
    company: str
    as_of: datetime
    freeze_until: datetime
    bars: list[BarView]


class SlotView(BaseModel):
    """Where and when an operation is to be done."""

    order: UUID
    number: str
    item: str
    operation: int
    work_centre: str
    unit: int
    setup_start: datetime
    start: datetime
    end: datetime
    frozen: bool


class KeptScheduleView(BaseModel):
    """The schedule in force."""

    id: UUID
    number: str
    company: str
    as_of: datetime
    freeze_until: datetime
    slots: list[SlotView]


class DowntimeIn(Input):
    """A work centre, or one of its units (counted from 0), is down from `start` until before `end`."""

    company: CodeIn
    work_centre: CodeIn
    unit: Annotated[int, Field(ge=0, le=999)] | None = None
    start: TimeIn
    end: TimeIn
    reason: TextIn = ""


class CapacityIn(Input):
    """What if a work centre had so many units, or worked by another calendar."""

    work_centre: CodeIn
    capacity: Annotated[int, Field(ge=1, le=1000)] | None = None
    calendar: CodeIn | None = None


class OutageIn(Input):
    """What if a work centre, or one of its units, were down from `start` until before `end`."""

    work_centre: CodeIn
    unit: Annotated[int, Field(ge=0, le=999)] | None = None
    start: TimeIn
    end: TimeIn


class ScheduleIfIn(Input):
    """What capacity there might be."""

    company: CodeIn
    freeze_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 31)] = 0
    work_centres: Annotated[list[CapacityIn], Field(max_length=200)] = []
    downtimes: Annotated[list[OutageIn], Field(max_length=200)] = []


class FinishView(BaseModel):
    """When an order's last operation ends: now, and then."""

    order: UUID
    number: str
    item: str
    due_date: date | None
    before: datetime
    after: datetime
    late_before: bool
    late_after: bool


class LoadView(BaseModel):
    """Hours of a work centre's units on a day, from now on: open and at work, now and then."""

    work_centre: str
    date: date
    open_before: Quantity
    open_after: Quantity
    load_before: Quantity
    load_after: Quantity


class ScheduleIfView(BaseModel):
    """What would be different: orders that end at another time, loads of work centres by day; how many are late."""

    late_before: int
    late_after: int
    orders: list[FinishView]
    loads: list[LoadView]


class DowntimeChange(Input):
    """When it is over after all."""

    end: TimeIn | None = None
    reason: TextIn | None = None


class DowntimeView(BaseModel):
    """A downtime as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    work_centre: str
    unit: int | None
    start: datetime
    end: datetime
    reason: str
    business_date: date


def view(job: Job) -> JobView:
    """A job as answered."""
    return JobView(
        order=job.order.id,
        number=job.order.number,
        item=job.order.item,
        operation=job.operation.operation,
        work_centre=job.operation.work_centre,
        left=job.left,
        waiting=job.waiting,
        hours=job.hours,
        due_date=job.order.due_date,
    )


@router.get("", response_model=list[JobView], dependencies=[READ])
async def dispatch_list(
    session: Session,
    company: Annotated[str, Query(max_length=64)],
    work_centre: Annotated[str | None, Query(max_length=64)] = None,
) -> list[JobView]:
    """What is to be done at the work centres, the most urgent first."""
    return [view(job) for job in await service.dispatch_list(session, company, work_centre)]


def _bar(bar: Bar) -> BarView:
    return BarView(
        job=view(bar.job),
        unit=bar.unit,
        setup_start=bar.setup_start,
        start=bar.start,
        end=bar.end,
        late=bar.late,
        frozen=bar.frozen,
        planned=bar.planned,
    )


@schedule_router.get("", response_model=list[BarView], dependencies=[READ])
async def gantt(session: Session, company: Annotated[str, Query(max_length=64)]) -> list[BarView]:
    """When each open operation can be done, within shifts: computed on the situation of the moment."""
    return [_bar(bar) for bar in await service.gantt(session, company)]


@schedule_router.post("", status_code=201, response_model=ScheduleView)
async def keep_schedule(
    body: ScheduleIn,
    session: Session,
    caller: Annotated[Principal, requires("production.schedule.keep")],
) -> ScheduleView:
    """Schedule anew from the schedule in force, around what is down, and put the result in force."""
    made: Scheduled = await service.keep_schedule(
        session, caller, body.company, freeze_minutes=body.freeze_minutes
    )
    return ScheduleView(
        id=made.id,
        number=made.number,
        company=made.company,
        as_of=made.as_of,
        freeze_until=made.freeze_until,
        bars=[_bar(bar) for bar in made.bars],
    )


@schedule_router.post("/what-ifs", response_model=ScheduleIfView)
async def what_if(
    body: ScheduleIfIn,
    session: Session,
    caller: Annotated[Principal, requires("production.order.read")],
) -> ScheduleIfView:
    """What would be different if capacity were: scheduled beside the schedule in force, kept nowhere."""
    seen = await service.what_if(
        session,
        caller,
        SupposedCapacity(
            body.company,
            body.freeze_minutes,
            {c.work_centre: c.capacity for c in body.work_centres if c.capacity is not None},
            {c.work_centre: c.calendar for c in body.work_centres if c.calendar is not None},
            [
                NewDowntime(body.company, d.work_centre, d.unit, d.start, d.end, "")
                for d in body.downtimes
            ],
        ),
    )
    return ScheduleIfView(
        late_before=sum(one.late_before for one in seen.finishes),
        late_after=sum(one.late_after for one in seen.finishes),
        orders=[
            FinishView(
                order=one.order.id,
                number=one.order.number,
                item=one.order.item,
                due_date=one.order.due_date,
                before=one.before,
                after=one.after,
                late_before=one.late_before,
                late_after=one.late_after,
            )
            for one in seen.finishes
            if one.before != one.after or one.late_before != one.late_after
        ],
        loads=[
            LoadView(
                work_centre=one.work_centre,
                date=one.day,
                open_before=_hours(one.open_before),
                open_after=_hours(one.open_after),
                load_before=_hours(one.load_before),
                load_after=_hours(one.load_after),
            )
            for one in seen.loads
        ],
    )


def _hours(minutes: int) -> Decimal:
    return (Decimal(minutes) / 60).quantize(Decimal("0.000001"))


@schedule_router.get("/kept", response_model=KeptScheduleView, dependencies=[READ])
async def kept_schedule(
    session: Session, company: Annotated[str, Query(max_length=64)]
) -> KeptScheduleView:
    """The schedule in force, by work centre and time."""
    head, slots = await service.kept_schedule(session, company)
    return KeptScheduleView(
        id=head["id"],
        number=head["number"],
        company=head["company"],
        as_of=head["as_of"],
        freeze_until=head["freeze_until"],
        slots=[
            SlotView(
                order=order.id,
                number=order.number,
                item=order.item,
                operation=slot.operation,
                work_centre=slot.work_centre,
                unit=slot.unit,
                setup_start=slot.setup_start,
                start=slot.starts_at,
                end=slot.ends_at,
                frozen=slot.frozen,
            )
            for slot, order in slots
        ],
    )


def _card(card: Card) -> CardView:
    job, operation = card.job, card.job.operation
    return CardView(
        order=job.order.id,
        number=job.order.number,
        item=job.order.item,
        operation=operation.operation,
        description=operation.description,
        status=card.status,
        quantity=job.order.quantity,
        good=operation.good,
        scrapped=operation.scrapped,
        defective=operation.defective,
        left=job.left,
        waiting=job.waiting,
        hours=job.hours,
        due_date=job.order.due_date,
        late=card.late,
    )


@board_router.get("", response_model=list[ColumnView], dependencies=[READ])
async def board(
    session: Session,
    company: Annotated[str, Query(max_length=64)],
    work_centre: Annotated[str | None, Query(max_length=64)] = None,
) -> list[ColumnView]:
    """The board of the shop floor: the operations of released orders by work centre and status."""
    return [
        ColumnView(
            work_centre=column.work_centre,
            name=column.name,
            down_until=column.down_until,
            hours=sum((card.job.hours for card in column.cards if card.job.left), ZERO),
            cards={
                status: [_card(card) for card in column.cards if card.status is status]
                for status in CardStatus
            },
        )
        for column in await service.board(session, company, work_centre)
    ]


def _downtime(values: dict[str, Any]) -> DowntimeView:
    names = DowntimeView.model_fields.keys() - {"start", "end"}
    return DowntimeView(
        start=values["starts_at"],
        end=values["ends_at"],
        **{name: values[name] for name in names},
    )


def _shown(response: Response, found: Downtime) -> DowntimeView:
    etag(response, found.version)
    return _downtime(asdict(found))


@downtime_router.post("", status_code=201, response_model=DowntimeView)
async def add_downtime(
    body: DowntimeIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.downtime.add")],
) -> DowntimeView:
    """Say that a work centre is down; schedules made from then on do not use it."""
    asked = NewDowntime(
        company=body.company,
        work_centre=body.work_centre,
        unit=body.unit,
        starts_at=body.start,
        ends_at=body.end,
        reason=body.reason,
    )
    made = await service.add_downtime(session, caller, asked)
    response.headers["Location"] = f"{request.url.path}/{made.id}"
    return _shown(response, made)


@downtime_router.get("", response_model=Page[DowntimeView], dependencies=[READ])
async def list_downtimes(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    work_centre: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["active", "cancelled"] | None = None,
) -> Page[Any]:
    """Downtimes, the newest first."""
    query = service.downtimes_listing(company=company, work_centre=work_centre, status=status)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "starts_at")},
        default_sort="-recorded_at",
        make=lambda row: _downtime(dict(by_name(row))),
    )


@downtime_router.get("/{ref}", response_model=DowntimeView, dependencies=[READ])
async def get_downtime(ref: str, response: Response, session: Session) -> DowntimeView:
    """One downtime by id or number."""
    return _shown(response, await service.get_downtime(session, ref))


@downtime_router.patch(
    "/{ref}", response_model=DowntimeView, dependencies=[requires("production.downtime.change")]
)
async def change_downtime(
    ref: str, body: DowntimeChange, response: Response, session: Session, version: IfMatch
) -> DowntimeView:
    """Say when it is over after all."""
    found = await service.change_downtime(
        session, ref, ends_at=body.end, reason=body.reason, expected=version
    )
    return _shown(response, found)


@downtime_router.post(
    "/{ref}/cancel",
    response_model=DowntimeView,
    dependencies=[requires("production.downtime.cancel")],
)
async def cancel_downtime(
    ref: str, response: Response, session: Session, version: IfMatch
) -> DowntimeView:
    """It does not take place."""
    return _shown(response, await service.cancel_downtime(session, ref, expected=version))
