"""Cases worked by hand: the demo's factory, and plans that other systems got wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from production.mrp import (
    MICRO,
    Alternates,
    Calendars,
    Changes,
    CycleFound,
    Demands,
    Edges,
    Horizon,
    InvalidInput,
    ItemSites,
    LotRule,
    Message,
    Plan,
    QuantityOverflow,
    ReceiptKind,
    Receipts,
    Role,
    Source,
    Tracer,
    decimal_of,
    messages_of,
    micro,
    micros,
    pegs_of,
    promise,
    record_of,
)


def ordered(plan: Plan) -> dict[int, list[str]]:
    """Item-site → its order quantities, in the order of their days."""
    orders = plan.orders()
    found: dict[int, list[str]] = {}
    for item, quantity in zip(orders.item.tolist(), orders.quantity, strict=True):
        found.setdefault(item, []).append(f"{decimal_of(quantity):f}".rstrip("0").rstrip("."))
    return found


def one_each(parents: list[int], children: list[int], **more: list[int]) -> Edges:
    return Edges.of(parent=parents, child=children, **more)


# --- E3: product X = 2 S + packaging phantom P; S = 3 kg B + 1 chip C at 97 % ---------------------

X, S, P, B, C, BOX, TAPE = range(7)
ORDER = 4711


def workshop() -> tuple[ItemSites, Edges]:
    items = ItemSites.of(
        7,
        on_hand=micros([10, 40, 0, 750, 60, 1000, 1000]),
        step=[MICRO, MICRO, 1, 1, MICRO, MICRO, 1],
        yield_share=[MICRO, 970_000, MICRO, MICRO, MICRO, MICRO, MICRO],
        source=[Source.MAKE, Source.MAKE, Source.PHANTOM, 0, 0, 0, 0],
        lead_days=[4, 4, 0, 5, 8, 1, 1],
        lot_min=micros([0, 0, 0, 0, 100, 0, 0]),
    )
    edges = Edges.of(
        parent=[X, X, S, S, P, P],
        child=[S, P, B, C, BOX, TAPE],
        quantity=micros([2, 1, 3, 1, 1, "0.5"]),
    )
    return items, edges


def workshop_plan() -> Plan:
    items, edges = workshop()
    demands = Demands.of(item=[X], day=[20], quantity=micros([100]), id=[ORDER])
    return Plan.build(items, edges, demands, horizon=Horizon.days(60))


def test_the_workshop_s_order_is_netted_through_all_levels_in_one_pass() -> None:
    plan = workshop_plan()

    assert ordered(plan) == {X: ["90"], S: ["145"], C: ["100"]}
    gross = {item: int(record_of(plan, item).gross.sum()) for item in (S, B, C, BOX, TAPE)}
    assert gross == {
        S: micro(180), B: micro(435), C: micro(145), BOX: micro(90), TAPE: micro(45)
    }  # fmt: skip
    assert plan.levels.tolist() == [0, 1, 1, 2, 2, 2, 2]


def test_everything_in_the_workshop_is_pegged_to_the_order() -> None:
    tracer = Tracer(workshop_plan())

    for item in (S, B, C, BOX, TAPE):
        for number in range(len(tracer.pegs(item).supplies)):
            leaves = list(tracer.up(item, number).leaves())
            assert {(leaf.item, leaf.reference) for leaf in leaves} == {(X, ORDER)}
    down = tracer.down(X, ORDER)
    bought = [leaf for leaf in down.leaves() if leaf.kind == "planned"]
    assert [(leaf.item, leaf.quantity) for leaf in bought] == [(C, micro(85))]


def test_the_workshop_promises_day_16_and_day_12_with_the_chip_by_air() -> None:
    items, edges = workshop()
    plan = Plan.build(items, edges, horizon=Horizon.days(60))

    answer = promise(plan, item=X, quantity=micro(100), wanted=20)
    by_air = promise(plan, item=X, quantity=micro(100), wanted=20, lead_overrides={C: 4})

    assert answer.day == 16
    assert answer.on_time
    assert by_air.day == 12
    stock, new = answer.reasons
    assert (stock.kind, stock.quantity) == ("stock", micro(10))
    assert [(one.item, one.kind, one.ready_day) for one in new.critical()] == [
        (X, "make", 16), (S, "make", 12), (C, "buy", 8)
    ]  # fmt: skip
    assert [(one.item, one.saves_days) for one in answer.earlier] == [(C, 8), (X, 4), (S, 4)]


def test_firm_planned_order_is_kept_and_exploded() -> None:
    plan = workshop_plan()
    firm = Receipts.of(
        item=[X], day=[15], quantity=micros([50]), id=[1], kind=[ReceiptKind.FIRM], start_day=[10]
    )

    plan.apply(Changes(receipts=firm))

    assert ordered(plan)[X] == ["40"]
    needs = [(one.day, one.quantity) for one in pegs_of(plan, BOX).requirements]
    assert needs == [(10, micro(50)), (16, micro(40))]


# --- Plans that other systems got wrong -----------------------------------------------------------


def test_components_of_components_are_found_in_one_pass_over_six_levels() -> None:
    """odoo/odoo#3626: each run of the scheduler reached one level further."""
    count = 6
    # The shared screw stands on the first and on the last level: its code is the lowest.
    edges = one_each([0, 1, 2, 3, 4, 0], [1, 2, 3, 4, 5, 5])
    plan = Plan.build(
        ItemSites.of(count, source=[1, 1, 1, 1, 1, 0], lead_days=[1] * count),
        edges,
        Demands.of(item=[0], day=[20], quantity=micros([10])),
        horizon=Horizon.days(30),
    )

    assert plan.levels.tolist() == [0, 1, 2, 3, 4, 5]
    assert ordered(plan) == {0: ["10"], 1: ["10"], 2: ["10"], 3: ["10"], 4: ["10"], 5: ["10", "10"]}
    assert sorted(plan.orders([5]).due_day.tolist()) == [15, 19]


