"""The engine against the reference, on thousands of random factories."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production.mrp import (
    MICRO,
    Changes,
    Edges,
    Message,
    Plan,
    Tracer,
    kernels,
    messages_of,
    pegs_of,
    promise,
    record_of,
)

from . import inputs as make
from . import reference as slow

quick = settings(
    max_examples=int(os.environ.get("TONGHENG_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
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
        if data.draw(st.booleans()):
            for lists in (plan.demands, plan.receipts, plan.into, plan.outof, plan.rows):
                lists.tidy_at = 0
        assert len(np.unique(changed)) == len(changed)


@quick
@given(make.factories(alternates=True), st.data())
def test_alternates_are_used_as_the_reference_uses_them(given: slow.Input, data: Any) -> None:
    plan = make.plan_of(given)
    for _ in range(3):
        assert orders_of(plan) == orders_of_reference(given)
        reference = slow.Reference(given)
        assert taken_by(plan) == Counter(
            {
                (item, taken.bucket, taken.by.alternate): taken.cost
                for item in range(len(plan))
                for taken in merged(reference.swaps(item))
            }
        )
        plan.apply(draw_changes(data, given))


def merged(taken: list[slow.Taken]) -> list[slow.Taken]:
    """What is taken of one alternate for one primary in one bucket as one, whichever lines it is for."""
    found: dict[tuple[int, int, int], slow.Taken] = {}
    for one in taken:
        key = (one.by.primary, one.bucket, one.by.alternate)
        if key in found:
            found[key].cost += one.cost
        else:
            found[key] = slow.Taken(one.by, one.bucket, one.quantity, one.cost)
    return list(found.values())


def taken_by(plan: Plan) -> Counter[tuple[int, int, int]]:
    """Primary, bucket, alternate: how much of the alternate is pegged to stand in."""
    found: Counter[tuple[int, int, int]] = Counter()
    starts = plan.horizon.starts.tolist()
    for item in range(len(plan)):
        links = {
            int(one) & 0xFFFFFFFF
            for one in plan.into.of(item)[:, kernels.OTHER]
            if (int(one) >> 32) & 3 == kernels.LINK
        }
        for one in pegs_of(plan, item).requirements:
            flags = int(plan.rows.pool.data[one.row, kernels.WORD]) >> 16 if one.row >= 0 else 0
            if one.parent in links and flags & kernels.ALTERNATED:
                found[one.parent, starts.index(one.day), item] += one.quantity
    return found


@quick
@given(st.data())
def test_a_fork_leaves_the_plan_alone_and_names_every_difference(data: Any) -> None:
    given = data.draw(make.factories())
    plan = make.plan_of(given)
    before = orders_of(plan)

    fork = plan.fork()
    if data.draw(st.booleans()):
        fork.rows.tidy_at = 0
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


@quick
@given(make.factories())
def test_receipts_are_told_when_they_are_wanted(given: slow.Input) -> None:
    plan = make.plan_of(given)
    expected = set()
    reference = slow.Reference(given)
    for item, wanted in reference.wanted.items():
        for receipt, day in wanted:
            here = reference.bucket_of(receipt.day)
            there = None if day is None else reference.bucket_of(day)
            if receipt.quantity == 0:
                continue
            if day is None:
                if here is not None:
                    expected.add((item, Message.CANCEL, receipt.id, receipt.day, -1))
            elif receipt.day < 0:
                expected.add((item, Message.PAST_DUE, receipt.id, receipt.day, day))
            elif here is None or (there is not None and there < here):
                expected.add((item, Message.EXPEDITE, receipt.id, receipt.day, day))
            elif there is not None and there > here:
                expected.add((item, Message.POSTPONE, receipt.id, receipt.day, day))

    found = messages_of(plan)

    columns = (found.item, found.kind, found.reference, found.day, found.to_day)
    told = set(zip(*(column.tolist() for column in columns), strict=True))
    about_receipts = {Message.CANCEL, Message.PAST_DUE, Message.EXPEDITE, Message.POSTPONE}
    assert {one for one in told if one[1] in about_receipts} == expected


@quick
@given(make.factories())
def test_pegs_share_out_exactly_what_is_there(given: slow.Input) -> None:
    plan = make.plan_of(given)

    for item in range(len(plan)):
        pegs = pegs_of(plan, item)
        record = record_of(plan, item)
        asked = Counter()
        taken = Counter()
        for peg in pegs.pegs:
            assert peg.quantity > 0
            asked[peg.requirement] += peg.quantity
            taken[peg.supply] += peg.quantity
        on_hand = given.items[item].on_hand
        required = sum(one.quantity for one in pegs.requirements) - max(-on_hand, 0)
        supplied = sum(one.quantity for one in pegs.supplies) - max(on_hand, 0)
        beyond = sum(
            one.quantity
            for one in given.receipts
            if one.item == item and one.firm_start is None and one.day >= given.starts[-1]
        )
        assert required == record.gross.sum()
        assert supplied == record.scheduled.sum() + record.planned_receipts.sum() + beyond
        assert all(taken[at] <= one.quantity for at, one in enumerate(pegs.supplies))
        # Every requirement within the horizon is covered: that is what planning means.
        assert all(asked[at] == one.quantity for at, one in enumerate(pegs.requirements))


@quick
@given(make.factories(most_items=5))
def test_every_demand_reaches_down_and_every_order_reaches_up(given: slow.Input) -> None:
    plan = make.plan_of(given)
    tracer = Tracer(plan)

    for number, demand in enumerate(given.demands):
        if demand.day < given.starts[-1] and demand.quantity > 0:
            node = tracer.down(demand.item, number)
            assert sum(child.quantity for child in node.children) == demand.quantity
            for leaf in node.leaves():
                source = given.items[leaf.item].source
                assert leaf.kind in {
                    "stock",
                    "receipt",
                    "planned",
                    "firm",
                    "co-product",
                    "substitute",
                }
                assert leaf.kind != "substitute" or source != "phantom"


def test_what_an_order_yields_beside_may_go_into_its_own_components() -> None:
    made, part, mud = (slow.Item(source="make", lead=0) for _ in range(3))
    edges = [
        slow.Edge(0, 1, slow.Fraction(1)),
        slow.Edge(1, 2, slow.Fraction(1)),
        slow.Edge(0, 2, slow.Fraction(1), role="co-product"),
    ]
    for edge in edges:
        edge.quantity, edge.base, edge.scrap = MICRO, MICRO, 0  # type: ignore[attr-defined]
    demand = slow.Demand(0, 30, 5 * MICRO)
    given = slow.Input([made, part, mud], edges, [demand], [], list(range(41)))

    node = Tracer(make.plan_of(given)).down(0, 0)

    assert [child.kind for child in node.children] == ["planned"]
    assert {leaf.item for leaf in node.leaves()} <= {0, 1, 2}


simple = st.builds(
    slow.Item,
    on_hand=st.sampled_from([0, 0, 4, 11]).map(lambda n: n * MICRO),
    source=st.just("make"),
    lead=st.integers(0, 3),
    least=st.sampled_from([0, 0, 6 * MICRO]),
)


@quick
@given(
    st.lists(simple, min_size=1, max_size=5),
    st.data(),
)
def test_a_promised_day_can_be_planned_and_the_day_before_cannot(
    items: list[slow.Item], data: Any
) -> None:
    edges = [
        slow.Edge(parent, low, slow.Fraction(1))
        for low in range(1, len(items))
        for parent in data.draw(st.sets(st.integers(0, low - 1), min_size=1, max_size=1))
    ]
    for edge in edges:
        edge.quantity, edge.base, edge.scrap = MICRO, MICRO, 0  # type: ignore[attr-defined]
    parents = {edge.parent for edge in edges}
    for at, item in enumerate(items):
        item.source = "make" if at in parents else "buy"
    given = slow.Input(items, edges, [], [], list(range(41)))
    plan = make.plan_of(given)
    quantity = data.draw(st.integers(1, 20)) * MICRO

    answer = promise(plan, item=0, quantity=quantity, wanted=40)

    def late_if_delivered_on(day: int) -> bool:
        fork = plan.fork()
        fork.apply(Changes(demands=make.demands_of([slow.Demand(0, day, quantity)], [1])))
        return bool(fork.orders().late.any())

    assert answer.day is not None
    assert not late_if_delivered_on(answer.day)
    assert answer.day == 0 or late_if_delivered_on(answer.day - 1)
    for lever in answer.earlier:
        sooner = promise(plan, item=0, quantity=quantity, wanted=40, lead_overrides={lever.item: 0})
        assert sooner.day == answer.day - lever.saves_days


@quick
@given(make.factories(), st.data())
def test_a_promise_is_kept_by_a_free_supply_and_names_it(given: slow.Input, data: Any) -> None:
    plan = make.plan_of(given)
    before = orders_of(plan)
    item = data.draw(st.integers(0, len(given.items) - 1))
    quantity = data.draw(st.sampled_from([1, MICRO, 17 * MICRO, 400 * MICRO]))

    answer = promise(plan, item=item, quantity=quantity, wanted=4)

    assert orders_of(plan) == before
    assert 0 <= answer.available_by_wanted <= quantity
    if answer.day is not None:
        assert max(one.ready_day for one in answer.reasons) == answer.day
        assert sum(one.quantity for one in answer.reasons) >= quantity
        assert answer.available_by_wanted < quantity or answer.day <= given.starts[-1]


def draw_changes(data: Any, given: slow.Input) -> Changes:
    """Change the reference's input at random; the same for the engine. Demands keep their place as id."""
    count = len(given.items)
    kind = data.draw(st.sampled_from(["demand", "receipt", "stock", "item", "edge", "no edge"]))
    if kind == "demand":
        ids = data.draw(st.lists(st.integers(0, len(given.demands)), max_size=3, unique=True))
        for at in sorted(ids):
            if at == len(given.demands):
                given.demands.append(slow.Demand(data.draw(st.integers(0, count - 1)), 0, 0))
            given.demands[at].day = data.draw(st.integers(-2, given.starts[-1]))
            given.demands[at].quantity = data.draw(st.sampled_from([0, 3_000_000, 41_500_000]))
        return Changes(demands=make.demands_of([given.demands[at] for at in ids], ids))
    if kind == "receipt":
        new = slow.Receipt(
            data.draw(st.integers(0, count - 1)),
            data.draw(st.integers(-2, 20)),
            data.draw(st.sampled_from([5_000_000, 33_300_000])),
            id=max((one.id for one in given.receipts), default=0) + 1,
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
        if gone.role == "component":
            given.alternates[:] = [
                one
                for one in given.alternates
                if (one.parent, one.primary) != (gone.parent, gone.child)
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
