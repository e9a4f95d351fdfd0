"""What is to be done at each work centre, and a schedule of it within shifts. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

from production.orders.rules import Operation, Order
from production.scheduling.engine import Operation as Task
from production.scheduling.engine import Problem, WorkCentre, schedule
from production.work_centres.rules import Calendar

ZERO = Decimal(0)
DAYS = 366
"""How far shifts are laid out; beyond it nothing can be placed."""


@dataclass(frozen=True, slots=True)
class Job:
    """An operation with pieces still to come through it."""

    order: Order
    operation: Operation
    left: Decimal
    waiting: Decimal
    """Of them: pieces that are there to be worked on now."""

    @property
    def hours(self) -> Decimal:
        """What the routing says that the rest takes; it is set up when the first piece comes."""
        setup = self.operation.setup_hours if not self.operation.seen else ZERO
        return setup + self.operation.run_hours * self.left


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the Gantt chart."""

    job: Job
    unit: int
    setup_start: datetime
    start: datetime
    end: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A work centre as scheduling sees it."""

    code: str
    capacity: int
    calendar: Calendar


def jobs_of(orders: Sequence[Order]) -> list[Job]:
    """Operations that are not finished, the most urgent first."""
    found: list[Job] = []
    for order in orders:
        lost = ZERO
        for operation in order.operations:
            left = order.quantity - lost - operation.seen
            lost += operation.scrapped
            if left > ZERO and operation.work_centre:
                waiting = max(order.arrived_at(operation) - operation.seen, ZERO)
                found.append(Job(order, operation, left, waiting))
    return sorted(
        found,
        key=lambda j: (j.order.due_date or date.max, j.order.number, j.operation.operation),
    )


def shifts_of(calendar: Calendar, now: datetime) -> tuple[tuple[int, int], ...]:
    """Working hours in minutes from now."""
    found: list[tuple[int, int]] = []
    first = now.date() - timedelta(days=1)
    for n in range(DAYS + 1):
        day = first + timedelta(days=n)
        if day in calendar.days_off:
            continue
        for shift in calendar.shifts:
            if shift.weekday != day.weekday():
                continue
            begin = datetime.combine(day, shift.start, tzinfo=now.tzinfo)
            start = int((begin - now).total_seconds() // 60)
            if start + shift.minutes > 0:
                found.append((max(start, 0), start + shift.minutes))
    return tuple(sorted(found))


def bars_of(jobs: Sequence[Job], places: Mapping[str, Place], now: datetime) -> list[Bar]:
    """A schedule of the jobs within shifts, one operation of an order after the other."""
    codes = sorted({j.operation.work_centre for j in jobs} & places.keys())
    index = {code: n for n, code in enumerate(codes)}
    placed = [j for j in jobs if j.operation.work_centre in index]
    families = {
        name: n for n, name in enumerate(sorted({j.operation.setup_family for j in placed}))
    }
    before: dict[int, int] = {}
    by_order: dict[str, list[int]] = {}
    for n, job in enumerate(placed):
        by_order.setdefault(job.order.number, []).append(n)
    for numbers in by_order.values():
        in_turn = sorted(numbers, key=lambda n: placed[n].operation.operation)
        before |= {second: first for first, second in pairwise(in_turn)}
    tasks = tuple(
        Task(
            work_centre=index[job.operation.work_centre],
            minutes=max(int((job.hours * 60).to_integral_value(rounding=ROUND_CEILING)), 1),
            due=_due(job, now),
            after=(before[n],) if n in before else (),
            family=families[job.operation.setup_family],
        )
        for n, job in enumerate(placed)
    )
    centres = tuple(
        WorkCentre(shifts=shifts_of(places[c].calendar, now), units=places[c].capacity)
        for c in codes
    )
    if not tasks:
        return []
    found = schedule(Problem(work_centres=centres, operations=tasks))
    return [
        Bar(
            job,
            slot.unit,
            now + timedelta(minutes=slot.setup_start),
            now + timedelta(minutes=slot.start),
            now + timedelta(minutes=slot.end),
            slot.end > tasks[n].due,
        )
        for n, (job, slot) in enumerate(zip(placed, found.slots, strict=True))
    ]


def _due(job: Job, now: datetime) -> int:
    if job.order.due_date is None:
        return DAYS * 24 * 60
    end = datetime.combine(job.order.due_date + timedelta(days=1), time(0), tzinfo=now.tzinfo)
    return max(int((end - now).total_seconds() // 60), 0)
