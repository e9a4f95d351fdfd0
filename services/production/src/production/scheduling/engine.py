"""Finite scheduling of operations on work centres; pure: values in, values out.

Large sets are dispatched: an active schedule in the way of Giffler and Thompson (Operations Research 8, 1960),
whose conflicts are decided by *apparent tardiness cost with setups* (Lee, Bhaskaran and Pinedo, IIE Transactions
29, 1997), tried over a grid of its two look-ahead parameters as its authors advise; the best result is kept.
Small sets are then improved by a solver, see `engine_exact`.

Times are whole minutes from now. Work stops at a shift's end and goes on with the next shift of its unit.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

Interval = tuple[int, int]
GRID = tuple((near, setup) for near in (0.5, 1.5, 4.0) for setup in (0.2, 0.6, 1.5))
EXACT_MAX = 40
"""So many operations that are not frozen are given to the solver."""


@dataclass(frozen=True, slots=True)
class WorkCentre:
    """Units that do the same work; a unit does one operation at a time."""

    shifts: tuple[Interval, ...]
    """When it is open, in order."""
    units: int = 1
    setups: Mapping[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """Minutes from one setup family to another; a pair that is not named costs `setup_default`."""
    setup_default: int = 0
    families: tuple[int, ...] = ()
    """What each unit is set up for now; -1 or missing: for nothing."""

    def setup(self, before: int, after: int) -> int:
        """Minutes to set up from one family to another."""
        return 0 if before == after else self.setups.get((before, after), self.setup_default)


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of an order; its place in the list is its name."""

    work_centre: int
    minutes: int
    due: int
    """When the order it belongs to should be done."""
    after: tuple[int, ...] = ()
    family: int = 0
    release: int = 0
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Downtime:
    """A unit, or all of a work centre's, cannot work from `start` until before `end`."""

    work_centre: int
    start: int
    end: int
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Where and when an operation is done: set up from `setup_start`, worked from `start` to `end`."""

    operation: int
    work_centre: int
    unit: int
    setup_start: int
    start: int
    end: int
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be scheduled, and what stays."""

    work_centres: tuple[WorkCentre, ...]
    operations: tuple[Operation, ...]
    frozen: tuple[Slot, ...] = ()
    downtimes: tuple[Downtime, ...] = ()

    def __post_init__(self) -> None:
        for number, one in enumerate(self.operations):
            if one.minutes < 1 or one.release < 0 or one.weight < 0:
                raise Unschedulable(
                    number, "minutes must be positive, release and weight not negative"
                )
            if not 0 <= one.work_centre < len(self.work_centres):
                raise Unschedulable(number, "an unknown work centre")
            if any(not 0 <= before < len(self.operations) for before in one.after):
                raise Unschedulable(number, "an unknown predecessor")


class Unschedulable(ValueError):
    """An operation that cannot be scheduled, and why."""

    def __init__(self, operation: int, reason: str) -> None:
        super().__init__(f"operation {operation}: {reason}")
        self.operation = operation
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Schedule:
    """Slots by operation, and what they cost."""

    slots: tuple[Slot, ...]
    tardiness: int
    """Weighted minutes by which orders are late."""
    setup_minutes: int
    makespan: int
    method: str
    """dispatch or exact"""

    @property
    def cost(self) -> tuple[int, int, int]:
        """Less is better: late orders first, then setups, then length."""
        return self.tardiness, self.setup_minutes, self.makespan


class Axis:
    """A unit's open minutes counted on end, and back to the clock."""

    __slots__ = ("_begins", "_counted", "_ends", "length")

    def __init__(self, shifts: Iterable[Interval]) -> None:
        merged: list[list[int]] = []
        for opens, end in sorted(shifts):
            begin = max(opens, 0)
            if end <= begin:
                continue
            if merged and begin <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([begin, end])
        self._begins = [begin for begin, _ in merged]
        self._ends = [end for _, end in merged]
        self._counted = [0]
        for begin, end in merged:
            self._counted.append(self._counted[-1] + end - begin)
        self.length = self._counted[-1]

    @property
    def pieces(self) -> list[tuple[int, int, int]]:
        """Each open stretch: its first and last open minute, and how far the clock is ahead."""
        return [
            (self._counted[at], self._counted[at + 1], self._begins[at] - self._counted[at])
            for at in range(len(self._begins))
        ]

    def open_at(self, clock: int) -> int:
        """Open minutes before a time."""
        at = bisect_right(self._begins, clock) - 1
        if at < 0:
            return 0
        return self._counted[at] + min(clock, self._ends[at]) - self._begins[at]

    def clock_start(self, opened: int) -> int:
        """The time at which work begins that has so many open minutes before it."""
        at = min(bisect_right(self._counted, opened) - 1, len(self._begins) - 1)
        return self._begins[at] + opened - self._counted[at]

    def clock_end(self, opened: int) -> int:
        """The time at which so many open minutes are over."""
        at = max(bisect_left(self._counted, opened) - 1, 0)
        return self._begins[at] + opened - self._counted[at]


