"""Which customers' days a what-if moves: the same, looking only where it can, as looking everywhere."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.mrp import Plan
from production.mrp.delivery import deliveries
from production.planning.rules import SITE, Frame, Picture, References
from production.planning.simulating import moved

from ..mrp import inputs as make
from ..mrp.test_engine import draw_changes

LINES = 40


def picture_of(plan: Plan, rows: Any) -> Picture:
    codes = np.arange(len(plan), dtype=np.int64) + 1 << SITE
    demands = References()
    ids = b"".join(UUID(int=n).bytes for n in range(LINES))
    demands.add(References.SALES, np.frombuffer(ids, dtype="V16"), np.arange(LINES))
    frame = Frame("E01", date(2030, 1, 1), {1: "W"}, {}, [], [])
    return Picture(frame, codes, np.zeros(0, dtype=np.int64), rows, plan, demands)


def days(plan: Plan) -> dict[int, int]:
    found = deliveries(plan, np.arange(len(plan)))
    return dict(zip(found.demand.tolist(), found.day.tolist(), strict=True))


@settings(
    max_examples=int(os.environ.get("TONGHENG_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(make.factories(), st.data())
def test_looking_where_a_change_reaches_finds_every_line_that_moves(given: Any, data: Any) -> None:
    plan = make.plan_of(given)
    picture = picture_of(plan, make.rows_of(given.items))
    fork = plan.fork()
    change = draw_changes(data, given)
    named = [change.demands.item, change.receipts.item]
    named += [] if change.on_hand is None else [change.on_hand[0]]
    named += [] if change.items is None else [change.items[0]]
    for edges in (change.add_edges, change.remove_edges):
        named += [edges.parent, edges.child]
    touched = np.union1d(fork.apply(change), np.concatenate(named))

    found = moved(picture, replace(picture, plan=fork), touched)

    # A what-if adds demands and changes none: of these nothing is said.
    own = set(change.demands.id.tolist())
    was, now = days(plan), days(fork)
    expected = {
        n: (day, now.get(n, -1)) for n, day in was.items() if now.get(n, -1) != day and n not in own
    }
    assert {
        one.order.int: tuple(-1 if day is None else picture.day(day) for day in (one.before, one.after))
        for one in found
        if one.order.int not in own
    } == expected  # fmt: skip
