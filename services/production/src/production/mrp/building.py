"""From the caller's arrays to the engine's: checked, ordered by item-site, packed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from production.mrp import kernels
from production.mrp.inputs import (
    DAY_MAX,
    EVERY_DAY,
    Alternates,
    Calendars,
    Demands,
    Edges,
    Horizon,
    ItemSites,
    Receipts,
    check_days,
    check_quantities,
    refuse,
)
from production.mrp.lists import Lists, Pool
from production.mrp.values import (
    MICRO,
    QUANTITY_MAX,
    CycleFound,
    Int32s,
    Int64s,
    InvalidInput,
    LotRule,
    ReceiptKind,
    Role,
    Source,
)

LEAD_MAX = 20_000


class LeadTimes:
    """One row per calendar and lead time: the day to start for each bucket of need."""

    __slots__ = ("_calendars", "_horizon", "_place", "table")

    def __init__(self, calendars: Calendars, horizon: Horizon) -> None:
        self._calendars = calendars
        self._horizon = horizon
        self._place: dict[tuple[int, int], int] = {}
        self.table: Int32s = np.zeros((0, horizon.buckets), dtype=np.int32)

    def copy(self) -> LeadTimes:
        """The same rows, to be added to apart."""
        other = LeadTimes(self._calendars, self._horizon)
        other._place = dict(self._place)
        other.table = self.table
        return other

    def places(self, calendar: Int32s, lead: Int32s) -> Int64s:
        """The row of each pair; new pairs get new rows."""
        key = (calendar.astype(np.int64) + 1) * (LEAD_MAX + 1) + lead
        pairs, inverse = np.unique(key, return_inverse=True)
        rows: list[Int32s] = []
        places = np.empty(len(pairs), dtype=np.int64)
        due = self._horizon.starts[:-1].astype(np.int64)
        for at, pair in enumerate(pairs):
            one = (int(pair) // (LEAD_MAX + 1) - 1, int(pair) % (LEAD_MAX + 1))
            if one not in self._place:
                self._place[one] = len(self._place)
                rows.append(self._calendars.starts(*one, due).astype(np.int32))
            places[at] = self._place[one]
        if rows:
            self.table = np.ascontiguousarray(np.vstack([self.table, *rows]))
        return places[inverse]


def pack_items(items: ItemSites, leads: LeadTimes, calendars: Calendars) -> Int64s:
    """Check the item-sites and lay each one's numbers side by side."""
    table = "items"
    for column in ("safety_stock", "lot_value", "lot_min", "lot_max", "lot_multiple"):
        check_quantities(table, getattr(items, column))
    check_quantities(table, items.on_hand, lowest=-QUANTITY_MAX)
    refuse(table, (items.step < 1) | (items.step > 10**15), "the step must be positive")
    refuse(
        table,
        (items.yield_share < 1) | (items.yield_share > MICRO),
        "the yield must be above 0 and at most 1",
    )
    refuse(table, (items.source < 0) | (items.source > max(Source)), "an unknown source")
    refuse(table, (items.lot_rule < 0) | (items.lot_rule > max(LotRule)), "an unknown lot rule")
    refuse(
        table,
        (items.lead_days < 0) | (items.lead_days > LEAD_MAX),
        f"the lead time must be between 0 and {LEAD_MAX} days",
    )
    refuse(
        table,
        (items.calendar < EVERY_DAY) | (items.calendar >= calendars.count),
        "an unknown calendar",
    )
    refuse(
        table,
        (items.expedite_days < 0) | (items.expedite_days > DAY_MAX),
        "the window for expediting must be between 0 and a million days",
    )
    rule = items.lot_rule
    refuse(table, (rule == LotRule.FIXED) & (items.lot_value < 1), "a fixed lot needs a quantity")
    refuse(
        table,
        (rule == LotRule.PERIOD) & ((items.lot_value < 1) | (items.lot_value > DAY_MAX)),
        "a period lot needs a number of days",
    )
    refuse(
        table,
        (rule == LotRule.UP_TO) & (items.lot_value < items.safety_stock),
        "the level to order up to is below the safety stock",
    )
    packed = np.zeros((len(items), kernels.ITEM_COLUMNS), dtype=np.int64)
    phantom = items.source == Source.PHANTOM
    packed[:, kernels.ON_HAND] = items.on_hand
    packed[:, kernels.SAFETY] = items.safety_stock
    packed[:, kernels.STEP] = items.step
    packed[:, kernels.YIELD] = items.yield_share
    packed[:, kernels.SOURCE] = items.source
    # A phantom is never made by itself: no lead time, no lot, no calendar.
    packed[:, kernels.LEAD] = np.where(phantom, 0, items.lead_days)
    packed[:, kernels.CALENDAR] = np.where(phantom, EVERY_DAY, items.calendar)
    packed[:, kernels.PROFILE] = leads.places(
        packed[:, kernels.CALENDAR].astype(np.int32), packed[:, kernels.LEAD].astype(np.int32)
    )
    packed[:, kernels.RULE] = np.where(phantom, LotRule.LOT_FOR_LOT, rule)
    packed[:, kernels.VALUE] = items.lot_value
    packed[:, kernels.EXPEDITE] = items.expedite_days
    _pack_lots(items, packed, phantom)
    return packed