def test_reorder_levels_of_two_stages_make_400_and_not_600() -> None:
    """odoo/odoo#74314: A from B from C, each with minimum 20 and maximum 200."""
    items = ItemSites.of(
        3,
        source=[Source.MAKE, Source.MAKE, Source.BUY],
        safety_stock=micros([20] * 3),
        lot_rule=[LotRule.UP_TO] * 3,
        lot_value=micros([200] * 3),
        step=[MICRO] * 3,
    )
    plan = Plan.build(items, one_each([0, 1], [1, 2]), horizon=Horizon.days(10))

    assert ordered(plan) == {0: ["200"], 1: ["400"], 2: ["600"]}
    # C serves 400 and keeps 200 itself; B serves 200 and keeps 200.
    assert record_of(plan, 1).projected_available.tolist() == [micro(200)] * 10


def test_three_products_that_need_20_each_buy_the_minimum_of_100_once() -> None:
    """frappe/erpnext#58710: the minimum was applied to each row, 300 were bought."""
    items = ItemSites.of(4, source=[1, 1, 1, 0], lot_min=micros([0, 0, 0, 100]))
    plan = Plan.build(
        items,
        one_each([0, 1, 2], [3, 3, 3]),
        Demands.of(item=[0, 1, 2], day=[5, 5, 5], quantity=micros([20] * 3)),
        horizon=Horizon.days(10),
    )

    assert ordered(plan)[3] == ["100"]


def test_minimum_serves_later_days_before_it_is_applied_again() -> None:
    """The same on three days: the surplus of the first order covers the others."""
    plan = Plan.build(
        ItemSites.of(1, lot_min=micros([100])),
        demands=Demands.of(item=[0] * 4, day=[1, 2, 3, 8], quantity=micros([20, 20, 20, 90])),
        horizon=Horizon.days(10),
    )

    assert ordered(plan)[0] == ["100", "100"]
    assert plan.orders().due_day.tolist() == [1, 8]


def test_stock_is_used_on_every_level() -> None:
    """frappe/erpnext#26563: assembly, paint, manufacture, 20 in stock of each stage: 100, 80, 60."""
    plan = Plan.build(
        ItemSites.of(3, source=[1, 1, 1], on_hand=micros([0, 20, 20])),
        one_each([0, 1], [1, 2]),
        Demands.of(item=[0], day=[5], quantity=micros([100])),
        horizon=Horizon.days(10),
    )

    assert ordered(plan) == {0: ["100"], 1: ["80"], 2: ["60"]}


