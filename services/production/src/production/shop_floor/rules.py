"""What is to be done at each work centre, and a schedule of it within shifts. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError
from production.orders.rules import Operation, Order
from production.scheduling.engine import reschedule
from production.scheduling.shop import (
    Axis,
    Problem,
    Schedule,
    Slot,
    Unschedulable,
    WorkCentre,
    without,
)
from production.scheduling.shop import Downtime as Outage
from production.scheduling.shop import Operation as Task
from production.work_centres.rules import Calendar

ZERO = Decimal(0)
DAYS = 366
"""How far shifts are laid out; beyond it nothing can be placed."""
PAST_DAYS = 60
"""What began longer ago than that is placed anew."""


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
    frozen: bool = False
    """It has begun, or begins so soon that it keeps its place."""
    planned: datetime | None = None
    """When it was to begin by the schedule kept before."""


@dataclass(frozen=True, slots=True)
class Place:
    """A work centre as scheduling sees it."""

    code: str
    capacity: int
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Downtime:
    """A work centre, or one of its units, does not work from `start` until before `end`."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    work_centre: str
    unit: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    business_date: date
    posting_date: date

    def covers(self, moment: datetime) -> bool:
        """Whether it is down at a moment."""
        return self.starts_at <= moment < self.ends_at


@dataclass(frozen=True, slots=True)
class Kept:
    """Where and when an operation is done by the schedule that was kept."""

    order_id: UUID
    operation: int
    work_centre: str
    unit: int
    setup_start: datetime
    starts_at: datetime
    ends_at: datetime
    frozen: bool


class NoRoom(BusinessError):
    """A work centre has no working hours for what is to be done there."""

    code: ClassVar[str] = "no-capacity"
    status: ClassVar[int] = 409
    en: ClassVar[str] = (
        "Operation {operation} of order {number} finds no working hours at {work_centre}."
    )
    zh: ClassVar[str] = "订单 {number} 工序 {operation} 在工作中心“{work_centre}”没有可用工时。"


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


