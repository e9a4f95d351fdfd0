"""Work centres and calendars over HTTP."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, NameIn, PriceIn
from production.work_centres import service
from production.work_centres.rules import Shift, check_shifts
from production.work_centres.tables import calendars, work_centres
from tongheng_contracts.values import Price

router = commands("production", "work-centres")
calendar_router = commands("production", "calendars")
READ = requires("production.work_centre.read")
CapacityIn = Annotated[int, Field(ge=1, le=1000)]
ClockIn = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ShiftIn(Input):
    """Working hours on one weekday; 0 is Monday."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    start: ClockIn
    end: ClockIn


class CalendarIn(Input):
    """When work is done."""

    company: CodeIn
    code: CodeIn
    name: NameIn
    shifts: Annotated[list[ShiftIn], Field(max_length=100)]
    days_off: Annotated[list[DateIn], Field(max_length=2000)] = []


class CalendarChange(Input):
    """What changes of a calendar."""

    name: NameIn | None = None
    shifts: Annotated[list[ShiftIn], Field(max_length=100)] | None = None
    days_off: Annotated[list[DateIn], Field(max_length=2000)] | None = None


class ShiftView(BaseModel):
    """Working hours on one weekday."""

    weekday: int
    start: str
    end: str


class CalendarView(BaseModel):
    """A calendar as answered."""

    id: UUID
    company: str
    code: str
    name: str
    version: int
    shifts: list[ShiftView]
    days_off: list[date]
    recorded_at: datetime


class WorkCentreIn(Input):
    """A place where work is done; `capacity` is how many pieces of work at once."""

    company: CodeIn
    code: CodeIn
    name: NameIn
    warehouse: CodeIn | None = None
    calendar: CodeIn | None = None
    capacity: CapacityIn = 1
    labour_rate: PriceIn = Decimal(0)
    overhead_rate: PriceIn = Decimal(0)


class WorkCentreChange(Input):
    """What changes of a work centre."""

    name: NameIn | None = None
    calendar: CodeIn | None = None
    capacity: CapacityIn | None = None
    labour_rate: PriceIn | None = None
    overhead_rate: PriceIn | None = None
    active: bool | None = None


class WorkCentreView(BaseModel):
    """A work centre as answered."""

    id: UUID
    company: str
    code: str
    name: str
    version: int
    active: bool
    warehouse: str
    calendar: str
    capacity: int
    labour_rate: Price
    overhead_rate: Price
    recorded_at: datetime


def _shifts(given: list[ShiftIn]) -> list[dict[str, object]]:
    shifts = [
        Shift(s.weekday, time.fromisoformat(s.start), time.fromisoformat(s.end)) for s in given
    ]
    check_shifts(shifts)
    return service.shifts_json(shifts)


def _calendar(response: Response, row: RowMapping) -> CalendarView:
    etag(response, row["version"])
    return CalendarView.model_validate(dict(row))


def _work_centre(response: Response, row: RowMapping) -> WorkCentreView:
    etag(response, row["version"])
    return WorkCentreView.model_validate(dict(row))


@calendar_router.post("", status_code=201, response_model=CalendarView)
async def add_calendar(
    body: CalendarIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.work_centre.add")],
) -> CalendarView:
    """Enter a calendar: shifts by weekday, days off."""
    values = {
        "code": body.code,
        "name": body.name,
        "shifts": _shifts(body.shifts),
        "days_off": body.days_off,
    }
    row = await service.add_calendar(session, caller, body.company, values)
    response.headers["Location"] = f"{request.url.path}/{row['id']}"
    return _calendar(response, row)


@calendar_router.get("", response_model=Page[CalendarView], dependencies=[READ])
async def list_calendars(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Calendars, by code."""
    query = service.listing(calendars, company=company)
    return await page(
        session,
        query,
        paging,
        key=[calendars.c.id],
        allowed_sorts={"code": calendars.c.code},
        default_sort="code",
        make=lambda row: CalendarView.model_validate(dict(by_name(row))),
    )


@calendar_router.get("/{ref}", response_model=CalendarView, dependencies=[READ])
async def get_calendar(ref: str, response: Response, session: Session) -> CalendarView:
    """One calendar."""
    return _calendar(response, await service.get(session, calendars, ref))


@calendar_router.patch(
    "/{ref}",
    response_model=CalendarView,
    dependencies=[requires("production.work_centre.change")],
)
async def change_calendar(
    ref: str, body: CalendarChange, response: Response, session: Session, version: IfMatch
) -> CalendarView:
    """Change a calendar; what is left out stays."""
    values: dict[str, object] = {}
    if body.name is not None:
        values["name"] = body.name
    if body.shifts is not None:
        values["shifts"] = _shifts(body.shifts)
    if body.days_off is not None:
        values["days_off"] = body.days_off
    row = await service.change_calendar(session, ref, values, expected=version)
    return _calendar(response, row)


@router.post("", status_code=201, response_model=WorkCentreView)
async def add_work_centre(
    body: WorkCentreIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.work_centre.add")],
) -> WorkCentreView:
    """Enter a work centre."""
    values = body.model_dump(exclude={"company"})
    values |= {
        "active": True,
        "warehouse": body.warehouse or "",
        "calendar": body.calendar or "",
    }
    row = await service.add_work_centre(session, caller, body.company, values)
    response.headers["Location"] = f"{request.url.path}/{row['id']}"
    return _work_centre(response, row)


@router.get("", response_model=Page[WorkCentreView], dependencies=[READ])
async def list_work_centres(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    warehouse: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Work centres, by code."""
    query = service.listing(work_centres, company=company, warehouse=warehouse)
    return await page(
        session,
        query,
        paging,
        key=[work_centres.c.id],
        allowed_sorts={"code": work_centres.c.code},
        default_sort="code",
        make=lambda row: WorkCentreView.model_validate(dict(by_name(row))),
    )


@router.get("/{ref}", response_model=WorkCentreView, dependencies=[READ])
async def get_work_centre(ref: str, response: Response, session: Session) -> WorkCentreView:
    """One work centre by id or code."""
    return _work_centre(response, await service.get(session, work_centres, ref))


@router.patch(
    "/{ref}",
    response_model=WorkCentreView,
    dependencies=[requires("production.work_centre.change")],
)
async def change_work_centre(
    ref: str, body: WorkCentreChange, response: Response, session: Session, version: IfMatch
) -> WorkCentreView:
    """Change a work centre; what is left out stays."""
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    row = await service.change_work_centre(session, ref, values, expected=version)
    return _work_centre(response, row)
