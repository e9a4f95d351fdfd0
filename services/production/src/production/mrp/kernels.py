"""The pass over the supply graph: gross to net to orders, item-site by item-site, parents first.

An item-site's plan is a function of its own row, its demands and receipts, and its parents' orders. So each
item-site *pulls* what its parents' orders need: nothing but orders is kept between levels, the lists of one
item-site lie together in memory, and a net change runs the same function for those whose input changed.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from production.mrp.compiled import compiled, inlined
from production.mrp.values import QUANTITY_MAX, Bools, Int8s, Int16s, Int32s, Int64s

# Columns of an item-site, side by side so that one visit fetches two cache lines.
ON_HAND, SAFETY, STEP, YIELD, SOURCE, PROFILE, RULE, VALUE = 0, 1, 2, 3, 4, 5, 6, 7
MIN, MAX, MULTIPLE, EXPEDITE, LEAD, CALENDAR, SUBSTITUTED_BY, LOT_GOOD = (
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
)
ITEM_COLUMNS = 16
# Columns of a demand, a receipt, an edge and an order.
QUANTITY, DAY, ID, KIND, START = 0, 1, 2, 3, 4
DEMAND_COLUMNS, RECEIPT_COLUMNS = 3, 5
OTHER, NUMERATOR, DENOMINATOR, VALIDITY = 0, 1, 2, 3
EDGE_COLUMNS = 4
WORD = 1
ROW_COLUMNS = 2
# Columns of an alternate of a bill's line.
PARENT, PRIMARY, ALTERNATE, LINE_TOP, LINE_BOTTOM, TOP, BOTTOM, VALID, LINE, USED = range(10)
ALTERNATE_COLUMNS = 10

COMPONENT, CO_PRODUCT, SUBSTITUTE = 0, 1, 2
LINK = 3
"""The low bits of an edge that links a primary with its alternate; above them which alternate it is."""
LINK_SHIFT = 2
HAS_SUBSTITUTE, HAS_ALTERNATE, IS_ALTERNATE = 1, 2, 4
ALTERNATES, OWN_NEEDS = 1, 2
"""Why an item-site is planned anew: what is free of its alternates may have changed, or anything of its own.

Two that stand in for each other would else call each other for ever.
"""
MAKE, PHANTOM = 1, 3
FIRM_KIND = 3
PERIOD, ECONOMIC, UP_TO = 2, 3, 4
FIRM, SUBSTITUTED, SPLIT, ALTERNATED = 1, 2, 4, 8
BIAS = 1 << 30
LIMIT = float(QUANTITY_MAX)
ONE = 1_000_000


class State(NamedTuple):
    """Everything that one pass reads, and the pool of orders that it writes."""

    items: Int64s
    demands: Int64s
    demand_first: Int64s
    demand_count: Int32s
    receipts: Int64s
    receipt_first: Int64s
    receipt_count: Int32s
    into: Int64s
    into_first: Int64s
    into_count: Int32s
    rows: Int64s
    row_first: Int64s
    row_count: Int32s
    start_of: Int32s
    bucket_start: Int32s
    bucket_of_day: Int16s
    levels: Int32s
    alternates: Int64s
    spare: int
    """Rows that one item-site's alternates may need at most."""


class Scratch(NamedTuple):
    """Room for one item-site's work."""

    gross: Int64s
    supply: Int64s
    net_at: Int32s
    net: Int64s
    last: Int32s
    best: Int64s


def scratch_for(buckets: int) -> Scratch:
    """Room for item-sites of so many buckets."""
    return Scratch(
        gross=np.zeros(buckets, dtype=np.int64),
        supply=np.zeros(buckets, dtype=np.int64),
        net_at=np.zeros(buckets, dtype=np.int32),
        net=np.zeros(buckets, dtype=np.int64),
        last=np.zeros(buckets, dtype=np.int32),
        best=np.zeros(buckets + 1, dtype=np.int64),
    )


@inlined
def share_up(quantity: int, numerator: int, denominator: int) -> int:
    """quantity × numerator / denominator, rounded up; -1 if it passes the limit."""
    if float(quantity) * float(numerator) > LIMIT * float(denominator):
        return -1
    if denominator == 1:
        return quantity * numerator
    whole = quantity // denominator
    product = (quantity - whole * denominator) * numerator
    part = product // denominator
    if part * denominator < product:
        part += 1
    return whole * numerator + part


@inlined
def share_down(quantity: int, numerator: int, denominator: int) -> int:
    """quantity × numerator / denominator, rounded down; -1 if it passes the limit."""
    if float(quantity) * float(numerator) > LIMIT * float(denominator):
        return -1
    if denominator == 1:
        return quantity * numerator
    whole = quantity // denominator
    return whole * numerator + (quantity - whole * denominator) * numerator // denominator


@inlined
def stepped_up(quantity: int, step: int) -> int:
    """The next whole number of steps."""
    if step == 1:
        return quantity
    return (quantity + step - 1) // step * step


@inlined
def needed(quantity: int, numerator: int, denominator: int, step: int) -> int:
    """What one order needs of a component, in the component's steps; -1 if it passes the limit."""
    share = share_up(quantity, numerator, denominator)
    return share if share < 0 else stepped_up(share, step)


@inlined
def good_of(quantity: int, yield_share: int, step: int) -> int:
    """What an order is expected to bring, in whole steps."""
    if yield_share == ONE:
        return quantity
    return share_down(quantity, yield_share, ONE) // step * step


