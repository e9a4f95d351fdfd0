"""Schedules keep every rule, whatever made them; small ones are the best there are."""

from __future__ import annotations

import itertools
import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.scheduling.engine import dispatch, reschedule, schedule
from production.scheduling.shop import (
    Downtime,
    Operation,
    Problem,
    Schedule,
    Slot,
    Unschedulable,
    WorkCentre,
    without,
)

DAY = 1440
WEEKS = tuple((day * DAY + 480, day * DAY + 960) for day in range(40))
ALWAYS = ((0, 1_000_000),)

quick = settings(
    max_examples=int(os.environ.get("TONGHENG_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def open_minutes(problem: Problem, slot: Slot, begin: int, end: int) -> int:
    downtimes = [
        (one.start, one.end)
        for one in problem.downtimes
        if one.work_centre == slot.work_centre and one.unit in {None, slot.unit}
    ]
    shifts = without(problem.work_centres[slot.work_centre].shifts, downtimes)
    return sum(max(min(end, last) - max(begin, first), 0) for first, last in shifts)


def check(problem: Problem, found: Schedule) -> None:
    """Every rule, read from the slots alone."""
    assert [slot.operation for slot in found.slots] == list(range(len(problem.operations)))
    frozen = {slot.operation: slot for slot in problem.frozen}
    for slot, one in zip(found.slots, problem.operations, strict=True):
        if slot.operation in frozen:
            assert slot == frozen[slot.operation]
            continue
        assert slot.work_centre == one.work_centre
        assert 0 <= slot.unit < problem.work_centres[one.work_centre].units
        assert slot.setup_start >= one.release
        assert open_minutes(problem, slot, slot.start, slot.end) == one.minutes
        # Neither begins nor ends while it is closed.
        assert open_minutes(problem, slot, slot.setup_start, slot.setup_start + 1) == 1
        assert open_minutes(problem, slot, slot.end - 1, slot.end) == 1
        for before in one.after:
            assert found.slots[before].end <= slot.setup_start
    for number, centre in enumerate(problem.work_centres):
        for unit in range(centre.units):
            row = sorted(
                (slot for slot in found.slots if (slot.work_centre, slot.unit) == (number, unit)),
                key=lambda slot: slot.setup_start,
            )
            family = centre.families[unit] if unit < len(centre.families) else -1
            free = 0
            for slot in row:
                one = problem.operations[slot.operation]
                assert slot.setup_start >= free
                if slot.operation not in frozen:
                    setup = open_minutes(problem, slot, slot.setup_start, slot.start)
                    assert setup == centre.setup(family, one.family)
                free, family = slot.end, one.family
    last = set(range(len(problem.operations))) - {
        b for one in problem.operations for b in one.after
    }
    late = sum(
        max(found.slots[at].end - problem.operations[at].due, 0) * problem.operations[at].weight
        for at in last
    )
    assert found.tardiness == late


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    centres = tuple(
        WorkCentre(
            shifts=draw(
                st.sampled_from([ALWAYS, WEEKS, ((0, 50), (70, 130), (130, 150), (200, 90_000))])
            ),
            units=draw(st.integers(1, 2)),
            setups={(0, 1): 15, (1, 0): 40},
            setup_default=draw(st.sampled_from([0, 10])),
            families=tuple(draw(st.lists(st.integers(0, 2), max_size=2))),
        )
        for _ in range(draw(st.integers(1, 3)))
    )
    operations: list[Operation] = []
    for number in range(draw(st.integers(1, 9))):
        after = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
        operations.append(
            Operation(
                work_centre=draw(st.integers(0, len(centres) - 1)),
                minutes=draw(st.integers(1, 200)),
                due=draw(st.integers(0, 2500)),
                after=tuple(sorted(after)),
                family=draw(st.integers(0, 2)),
                release=draw(st.sampled_from([0, 0, 60, 700])),
                weight=draw(st.integers(0, 3)),
            )
        )
    downtimes = draw(st.sampled_from([(), (Downtime(0, 30, 520),), (Downtime(0, 0, 60, unit=0),)]))
    return Problem(centres, tuple(operations), downtimes=downtimes)


@quick
@given(problems())
def test_schedules_keep_every_rule_and_the_solver_never_makes_them_worse(problem: Problem) -> None:
    rough = dispatch(problem)
    best = schedule(problem, effort=0.2)

    check(problem, rough)
    check(problem, best)
    assert best.cost <= rough.cost
    assert schedule(problem, effort=0.2) == best


@quick
@given(problems(), st.data())
def test_after_a_breakdown_what_is_frozen_stays(problem: Problem, data: Any) -> None:
    before = schedule(problem, effort=0.1)
    now = data.draw(st.integers(0, 900))
    fence = now + data.draw(st.sampled_from([0, 120, 800]))
    down = Downtime(
        0, now, now + data.draw(st.integers(1, 700)), data.draw(st.sampled_from([None, 0]))
    )

    after = reschedule(problem, before, now=now, freeze_until=fence, downtimes=[down], effort=0.1)

    for was, now_is in zip(before.slots, after.slots, strict=True):
        touched = was.work_centre == 0 and down.unit in {None, was.unit}
        if was.end <= now:
            assert (now_is.unit, now_is.start, now_is.end) == (was.unit, was.start, was.end)
        elif was.setup_start < now:
            assert (now_is.unit, now_is.setup_start) == (was.unit, was.setup_start)
            assert now_is.end == was.end or touched
        else:
            assert now_is.setup_start >= now
    frozen = tuple(slot for slot in after.slots if slot.frozen)
    with_downtime = Problem(
        problem.work_centres, problem.operations, frozen, (*problem.downtimes, down)
    )
    check(with_downtime, after)


def test_a_breakdown_moves_only_what_it_must() -> None:
    centre = WorkCentre(shifts=ALWAYS)
    jobs = tuple(
        Operation(work_centre=w, minutes=60, due=60 * (k + 1)) for w in (0, 1) for k in range(3)
    )
    problem = Problem((centre, centre), jobs)
    before = schedule(problem)

    after = reschedule(problem, before, now=30, freeze_until=150, downtimes=[Downtime(0, 30, 100)])

    ends = [slot.end for slot in after.slots]
    # On the broken centre the first goes on at 100 and the others follow; the other centre's frozen work stays.
    assert sorted(ends[:3]) == [130, 190, 250]
    assert ends[3:] == [60, 120, 180]
    assert [slot.frozen for slot in after.slots[3:]] == [True, True, True]


def test_one_machine_is_scheduled_as_well_as_all_sequences_allow() -> None:
    chance = random.Random(5)
    for _ in range(6):
        centre = WorkCentre(shifts=ALWAYS, setups={(0, 1): 30, (1, 0): 5}, families=(0,))
        jobs = tuple(
            Operation(0, chance.randint(5, 60), chance.randint(20, 200), (), chance.randint(0, 1), 0, chance.randint(1, 3))
            for _ in range(6)
        )  # fmt: skip
        best = min(cost_of(centre, jobs, order) for order in itertools.permutations(range(6)))

        found = schedule(Problem((centre,), jobs), effort=10)

        assert found.tardiness == best


def cost_of(centre: WorkCentre, jobs: tuple[Operation, ...], order: tuple[int, ...]) -> int:
    clock, family, late = 0, 0, 0
    for at in order:
        clock += centre.setup(family, jobs[at].family) + jobs[at].minutes
        family = jobs[at].family
        late += max(clock - jobs[at].due, 0) * jobs[at].weight
    return late


def test_families_are_kept_together_when_time_allows() -> None:
    centre = WorkCentre(shifts=ALWAYS, setup_default=50, families=(0,))
    jobs = tuple(Operation(0, 10, 10_000, (), at % 2) for at in range(60))

    found = schedule(Problem((centre,), jobs))

    assert found.method == "dispatch"
    assert found.setup_minutes == 50


def test_two_thousand_operations_are_scheduled_and_keep_every_rule() -> None:
    problem = large(2000, 50)

    found = dispatch(problem, grid=[(1.5, 0.6)])

    check(problem, found)


def large(count: int, centres: int, *, seed: int = 2) -> Problem:
    """Orders of five operations each, on work centres with a shift a day."""
    chance = random.Random(seed)
    shifts = tuple((day * DAY + 480, day * DAY + 960) for day in range(120))
    places = tuple(
        WorkCentre(shifts, chance.choice([1, 1, 2]), {}, 20, (0, 0)) for _ in range(centres)
    )
    operations: list[Operation] = []
    for number in range(count):
        due = (3 + number // 5 * 20 // max(count // 5, 1)) * DAY
        after = () if number % 5 == 0 else (number - 1,)
        operations.append(
            Operation(
                chance.randrange(centres), chance.randint(15, 180), due, after, chance.randrange(4)
            )
        )
    return Problem(places, tuple(operations))


def test_what_cannot_be_scheduled_is_named() -> None:
    short = WorkCentre(shifts=((0, 100),))

    with pytest.raises(Unschedulable, match="no shift is left") as refused:
        schedule(Problem((short,), (Operation(0, 60, 0), Operation(0, 60, 0))))
    assert refused.value.operation in {0, 1}
    with pytest.raises(Unschedulable, match="waits for itself"):
        schedule(
            Problem((short,), (Operation(0, 5, 0, after=(1,)), Operation(0, 5, 0, after=(0,))))
        )
    with pytest.raises(Unschedulable, match="unknown work centre"):
        Problem((short,), (Operation(3, 5, 0),))
