"""When demands can really be delivered, what they wait for, and that looking at what is late alone finds the same."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.mrp import (
    MICRO,
    Calendars,
    Demands,
    Edges,
    Horizon,
    ItemSites,
    Plan,
    ReceiptKind,
    Receipts,
    Source,
    kernels,
    pegs_of,
    tracing,
)
from production.mrp.delivery import Deliveries, deliveries, late_items
from production.mrp.inputs import EVERY_DAY
from production.mrp.values import Bools

from . import inputs as make
from . import reference_delivery as slow

EXAMPLES = int(os.environ.get("TONGHENG_EXAMPLES", "150"))
X, S, C = range(3)
MAKE, BUY = int(Source.MAKE), int(Source.BUY)


def chain(*, receipt: tuple[int, int] | None = None) -> Plan:
    """X of one S (4 days each), S of one C that takes 8 days to buy; ten X are wanted on day 10."""
    day, quantity = receipt or (0, 0)
    received = receipt is not None
    return Plan.build(
        ItemSites.of(3, source=[MAKE, MAKE, BUY], lead_days=[4, 4, 8]),
        Edges.of(parent=[X, S], child=[S, C], quantity=[MICRO, MICRO], base=[MICRO, MICRO]),
        Demands.of(item=[X], day=[10], quantity=[10 * MICRO], id=[7]),
        Receipts.of(
            item=[C] * received, day=[day] * received, quantity=[quantity * MICRO] * received,
            kind=[int(ReceiptKind.PURCHASE)] * received, start_day=[0] * received, id=[3] * received,
        ),
        Horizon.mixed(days=90, weeks=52),
        Calendars.none(),
    )  # fmt: skip


def delivered(plan: Plan) -> Deliveries:
    found = deliveries(plan, np.array([X]))
    assert found.demand.tolist() == [7]
    return found


def test_what_should_have_been_bought_before_today_is_what_is_waited_for() -> None:
    # C is there on day 8 at the earliest, S on day 12, X on day 16.
    found = delivered(chain())

    assert found.day.tolist() == [16]
    assert (found.waits_item.tolist(), found.waits_receipt.tolist()) == ([C], [-1])


def test_a_purchase_that_comes_late_is_what_is_waited_for() -> None:
    found = delivered(chain(receipt=(5, 10)))

    assert found.day.tolist() == [13]
    assert (found.waits_item.tolist(), found.waits_receipt.tolist()) == ([C], [3])


def test_a_purchase_in_time_leaves_nothing_late() -> None:
    plan = chain(receipt=(2, 10))
    found = delivered(plan)

    assert found.day.tolist() == [10]
    assert (found.waits_item.tolist(), found.waits_receipt.tolist()) == ([-1], [-1])
    assert late_items(plan).tolist() == []
    assert late_items(chain(receipt=(5, 10))).tolist() == [C]


def reach_of(plan: Plan) -> Bools:
    found = np.zeros(len(plan), dtype=np.bool_)
    waiting = late_items(plan).tolist()
    while waiting:
        item = waiting.pop()
        if not found[item]:
            found[item] = True
            if plan.into.count[item]:
                waiting += (plan.into.of(item)[:, kernels.OTHER] & 0xFFFFFFFF).tolist()
    return found


def slowly(plan: Plan, items: list[int], only: Bools | None) -> list[tuple[int, ...]]:
    looked = slow.Deliveries(plan, only=only)
    found: list[tuple[int, ...]] = []
    for item in items:
        for demand, one in looked.of(item).items():
            limit = None if one is None else looked.limit(item, one)
            waits = (-1, -1) if limit is None else (limit.item, limit.supply.receipt)
            found.append(
                (item, demand, -1, -1, -1) if one is None else (item, demand, one.day, *waits)
            )
    return found


def rows_of(found: Deliveries) -> list[tuple[int, ...]]:
    columns = (found.item, found.demand, found.day, found.waits_item, found.waits_receipt)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    # What is missing waits for nothing that comes.
    return [row if row[2] >= 0 else (*row[:3], -1, -1) for row in rows]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_compiled_pass_finds_what_following_the_pegs_one_by_one_finds(data: Any) -> None:
    plan = make.plan_of(data.draw(make.factories()))
    items = np.flatnonzero(plan.demands.count)
    only = None
    if data.draw(st.booleans()):
        only = np.array([data.draw(st.booleans()) for _ in range(len(plan))], dtype=np.bool_)

    assert rows_of(deliveries(plan, items, only)) == slowly(plan, items.tolist(), only)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(make.factories())
def test_the_compiled_match_pegs_as_one_by_one(given: Any) -> None:
    plan = make.plan_of(given)

    for item in range(len(plan)):
        assert pegs_of(plan, item) == slow.pegs_of(plan, item)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_looking_only_where_something_is_late_finds_the_same_days(data: Any) -> None:
    plan = make.plan_of(data.draw(make.factories()))
    reach = reach_of(plan)
    items = np.flatnonzero(plan.demands.count)

    whole, part = deliveries(plan, items), deliveries(plan, items, reach)

    assert part.day.tolist() == whole.day.tolist()
    on_time = ~reach[whole.item]
    assert (whole.day[on_time] == np.maximum(whole.wanted[on_time], 0)).all()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(-20, 60), st.integers(0, 40), st.lists(st.booleans(), min_size=9, max_size=30))
def test_something_is_ready_on_the_same_working_day_compiled_or_not(
    start: int, lead: int, working: list[bool]
) -> None:
    calendars = Calendars(np.array([[*working, True]]), first_day=-9)

    for calendar in (0, EVERY_DAY):
        found = tracing.ready_day(calendars.packed, calendar, lead, start)

        assert found == (start if lead == 0 else calendars.ready(calendar, lead, start))