@inlined
def order_for(items: Int64s, item: int, need: int) -> tuple[int, int]:
    """The quantity to order for a need, and what it brings: yield, then maximum, minimum, multiple.

    Orders above the maximum are several, all full but the last; their quantities are added here.
    """
    step = items[item, STEP]
    yield_share = items[item, YIELD]
    most = items[item, MAX]
    need = stepped_up(need, step)
    full = 0
    if most > 0:
        full = need // items[item, LOT_GOOD]
        need -= full * items[item, LOT_GOOD]
        if float(full) * float(most) > LIMIT:
            return -1, 0
    rest = 0
    if need > 0:
        rest = share_up(need, ONE, yield_share)
        if rest < 0:
            return -1, 0
        rest = stepped_up(rest, step)
        rest = max(rest, items[item, MIN])
        if items[item, MULTIPLE] > 0:
            rest = stepped_up(rest, items[item, MULTIPLE])
        if rest > QUANTITY_MAX:
            return -1, 0
    order = full * most + rest
    good = full * items[item, LOT_GOOD] + good_of(rest, yield_share, step)
    return order, good


@compiled
def split_need(
    items: Int64s, parent: int, quantity: int, numerator: int, denominator: int, step: int
) -> int:
    """What orders of a parent that were split by its maximum need, each rounded by itself."""
    most = items[parent, MAX]
    full = quantity // most
    each = needed(most, numerator, denominator, step)
    rest = needed(quantity - full * most, numerator, denominator, step)
    if each < 0 or rest < 0 or float(full) * float(each) > LIMIT:
        return -1
    return full * each + rest


