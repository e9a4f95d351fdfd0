"""Finite scheduling of operations on work centres; pure: values in, values out.

Large sets are dispatched: an active schedule in the way of Giffler and Thompson (Operations Research 8, 1960),
whose conflicts are decided by *apparent tardiness cost with setups* (Lee, Bhaskaran and Pinedo, IIE Transactions
29, 1997), tried over a grid of its two look-ahead parameters as its authors advise; the best result is kept.
Small sets are then improved by a solver, see `engine_exact`.

Its words are those of `shop`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from production.scheduling.shop import (
    Axis,
    Downtime,
    Operation,
    Problem,
    Schedule,
    Shop,
    Slot,
    Unschedulable,
)

GRID = tuple((near, setup) for near in (0.5, 1.5, 4.0) for setup in (0.2, 0.6, 1.5))
EXACT_MAX = 40
"""So many operations that are not frozen are given to the solver."""


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