def shifts_of(calendar: Calendar, origin: datetime) -> tuple[tuple[int, int], ...]:
    """Working hours in minutes from an origin."""
    found: list[tuple[int, int]] = []
    first = origin.date() - timedelta(days=1)
    for n in range(DAYS + 1):
        day = first + timedelta(days=n)
        if day in calendar.days_off:
            continue
        for shift in calendar.shifts:
            if shift.weekday != day.weekday():
                continue
            begin = datetime.combine(day, shift.start, tzinfo=origin.tzinfo)
            start = int((begin - origin).total_seconds() // 60)
            if start + shift.minutes > 0:
                found.append((max(start, 0), start + shift.minutes))
    return tuple(sorted(found))


class Board:
    """The jobs as a problem of the engine: minutes from the origin, places in lists for names."""

    def __init__(
        self,
        jobs: Sequence[Job],
        places: Mapping[str, Place],
        origin: datetime,
        downtimes: Sequence[Downtime],
    ) -> None:
        codes = sorted({j.operation.work_centre for j in jobs} & places.keys())
        self.index = {code: n for n, code in enumerate(codes)}
        self.jobs = [j for j in jobs if j.operation.work_centre in self.index]
        self.origin = origin
        self.centres = tuple(
            WorkCentre(shifts=shifts_of(places[c].calendar, origin), units=places[c].capacity)
            for c in codes
        )
        self.downtimes = tuple(
            Outage(
                work_centre=self.index[each.work_centre],
                start=max(self.minute(each.starts_at), 0),
                end=self.minute(each.ends_at),
                unit=each.unit,
            )
            for each in downtimes
            if each.work_centre in self.index and self.minute(each.ends_at) > 0
        )

    def minute(self, moment: datetime) -> int:
        """Whole minutes from the origin."""
        return int((moment - self.origin).total_seconds() // 60)

    def worked(self, kept: Kept, until: int) -> int:
        """Minutes that a unit was open since an operation began there."""
        place = self.index[kept.work_centre]
        down = [
            (d.start, d.end)
            for d in self.downtimes
            if d.work_centre == place and d.unit in (None, kept.unit)
        ]
        axis = Axis(without(self.centres[place].shifts, down))
        return axis.open_at(until) - axis.open_at(max(self.minute(kept.setup_start), 0))

    def problem(self, begun: Mapping[int, int]) -> Problem:
        """What is to be scheduled; `begun` says how many minutes went into an operation already."""
        families = {
            name: n for n, name in enumerate(sorted({j.operation.setup_family for j in self.jobs}))
        }
        before: dict[int, int] = {}
        by_order: dict[str, list[int]] = {}
        for n, job in enumerate(self.jobs):
            by_order.setdefault(job.order.number, []).append(n)
        for numbers in by_order.values():
            in_turn = sorted(numbers, key=lambda n: self.jobs[n].operation.operation)
            before |= {second: first for first, second in pairwise(in_turn)}
        tasks = tuple(
            Task(
                work_centre=self.index[job.operation.work_centre],
                minutes=begun.get(n, 0) + _minutes(job),
                due=_due(job, self.origin),
                after=(before[n],) if n in before else (),
                family=families[job.operation.setup_family],
            )
            for n, job in enumerate(self.jobs)
        )
        return Problem(work_centres=self.centres, operations=tasks, downtimes=self.downtimes)


def bars_of(
    jobs: Sequence[Job],
    places: Mapping[str, Place],
    now: datetime,
    *,
    downtimes: Sequence[Downtime] = (),
    kept: Sequence[Kept] = (),
    freeze_until: datetime | None = None,
) -> list[Bar]:
    """A schedule of the jobs within shifts, one operation of an order after the other.

    By the schedule `kept` before, what has begun stays where it is and takes as long as its rest needs; what begins
    before `freeze_until` keeps its slot if it can still be done there. Everything else is placed anew from now on.

    Raises:
        NoRoom: an operation finds no working hours.
    """
    origin = min([now, *(k.setup_start for k in kept)])
    origin = max(origin, now - timedelta(days=PAST_DAYS)).astimezone(now.tzinfo)
    board = Board(jobs, places, origin, downtimes)
    if not board.jobs:
        return []
    at = board.minute(now)
    by_name = {(k.order_id, k.operation): k for k in kept}
    known = {
        n: k
        for n, job in enumerate(board.jobs)
        if (k := by_name.get((job.order.id, job.operation.operation))) is not None
        and k.work_centre == job.operation.work_centre
        and k.unit < places[k.work_centre].capacity
        and k.setup_start >= origin
    }
    in_work: dict[tuple[str, int], int] = {}
    for n in sorted(
        (n for n, k in known.items() if k.setup_start < now),
        key=lambda n: (not board.jobs[n].operation.seen, known[n].setup_start, n),
    ):
        in_work.setdefault((known[n].work_centre, known[n].unit), n)
    begun = {n: board.worked(known[n], at) for n in in_work.values()}
    # A unit does one operation at a time: others that should have begun there are placed anew.
    known_kept = {n: k for n, k in known.items() if n in begun or k.setup_start >= now}
    problem = board.problem(begun)
    before = Schedule(
        slots=tuple(
            Slot(
                operation=n,
                work_centre=board.index[k.work_centre],
                unit=k.unit,
                setup_start=board.minute(k.setup_start),
                start=board.minute(k.starts_at),
                # What has begun is not done while pieces of it are left.
                end=max(board.minute(k.ends_at), at + 1) if n in begun else board.minute(k.ends_at),
            )
            for n, k in sorted(known_kept.items())
        ),
        tardiness=0,
        setup_minutes=0,
        makespan=0,
        method="kept",
    )
    try:
        found = reschedule(problem, before, now=at, freeze_until=board.minute(freeze_until or now))
    except Unschedulable as error:
        job = board.jobs[error.operation]
        raise NoRoom(
            operation=job.operation.operation,
            number=job.order.number,
            work_centre=job.operation.work_centre,
        ) from error
    return [
        Bar(
            job,
            slot.unit,
            origin + timedelta(minutes=slot.setup_start),
            origin + timedelta(minutes=slot.start),
            origin + timedelta(minutes=slot.end),
            slot.end > problem.operations[n].due,
            slot.frozen,
            known[n].starts_at.astimezone(now.tzinfo) if n in known else None,
        )
        for n, (job, slot) in enumerate(zip(board.jobs, found.slots, strict=True))
    ]


def _minutes(job: Job) -> int:
    return max(int((job.hours * 60).to_integral_value(rounding=ROUND_CEILING)), 1)


def _due(job: Job, origin: datetime) -> int:
    if job.order.due_date is None:
        return DAYS * 24 * 60
    end = datetime.combine(job.order.due_date + timedelta(days=1), time(0), tzinfo=origin.tzinfo)
    return max(int((end - origin).total_seconds() // 60), 0)


# --- what if there were more or less capacity --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """A work centre on a day, in minutes of all its units: now, and with the capacity that there might be."""

    work_centre: str
    day: date
    open_before: int
    open_after: int
    load_before: int
    load_after: int


@dataclass(frozen=True, slots=True)
class Finish:
    """When an order's last operation ends: now, and with the capacity that there might be."""

    order: Order
    before: datetime
    after: datetime
    late_before: bool
    late_after: bool


def supposed_places(
    places: Mapping[str, Place], units: Mapping[str, int], calendars: Mapping[str, Calendar]
) -> dict[str, Place]:
    """The work centres with other numbers of units, or in other shifts."""
    return {
        code: Place(code, units.get(code, place.capacity), calendars.get(code, place.calendar))
        for code, place in places.items()
    }


def loads_of(
    bars: Sequence[Bar],
    places: Mapping[str, Place],
    now: datetime,
    last: date,
    downtimes: Sequence[Downtime] = (),
) -> dict[tuple[str, date], tuple[int, int]]:
    """By work centre and day until `last`: minutes from now on in which its units are open, and in which they work."""
    found: dict[tuple[str, date], tuple[int, int]] = {}
    days = [now.date() + timedelta(days=n) for n in range((last - now.date()).days + 1)]
    edges = [_minute(datetime.combine(day, time(0), tzinfo=now.tzinfo), now) for day in days]
    edges.append(
        _minute(datetime.combine(last + timedelta(days=1), time(0), tzinfo=now.tzinfo), now)
    )
    by_unit: dict[tuple[str, int], list[Bar]] = {}
    for bar in bars:
        by_unit.setdefault((bar.job.operation.work_centre, bar.unit), []).append(bar)
    for code in sorted({code for code, _ in by_unit}):
        shifts = shifts_of(places[code].calendar, now)
        for unit in range(places[code].capacity):
            down = [
                (max(_minute(d.starts_at, now), 0), _minute(d.ends_at, now))
                for d in downtimes
                if d.work_centre == code and d.unit in (None, unit) and d.ends_at > now
            ]
            axis = Axis(without(shifts, down))
            for day, (midnight, end) in zip(days, pairwise(edges), strict=True):
                begin = max(midnight, 0)
                load = sum(
                    max(
                        axis.open_at(min(_minute(bar.end, now), end))
                        - axis.open_at(max(_minute(bar.setup_start, now), begin)),
                        0,
                    )
                    for bar in by_unit.get((code, unit), ())
                )
                known = found.get((code, day), (0, 0))
                opened = axis.open_at(end) - axis.open_at(begin)
                found[code, day] = (known[0] + opened, known[1] + load)
    return found


def _minute(moment: datetime, origin: datetime) -> int:
    return int((moment - origin).total_seconds() // 60)


def loads_apart(
    before: Mapping[tuple[str, date], tuple[int, int]],
    after: Mapping[tuple[str, date], tuple[int, int]],
) -> list[Load]:
    """The work centres and days on which something is different."""
    found: list[Load] = []
    for code, day in sorted(before.keys() | after.keys()):
        was, would = before.get((code, day), (0, 0)), after.get((code, day), (0, 0))
        if was != would:
            found.append(Load(code, day, was[0], would[0], was[1], would[1]))
    return found


def finishes_of(before: Sequence[Bar], after: Sequence[Bar]) -> list[Finish]:
    """Each order of two schedules of the same jobs: its last end, and whether an operation of it is late."""
    ends = [_ends(bars) for bars in (before, after)]
    return [
        Finish(order, ends[0][key][1], ends[1][key][1], ends[0][key][2], ends[1][key][2])
        for key, (order, _, _) in sorted(ends[0].items())
    ]


def _ends(bars: Sequence[Bar]) -> dict[str, tuple[Order, datetime, bool]]:
    found: dict[str, tuple[Order, datetime, bool]] = {}
    for bar in bars:
        _, end, late = found.get(bar.job.order.number, (None, bar.end, False))
        found[bar.job.order.number] = (bar.job.order, max(end, bar.end), late or bar.late)
    return found


# --- the board of the shop floor -------------------------------------------------------------------------------


class CardStatus(StrEnum):
    """Where an operation of an order stands."""

    COMING = "coming"
    """No piece has come to it yet."""
    READY = "ready"
    """Pieces are there, none was worked on."""
    RUNNING = "running"
    BLOCKED = "blocked"
    """Nothing can be done before material comes or somebody decides about odd pieces."""
    OUTSIDE = "outside"
    """All that is left of it is at a supplier."""
    DONE = "done"
    """All its pieces are through; the order is not handed over yet."""


@dataclass(frozen=True, slots=True)
class Card:
    """An operation on the board."""

    job: Job
    status: CardStatus
    late: bool


def cards_of(orders: Sequence[Order], today: date) -> list[Card]:
    """Each operation of the orders as a card, the most urgent first."""
    found: list[Card] = []
    for order in orders:
        lost = ZERO
        for operation in order.operations:
            left = order.quantity - lost - operation.seen
            lost += operation.scrapped
            if not operation.work_centre:
                continue
            waiting = max(order.arrived_at(operation) - operation.seen, ZERO)
            job = Job(order, operation, max(left, ZERO), waiting)
            late = order.due_date is not None and order.due_date < today
            found.append(Card(job, _status(job), late))
    return sorted(
        found,
        key=lambda c: (
            c.job.order.due_date or date.max,
            c.job.order.number,
            c.job.operation.operation,
        ),
    )


def _status(job: Job) -> CardStatus:
    operation = job.operation
    if job.left == ZERO and not operation.defective and not operation.reworking:
        return CardStatus.OUTSIDE if operation.outside else CardStatus.DONE
    if operation.defective and not job.waiting and not operation.reworking:
        return CardStatus.BLOCKED
    if operation.seen:
        return CardStatus.RUNNING
    if not job.waiting:
        return CardStatus.COMING
    awaited = any(
        c.pending for c in job.order.components if c.operation in (None, operation.operation)
    )
    return CardStatus.BLOCKED if awaited else CardStatus.READY
