"""The engine against the reference, on thousands of random factories."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.mrp import Changes, Edges, Plan

from . import inputs as make
from . import reference as slow

quick = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def orders_of(plan: Plan) -> list[tuple[int, ...]]:
    """Every planned order as item-site, due day, start day, quantity, good."""
    orders = plan.orders()
    columns = (orders.item, orders.due_day, orders.start_day, orders.quantity, orders.good)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def orders_of_reference(given: slow.Input) -> list[tuple[int, ...]]:
    """The same of the reference."""
    plan = slow.Reference(given)
    return sorted(
        (
            item,
            given.starts[order.bucket],
            order.start,
            order.quantity,
            plan.good(given.items[item], order.quantity),
        )
        for item, orders in plan.orders.items()
        for order in orders
        if order.kind == "planned" and given.items[item].source != "phantom"
    )


@quick
@given(make.factories())
def test_the_plan_is_the_reference_s(given: slow.Input) -> None:
    assert orders_of(make.plan_of(given)) == orders_of_reference(given)


@quick
@given(st.data())
def test_a_net_change_gives_what_a_full_run_gives(data: Any) -> None:
    given = data.draw(make.factories())
    plan = make.plan_of(given)
    for _ in range(data.draw(st.integers(1, 4))):
        changes = draw_changes(data, given)

        changed = plan.apply(changes)

        assert orders_of(plan) == orders_of_reference(given)
        assert len(np.unique(changed)) == len(changed)


@quick
@given(st.data())
def test_a_fork_leaves_the_plan_alone_and_names_every_difference(data: Any) -> None:
    given = data.draw(make.factories())
    plan = make.plan_of(given)
    before = orders_of(plan)

    fork = plan.fork()
    fork.apply(draw_changes(data, given))

    assert orders_of(plan) == before
    after = orders_of(fork)
    assert after == orders_of_reference(given)
    differences = plan.differences(fork)
    expected = {}
    for sign, orders in ((-1, before), (1, after)):
        for item, due, _, quantity, _ in orders:
            expected[item, due] = expected.get((item, due), 0) + sign * quantity
    assert {
        (int(differences.item[at]), int(differences.due_day[at])): int(
            differences.after[at] - differences.before[at]
        )
        for at in range(len(differences))
    } == {key: change for key, change in expected.items() if change}


def draw_changes(data: Any, given: slow.Input) -> Changes:
    """Change the reference's input at random; the same for the engine. Demands keep their place as id."""
    count = len(given.items)
    kind = data.draw(st.sampled_from(["demand", "receipt", "stock", "item", "edge", "no edge"]))
    if kind == "demand":
        ids = data.draw(st.lists(st.integers(0, len(given.demands)), max_size=3, unique=True))
        for id in sorted(ids):
            if id == len(given.demands):
                given.demands.append(slow.Demand(data.draw(st.integers(0, count - 1)), 0, 0))
            given.demands[id].day = data.draw(st.integers(-2, given.starts[-1]))
            given.demands[id].quantity = data.draw(st.sampled_from([0, 3_000_000, 41_500_000]))
        return Changes(demands=make.demands_of([given.demands[id] for id in ids], ids))
    if kind == "receipt":
        new = slow.Receipt(
            data.draw(st.integers(0, count - 1)),
            data.draw(st.integers(-2, 20)),
            data.draw(st.sampled_from([5_000_000, 33_300_000])),
            id=len(given.receipts) + 100,
            firm_start=data.draw(st.one_of(st.none(), st.integers(0, 5))),
        )
        removed = []
        if given.receipts:
            gone = given.receipts.pop(data.draw(st.integers(0, len(given.receipts) - 1)))
            removed = [slow.Receipt(gone.item, gone.day, 0, gone.id, gone.firm_start)]
        given.receipts.append(new)
        return Changes(receipts=make.receipts_of([*removed, new]))
    at = data.draw(st.integers(0, count - 1))
    if kind == "stock":
        given.items[at].on_hand = data.draw(make.pieces)
        return Changes(
            on_hand=(np.array([at], np.int32), np.array([given.items[at].on_hand], np.int64))
        )
    if kind == "item":
        given.items[at] = data.draw(make.items(len(given.working)))
        return Changes(items=(np.array([at], np.int32), make.rows_of([given.items[at]])))
    if kind == "no edge" and given.edges:
        gone = given.edges[data.draw(st.integers(0, len(given.edges) - 1))]
        given.edges[:] = [
            one
            for one in given.edges
            if (one.parent, one.child, one.role) != (gone.parent, gone.child, gone.role)
        ]
        return Changes(
            remove_edges=Edges.of(
                parent=[gone.parent], child=[gone.child], role=[make.ROLES[gone.role]]
            )
        )
    free = [one for one in range(count) if one != at and at not in ancestors(given, one)]
    if not free:
        return Changes()
    parent = data.draw(st.sampled_from(free))
    new_edge = slow.Edge(parent, at, slow.Fraction(3, 2))
    new_edge.quantity, new_edge.base, new_edge.scrap = 1_500_000, 1_000_000, 0  # type: ignore[attr-defined]
    given.edges.append(new_edge)
    return Changes(add_edges=make.edges_of([new_edge]))


def ancestors(given: slow.Input, item: int) -> set[int]:
    """Everything that is above an item-site."""
    found: set[int] = set()
    waiting = [item]
    while waiting:
        low = waiting.pop()
        for edge in given.edges:
            if edge.child == low and edge.parent not in found:
                found.add(edge.parent)
                waiting.append(edge.parent)
    return found
