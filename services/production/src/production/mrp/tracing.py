"""The compiled pass that looks through a plan's orders: what each waits for, and when it is ready.

What is matched of an item-site is not kept, only which order waits for which: a few numbers for each peg. Orders and
demands are nodes, numbered through; an edge leads from one to an order that it waits for, or to a receipt's day.
"""

from __future__ import annotations

import numpy as np

from production.mrp import matching
from production.mrp.compiled import compiled
from production.mrp.inputs import EVERY_DAY, WorkingDays
from production.mrp.kernels import (
    ALTERNATED,
    BIAS,
    CALENDAR,
    CO_PRODUCT,
    LEAD,
    OTHER,
    SUBSTITUTED,
    WORD,
    Scratch,
    State,
)
from production.mrp.values import Bools, Int32s, Int64s

LOW = 0xFFFFFFFF
ASKER, MAKER, DAY, ITEM, RECEIPT = range(5)
EDGE_COLUMNS = 5
DEMAND_ITEM, DEMAND_ID, DEMAND_DAY, SHORT = range(4)
DEMAND_COLUMNS = 4


@compiled
def reached(data: Int64s, first: Int64s, count: Int32s, rows: Int64s, families: Int64s) -> Int64s:
    """The lists that some lists lead to, by whatever way, themselves among them; ascending.

    Where families are given – ascending – a list leads to the others of its family as well.
    """
    found = np.zeros(len(first), dtype=np.bool_)
    stack = np.empty(len(first), dtype=np.int64)
    waiting = 0
    for row in rows:
        if not found[row]:
            found[row] = True
            stack[waiting] = row
            waiting += 1
    while waiting > 0:
        waiting -= 1
        row = stack[waiting]
        if len(families) > 0:
            for step in (-1, 1):
                other = row + step
                while 0 <= other < len(families) and families[other] == families[row]:
                    if not found[other]:
                        found[other] = True
                        stack[waiting] = other
                        waiting += 1
                    other += step
        for at in range(first[row], first[row] + count[row]):
            other = data[at, OTHER] & LOW
            if not found[other]:
                found[other] = True
                stack[waiting] = other
                waiting += 1
    return np.flatnonzero(found)


@compiled
def concerned(
    state: State,
    outof: Int64s,
    outof_first: Int64s,
    outof_count: Int32s,
    asked: Int64s,
    only: Bools,
) -> tuple[Int64s, Int64s]:
    """The item-sites to match, and by item-site where its orders' nodes begin; -1 where nobody asks for them."""
    lists = len(state.items)
    matched = np.zeros(lists, dtype=np.bool_)
    ordered = np.zeros(lists, dtype=np.bool_)
    stack = np.empty(lists, dtype=np.int64)
    waiting = 0
    for item in asked:
        if not matched[item]:
            matched[item] = True
            stack[waiting] = item
            waiting += 1
    while waiting > 0:
        waiting -= 1
        item = stack[waiting]
        first = state.into_first[item]
        # Its own orders first; then, what comes beside another item's order is ready with that order.
        for edge in range(first - 1, first + state.into_count[item]):
            maker = np.int64(item)
            if edge >= first:
                if (state.into[edge, OTHER] >> 32) != CO_PRODUCT:
                    continue
                maker = state.into[edge, OTHER] & LOW
            if ordered[maker]:
                continue
            ordered[maker] = True
            begin = outof_first[maker]
            for below in range(begin, begin + outof_count[maker]):
                child = outof[below, OTHER] & LOW
                if only[child] and not matched[child]:
                    matched[child] = True
                    stack[waiting] = child
                    waiting += 1
    base = np.full(lists + 1, -1, dtype=np.int64)
    nodes = np.int64(0)
    for item in range(lists):
        if ordered[item]:
            base[item] = nodes
            nodes += state.row_count[item]
    base[lists] = nodes
    return np.flatnonzero(matched), base


