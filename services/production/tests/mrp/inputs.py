"""Random factories, once as the reference reads them and once as the engine does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from production.mrp import (
    MICRO,
    Alternates,
    Calendars,
    Demands,
    Edges,
    Horizon,
    ItemSites,
    LotRule,
    Plan,
    ReceiptKind,
    Receipts,
    Role,
    Source,
)

from . import reference as slow

RULES = {
    "lot for lot": LotRule.LOT_FOR_LOT,
    "fixed": LotRule.FIXED,
    "period": LotRule.PERIOD,
    "economic": LotRule.ECONOMIC,
    "up to": LotRule.UP_TO,
}
SOURCES = {
    "buy": Source.BUY,
    "make": Source.MAKE,
    "transfer": Source.TRANSFER,
    "phantom": Source.PHANTOM,
}
ROLES = {
    "component": Role.COMPONENT,
    "co-product": Role.CO_PRODUCT,
    "substitute": Role.SUBSTITUTE,
}
FIRST_DAY = -400

pieces = st.integers(0, 60).map(lambda n: n * MICRO)
fine = st.integers(0, 60_000_000)


@st.composite
def items(draw: st.DrawFn, calendars: int) -> slow.Item:
    step = draw(st.sampled_from([1, 1000, MICRO, MICRO, MICRO]))
    rule = draw(st.sampled_from(list(RULES)))
    safety = draw(st.sampled_from([0, 0, 5 * MICRO, 7_300_000]))
    value = {
        "lot for lot": 0,
        "fixed": draw(st.integers(1, 40)) * 700_000,
        "period": draw(st.integers(1, 9)),
        "economic": draw(st.integers(0, 90)) * MICRO,
        "up to": safety + draw(pieces),
    }[rule]
    item = slow.Item(
        on_hand=draw(st.sampled_from([0, 0, 10, 35, -4, 90])) * MICRO,
        safety=safety,
        step=step,
        yield_share=draw(
            st.sampled_from([1, 1, Fraction(97, 100), Fraction(1, 3), Fraction(5, 6)])
        ),
        source=draw(st.sampled_from(["buy", "make", "make", "transfer", "phantom"])),
        lead=draw(st.integers(0, 4)),
        calendar=draw(st.one_of(st.none(), st.integers(0, calendars - 1))) if calendars else None,
        rule=rule,
        value=value,
        window=draw(st.sampled_from([0, 2, 10_000])),
    )
    item.yield_share = Fraction(int(item.yield_share * MICRO), MICRO)
    if rule != "fixed":
        item.least = draw(st.sampled_from([0, 0, 3 * MICRO, 12_500_000]))
        item.multiple = draw(st.sampled_from([0, 0, 4 * MICRO, 1_700_000]))
        item.most = draw(st.sampled_from([0, 0, 40 * MICRO, 61_000_000]))
    else:
        item.value = max(item.value, 4 * step)
    return item


@st.composite
def factories(draw: st.DrawFn, most_items: int = 7, *, alternates: bool = False) -> slow.Input:
    starts = draw(
        st.sampled_from([list(range(11)), [0, 1, 2, 3, 4, 11, 18, 25], [7 * n for n in range(7)]])
    )
    calendars = draw(st.integers(0, 2))
    working = [
        {day for day in range(FIRST_DAY, 200) if day % 7 not in days_off}
        for days_off in draw(
            st.lists(st.sets(st.integers(0, 6), max_size=5), min_size=calendars, max_size=calendars)
        )
    ]
    made = draw(st.lists(items(calendars), min_size=1, max_size=most_items))
    place = draw(st.permutations(range(len(made))))
    edges: list[slow.Edge] = []
    for low in range(len(made)):
        for parent in draw(st.sets(st.integers(0, low - 1), max_size=3)) if low else ():
            role = draw(st.sampled_from(["component"] * 3 + ["co-product", "substitute"]))
            quantity = draw(st.sampled_from([MICRO, 2 * MICRO, 500_000, 1_333_333]))
            base = draw(st.sampled_from([MICRO, MICRO, 3 * MICRO, 12_500_000]))
            scrap = draw(st.sampled_from([0, 0, 20_000, 333_333])) if role == "component" else 0
            begin, end = draw(st.sampled_from([(-(10**6), 10**6)] * 4 + [(3, 9), (-5, 6), (2, 2)]))
            edges.append(
                slow.Edge(
                    place[parent],
                    place[low],
                    Fraction(quantity, base) / (1 - Fraction(scrap, MICRO)),
                    role,
                    begin,
                    end,
                )
            )
            edges[-1].quantity, edges[-1].base, edges[-1].scrap = quantity, base, scrap  # type: ignore[attr-defined]
    count = len(made)
    rows = st.tuples(st.integers(0, count - 1), st.integers(-3, starts[-1] + 3), fine)
    # Most demand is for what stands at the top, so that it reaches far down.
    top = st.tuples(st.just(place[0]), st.integers(0, starts[-1]), fine)
    demands = [
        slow.Demand(*one)
        for one in draw(st.lists(st.one_of(rows, top, top), min_size=1, max_size=9))
    ]
    receipts = [
        slow.Receipt(*one, id=at, firm_start=draw(st.one_of(st.none(), st.integers(-3, 12))))
        for at, one in enumerate(draw(st.lists(rows, max_size=5)))
    ]
    given = slow.Input(made, edges, demands, receipts, list(starts), working)
    lines = [edge for edge in edges if edge.role == "component"]
    if lines and count > 2 and (alternates or draw(st.booleans())):
        for at in draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=5)):
            given.alternates.append(
                alternate_of(
                    given,
                    lines[at],
                    draw(st.integers(0, count - 1)),
                    draw(st.sampled_from([MICRO, MICRO, 3 * MICRO, 1_333_333])),
                    draw(st.sampled_from([0, 0, 20_000])),
                    draw(st.sampled_from([(-(10**6), 10**6)] * 4 + [(2, 9)])),
                )
            )
            if alternates:
                # Short lines and full shelves, so that something is taken.
                made[lines[at].child].on_hand = 0
                made[given.alternates[-1].alternate].on_hand += draw(fine)
    return given


def alternate_of(
    given: slow.Input,
    line: slow.Edge,
    item: int,
    quantity: int,
    scrap: int,
    valid: tuple[int, int],
) -> slow.Alternate:
    """So much of another item for what the line asks; valid when both are."""
    base = line.base  # type: ignore[attr-defined]
    one = slow.Alternate(
        line.parent,
        line.child,
        item,
        given.edges.index(line),
        line.each,
        Fraction(quantity, base) / (1 - Fraction(scrap, MICRO)),
        max(valid[0], line.valid_from),
        min(valid[1], line.valid_to),
    )
    one.quantity, one.scrap, one.of = quantity, scrap, line  # type: ignore[attr-defined]
    return one


def alternates_of(chosen: list[slow.Alternate]) -> Alternates:
    """The engine's alternates for the reference's."""
    return Alternates.of(
        parent=[one.parent for one in chosen],
        primary=[one.primary for one in chosen],
        alternate=[one.alternate for one in chosen],
        line=[one.line for one in chosen],
        line_quantity=[one.of.quantity for one in chosen],  # type: ignore[attr-defined]
        line_scrap=[one.of.scrap for one in chosen],  # type: ignore[attr-defined]
        quantity=[one.quantity for one in chosen],  # type: ignore[attr-defined]
        scrap=[one.scrap for one in chosen],  # type: ignore[attr-defined]
        base=[one.of.base for one in chosen],  # type: ignore[attr-defined]
        valid_from=[one.valid_from for one in chosen],
        valid_to=[one.valid_to for one in chosen],
    )


def rows_of(chosen: list[slow.Item]) -> ItemSites:
    """The engine's rows for the reference's items."""
    return ItemSites.of(
        len(chosen),
        on_hand=[one.on_hand for one in chosen],
        safety_stock=[one.safety for one in chosen],
        step=[one.step for one in chosen],
        yield_share=[int(one.yield_share * MICRO) for one in chosen],
        source=[SOURCES[one.source] for one in chosen],
        lead_days=[one.lead for one in chosen],
        calendar=[-1 if one.calendar is None else one.calendar for one in chosen],
        lot_rule=[RULES[one.rule] for one in chosen],
        lot_value=[one.value for one in chosen],
        lot_min=[one.least for one in chosen],
        lot_max=[one.most for one in chosen],
        lot_multiple=[one.multiple for one in chosen],
        expedite_days=[one.window for one in chosen],
    )


def edges_of(chosen: list[slow.Edge]) -> Edges:
    """The engine's edges for the reference's."""
    return Edges.of(
        parent=[one.parent for one in chosen],
        child=[one.child for one in chosen],
        quantity=[one.quantity for one in chosen],  # type: ignore[attr-defined]
        base=[one.base for one in chosen],  # type: ignore[attr-defined]
        scrap=[one.scrap for one in chosen],  # type: ignore[attr-defined]
        valid_from=[one.valid_from for one in chosen],
        valid_to=[one.valid_to for one in chosen],
        role=[ROLES[one.role] for one in chosen],
    )


def demands_of(chosen: list[slow.Demand], ids: list[int] | None = None) -> Demands:
    """The engine's demands for the reference's."""
    return Demands.of(
        item=[one.item for one in chosen],
        day=[one.day for one in chosen],
        quantity=[one.quantity for one in chosen],
        id=ids,
    )


def receipts_of(chosen: list[slow.Receipt]) -> Receipts:
    """The engine's receipts for the reference's."""
    return Receipts.of(
        item=[one.item for one in chosen],
        day=[one.day for one in chosen],
        quantity=[one.quantity for one in chosen],
        id=[one.id for one in chosen],
        kind=[
            ReceiptKind.PURCHASE if one.firm_start is None else ReceiptKind.FIRM for one in chosen
        ],
        start_day=[one.firm_start or 0 for one in chosen],
    )


def calendars_of(given: slow.Input) -> Calendars:
    """The engine's calendars for the reference's."""
    if not given.working:
        return Calendars.none()
    days = range(FIRST_DAY, 200)
    return Calendars(
        np.array([[day in working for day in days] for working in given.working]),
        first_day=FIRST_DAY,
    )


def plan_of(given: slow.Input) -> Plan:
    """The engine's plan."""
    return Plan.build(
        rows_of(given.items),
        edges_of(given.edges),
        demands_of(given.demands),
        receipts_of(given.receipts),
        Horizon(np.array(given.starts, dtype=np.int32)),
        calendars_of(given),
        alternates_of(given.alternates),
    )
