"""When demands can really be delivered, what they wait for, and that looking at what is late alone finds the same."""

from __future__ import annotations

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
)
from production.mrp.delivery import Deliveries, Delivery, Limit, late_items
from production.mrp.values import Bools

from . import inputs as make
from . import reference as slow
from .test_engine import draw_changes

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


def delivered(plan: Plan) -> tuple[Delivery, Limit | None]:
    looked = Deliveries(plan)
    found = looked.of(X)[7]
    assert found is not None
    return found, looked.limit(X, found)


def test_what_should_have_been_bought_before_today_is_what_is_waited_for() -> None:
    # C is there on day 8 at the earliest, S on day 12, X on day 16.
    found, limit = delivered(chain())

    assert found.day == 16
    assert limit is not None
    assert (limit.item, limit.supply.kind) == (C, "planned")


def test_a_purchase_that_comes_late_is_what_is_waited_for() -> None:
    found, limit = delivered(chain(receipt=(5, 10)))

    assert found.day == 13
    assert limit is not None
    assert (limit.item, limit.supply.kind, limit.supply.receipt) == (C, "receipt", 3)


def test_a_purchase_in_time_leaves_nothing_late() -> None:
    plan = chain(receipt=(2, 10))
    found, _ = delivered(plan)

    assert found.day == 10
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


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_looking_only_where_something_is_late_finds_the_same_days(data: Any) -> None:
    plan = make.plan_of(data.draw(make.factories()))
    reach = reach_of(plan)

    for item in np.flatnonzero(plan.demands.count).tolist():
        whole = Deliveries(plan).of(item)
        part = Deliveries(plan, only=reach).of(item)

        assert {demand: one and one.day for demand, one in part.items()} == {
            demand: one and one.day for demand, one in whole.items()
        }
        if not reach[item]:
            days = {int(row[2]): max(int(row[1]), 0) for row in plan.demands.of(item)}
            assert all(one is not None and one.day == days[demand] for demand, one in whole.items())


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(make.factories(), st.data())
def test_what_a_fork_shares_with_its_plan_need_not_be_looked_through_again(
    given: slow.Input, data: Any
) -> None:
    plan = make.plan_of(given)
    fork = plan.fork()
    change = draw_changes(data, given)
    named = [change.demands.item, change.receipts.item]
    named += [] if change.on_hand is None else [change.on_hand[0]]
    named += [] if change.items is None else [change.items[0]]
    for edges in (change.add_edges, change.remove_edges):
        named += [edges.parent, edges.child]
    changed = set(fork.apply(change).tolist()) | set(np.concatenate(named).tolist())
    sides = (plan, fork)
    changed |= {
        int(child) & 0xFFFFFFFF
        for side in sides
        for item in set(changed)
        for child in side.outof.of(item)[:, kernels.OTHER]
    }
    while (
        above := {
            int(parent) & 0xFFFFFFFF
            for side in sides
            for item in changed
            for parent in side.into.of(item)[:, kernels.OTHER]
        }
        - changed
    ):
        changed |= above
    apart = np.zeros(len(plan), dtype=np.bool_)
    apart[sorted(changed)] = True

    assert fork.rows.pool is plan.rows.pool
    shared = Deliveries(fork, like=(Deliveries(plan), apart))
    whole = Deliveries(fork)

    for item in range(len(plan)):
        first, second = shared.of(item), whole.of(item)
        assert {key: one and one.day for key, one in first.items()} == {
            key: one and one.day for key, one in second.items()
        }