def without(shifts: Iterable[Interval], downtimes: Iterable[Interval]) -> tuple[Interval, ...]:
    """Shifts less the times when nothing works."""
    left = list(shifts)
    for begin, end in downtimes:
        left = [
            part
            for one in left
            for part in ((one[0], min(one[1], begin)), (max(one[0], end), one[1]))
            if part[0] < part[1]
        ]
    return tuple(left)


class Shop:
    """A problem's units with their axes, and the chains of its operations."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.axes = [
            [
                Axis(
                    without(
                        centre.shifts,
                        (
                            (down.start, down.end)
                            for down in problem.downtimes
                            if down.work_centre == number and down.unit in {None, unit}
                        ),
                    )
                )
                for unit in range(centre.units)
            ]
            for number, centre in enumerate(problem.work_centres)
        ]
        self.frozen = {slot.operation: slot for slot in problem.frozen}
        self.followers: list[list[int]] = [[] for _ in problem.operations]
        for number, one in enumerate(problem.operations):
            for before in one.after:
                self.followers[before].append(number)
        self.order = self._order()
        self.due = self._operation_dues()

    def _order(self) -> list[int]:
        waiting = [len(one.after) for one in self.problem.operations]
        ready = [number for number, count in enumerate(waiting) if count == 0]
        for number in ready:
            for follower in self.followers[number]:
                waiting[follower] -= 1
                if waiting[follower] == 0:
                    ready.append(follower)
        if len(ready) < len(waiting):
            circle = next(number for number, count in enumerate(waiting) if count > 0)
            raise Unschedulable(circle, "it waits for itself")
        return ready

    def _operation_dues(self) -> list[int]:
        # When each operation should end so that those after it can still be in time.
        due = [one.due for one in self.problem.operations]
        for number in reversed(self.order):
            for follower in self.followers[number]:
                due[number] = min(
                    due[number], due[follower] - self.problem.operations[follower].minutes
                )
        return due

    def initial_family(self, centre: int, unit: int) -> int:
        """What a unit is set up for now."""
        families = self.problem.work_centres[centre].families
        return families[unit] if unit < len(families) else -1

    def result(self, slots: Mapping[int, Slot], method: str) -> Schedule:
        """The schedule with its cost; an order is late when its last operations are."""
        operations = self.problem.operations
        ends = [
            (number, slots[number].end)
            for number in range(len(operations))
            if not self.followers[number]
        ]
        late = sum(
            max(end - operations[number].due, 0) * operations[number].weight for number, end in ends
        )
        setups = 0
        for slot in slots.values():
            axis = self.axes[slot.work_centre][slot.unit]
            setups += axis.open_at(slot.start) - axis.open_at(slot.setup_start)
        return Schedule(
            slots=tuple(slots[number] for number in range(len(operations))),
            tardiness=late,
            setup_minutes=setups,
            makespan=max((slot.end for slot in slots.values()), default=0),
            method=method,
        )


@dataclass(slots=True)
class _Unit:
    axis: Axis
    family: int
    free: int = 0
    """Open minutes that are taken."""
    fixed: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])
    """Frozen slots to come: first and last open minute, family, minutes of their own setup."""


@dataclass(frozen=True, slots=True)
class _Place:
    unit: int
    begin: int
    setup: int
    end: int
    skipped: int
    """Frozen slots that it comes after."""
    clock: int
    """When it ends."""


class _Dispatch:
    def __init__(self, shop: Shop, near: float, setups: float) -> None:
        self._shop = shop
        self._problem = shop.problem
        self._near = near
        self._setups = setups
        self._slots: dict[int, Slot] = dict(shop.frozen)
        self._units = [
            [_Unit(axis, shop.initial_family(number, unit)) for unit, axis in enumerate(axes)]
            for number, axes in enumerate(shop.axes)
        ]
        for slot in sorted(shop.frozen.values(), key=lambda one: (one.setup_start, one.operation)):
            unit = self._units[slot.work_centre][slot.unit]
            begin, start = unit.axis.open_at(slot.setup_start), unit.axis.open_at(slot.start)
            family = self._problem.operations[slot.operation].family
            unit.fixed.append((begin, unit.axis.open_at(slot.end), family, start - begin))
        free = [
            one for number, one in enumerate(self._problem.operations) if number not in shop.frozen
        ]
        self._mean = sum(one.minutes for one in free) / max(len(free), 1)
        known = [
            minutes
            for centre in self._problem.work_centres
            for minutes in (*centre.setups.values(), centre.setup_default)
            if minutes > 0
        ]
        self._mean_setup = sum(known) / len(known) if known else 1.0

    def run(self) -> Schedule:
        """Place one operation after the other."""
        waiting: dict[int, int] = {}
        ready: list[dict[int, _Place]] = [{} for _ in self._problem.work_centres]
        for number, one in enumerate(self._problem.operations):
            if number in self._slots:
                continue
            waiting[number] = sum(before not in self._slots for before in one.after)
            if waiting[number] == 0:
                ready[one.work_centre][number] = self._place(number)
        while any(ready):
            # The operation that could end first: on its work centre something must begin before that.
            centre = min(
                (at for at, ones in enumerate(ready) if ones),
                key=lambda at: (min(place.clock for place in ready[at].values()), at),
            )
            chosen = self._choose(centre, ready[centre])
            self._put(chosen, ready[centre].pop(chosen))
            for number in ready[centre]:
                ready[centre][number] = self._place(number)
            for follower in self._shop.followers[chosen]:
                if follower in waiting:
                    waiting[follower] -= 1
                    if waiting[follower] == 0:
                        there = self._problem.operations[follower].work_centre
                        ready[there][follower] = self._place(follower)
        return self._shop.result(self._slots, "dispatch")

    def _choose(self, centre: int, ready: Mapping[int, _Place]) -> int:
        first = min(place.clock for place in ready.values())
        best, best_key = -1, (-math.inf, 0)
        for number, place in ready.items():
            axis = self._units[centre][place.unit].axis
            begin = axis.clock_start(place.begin)
            if begin >= first:
                continue
            one = self._problem.operations[number]
            slack = max(self._shop.due[number] - (place.clock - begin) - begin, 0)
            # The logarithm of the index: it never becomes zero, however far away the due date is.
            index = (
                math.log(max(one.weight, 0.001) / one.minutes)
                - slack / (self._near * max(self._mean, 1.0))
                - place.setup / (self._setups * self._mean_setup)
            )
            if (index, -number) > best_key:
                best, best_key = number, (index, -number)
        return best

    def _place(self, number: int) -> _Place:
        one = self._problem.operations[number]
        begin = max((self._slots[before].end for before in one.after), default=0)
        begin = max(begin, one.release)
        places = [
            place
            for unit in range(len(self._units[one.work_centre]))
            if (place := self._on(one, unit, begin)) is not None
        ]
        if not places:
            raise Unschedulable(number, "no shift is left for it")
        return min(places, key=lambda place: (place.clock, place.setup, place.unit))

    def _on(self, one: Operation, number: int, clock: int) -> _Place | None:
        unit = self._units[one.work_centre][number]
        centre = self._problem.work_centres[one.work_centre]
        free, family = unit.free, unit.family
        earliest = unit.axis.open_at(clock)
        for skipped in range(len(unit.fixed) + 1):
            begin = max(free, earliest)
            setup = centre.setup(family, one.family)
            end = begin + setup + one.minutes
            if skipped < len(unit.fixed):
                start, stop, next_family, has = unit.fixed[skipped]
                if end + max(centre.setup(one.family, next_family) - has, 0) > start:
                    free, family = stop, next_family
                    continue
            if end > unit.axis.length:
                return None
            return _Place(number, begin, setup, end, skipped, unit.axis.clock_end(end))
        return None

    def _put(self, number: int, place: _Place) -> None:
        one = self._problem.operations[number]
        unit = self._units[one.work_centre][place.unit]
        self._slots[number] = Slot(
            operation=number,
            work_centre=one.work_centre,
            unit=place.unit,
            setup_start=unit.axis.clock_start(place.begin),
            start=unit.axis.clock_start(place.begin + place.setup),
            end=place.clock,
        )
        del unit.fixed[: place.skipped]
        unit.free = place.end
        unit.family = one.family


def dispatch(problem: Problem, *, grid: Sequence[tuple[float, float]] = GRID) -> Schedule:
    """The best of the dispatch rule's schedules."""
    shop = Shop(problem)
    return min((_Dispatch(shop, *one).run() for one in grid), key=lambda one: one.cost)