def _pack_lots(
    items: ItemSites, packed: Int64s, phantom: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> None:
    # Minimum, multiple and maximum in whole steps and multiples, so that every order can keep all of them.
    fixed = items.lot_rule == LotRule.FIXED
    step = items.step
    multiple = _up(np.where(fixed, items.lot_value, items.lot_multiple), step)
    unit = np.where(multiple > 0, multiple, step)
    least = _up(np.where(fixed, items.lot_value, items.lot_min), unit)
    given = np.where(fixed, items.lot_value, items.lot_max)
    most = np.where(fixed, multiple, given // unit * unit)
    refuse(
        "items",
        ~phantom & (given > 0) & (most < np.maximum(least, unit)),
        "the largest lot is below the smallest",
    )
    good = most // MICRO * items.yield_share + most % MICRO * items.yield_share // MICRO
    good = good // step * step
    refuse(
        "items", ~phantom & (most > 0) & (good < 1), "the largest lot brings nothing at this yield"
    )
    packed[:, kernels.MIN] = np.where(phantom, 0, least)
    packed[:, kernels.MAX] = np.where(phantom, 0, most)
    packed[:, kernels.MULTIPLE] = np.where(phantom, 0, multiple)
    packed[:, kernels.LOT_GOOD] = np.where(phantom, 0, good)


def _up(quantity: Int64s, unit: Int64s) -> Int64s:
    return -(-quantity // unit) * unit


def lists_of(keys: Int32s, columns: list[Int64s | Int32s], count: int) -> Lists:
    """Rows grouped by item-site."""
    order, first, counted = kernels.grouped(keys, count)
    data = np.empty((len(keys), len(columns)), dtype=np.int64)
    for at, column in enumerate(columns):
        data[:, at] = column[order]
    return Lists(Pool(data, len(data)), first, counted)


def check_item(table: str, item: Int32s, count: int) -> None:
    """A row speaks of an item-site that is there."""
    refuse(table, (item < 0) | (item >= count), "an unknown item-site")


def pack_demands(demands: Demands, count: int) -> Lists:
    """Check the demands and group them."""
    check_item("demands", demands.item, count)
    check_quantities("demands", demands.quantity)
    check_days("demands", demands.day)
    return lists_of(demands.item, [demands.quantity, demands.day, demands.id], count)


def check_receipts(receipts: Receipts, count: int) -> None:
    """Refuse receipts that cannot be."""
    check_item("receipts", receipts.item, count)
    check_quantities("receipts", receipts.quantity)
    check_days("receipts", receipts.day)
    check_days("receipts", receipts.start_day)
    refuse(
        "receipts",
        (receipts.kind < 0) | (receipts.kind > max(ReceiptKind)),
        "an unknown kind",
    )


def pack_receipts(receipts: Receipts, count: int) -> Lists:
    """Check the receipts and group them, each item-site's by day."""
    check_receipts(receipts, count)
    order = np.lexsort((receipts.id, receipts.day))
    columns: list[Int64s | Int32s] = [
        receipts.quantity[order],
        receipts.day[order],
        receipts.id[order],
        receipts.kind[order].astype(np.int64),
        receipts.start_day[order],
    ]
    return lists_of(receipts.item[order], columns, count)


def pack_edges(edges: Edges, count: int) -> tuple[Int64s, Int64s]:
    """Check the edges; each one's row for its child (naming the parent) and for its parent (naming the child)."""
    table = "edges"
    check_item(table, edges.parent, count)
    check_item(table, edges.child, count)
    check_quantities(table, edges.quantity, lowest=1)
    check_quantities(table, edges.base, lowest=1)
    refuse(
        table, (edges.scrap < 0) | (edges.scrap >= MICRO), "scrap must be at least 0 and below 1"
    )
    refuse(table, (edges.role < 0) | (edges.role > max(Role)), "an unknown role")
    refuse(
        table,
        (edges.role != Role.COMPONENT) & (edges.scrap != 0),
        "scrap is for components alone",
    )
    numerators, denominators, bad = kernels.fractions(edges.quantity, edges.base, edges.scrap)
    if bad >= 0:
        raise InvalidInput(table, bad, "the quantity per parent is too fine to be exact")
    begin = np.clip(edges.valid_from, 0, DAY_MAX).astype(np.int64)
    end = np.clip(edges.valid_to, 0, DAY_MAX).astype(np.int64)
    into = np.empty((len(edges), kernels.EDGE_COLUMNS), dtype=np.int64)
    role = edges.role.astype(np.int64) << 32
    into[:, kernels.OTHER] = edges.parent | role
    into[:, kernels.NUMERATOR] = numerators
    into[:, kernels.DENOMINATOR] = denominators
    into[:, kernels.VALIDITY] = begin | end << 32
    outof = into.copy()
    outof[:, kernels.OTHER] = edges.child | role
    return into, outof


def pack_alternates(given: Alternates, count: int) -> tuple[Int64s, Int64s, Int64s]:
    """Check the alternates; the kernel's table of them, by primary and line, and links from and to their primaries.

    An alternate is left out, as if it were not given, where it is its own primary, or where the ratio between the two
    is too fine to be held exactly.
    """
    table = "alternates"
    for item in (given.parent, given.primary, given.alternate):
        check_item(table, item, count)
    for quantity in (given.line_quantity, given.quantity, given.base):
        check_quantities(table, quantity, lowest=1)
    for scrap in (given.line_scrap, given.scrap):
        refuse(table, (scrap < 0) | (scrap >= MICRO), "scrap must be at least 0 and below 1")
    packed = np.zeros((len(given), kernels.ALTERNATE_COLUMNS), dtype=np.int64)
    line = kernels.fractions(given.line_quantity, given.base, given.line_scrap)
    each = kernels.fractions(given.quantity, given.base, given.scrap)
    for top, _, bad in (line, each):
        if bad >= 0 and len(top):
            raise InvalidInput(table, bad, "the quantity per parent is too fine to be exact")
    begin = np.clip(given.valid_from, 0, DAY_MAX).astype(np.int64)
    end = np.clip(given.valid_to, 0, DAY_MAX).astype(np.int64)
    for column, values in (
        (kernels.PARENT, given.parent), (kernels.PRIMARY, given.primary), (kernels.ALTERNATE, given.alternate),
        (kernels.LINE_TOP, line[0]), (kernels.LINE_BOTTOM, line[1]), (kernels.VALID, begin | end << 32),
        (kernels.LINE, given.line), (kernels.USED, np.ones(len(given), dtype=np.int64)),
    ):  # fmt: skip
        packed[:, column] = values
    kept: list[int] = []
    for row in range(len(given)):
        ratio = Fraction(
            int(each[0][row]) * int(line[1][row]), int(each[1][row]) * int(line[0][row])
        )
        fine = ratio.numerator * ratio.denominator > QUANTITY_MAX
        if not fine and given.primary[row] != given.alternate[row]:
            packed[row, kernels.TOP], packed[row, kernels.BOTTOM] = ratio.as_integer_ratio()
            kept.append(row)
    packed = packed[kept]
    packed = packed[np.lexsort((packed[:, kernels.LINE], packed[:, kernels.PRIMARY]))]
    into = np.ones((len(packed), kernels.EDGE_COLUMNS), dtype=np.int64)
    link = (np.arange(len(packed), dtype=np.int64) << kernels.LINK_SHIFT | kernels.LINK) << 32
    into[:, kernels.VALIDITY] = 0
    into[:, kernels.OTHER] = packed[:, kernels.PRIMARY] | link
    outof = into.copy()
    outof[:, kernels.OTHER] = packed[:, kernels.ALTERNATE] | link
    return packed, into, outof


def order_with_alternates(
    count: int, into: Lists, outof: Lists, alternates: Int64s
) -> tuple[Int32s, Int32s]:
    """Low-level codes and the order of planning; alternates that depend on themselves are marked as not used."""
    lists = (
        into.pool.data, into.first, into.count,
        outof.pool.data, outof.first, outof.count,
    )  # fmt: skip
    there = alternates[:, kernels.USED] >= 0
    alternates[there, kernels.USED] = 1
    levels, sequence = kernels.order_with_alternates(count, *lists, alternates)
    if len(sequence) < count:
        round_ = [
            int(n)
            for n in np.flatnonzero(there)
            if kernels.goes_round(count, *lists, alternates, int(n))
        ]
        alternates[round_, kernels.USED] = 0
        levels, sequence = kernels.order_with_alternates(count, *lists, alternates)
    return levels, sequence


def edge_lists(keys: Int32s, packed: Int64s, count: int) -> Lists:
    """Edges grouped by item-site."""
    order, first, counted = kernels.grouped(keys, count)
    return Lists(Pool(packed[order], len(packed)), first, counted)


def levels_of(count: int, into: Lists, outof: Lists) -> tuple[Int32s, Int32s]:
    """Low-level codes and the order of planning; a circle is refused by name."""
    levels, sequence = kernels.sort_levels(
        count,
        into.pool.data, into.first, into.count,
        outof.pool.data, outof.first, outof.count,
    )  # fmt: skip
    if len(sequence) < count:
        raise CycleFound(_circle(count, into, sequence))
    return levels, sequence


def _circle(count: int, into: Lists, sorted_: Int32s) -> tuple[int, ...]:
    stuck = np.ones(count, dtype=np.bool_)
    stuck[sorted_] = False
    item = int(np.argmax(stuck))
    seen: dict[int, int] = {}
    path: list[int] = []
    # Whoever could not be sorted has a parent that could not either: going up must come round.
    while item not in seen:
        seen[item] = len(path)
        path.append(item)
        parents = into.of(item)[:, kernels.OTHER] & 0xFFFFFFFF
        item = next(int(parent) for parent in parents if stuck[parent])
    circle = path[seen[item] :]
    circle.reverse()
    return (*circle, circle[0])


def circle_through(parent: int, child: int, outof: Lists) -> tuple[int, ...]:
    """The circle that an edge from parent to child closes."""
    came: dict[int, int] = {child: parent}
    stack = [child]
    while stack:
        item = stack.pop()
        if item == parent:
            break
        others = outof.of(item)[:, kernels.OTHER]
        for below in others[(others >> 32) & 3 != kernels.LINK] & 0xFFFFFFFF:
            if int(below) not in came:
                came[int(below)] = item
                stack.append(int(below))
    path = [parent]
    if parent != child:
        item = came[parent]
        while item != child:
            path.append(item)
            item = came[item]
        path.append(child)
    path.append(parent)
    path.reverse()
    return tuple(path)
