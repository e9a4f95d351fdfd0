"""The dispatch list and the schedule over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.http import Session, commands, requires
from production.shop_floor import service
from production.shop_floor.rules import Job
from tongheng_contracts.values import Quantity

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


@schedule_router.get("", response_model=list[BarView], dependencies=[READ])
async def gantt(session: Session, company: Annotated[str, Query(max_length=64)]) -> list[BarView]:
    """When each open operation can be done, within shifts: computed on the situation of the moment."""
    return [
        BarView(
            job=view(bar.job), unit=bar.unit, setup_start=bar.setup_start, start=bar.start,
            end=bar.end, late=bar.late,
        )
        for bar in await service.gantt(session, company)
    ]  # fmt: skip