def schedule(problem: Problem, *, effort: float = 5.0) -> Schedule:
    """Dispatch, and improve small sets exactly; `effort` is the solver's own measure of work, not time."""
    found = dispatch(problem)
    free = len(problem.operations) - len(problem.frozen)
    if free == 0 or free > EXACT_MAX:
        return found
    # Loaded only here: the solver takes a second to load, and most sets do not need it.
    from production.scheduling.engine_exact import improve

    return improve(problem, found, effort=effort)


def reschedule(
    problem: Problem,
    before: Schedule,
    *,
    now: int,
    freeze_until: int,
    downtimes: Iterable[Downtime] = (),
    effort: float = 5.0,
) -> Schedule:
    """Schedule anew after a breakdown. What has begun, or begins before `freeze_until`, keeps its slot.

    Work in progress on a broken unit goes on when the unit does; frozen work that can no longer be done
    in its slot (its unit is down or taken, or what it waits for ends later) is scheduled anew with the rest.
    """
    broken = replace(problem, downtimes=(*problem.downtimes, *downtimes), frozen=())
    was, shop = Shop(problem), Shop(broken)
    kept: dict[int, Slot] = {}
    taken: dict[tuple[int, int], int] = {}
    by_start = sorted(before.slots, key=lambda one: (one.setup_start, one.operation))
    for slot in by_start:
        if slot.setup_start >= max(freeze_until, now):
            continue
        begun = slot.setup_start < now
        here = slot
        if begun and slot.end > now:
            here = _gone_on(was, shop, slot)
        elif not begun and not _fits(shop, slot, kept, taken):
            continue
        kept[slot.operation] = replace(here, frozen=True)
        key = (slot.work_centre, slot.unit)
        taken[key] = max(taken.get(key, 0), here.end)
    moved = [
        replace(one, release=max(one.release, now)) if number not in kept else one
        for number, one in enumerate(broken.operations)
    ]
    return schedule(
        replace(broken, operations=tuple(moved), frozen=tuple(kept.values())), effort=effort
    )