def test_a_material_of_two_sub_assemblies_is_needed_twice() -> None:
    """frappe/erpnext#37785: one instead of two."""
    plan = Plan.build(
        ItemSites.of(4, source=[1, 1, 1, 0]),
        one_each([0, 0, 1, 2], [1, 2, 3, 3]),
        Demands.of(item=[0], day=[5], quantity=micros([1])),
        horizon=Horizon.days(10),
    )

    assert ordered(plan)[3] == ["2"]


def test_all_demands_at_once_plan_what_they_plan_one_by_one() -> None:
    """The batch and the single case share one path: the plan does not depend on how demand came."""
    items, edges = workshop()
    demands = [(X, 20, 100), (S, 9, 33), (X, 12, 7), (C, 30, 250), (X, 20, 1)]
    whole = Plan.build(
        items, edges,
        Demands.of(
            item=[one[0] for one in demands], day=[one[1] for one in demands],
            quantity=micros(one[2] for one in demands),
        ),
        horizon=Horizon.days(60),
    )  # fmt: skip
    single = Plan.build(items, edges, horizon=Horizon.days(60))

    for number, (item, day, quantity) in enumerate(demands):
        single.apply(
            Changes(
                demands=Demands.of(item=[item], day=[day], quantity=micros([quantity]), id=[number])
            )
        )

    assert ordered(single) == ordered(whole)
    assert len(whole.differences(single)) == 0


# --- Rules, one by one ----------------------------------------------------------------------------


def lone(
    rule: LotRule, value: int, *, days: list[int], quantities: list[int], **more: list[int]
) -> Plan:
    return Plan.build(
        ItemSites.of(1, lot_rule=[rule], lot_value=[value], **more),
        demands=Demands.of(item=[0] * len(days), day=days, quantity=micros(quantities)),
        horizon=Horizon.days(30),
    )


def test_fixed_lots_are_orders_of_their_own() -> None:
    plan = lone(LotRule.FIXED, micro(40), days=[2, 4], quantities=[90, 20])

    assert ordered(plan)[0] == ["40", "40", "40"]
    assert plan.orders().due_day.tolist() == [2, 2, 2]


def test_period_lot_covers_its_days() -> None:
    plan = lone(LotRule.PERIOD, 7, days=[2, 5, 8, 9], quantities=[1, 2, 4, 8])

    assert ordered(plan)[0] == ["7", "8"]


def test_economic_lots_are_the_cheapest_of_all_groupings() -> None:
    """Wagner and Whitin's own kind of example: set-up as dear as holding 100 for a day."""
    plan = lone(LotRule.ECONOMIC, micro(100), days=[0, 1, 2, 10], quantities=[50, 60, 10, 30])

    # 50 + 60 + 10 at once: 100 + 60 + 20 = 180; a second order on day 1 costs 100 + 100 + 10 = 210.
    assert ordered(plan)[0] == ["120", "30"]


def test_orders_are_split_by_the_maximum_and_each_is_rounded_by_itself() -> None:
    plan = Plan.build(
        ItemSites.of(2, source=[1, 0], lot_max=micros([3, 0]), step=[MICRO, MICRO]),
        Edges.of(parent=[0], child=[1], quantity=micros(["0.5"])),
        Demands.of(item=[0], day=[3], quantity=micros([7])),
        horizon=Horizon.days(10),
    )

    assert ordered(plan) == {0: ["3", "3", "1"], 1: ["5"]}


def test_split_orders_with_yield_still_bring_what_is_needed() -> None:
    plan = Plan.build(
        ItemSites.of(1, lot_max=micros([10]), step=[MICRO], yield_share=[970_000]),
        demands=Demands.of(item=[0], day=[3], quantity=micros([100])),
        horizon=Horizon.days(10),
    )

    orders = plan.orders()
    assert int(orders.good.sum()) >= micro(100)
    # Each order of 10 brings 9 whole pieces: eleven of them, and 2 for the last piece.
    assert ordered(plan)[0] == ["10"] * 11 + ["2"]


def test_substitute_serves_what_the_primary_could_give_too_late_only() -> None:
    items = ItemSites.of(2, on_hand=micros([5, 0]), lead_days=[6, 1])
    plan = Plan.build(
        items,
        Edges.of(parent=[0], child=[1], quantity=micros([2]), role=[Role.SUBSTITUTE]),
        Demands.of(item=[0, 0], day=[3, 9], quantity=micros([12, 10])),
        horizon=Horizon.days(20),
    )

    assert ordered(plan) == {0: ["10"], 1: ["14"]}