@compiled
def drawn(  # noqa: C901 - one compiled pass
    state: State,
    items: Int64s,
    asked: Bools,
    only: Bools,
    base: Int64s,
    scratch: Scratch,
) -> tuple[Int64s, Int64s, int]:
    """Who waits for what, and the demands asked of; and the item-site whose quantities pass the limit, or -1.

    Stock is there: nobody waits for it.
    """
    nodes = base[len(base) - 1]
    edges = np.empty((1024, EDGE_COLUMNS), dtype=np.int64)
    used = 0
    most = 0
    for item in items:
        if asked[item]:
            most += state.demand_count[item]
    demands = np.empty((most, DEMAND_COLUMNS), dtype=np.int64)
    counted = 0
    for item in items:
        needs, supplies, pegs, held = matching.matched(state, item, scratch)
        if not held:
            return edges[:0], demands[:0], item
        node = np.full(len(needs), -1, dtype=np.int64)
        for number in range(len(needs)):
            if needs[number, matching.NEED_KIND] == matching.DEMAND:
                if asked[item]:
                    node[number] = nodes + counted
                    demands[counted, DEMAND_ITEM] = item
                    demands[counted, DEMAND_ID] = needs[number, matching.NEED_DEMAND]
                    demands[counted, DEMAND_DAY] = needs[number, matching.NEED_DAY]
                    demands[counted, SHORT] = needs[number, matching.NEED_QUANTITY]
                    counted += 1
            elif needs[number, matching.NEED_KIND] != matching.BACKORDER and only[item]:
                parent = needs[number, matching.NEED_PARENT]
                if base[parent] >= 0:
                    offset = needs[number, matching.NEED_ROW] - state.row_first[parent]
                    node[number] = base[parent] + offset
        if used + len(pegs) > len(edges):
            grown = np.empty((2 * (used + len(pegs)), EDGE_COLUMNS), dtype=np.int64)
            grown[:used] = edges[:used]
            edges = grown
        for at in range(len(pegs)):
            asker = node[pegs[at, matching.NEED]]
            if asker < 0:
                continue
            if asker >= nodes:
                demands[asker - nodes, SHORT] -= pegs[at, matching.TAKEN]
            supply = supplies[pegs[at, matching.SUPPLY]]
            if supply[matching.SUPPLY_KIND] == matching.STOCK:
                continue
            maker = np.int64(-1)
            if supply[matching.ROW] >= 0:
                maker = supply[matching.MAKER] if supply[matching.MAKER] >= 0 else np.int64(item)
                maker = base[maker] + supply[matching.ROW] - state.row_first[maker]
            edges[used, ASKER] = asker
            edges[used, MAKER] = maker
            edges[used, DAY] = max(supply[matching.SUPPLY_DAY], 0)
            edges[used, ITEM] = item
            edges[used, RECEIPT] = supply[matching.RECEIPT]
            used += 1
    return edges[:used], demands[:counted], -1


@compiled
def grouped(edges: Int64s, nodes: int) -> tuple[Int64s, Int64s]:
    """Where each node's edges begin, and which they are, in the order in which they were drawn."""
    begin = np.zeros(nodes + 1, dtype=np.int64)
    for at in range(len(edges)):
        begin[edges[at, ASKER] + 1] += 1
    for node in range(nodes):
        begin[node + 1] += begin[node]
    next_ = begin[:nodes].copy()
    order = np.empty(len(edges), dtype=np.int64)
    for at in range(len(edges)):
        asker = edges[at, ASKER]
        order[next_[asker]] = at
        next_[asker] += 1
    return begin, order


@compiled
def day_index(days: WorkingDays, calendar: int, day: int) -> int:
    """The place of the last working day at or before a day."""
    offset = day - days.first_day
    if offset < 0:
        return offset
    length = days.passed.shape[1]
    if offset < length:
        return days.passed[calendar, offset] - 1
    return days.passed[calendar, length - 1] - 1 + offset - (length - 1)


@compiled
def day_at(days: WorkingDays, calendar: int, index: int) -> int:
    """The working day at a place."""
    if index < 0:
        return days.first_day + index
    length = days.passed.shape[1]
    count = days.passed[calendar, length - 1]
    if index < count:
        return days.workdays[calendar, index]
    return days.first_day + length - 1 + index - (count - 1)