def _gone_on(was: Shop, shop: Shop, slot: Slot) -> Slot:
    # The minutes that it still needs are those it was given, on the unit's remaining time.
    old = was.axes[slot.work_centre][slot.unit]
    axis = shop.axes[slot.work_centre][slot.unit]
    start = axis.open_at(slot.setup_start) + old.open_at(slot.start) - old.open_at(slot.setup_start)
    end = start + shop.problem.operations[slot.operation].minutes
    if end > axis.length:
        raise Unschedulable(slot.operation, "it has begun and no shift is left to end it")
    return replace(slot, start=axis.clock_start(start), end=axis.clock_end(end))


def _fits(
    shop: Shop, slot: Slot, kept: Mapping[int, Slot], taken: Mapping[tuple[int, int], int]
) -> bool:
    operation = shop.problem.operations[slot.operation]
    axis = shop.axes[slot.work_centre][slot.unit]
    begin = axis.open_at(slot.setup_start)
    return (
        taken.get((slot.work_centre, slot.unit), 0) <= slot.setup_start
        and axis.clock_start(begin) == slot.setup_start
        and axis.clock_end(axis.open_at(slot.start) + operation.minutes) == slot.end
        and all(
            before in kept and kept[before].end <= slot.setup_start for before in operation.after
        )
    )