def test_bom_versions_take_over_on_the_day_the_order_starts() -> None:
    old, new = 1, 2
    plan = Plan.build(
        ItemSites.of(3, source=[1, 0, 0], lead_days=[2, 0, 0]),
        Edges.of(parent=[0, 0], child=[old, new], valid_from=[-100, 5], valid_to=[5, 1000]),
        Demands.of(item=[0, 0], day=[6, 7], quantity=micros([3, 4])),
        horizon=Horizon.days(20),
    )

    assert ordered(plan) == {0: ["3", "4"], old: ["3"], new: ["4"]}


def test_by_product_of_one_order_serves_another_demand() -> None:
    main, by_product = 0, 1
    plan = Plan.build(
        ItemSites.of(2, source=[1, 0], lead_days=[2, 1]),
        Edges.of(
            parent=[main], child=[by_product], quantity=micros(["0.25"]), role=[Role.CO_PRODUCT]
        ),
        Demands.of(item=[main, by_product], day=[5, 8], quantity=micros([40, 15])),
        horizon=Horizon.days(20),
    )

    assert ordered(plan) == {main: ["40"], by_product: ["5"]}
    kinds = [one.kind for one in pegs_of(plan, by_product).supplies]
    assert kinds == ["co-product", "planned"]


def test_transfer_asks_the_source_site_a_transit_earlier() -> None:
    shanghai, beijing = 0, 1
    plan = Plan.build(
        ItemSites.of(
            2, source=[Source.TRANSFER, Source.BUY], lead_days=[3, 7], on_hand=micros([1, 4])
        ),
        one_each([shanghai], [beijing]),
        Demands.of(item=[shanghai], day=[14], quantity=micros([10])),
        horizon=Horizon.days(30),
    )

    orders = plan.orders()
    assert orders.source.tolist() == [Source.TRANSFER, Source.BUY]
    assert (orders.start_day.tolist(), orders.due_day.tolist()) == ([11, 4], [14, 11])
    assert ordered(plan) == {shanghai: ["9"], beijing: ["5"]}


def test_lead_time_counts_the_working_days_of_the_site() -> None:
    # Days 5 and 6 of each week are off; today is the first day of a week.
    working = np.array([[(day % 7) < 5 for day in range(-28, 60)]])
    plan = Plan.build(
        ItemSites.of(1, lead_days=[3], calendar=[0]),
        demands=Demands.of(item=[0, 0], day=[8, 13], quantity=micros([1, 1])),
        horizon=Horizon.days(30),
        calendars=Calendars(working, first_day=-28),
    )

    # Day 8 is the second working day of its week: three back is day 3. Day 13 is off: ready on day 11.
    assert plan.orders().start_day.tolist() == [3, 8]