@compiled
def ready_day(days: WorkingDays, calendar: int, lead: int, start: int) -> int:
    """When something started on a day is ready; on a day off it starts the next working day."""
    if lead == 0:
        return start
    if calendar == EVERY_DAY:
        return start + lead
    index = day_index(days, calendar, start)
    if day_at(days, calendar, index) < start:
        index += 1
    return day_at(days, calendar, index + lead)


@compiled
def looked_through(  # noqa: C901 - one compiled pass
    state: State,
    days: WorkingDays,
    base: Int64s,
    edges: Int64s,
    demands: Int64s,
) -> tuple[Int64s, Int64s]:
    """When each node is ready, and the edge that it waits for last, -1 where it waits for none.

    What comes beside an order may go into its own making; met again on the way down, it counts as ready when planned.
    """
    lists = len(base) - 1
    orders = base[lists]
    nodes = orders + len(demands)
    begin, order = grouped(edges, nodes)
    ready = np.full(nodes, -1, dtype=np.int64)
    waits = np.full(nodes, -1, dtype=np.int64)
    planned = np.empty(orders, dtype=np.int64)
    start = np.empty(nodes, dtype=np.int64)
    item_of = np.empty(orders, dtype=np.int64)
    for item in range(lists):
        if base[item] < 0:
            continue
        first = state.row_first[item]
        for offset in range(state.row_count[item]):
            node = base[item] + offset
            word = state.rows[first + offset, WORD]
            planned[node] = state.bucket_start[word & 0xFFFF]
            alternated = ((word >> 16) & ALTERNATED) != 0
            start[node] = np.int64(0) if alternated else max((word >> 24) - BIAS, 0)
            # What is asked of a substitute is there when the substitute is.
            taken = ((word >> 16) & SUBSTITUTED) != 0
            item_of[node] = -1 if taken else item
    for at in range(len(demands)):
        start[orders + at] = max(demands[at, DEMAND_DAY], 0)
    next_ = begin[:nodes].copy()
    on_path = np.zeros(nodes, dtype=np.bool_)
    stack = np.empty(nodes + 1, dtype=np.int64)
    for demand in range(orders, nodes):
        depth = 0
        stack[0] = demand
        on_path[demand] = True
        while depth >= 0:
            node = stack[depth]
            below = np.int64(-1)
            while next_[node] < begin[node + 1]:
                edge = order[next_[node]]
                maker = edges[edge, MAKER]
                if maker < 0:
                    day = edges[edge, DAY]
                elif ready[maker] >= 0:
                    day = ready[maker]
                elif on_path[maker]:
                    day = planned[maker]
                else:
                    below = maker
                    break
                if day > start[node]:
                    start[node] = day
                    waits[node] = edge
                next_[node] += 1
            if below >= 0:
                depth += 1
                stack[depth] = below
                on_path[below] = True
                continue
            on_path[node] = False
            depth -= 1
            if node >= orders:
                ready[node] = start[node]
                continue
            day = start[node]
            if item_of[node] >= 0:
                lead = state.items[item_of[node], LEAD]
                calendar = state.items[item_of[node], CALENDAR]
                day = np.int64(ready_day(days, calendar, lead, int(day)))
            ready[node] = max(planned[node], day)
    return ready, waits


@compiled
def limits(edges: Int64s, waits: Int64s, orders: int, demands: int) -> Int64s:
    """By demand the edge at whose end nothing is waited for any more, -1 where it waits for nothing."""
    found = np.full(demands, -1, dtype=np.int64)
    met = np.full(orders, -1, dtype=np.int64)
    for demand in range(demands):
        edge = waits[orders + demand]
        while edge >= 0:
            found[demand] = edge
            maker = edges[edge, MAKER]
            if maker < 0 or met[maker] == demand:
                break
            met[maker] = demand
            edge = waits[maker]
    return found