@compiled
def split_gift(
    items: Int64s, parent: int, quantity: int, numerator: int, denominator: int, step: int
) -> int:
    """What orders of a parent that were split by its maximum bring of a co-product."""
    most = items[parent, MAX]
    full = quantity // most
    each = share_down(most, numerator, denominator)
    rest = share_down(quantity - full * most, numerator, denominator)
    if each < 0 or rest < 0 or float(full) * float(each) > LIMIT:
        return -1
    return full * (each // step * step) + rest // step * step


@inlined
def asked(
    items: Int64s,
    parent: int,
    quantity: int,
    flags: int,
    numerator: int,
    denominator: int,
    step: int,
) -> int:
    """What the orders in one row need of a component; -1 if it passes the limit."""
    if (flags & SPLIT) != 0:
        return split_need(items, parent, quantity, numerator, denominator, step)
    return needed(quantity, numerator, denominator, step)


@inlined
def given(
    items: Int64s,
    parent: int,
    quantity: int,
    flags: int,
    numerator: int,
    denominator: int,
    step: int,
) -> int:
    """What the orders in one row bring of a co-product; -1 if it passes the limit."""
    if (flags & SPLIT) != 0:
        return split_gift(items, parent, quantity, numerator, denominator, step)
    gift = share_down(quantity, numerator, denominator)
    return gift if gift < 0 else gift // step * step


@inlined
def valid_day(word: int, validity: int) -> int:
    """The day on which an order begins, -1 if the edge is not valid then. What is late begins today."""
    day = max((word >> 24) - BIAS, 0)
    if day < (validity & 0xFFFFFFFF) or day >= (validity >> 32):
        return -1
    return day


@inlined
def gather(state: State, item: int, gross: Int64s, supply: Int64s) -> bool:  # noqa: C901 - one compiled pass
    """Add up an item-site's gross requirements and the co-products it is given, by bucket."""
    gross[:] = 0
    supply[:] = 0
    items, rows, bucket_of_day = state.items, state.rows, state.bucket_of_day
    end = len(bucket_of_day)
    first = state.demand_first[item]
    for at in range(first, first + state.demand_count[item]):
        day = state.demands[at, DAY]
        if day < end:
            bucket = bucket_of_day[max(day, 0)]
            gross[bucket] += state.demands[at, QUANTITY]
            if gross[bucket] > QUANTITY_MAX:
                return False
    step = items[item, STEP]
    first = state.into_first[item]
    for edge in range(first, first + state.into_count[item]):
        parent = state.into[edge, OTHER] & 0xFFFFFFFF
        role = state.into[edge, OTHER] >> 32
        numerator = state.into[edge, NUMERATOR]
        denominator = state.into[edge, DENOMINATOR]
        validity = state.into[edge, VALIDITY]
        start = state.row_first[parent]
        stop = start + state.row_count[parent]
        if role == COMPONENT:
            for row in range(start, stop):
                word = rows[row, WORD]
                flags = (word >> 16) & 0xFF
                day = valid_day(word, validity)
                if (flags & SUBSTITUTED) == 0 and 0 <= day < end:
                    need = asked(
                        items, parent, rows[row, QUANTITY], flags, numerator, denominator, step
                    )
                    bucket = bucket_of_day[day]
                    gross[bucket] += need
                    if need < 0 or gross[bucket] > QUANTITY_MAX:
                        return False
        elif role == CO_PRODUCT:
            for row in range(start, stop):
                word = rows[row, WORD]
                flags = (word >> 16) & 0xFF
                if (flags & SUBSTITUTED) == 0 and valid_day(word, validity) >= 0:
                    gift = given(
                        items, parent, rows[row, QUANTITY], flags, numerator, denominator, step
                    )
                    supply[word & 0xFFFF] += gift
                    if gift < 0 or supply[word & 0xFFFF] > QUANTITY_MAX:
                        return False
        elif role == SUBSTITUTE:
            for row in range(start, stop):
                word = rows[row, WORD]
                if ((word >> 16) & (SUBSTITUTED | ALTERNATED)) == SUBSTITUTED:
                    need = needed(rows[row, QUANTITY], numerator, denominator, step)
                    gross[word & 0xFFFF] += need
                    if need < 0 or gross[word & 0xFFFF] > QUANTITY_MAX:
                        return False
    return True


@inlined
def receipt_good(state: State, at: int, item: int) -> int:
    """What a receipt is expected to bring; a firm order's quantity is before its yield."""
    if state.receipts[at, KIND] == FIRM_KIND:
        return good_of(
            state.receipts[at, QUANTITY], state.items[item, YIELD], state.items[item, STEP]
        )
    return state.receipts[at, QUANTITY]


@inlined
def net_of(state: State, item: int, scratch: Scratch) -> int:
    """Net requirements by bucket: what stock, co-products and receipts do not cover.

    A receipt that is late by no more than the item-site's window is taken to be expedited: the plan asks
    for it sooner rather than ordering twice. Returns how many buckets have a net requirement, -1 on overflow.
    """
    level = state.items[item, ON_HAND]
    safety = state.items[item, SAFETY]
    window = state.items[item, EXPEDITE]
    at = state.receipt_first[item]
    stop = at + state.receipt_count[item]
    count = 0
    for bucket in range(len(state.bucket_start) - 1):
        next_start = state.bucket_start[bucket + 1]
        while at < stop and state.receipts[at, DAY] < next_start:
            level += receipt_good(state, at, item)
            at += 1
        level += scratch.supply[bucket]
        level -= scratch.gross[bucket]
        if level < safety:
            latest = state.bucket_start[bucket] + window
            while level < safety and at < stop and state.receipts[at, DAY] <= latest:
                level += receipt_good(state, at, item)
                at += 1
            if level < safety:
                scratch.net_at[count] = bucket
                scratch.net[count] = safety - level
                count += 1
                level = safety
        if level > QUANTITY_MAX or (count > 0 and scratch.net[count - 1] > QUANTITY_MAX):
            return -1
    return count


@compiled
def group(state: State, scratch: Scratch, count: int, ratio: int) -> bool:
    """Which net requirements one order should cover together (Wagner and Whitin, Management Science 5, 1958).

    The dearest carrying that pays is the set-up: looking back ends where carrying a requirement alone costs
    more. Of equal costs the one with less stock is taken. Costs are counted in unit-days, `ratio` is a set-up.
    """
    total = 0.0
    for k in range(count):
        total += float(scratch.net[k])
    days = float(state.bucket_start[scratch.net_at[count - 1]]) + 1.0
    if total * days + float(ratio) * count > LIMIT:
        return False
    scratch.best[0] = 0
    for k in range(count):
        day = np.int64(state.bucket_start[scratch.net_at[k]])
        carrying = np.int64(0)
        cheapest = np.int64(-1)
        chosen = k
        weight = np.int64(0)
        later = day
        for j in range(k, -1, -1):
            here = np.int64(state.bucket_start[scratch.net_at[j]])
            if scratch.net[k] * (day - here) > ratio:
                break
            carrying += weight * (later - here)
            weight += scratch.net[j]
            later = here
            # `carrying` is the cost of holding all of j+1…k since j.
            cost = scratch.best[j] + ratio + carrying
            if cheapest < 0 or cost < cheapest:
                cheapest = cost
                chosen = j
        scratch.best[k + 1] = cheapest
        scratch.last[k] = chosen
    k = count - 1
    while k >= 0:
        begin = scratch.last[k]
        for j in range(begin, k + 1):
            scratch.last[j] = k
        k = begin - 1
    return True


@compiled
def instead(state: State, link: int, quantity: int) -> int:
    """How much of an alternate stands for so much of its primary, in the alternate's steps; -1 past the limit."""
    return needed(
        quantity,
        state.alternates[link, TOP],
        state.alternates[link, BOTTOM],
        state.items[state.alternates[link, ALTERNATE], STEP],
    )


@compiled
def add_taken(state: State, item: int, gross: Int64s) -> None:
    """Add what is taken of an item-site as an alternate to its gross requirements, by bucket.

    It is never more than what stock and receipts leave free, so the item-site's own orders are the same with it.
    """
    if (state.items[item, SUBSTITUTED_BY] & IS_ALTERNATE) == 0:
        return
    first = state.into_first[item]
    for edge in range(first, first + state.into_count[item]):
        if ((state.into[edge, OTHER] >> 32) & 3) == LINK:
            add_taken_by(state, state.into[edge, OTHER], gross)


@compiled
def add_taken_by(state: State, other: int, gross: Int64s) -> None:
    """Add what one primary takes by one of its alternates."""
    taker, link = other & 0xFFFFFFFF, other >> (32 + LINK_SHIFT)
    start = state.row_first[taker]
    for row in range(start, start + state.row_count[taker]):
        word = state.rows[row, WORD]
        if ((word >> 16) & ALTERNATED) != 0 and (word >> 24) - BIAS == link:
            gross[word & 0xFFFF] += instead(state, link, state.rows[row, QUANTITY])


@compiled
def free_of(state: State, item: int, taker: int, scratch: Scratch, free: Int64s) -> bool:
    """What stock, co-products and receipts of an item-site have above its own needs at each bucket's end.

    What others take of it counts as its own need where they stand before `taker`: by level, then by position.
    """
    if not gather(state, item, scratch.gross, scratch.supply):
        return False
    first = state.into_first[item]
    for edge in range(first, first + state.into_count[item]):
        other = state.into[edge, OTHER] & 0xFFFFFFFF
        if ((state.into[edge, OTHER] >> 32) & 3) == LINK:
            level = state.levels[other] - state.levels[taker]
            if level < 0 or (level == 0 and other < taker):
                add_taken_by(state, state.into[edge, OTHER], scratch.gross)
    safety = state.items[item, SAFETY]
    left = state.items[item, ON_HAND] - safety
    window = state.items[item, EXPEDITE]
    at = state.receipt_first[item]
    stop = at + state.receipt_count[item]
    for bucket in range(len(free)):
        while at < stop and state.receipts[at, DAY] < state.bucket_start[bucket + 1]:
            left += receipt_good(state, at, item)
            at += 1
        left += scratch.supply[bucket] - scratch.gross[bucket]
        latest = state.bucket_start[bucket] + window
        while left < 0 and at < stop and state.receipts[at, DAY] <= latest:
            left += receipt_good(state, at, item)
            at += 1
        left = max(left, 0)
        if left > QUANTITY_MAX:
            return False
        free[bucket] = left
    return True


@compiled
def asked_by_line(state: State, item: int, link: int, need: Int64s) -> bool:
    """What the line of a bill that an alternate belongs to asks of the item-site, by bucket."""
    need[:] = 0
    parent = state.alternates[link, PARENT]
    step = state.items[item, STEP]
    end = len(state.bucket_of_day)
    start = state.row_first[parent]
    for row in range(start, start + state.row_count[parent]):
        word = state.rows[row, WORD]
        flags = (word >> 16) & 0xFF
        day = valid_day(word, state.alternates[link, VALID])
        if (flags & SUBSTITUTED) == 0 and 0 <= day < end:
            one = asked(
                state.items, parent, state.rows[row, QUANTITY], flags,
                state.alternates[link, LINE_TOP], state.alternates[link, LINE_BOTTOM], step,
            )  # fmt: skip
            bucket = state.bucket_of_day[day]
            need[bucket] += one
            if one < 0 or need[bucket] > QUANTITY_MAX:
                return False
    return True


@compiled
def links_of(state: State, item: int) -> tuple[int, int]:
    """Where an item-site's alternates begin and end: they stand in the order of their primaries."""
    begin, end = 0, len(state.alternates)
    while begin < end:
        middle = (begin + end) // 2
        if state.alternates[middle, PRIMARY] < item:
            begin = middle + 1
        else:
            end = middle
    while end < len(state.alternates) and state.alternates[end, PRIMARY] == item:
        end += 1
    return begin, end


@compiled
def take_alternates(  # noqa: C901 - one compiled pass
    state: State, item: int, scratch: Scratch, count: int, out: int
) -> tuple[int, int]:
    """Cover net requirements by what is free of alternates, day by day, line by line, by priority.

    Writes a row for each that is taken, from `out` on, and what is still short back to the scratch. Returns how many
    net requirements are left and the row after the last, -1 on overflow.
    """
    begin, end = links_of(state, item)
    buckets = len(state.bucket_start) - 1
    free = np.empty((end - begin, buckets), dtype=np.int64)
    asks = np.empty((end - begin, buckets), dtype=np.int64)
    taken = np.zeros((end - begin, buckets), dtype=np.int64)
    own = np.empty(end - begin, dtype=np.int64)
    line = np.empty(end - begin, dtype=np.int64)
    for link in range(begin, end):
        at = link - begin
        own[at] = at
        line[at] = at
        for before in range(at - 1, -1, -1):
            if state.alternates[begin + before, ALTERNATE] == state.alternates[link, ALTERNATE]:
                own[at] = before
            if state.alternates[begin + before, LINE] == state.alternates[link, LINE]:
                line[at] = before
        if own[at] == at and not free_of(
            state, state.alternates[link, ALTERNATE], item, scratch, free[at]
        ):
            return -1, out
        if not asked_by_line(state, item, link, asks[at]):
            return -1, out
    step = state.items[item, STEP]
    kept = 0
    for k in range(count):
        bucket = scratch.net_at[k]
        short = scratch.net[k]
        for link in range(begin, end):
            at = link - begin
            if state.alternates[link, USED] != 1:
                continue
            part = min(short, asks[at, bucket] - taken[line[at], bucket])
            if part <= 0:
                continue
            there = free[own[at], bucket:].min()
            cost = instead(state, link, part)
            if cost < 0:
                return -1, out
            if cost > there:
                unit = state.items[state.alternates[link, ALTERNATE], STEP]
                part = share_down(
                    there // unit * unit,
                    state.alternates[link, BOTTOM],
                    state.alternates[link, TOP],
                )
                if part < 0:
                    return -1, out
                part = part // step * step
                if part <= 0:
                    continue
                cost = instead(state, link, part)
            free[own[at], bucket:] -= cost
            taken[line[at], bucket] += part
            short -= part
            flags = np.int64(SUBSTITUTED | ALTERNATED)
            state.rows[out, QUANTITY] = part
            state.rows[out, WORD] = bucket | (flags << 16) | ((np.int64(link) + BIAS) << 24)
            out += 1
        if short > 0:
            scratch.net_at[kept] = bucket
            scratch.net[kept] = short
            kept += 1
    return kept, out


@compiled
def plan_item(state: State, item: int, scratch: Scratch, out: int) -> int:  # noqa: C901 - one compiled pass
    """Plan one item-site and write its orders from row `out` on; the row after them, -1 on overflow."""
    if not gather(state, item, scratch.gross, scratch.supply):
        return -1
    end = len(state.bucket_of_day)
    first = state.receipt_first[item]
    for at in range(first, first + state.receipt_count[item]):
        if state.receipts[at, KIND] == FIRM_KIND and state.receipts[at, DAY] < end:
            due = np.int64(state.bucket_of_day[max(state.receipts[at, DAY], 0)])
            start = state.receipts[at, START]
            state.rows[out, QUANTITY] = state.receipts[at, QUANTITY]
            state.rows[out, WORD] = due | (FIRM << 16) | ((start + BIAS) << 24)
            out += 1
    count = net_of(state, item, scratch)
    if count < 0:
        return -1
    if (state.items[item, SUBSTITUTED_BY] & HAS_ALTERNATE) != 0 and count > 0:
        count, out = take_alternates(state, item, scratch, count, out)
        if count < 0:
            return -1
    rule = state.items[item, RULE]
    value = state.items[item, VALUE]
    if rule == ECONOMIC and count > 0 and not group(state, scratch, count, value):
        return -1
    profile = state.items[item, PROFILE]
    most = state.items[item, MAX]
    surplus = np.int64(0)
    for k in range(count):
        short = scratch.net[k] - surplus
        if short <= 0:
            surplus -= scratch.net[k]
            continue
        due = np.int64(scratch.net_at[k])
        start = np.int64(state.start_of[profile, due])
        if start < 0 and (state.items[item, SUBSTITUTED_BY] & HAS_SUBSTITUTE) != 0:
            state.rows[out, QUANTITY] = short
            state.rows[out, WORD] = due | (SUBSTITUTED << 16) | ((start + BIAS) << 24)
            out += 1
            surplus = np.int64(0)
            continue
        need = short
        if rule == PERIOD:
            before = state.bucket_start[due] + value
            more = k + 1
            while more < count and state.bucket_start[scratch.net_at[more]] < before:
                need += scratch.net[more]
                if need > QUANTITY_MAX:
                    return -1
                more += 1
        elif rule == ECONOMIC:
            for more in range(k + 1, scratch.last[k] + 1):
                need += scratch.net[more]
        elif rule == UP_TO:
            need += value - state.items[item, SAFETY]
            if need > QUANTITY_MAX:
                return -1
        quantity, good = order_for(state.items, item, need)
        if quantity < 0:
            return -1
        flags = SPLIT if 0 < most < quantity else 0
        state.rows[out, QUANTITY] = quantity
        state.rows[out, WORD] = due | (flags << 16) | ((start + BIAS) << 24)
        out += 1
        surplus += good - scratch.net[k]
    return out


@compiled
def plan_all(
    state: State, sequence: Int32s, begin: int, used: int, scratch: Scratch
) -> tuple[int, int, int]:
    """Plan from place `begin` of the sequence on, while there is room for rows.

    Returns the place where it stopped, the rows used, and the item-site that overflowed or -1.
    """
    room = len(state.rows)
    buckets = len(state.bucket_start) - 1
    for place in range(begin, len(sequence)):
        item = sequence[place]
        if used + buckets + state.receipt_count[item] + state.spare > room:
            return place, used, -1
        out = plan_item(state, item, scratch, used)
        if out < 0:
            return place, used, item
        state.row_first[item] = used
        state.row_count[item] = out - used
        used = out
    return len(sequence), used, -1


@compiled
def plan_touched(  # noqa: C901 - one compiled pass
    state: State,
    levels: Int32s,
    outof: Int64s,
    outof_first: Int64s,
    outof_count: Int32s,
    queued: Int8s,
    touched: Int64s,
    used: int,
    scratch: Scratch,
) -> tuple[Int64s, Int64s, int, int]:
    """Plan the touched item-sites and, as far as orders really change, those below them, parents first.

    Returns the item-sites whose orders changed, those still to plan when the room ran out, the rows used,
    and the item-site that overflowed or -1.
    """
    room = len(state.rows)
    buckets = len(state.bucket_start) - 1
    heap = [np.int64(0) for _ in range(0)]
    for item in touched:
        if queued[item] == 0:
            heapq.heappush(heap, (np.int64(levels[item]) << 32) | item)
        queued[item] = OWN_NEEDS
    changed = [np.int64(0) for _ in range(0)]
    bad = -1
    while len(heap) > 0:
        item = int(heap[0] & 0xFFFFFFFF)
        if used + buckets + state.receipt_count[item] + state.spare > room:
            break
        heapq.heappop(heap)
        reason = queued[item]
        queued[item] = 0
        if reason == OWN_NEEDS and (state.items[item, SUBSTITUTED_BY] & IS_ALTERNATE) != 0:
            # What is free of it may be different now, whether its own orders are or not.
            above = state.into_first[item]
            for edge in range(above, above + state.into_count[item]):
                taker = state.into[edge, OTHER] & 0xFFFFFFFF
                if ((state.into[edge, OTHER] >> 32) & 3) == LINK and queued[taker] == 0:
                    queued[taker] = ALTERNATES
                    heapq.heappush(heap, (np.int64(levels[taker]) << 32) | taker)
        out = plan_item(state, item, scratch, used)
        if out < 0:
            bad = item
            break
        count = out - used
        first = state.row_first[item]
        same = count == state.row_count[item]
        if same:
            for offset in range(count):
                if (
                    state.rows[first + offset, QUANTITY] != state.rows[used + offset, QUANTITY]
                    or state.rows[first + offset, WORD] != state.rows[used + offset, WORD]
                ):
                    same = False
                    break
        if same:
            continue
        state.row_first[item] = used
        state.row_count[item] = count
        used = out
        changed.append(np.int64(item))
        below = outof_first[item]
        for edge in range(below, below + outof_count[item]):
            child = outof[edge, OTHER] & 0xFFFFFFFF
            if queued[child] == 0:
                heapq.heappush(heap, (np.int64(levels[child]) << 32) | child)
            queued[child] = OWN_NEEDS
    left = np.empty(len(heap), dtype=np.int64)
    for at in range(len(heap)):
        left[at] = heap[at] & 0xFFFFFFFF
        queued[left[at]] = 0
    result = np.empty(len(changed), dtype=np.int64)
    for at in range(len(changed)):
        result[at] = changed[at]
    return result, left, used, bad


@compiled
def grouped(keys: Int32s, lists: int) -> tuple[Int64s, Int64s, Int32s]:
    """Rows ordered by key, the order within a key kept: the order, and where each key begins and how often it is."""
    first = np.zeros(lists, dtype=np.int64)
    count = np.zeros(lists, dtype=np.int32)
    for key in keys:
        count[key] += 1
    total = np.int64(0)
    for one in range(lists):
        first[one] = total
        total += count[one]
    place = first.copy()
    order = np.empty(len(keys), dtype=np.int64)
    for row in range(len(keys)):
        order[place[keys[row]]] = row
        place[keys[row]] += 1
    return order, first, count


@compiled
def fractions(quantity: Int64s, base: Int64s, scrap: Int64s) -> tuple[Int64s, Int64s, int]:
    """Each edge's need per unit of the parent as a fraction in lowest terms, and the first that is too fine or -1.

    quantity / base / (1 - scrap), exactly: one rounding at the end instead of three on the way.
    """
    numerators = np.empty(len(quantity), dtype=np.int64)
    denominators = np.empty(len(quantity), dtype=np.int64)
    for row in range(len(quantity)):
        top = quantity[row]
        if base[row] == ONE and scrap[row] == 0:
            if top % ONE == 0:
                numerators[row] = top // ONE
                denominators[row] = 1
                continue
            bottom = np.int64(ONE)
        else:
            kept = ONE - scrap[row]
            a, b = base[row], np.int64(ONE)
            while b:
                a, b = b, a % b
            common = a
            # base × kept / ONE, with ONE divided out of base as far as it goes.
            wide = (base[row] // common) * kept
            scale = ONE // common
            a, b = wide, scale
            while b:
                a, b = b, a % b
            bottom = wide // a
            scale //= a
            if float(top) * float(scale) > LIMIT:
                return numerators, denominators, row
            top *= scale
        a, b = top, bottom
        while b:
            a, b = b, a % b
        if a > 1:
            top //= a
            bottom //= a
        if float(top) * float(bottom) > LIMIT:
            return numerators, denominators, row
        numerators[row] = top
        denominators[row] = bottom
    return numerators, denominators, -1


@compiled
def sort_levels(
    lists: int,
    into: Int64s,
    into_first: Int64s,
    into_count: Int32s,
    outof: Int64s,
    outof_first: Int64s,
    outof_count: Int32s,
) -> tuple[Int32s, Int32s]:
    """Low-level codes, and the item-sites in their order; those in a circle, or below one, are left out."""
    levels = np.zeros(lists, dtype=np.int32)
    waiting = into_count.copy()
    queue = np.empty(lists, dtype=np.int32)
    filled = 0
    for item in range(lists):
        if waiting[item] == 0:
            queue[filled] = item
            filled += 1
    place = 0
    while place < filled:
        item = queue[place]
        place += 1
        first = outof_first[item]
        for edge in range(first, first + outof_count[item]):
            child = outof[edge, OTHER] & 0xFFFFFFFF
            levels[child] = max(levels[child], levels[item] + 1)
            waiting[child] -= 1
            if waiting[child] == 0:
                queue[filled] = child
                filled += 1
    if filled < lists:
        return levels, queue[:filled].copy()
    deepest = 0
    for item in range(lists):
        deepest = max(deepest, levels[item])
    begin = np.zeros(deepest + 2, dtype=np.int64)
    for item in range(lists):
        begin[levels[item] + 1] += 1
    for level in range(deepest + 1):
        begin[level + 1] += begin[level]
    # Within a level by position: the same order in every run, and neighbours stay neighbours in memory.
    for item in range(lists):
        queue[begin[levels[item]]] = item
        begin[levels[item]] += 1
    return levels, queue


@compiled
def order_with_alternates(  # noqa: C901 - one compiled pass
    lists: int,
    into: Int64s,
    into_first: Int64s,
    into_count: Int32s,
    outof: Int64s,
    outof_first: Int64s,
    outof_count: Int32s,
    alternates: Int64s,
) -> tuple[Int32s, Int32s]:
    """Low-level codes where a primary also stands below all that needs its alternates, and the order of planning.

    An item-site's own needs are known when its parents are planned: that is when others can take what is free of it.
    """
    levels = np.zeros(lists, dtype=np.int32)
    free_at = np.zeros(lists, dtype=np.int32)
    waiting = np.zeros(lists, dtype=np.int32)
    waits_free = np.full(lists, -1, dtype=np.int32)
    for link in range(len(alternates)):
        if alternates[link, USED] == 1:
            waiting[alternates[link, PRIMARY]] += 1
            waits_free[alternates[link, ALTERNATE]] = 0
    # Item-sites come as they are; as alternates, whose parents alone must be planned, they come `lists` later.
    queue = np.empty(2 * lists, dtype=np.int64)
    filled = 0
    for item in range(lists):
        first = into_first[item]
        parents = 0
        for edge in range(first, first + into_count[item]):
            if ((into[edge, OTHER] >> 32) & 3) != LINK:
                parents += 1
        waiting[item] += parents
        if waits_free[item] == 0:
            waits_free[item] = parents
            if parents == 0:
                queue[filled] = item + lists
                filled += 1
        if waiting[item] == 0:
            queue[filled] = item
            filled += 1
    place = 0
    sorted_ = 0
    while place < filled:
        item = queue[place]
        place += 1
        if item >= lists:
            item -= lists
            first = into_first[item]
            for edge in range(first, first + into_count[item]):
                other = into[edge, OTHER]
                if ((other >> 32) & 3) != LINK or alternates[other >> (32 + LINK_SHIFT), USED] != 1:
                    continue
                taker = other & 0xFFFFFFFF
                levels[taker] = max(levels[taker], free_at[item])
                waiting[taker] -= 1
                if waiting[taker] == 0:
                    queue[filled] = taker
                    filled += 1
            continue
        sorted_ += 1
        first = outof_first[item]
        for edge in range(first, first + outof_count[item]):
            if ((outof[edge, OTHER] >> 32) & 3) == LINK:
                continue
            child = outof[edge, OTHER] & 0xFFFFFFFF
            levels[child] = max(levels[child], levels[item] + 1)
            free_at[child] = max(free_at[child], levels[item] + 1)
            waiting[child] -= 1
            if waiting[child] == 0:
                queue[filled] = child
                filled += 1
            if waits_free[child] > 0:
                waits_free[child] -= 1
                if waits_free[child] == 0:
                    queue[filled] = child + lists
                    filled += 1
    if sorted_ < lists:
        return levels, np.empty(0, dtype=np.int32)
    order = np.argsort(levels, kind="mergesort")
    return levels, order.astype(np.int32)


@compiled
def goes_round(
    lists: int,
    into: Int64s,
    into_first: Int64s,
    into_count: Int32s,
    outof: Int64s,
    outof_first: Int64s,
    outof_count: Int32s,
    alternates: Int64s,
    link: int,
) -> bool:
    """Whether what is free of an alternate depends, by whatever way, on the orders of its primary."""
    wanted = alternates[link, ALTERNATE]
    seen = np.zeros(lists, dtype=np.int8)
    stack = [np.int64(alternates[link, PRIMARY])]
    while len(stack) > 0:
        item = stack.pop()
        if (seen[item] & 1) != 0:
            continue
        seen[item] |= 1
        first = outof_first[item]
        for edge in range(first, first + outof_count[item]):
            if ((outof[edge, OTHER] >> 32) & 3) == LINK:
                continue
            child = outof[edge, OTHER] & 0xFFFFFFFF
            if child == wanted:
                return True
            stack.append(child)
            if (seen[child] & 2) != 0:
                continue
            seen[child] |= 2
            above = into_first[child]
            for up in range(above, above + into_count[child]):
                other = into[up, OTHER]
                if ((other >> 32) & 3) == LINK and alternates[
                    other >> (32 + LINK_SHIFT), USED
                ] >= 0:
                    stack.append(other & 0xFFFFFFFF)
    return False


@compiled
def deepen(
    levels: Int32s, outof: Int64s, outof_first: Int64s, outof_count: Int32s, parent: int, child: int
) -> bool:
    """Lower the codes below a new edge; False if the parent is below the child: a circle."""
    stack = [np.int64(0) for _ in range(0)]
    if levels[child] <= levels[parent]:
        levels[child] = levels[parent] + 1
        stack.append(np.int64(child))
    while len(stack) > 0:
        item = stack.pop()
        if item == parent:
            return False
        first = outof_first[item]
        for edge in range(first, first + outof_count[item]):
            below = outof[edge, OTHER] & 0xFFFFFFFF
            if ((outof[edge, OTHER] >> 32) & 3) != LINK and levels[below] <= levels[item]:
                levels[below] = levels[item] + 1
                stack.append(below)
    return True


@compiled
def has_valid_component(outof: Int64s, first: int, count: int, day: int) -> bool:
    """Whether any component may be used by an order that starts on a day."""
    for edge in range(first, first + count):
        if (outof[edge, OTHER] >> 32) == COMPONENT:
            validity = outof[edge, VALIDITY]
            if (validity & 0xFFFFFFFF) <= day < (validity >> 32):
                return True
    return False


@compiled
def orders_without_bom(
    state: State,
    outof: Int64s,
    outof_first: Int64s,
    outof_count: Int32s,
    order_rows: Int64s,
    order_items: Int32s,
) -> Bools:
    """Which orders find no component that is valid when they start."""
    without = np.zeros(len(order_rows), dtype=np.bool_)
    for at in range(len(order_rows)):
        item = int(order_items[at])
        day = max((state.rows[order_rows[at], WORD] >> 24) - BIAS, 0)
        without[at] = state.items[item, SOURCE] != 0 and not has_valid_component(
            outof, int(outof_first[item]), int(outof_count[item]), day
        )
    return without


@compiled
def wanted_days(
    state: State, items: Int64s, scratch: Scratch, out_at: Int64s, out_day: Int64s
) -> tuple[int, int]:
    """For each receipt of the item-sites the first day on which it is needed, -1 if never.

    Receipts serve requirements in the order of their days, before any planned order: the same rule by which
    the plan was netted. Returns how many were written and the item-site that overflowed or -1.
    """
    filled = 0
    for item in items:
        if not gather(state, item, scratch.gross, scratch.supply):
            return filled, item
        add_taken(state, item, scratch.gross)
        level = state.items[item, ON_HAND]
        safety = state.items[item, SAFETY]
        window = state.items[item, EXPEDITE]
        at = int(state.receipt_first[item])
        stop = at + int(state.receipt_count[item])
        for bucket in range(len(state.bucket_start) - 1):
            start = np.int64(state.bucket_start[bucket])
            level += scratch.supply[bucket] - scratch.gross[bucket]
            while level < safety and at < stop:
                day = state.receipts[at, DAY]
                if day > start + window and day >= state.bucket_start[bucket + 1]:
                    break
                level += receipt_good(state, at, item)
                out_at[filled] = at
                out_day[filled] = start
                filled += 1
                at += 1
            level = max(level, safety)  # what is short is made good by a planned order
        while at < stop:
            out_at[filled] = at
            out_day[filled] = -1
            filled += 1
            at += 1
    return filled, -1


@compiled
def count_orders(state: State, items: Int64s) -> int:
    """How many planned orders the item-sites have, after splitting by the maximum."""
    total = 0
    for item in items:
        if state.items[item, SOURCE] == PHANTOM:
            continue
        first = state.row_first[item]
        for row in range(first, first + state.row_count[item]):
            flags = (state.rows[row, WORD] >> 16) & 0xFF
            if (flags & (FIRM | SUBSTITUTED)) != 0:
                continue
            if (flags & SPLIT) != 0:
                most = state.items[item, MAX]
                total += (state.rows[row, QUANTITY] + most - 1) // most
            else:
                total += 1
    return total


@compiled
def fill_orders(
    state: State,
    items: Int64s,
    item_of: Int32s,
    source: Int8s,
    quantity: Int64s,
    good: Int64s,
    due_day: Int32s,
    start_day: Int32s,
    row_of: Int64s,
) -> None:
    """Write the planned orders of the item-sites, one by one."""
    at = 0
    for item in items:
        if state.items[item, SOURCE] == PHANTOM:
            continue
        first = state.row_first[item]
        step = state.items[item, STEP]
        yield_share = state.items[item, YIELD]
        for row in range(first, first + state.row_count[item]):
            word = state.rows[row, WORD]
            flags = (word >> 16) & 0xFF
            if (flags & (FIRM | SUBSTITUTED)) != 0:
                continue
            left = state.rows[row, QUANTITY]
            while left > 0:
                one = left
                if (flags & SPLIT) != 0:
                    one = min(left, state.items[item, MAX])
                left -= one
                item_of[at] = item
                source[at] = state.items[item, SOURCE]
                quantity[at] = one
                good[at] = good_of(one, yield_share, step)
                due_day[at] = state.bucket_start[word & 0xFFFF]
                start_day[at] = (word >> 24) - BIAS
                row_of[at] = row
                at += 1


@compiled
def gather_one(state: State, item: int, scratch: Scratch) -> bool:
    """One item-site's gross requirements and co-products, into the scratch."""
    if not gather(state, item, scratch.gross, scratch.supply):
        return False
    add_taken(state, item, scratch.gross)
    return True


@compiled
def asks_of(state: State, item: int) -> Int64s:
    """What each parent's order asks of, or gives to, an item-site: role, parent, row, bucket, quantity."""
    end = len(state.bucket_of_day)
    step = state.items[item, STEP]
    first = state.into_first[item]
    most = 0
    for edge in range(first, first + state.into_count[item]):
        most += state.row_count[state.into[edge, OTHER] & 0xFFFFFFFF]
    asks = np.empty((most, 5), dtype=np.int64)
    filled = 0
    for edge in range(first, first + state.into_count[item]):
        parent = state.into[edge, OTHER] & 0xFFFFFFFF
        role = state.into[edge, OTHER] >> 32
        top = state.into[edge, NUMERATOR]
        bottom = state.into[edge, DENOMINATOR]
        start = state.row_first[parent]
        for row in range(start, start + state.row_count[parent]):
            word = state.rows[row, WORD]
            flags = (word >> 16) & 0xFF
            quantity = state.rows[row, QUANTITY]
            bucket = word & 0xFFFF
            if (role & 3) == LINK:
                link = role >> LINK_SHIFT
                if (flags & ALTERNATED) == 0 or (word >> 24) - BIAS != link:
                    continue
                asks[filled, 0] = SUBSTITUTE
                asks[filled, 1] = parent
                asks[filled, 2] = row
                asks[filled, 3] = bucket
                asks[filled, 4] = instead(state, link, quantity)
                filled += 1
                continue
            if (flags & ALTERNATED) != 0 or ((flags & SUBSTITUTED) != 0) != (role == SUBSTITUTE):
                continue
            if role == SUBSTITUTE:
                quantity = needed(quantity, top, bottom, step)
            else:
                day = valid_day(word, state.into[edge, VALIDITY])
                if day < 0 or (role == COMPONENT and day >= end):
                    continue
                if role == COMPONENT:
                    bucket = np.int64(state.bucket_of_day[day])
                    quantity = asked(state.items, parent, quantity, flags, top, bottom, step)
                else:
                    quantity = given(state.items, parent, quantity, flags, top, bottom, step)
            asks[filled, 0] = role
            asks[filled, 1] = parent
            asks[filled, 2] = row
            asks[filled, 3] = bucket
            asks[filled, 4] = quantity
            filled += 1
    return asks[:filled]


@compiled
def good_of_rows(state: State, item: int) -> Int64s:
    """What each order row of an item-site is expected to bring."""
    first = state.row_first[item]
    count = state.row_count[item]
    good = np.empty(count, dtype=np.int64)
    for at in range(count):
        row = first + at
        quantity = state.rows[row, QUANTITY]
        flags = (state.rows[row, WORD] >> 16) & 0xFF
        step = state.items[item, STEP]
        yield_share = state.items[item, YIELD]
        if (flags & SUBSTITUTED) != 0:
            good[at] = quantity
        elif (flags & SPLIT) != 0:
            most = state.items[item, MAX]
            full = quantity // most
            rest = quantity - full * most
            good[at] = full * state.items[item, LOT_GOOD] + good_of(rest, yield_share, step)
        else:
            good[at] = good_of(quantity, yield_share, step)
    return good


@compiled
def projected(state: State, item: int, scratch: Scratch, begun_today: int, today: Int64s) -> Int64s:
    """What is projected above the safety stock at each bucket's end, by days that can be kept.

    Orders that should have begun before today arrive in bucket `begun_today` at the earliest; the receipts in
    `today` are taken to arrive at once. Empty if the limit is passed.
    """
    buckets = len(state.bucket_start) - 1
    level = np.empty(0, dtype=np.int64)
    if not gather(state, item, scratch.gross, scratch.supply):
        return level
    add_taken(state, item, scratch.gross)
    level = scratch.supply - scratch.gross
    level[0] += state.items[item, ON_HAND] - state.items[item, SAFETY]
    first = state.receipt_first[item]
    for at in range(first, first + state.receipt_count[item]):
        day = state.receipts[at, DAY]
        for named in today:
            if state.receipts[at, ID] == named:
                day = np.int64(0)
        if state.receipts[at, KIND] != FIRM_KIND and day < len(state.bucket_of_day):
            level[state.bucket_of_day[max(day, 0)]] += state.receipts[at, QUANTITY]
    goods = good_of_rows(state, item)
    for offset in range(len(goods)):
        word = state.rows[state.row_first[item] + offset, WORD]
        bucket = word & 0xFFFF
        if (word >> 24) < BIAS:
            bucket = max(bucket, begun_today)
        if bucket < buckets:
            level[bucket] += goods[offset]
    for bucket in range(1, buckets):
        level[bucket] += level[bucket - 1]
    return level