def test_planner_is_told_what_to_move_and_what_is_late() -> None:
    item = 0
    plan = Plan.build(
        ItemSites.of(1, lead_days=[10], safety_stock=micros([5]), expedite_days=[8]),
        demands=Demands.of(
            item=[item] * 3, day=[-2, 4, 20], quantity=micros([10, 30, 20]), id=[7, 8, 9]
        ),
        receipts=Receipts.of(
            item=[item] * 4, day=[-1, 6, 15, 25], quantity=micros([15, 30, 20, 99]), id=[1, 2, 3, 4]
        ),
        horizon=Horizon.days(30),
    )

    found = messages_of(plan)
    told = [
        (Message(kind).name, reference, day, to_day)
        for kind, reference, day, to_day in zip(
            found.kind.tolist(), found.reference.tolist(), found.day.tolist(), found.to_day.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    assert told == [
        ("EXPEDITE", 2, 6, 4),
        ("POSTPONE", 3, 15, 20),
        ("CANCEL", 4, 25, -1),
        ("PAST_DUE", 1, -1, 0),
        ("BELOW_SAFETY", -1, 0, 0),
        ("DEMAND_PAST_DUE", 7, -2, 0),
    ]
    assert len(plan.orders()) == 0


def test_an_order_that_should_have_begun_and_one_without_a_bom_are_named() -> None:
    plan = Plan.build(
        ItemSites.of(1, lead_days=[3], source=[Source.MAKE]),
        demands=Demands.of(item=[0], day=[1], quantity=micros([2])),
        horizon=Horizon.days(10),
    )

    found = messages_of(plan)
    assert found.kind.tolist() == [Message.START_IN_PAST, Message.NO_BOM]
    assert found.day.tolist() == [-2, -2]


# --- What is refused ------------------------------------------------------------------------------


def test_a_circle_is_refused_by_name() -> None:
    edges = one_each([0, 1, 2, 3], [1, 2, 3, 1])

    with pytest.raises(CycleFound) as refused:
        Plan.build(ItemSites.of(4, source=[1] * 4), edges)

    circle = refused.value.items
    assert circle[0] == circle[-1]
    steps = set(zip(edges.parent.tolist(), edges.child.tolist(), strict=True))
    assert all((a, b) in steps for a, b in pairwise(circle))
    assert set(circle) == {1, 2, 3}


def test_an_edge_that_closes_a_circle_leaves_the_plan_as_it_was() -> None:
    plan = workshop_plan()
    before = ordered(plan)

    with pytest.raises(CycleFound) as refused:
        plan.apply(Changes(add_edges=one_each([C], [X])))

    assert set(refused.value.items) == {X, S, C}
    assert ordered(plan) == before
    plan.apply(Changes(demands=Demands.of(item=[X], day=[20], quantity=[0], id=[ORDER])))
    assert ordered(plan) == {}


def test_quantities_beyond_exactness_are_refused_and_undone() -> None:
    plan = workshop_plan()
    before = ordered(plan)
    huge = Demands.of(item=[X], day=[30], quantity=[10**18], id=[1])

    with pytest.raises(QuantityOverflow) as refused:
        plan.apply(Changes(demands=huge))

    assert refused.value.item == B
    assert ordered(plan) == before


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"yield_share": [0]}, "yield"),
        ({"step": [0]}, "step"),
        ({"lead_days": [-1]}, "lead time"),
        ({"calendar": [0]}, "calendar"),
        ({"lot_rule": [LotRule.FIXED]}, "fixed lot"),
        ({"lot_min": [5], "lot_max": [3]}, "largest lot"),
        ({"lot_rule": [LotRule.UP_TO], "safety_stock": [9]}, "order up to"),
        ({"source": [9]}, "source"),
    ],
)
def test_rows_that_cannot_be_planned_are_named(columns: dict[str, list[int]], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        Plan.build(ItemSites.of(1, **columns))

    assert (refused.value.table, refused.value.row) == ("items", 0)


def test_micro_units_are_exact_or_refused() -> None:
    assert micro("0.000001") == 1
    assert decimal_of(micro("123456789.000001")) == decimal_of(123456789000001)
    with pytest.raises(ValueError, match="six decimals"):
        micro("0.0000001")


# --- alternates: a bill's line of 1 chip, for which an older chip or two of a small one may stand -------

BOARD, CHIP, OLD, SMALL, RADIO = range(5)


def chips(
    *,
    demands: Demands,
    on_hand: list[int],
    receipts: Receipts | None = None,
    swap: bool = False,
) -> Plan:
    """A board of one chip (else one old one, else two small ones); a radio of one old chip and nothing else."""
    return Plan.build(
        ItemSites.of(5, on_hand=micros(on_hand), step=[MICRO] * 5, source=[1, 0, 0, 0, 1], lead_days=[2, 3, 3, 3, 1]),
        Edges.of(parent=[BOARD, RADIO], child=[CHIP, OLD]),
        demands,
        receipts,
        Horizon.days(30),
        alternates=Alternates.of(
            parent=[BOARD, BOARD, RADIO][: 2 + swap],
            primary=[CHIP, CHIP, OLD][: 2 + swap],
            alternate=[OLD, SMALL, CHIP][: 2 + swap],
            quantity=micros([1, 2, 1])[: 2 + swap],
        ),
    )  # fmt: skip


def test_alternates_cover_what_stock_and_receipts_of_the_primary_do_not() -> None:
    # 100 boards on day 20 need 100 chips on day 18: 40 in stock, 10 on order for day 15, so 50 are short. Of the old
    # one there are 30, 5 of which the radios need on day 25: 25 stand in. Of the small one there are 31, two for each:
    # 15 stand in. 10 chips are left to buy.
    plan = chips(
        demands=Demands.of(item=[BOARD, RADIO], day=[20, 26], quantity=micros([100, 5]), id=[1, 2]),
        on_hand=[0, 40, 30, 31, 0],
        receipts=Receipts.of(item=[CHIP], day=[15], quantity=micros([10]), id=[7]),
    )

    assert ordered(plan) == {BOARD: ["100"], RADIO: ["5"], CHIP: ["10"]}
    supplies = pegs_of(plan, CHIP).supplies
    assert [(one.kind, one.quantity // MICRO) for one in supplies] == [
        ("stock", 40), ("receipt", 10), ("substitute", 25), ("substitute", 15), ("planned", 10),
    ]  # fmt: skip
    assert [(one.kind, one.quantity // MICRO, one.parent) for one in pegs_of(plan, OLD).requirements] == [
        ("substitute", 25, CHIP), ("component", 5, RADIO),
    ]  # fmt: skip
    assert int(record_of(plan, SMALL).gross.sum()) == micro(30)
    tracer = Tracer(plan)
    leaves = sorted(
        (leaf.item, leaf.kind, leaf.quantity // MICRO) for leaf in tracer.down(BOARD, 1).leaves()
    )
    assert leaves == [
        (CHIP, "planned", 10), (CHIP, "receipt", 10), (CHIP, "stock", 40), (OLD, "stock", 25), (SMALL, "stock", 30),
    ]  # fmt: skip
    up = [leaf.reference for leaf in tracer.up(OLD, 0).leaves()]
    assert sorted(up) == [1, 2]


def test_an_alternate_is_never_ordered_for_its_primary_and_nothing_is_taken_that_it_needs_itself() -> (
    None
):
    # All 30 old chips are the radios' own, though later; the small ones are gone. So chips are bought.
    plan = chips(
        demands=Demands.of(item=[BOARD, RADIO], day=[20, 26], quantity=micros([50, 30])),
        on_hand=[0, 0, 30, 1, 0],
    )

    assert ordered(plan) == {BOARD: ["50"], RADIO: ["30"], CHIP: ["50"]}


def test_two_items_may_stand_in_for_each_other() -> None:
    # The radios lack 20 old chips, and 35 chips are free; the boards have what they need.
    plan = chips(
        demands=Demands.of(item=[BOARD, RADIO], day=[20, 20], quantity=micros([10, 20])),
        on_hand=[0, 45, 0, 0, 0],
        swap=True,
    )

    assert ordered(plan) == {BOARD: ["10"], RADIO: ["20"]}
    plan.apply(Changes(on_hand=(np.array([OLD, CHIP], np.int32), micros([3, 24]))))
    assert ordered(plan) == {BOARD: ["10"], RADIO: ["20"], OLD: ["3"]}


def test_alternates_serve_the_same_however_the_change_comes() -> None:
    demands = Demands.of(item=[BOARD, RADIO], day=[20, 26], quantity=micros([100, 5]), id=[1, 2])
    whole = chips(demands=demands, on_hand=[0, 40, 30, 31, 0])
    plan = chips(demands=Demands.none(), on_hand=[0, 0, 0, 0, 0])
    steps = [
        Changes(demands=Demands.of(item=[BOARD], day=[20], quantity=micros([100]), id=[1])),
        *(
            Changes(on_hand=(np.array([item], np.int32), micros([count])))
            for item, count in ((SMALL, 31), (OLD, 30), (CHIP, 40))
        ),
        Changes(demands=Demands.of(item=[RADIO], day=[26], quantity=micros([5]), id=[2])),
    ]
    for step in steps:
        plan.apply(step)

    assert ordered(plan) == ordered(whole) == {BOARD: ["100"], RADIO: ["5"], CHIP: ["20"]}


def test_an_alternate_whose_need_depends_on_its_own_use_is_left_out() -> None:
    # The stand-in is what the primary itself is made of: how much of it is free is not known before.
    items = ItemSites.of(3, on_hand=micros([0, 0, 50]), source=[1, 1, 0], step=[MICRO] * 3)
    plan = Plan.build(
        items,
        one_each([0, 1], [1, 2]),
        Demands.of(item=[0], day=[10], quantity=micros([20])),
        horizon=Horizon.days(30),
        alternates=Alternates.of(parent=[0], primary=[1], alternate=[2]),
    )

    assert ordered(plan) == {0: ["20"], 1: ["20"]}
