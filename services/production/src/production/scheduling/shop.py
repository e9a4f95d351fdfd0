"""What is to be scheduled, on which units, and what came of it; pure values.

Times are whole minutes from now. Work stops at a shift's end and goes on with the next shift of its unit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Interval = tuple[int, int]


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
