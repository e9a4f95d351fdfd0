"""The compiled match of one item-site's requirements with its supplies, in the order of their days."""

from __future__ import annotations

import numpy as np

from production.mrp.compiled import compiled
from production.mrp.kernels import (
    ALTERNATED,
    BIAS,
    CO_PRODUCT,
    DAY,
    FIRM,
    FIRM_KIND,
    ID,
    KIND,
    ON_HAND,
    PARENT,
    QUANTITY,
    SUBSTITUTE,
    SUBSTITUTED,
    WORD,
    Scratch,
    State,
    asks_of,
    good_of_rows,
    wanted_days,
)
from production.mrp.values import Bools, Int64s

# Columns of a requirement, of a supply and of what is for what.
NEED_KIND, NEED_DAY, NEED_QUANTITY, NEED_DEMAND, NEED_PARENT, NEED_ROW = range(6)
NEED_COLUMNS = 6
SUPPLY_KIND, SUPPLY_DAY, SUPPLY_QUANTITY, RECEIPT, MAKER, ROW, BEGIN_DAY = range(7)
SUPPLY_COLUMNS = 7
NEED, SUPPLY, TAKEN = 0, 1, 2
PEG_COLUMNS = 3
BACKORDER, DEMAND, COMPONENT, STAND_IN = range(4)
STOCK, ARRANGED, FIRM_ORDER, PLANNED, BESIDE, INSTEAD = range(6)
OFFSET_BITS = 24
"""An order's place among those of its item-site, in a number that sorts by parent and then by place."""


@compiled
def _needs(state: State, item: int, asks: Int64s) -> Int64s:
    # By day; of one day a backorder comes first, then demands by id, then parents by position.
    on_hand = state.items[item, ON_HAND]
    end = len(state.bucket_of_day)
    demands = state.demands[
        state.demand_first[item] : state.demand_first[item] + state.demand_count[item]
    ]
    found = np.empty((1 + len(demands) + len(asks), NEED_COLUMNS), dtype=np.int64)
    filled = 0
    if on_hand < 0:
        found[0, :] = -1
        found[0, NEED_KIND] = BACKORDER
        found[0, NEED_DAY] = 0
        found[0, NEED_QUANTITY] = -on_hand
        filled = 1
    for at in np.argsort(demands[:, ID], kind="mergesort"):
        if demands[at, DAY] < end and demands[at, QUANTITY] > 0:
            found[filled, NEED_KIND] = DEMAND
            found[filled, NEED_DAY] = demands[at, DAY]
            found[filled, NEED_QUANTITY] = demands[at, QUANTITY]
            found[filled, NEED_DEMAND] = demands[at, ID]
            found[filled, NEED_PARENT] = -1
            found[filled, NEED_ROW] = -1
            filled += 1
    key = np.empty(len(asks), dtype=np.int64)
    for at in range(len(asks)):
        key[at] = (asks[at, 1] << OFFSET_BITS) + asks[at, 2] - state.row_first[asks[at, 1]]
    for at in np.argsort(key, kind="mergesort"):
        if asks[at, 0] != CO_PRODUCT and asks[at, 4] > 0:
            found[filled, NEED_KIND] = STAND_IN if asks[at, 0] == SUBSTITUTE else COMPONENT
            found[filled, NEED_DAY] = state.bucket_start[asks[at, 3]]
            found[filled, NEED_QUANTITY] = asks[at, 4]
            found[filled, NEED_DEMAND] = -1
            found[filled, NEED_PARENT] = asks[at, 1]
            found[filled, NEED_ROW] = asks[at, 2]
            filled += 1
    found = found[:filled]
    return found[np.argsort(np.maximum(found[:, NEED_DAY], 0), kind="mergesort")]


@compiled
def _supplies(state: State, item: int, asks: Int64s, scratch: Scratch) -> tuple[Int64s, bool]:
    # By the day that they serve; of one day stock, receipts, co-products, firm orders and then planned ones.
    receipts = int(state.receipt_count[item])
    orders = int(state.row_count[item])
    first = int(state.row_first[item])
    found = np.empty((1 + receipts + len(asks) + orders, SUPPLY_COLUMNS), dtype=np.int64)
    serves = np.empty(len(found), dtype=np.int64)
    found[:, RECEIPT:] = -1
    found[:, BEGIN_DAY] = 0
    filled = 0
    if state.items[item, ON_HAND] > 0:
        found[0, SUPPLY_KIND] = STOCK
        found[0, SUPPLY_DAY] = 0
        found[0, SUPPLY_QUANTITY] = state.items[item, ON_HAND]
        serves[0] = -1
        filled = 1
    # Receipts stand in the order of their days: of two that serve one day the earlier comes first.
    if receipts > 0:
        one = np.empty(1, dtype=np.int64)
        one[0] = item
        at = np.empty(receipts, dtype=np.int64)
        wanted = np.empty(receipts, dtype=np.int64)
        _, bad = wanted_days(state, one, scratch, at, wanted)
        if bad >= 0:
            return found[:0], False
        for n in range(receipts):
            row = state.receipts[at[n]]
            # A firm order's goods come as a planned order's do.
            if row[KIND] != FIRM_KIND and row[QUANTITY] > 0:
                found[filled, SUPPLY_KIND] = ARRANGED
                found[filled, SUPPLY_DAY] = row[DAY]
                found[filled, SUPPLY_QUANTITY] = row[QUANTITY]
                found[filled, RECEIPT] = row[ID]
                # One that is to be expedited serves the day for which it is wanted.
                day = min(row[DAY], wanted[n]) if wanted[n] >= 0 else row[DAY]
                serves[filled] = max(day, 0)
                filled += 1
    key = np.empty(len(asks), dtype=np.int64)
    for n in range(len(asks)):
        key[n] = (asks[n, 1] << OFFSET_BITS) + asks[n, 2] - state.row_first[asks[n, 1]]
    for n in np.argsort(key, kind="mergesort"):
        if asks[n, 0] == CO_PRODUCT and asks[n, 4] > 0:
            found[filled, SUPPLY_KIND] = BESIDE
            found[filled, SUPPLY_DAY] = state.bucket_start[asks[n, 3]]
            found[filled, SUPPLY_QUANTITY] = asks[n, 4]
            found[filled, MAKER] = asks[n, 1]
            found[filled, ROW] = asks[n, 2]
            serves[filled] = found[filled, SUPPLY_DAY]
            filled += 1
    goods = good_of_rows(state, item)
    for firm in (True, False):
        for offset in range(orders):
            word = state.rows[first + offset, WORD]
            flags = (word >> 16) & 0xFF
            instead = (flags & SUBSTITUTED) != 0
            if firm != ((flags & FIRM) != 0 and not instead):
                continue
            due = np.int64(state.bucket_start[word & 0xFFFF])
            found[filled, SUPPLY_KIND] = INSTEAD if instead else FIRM_ORDER if firm else PLANNED
            found[filled, SUPPLY_DAY] = due
            found[filled, SUPPLY_QUANTITY] = goods[offset]
            found[filled, ROW] = first + offset
            found[filled, BEGIN_DAY] = due if (flags & ALTERNATED) != 0 else (word >> 24) - BIAS
            serves[filled] = due
            filled += 1
    return found[np.argsort(serves[:filled], kind="mergesort")], True


@compiled
def matched(state: State, item: int, scratch: Scratch) -> tuple[Int64s, Int64s, Int64s, bool]:
    """One item-site's requirements and supplies, and what is for what; False where its quantities pass the limit."""
    asks = asks_of(state, item)
    needs = _needs(state, item, asks)
    supplies, held = _supplies(state, item, asks, scratch)
    pegs = np.empty((2 * (len(needs) + len(supplies)), PEG_COLUMNS), dtype=np.int64)
    left = needs[:, NEED_QUANTITY].copy()
    stands_in = np.zeros(len(supplies), dtype=np.bool_)
    filled = 0
    if len(state.alternates) > 0:
        filled = _instead(state, needs, supplies, left, pegs, stands_in)
    stood_in = filled > 0
    place = 0
    rest = np.int64(0)
    opened = False
    for number in range(len(needs)):
        while left[number] > 0 and place < len(supplies):
            if not opened:
                rest = np.int64(0) if stands_in[place] else supplies[place, SUPPLY_QUANTITY]
                opened = True
            if rest == 0:
                place += 1
                opened = False
                continue
            taken = min(left[number], rest)
            pegs[filled, NEED] = number
            pegs[filled, SUPPLY] = place
            pegs[filled, TAKEN] = taken
            filled += 1
            left[number] -= taken
            rest -= taken
    pegs = pegs[:filled]
    if stood_in:
        order = np.argsort(pegs[:, NEED] * len(supplies) + pegs[:, SUPPLY], kind="mergesort")
        pegs = pegs[order]
    return needs, supplies, pegs, held


@compiled
def _instead(
    state: State,
    needs: Int64s,
    supplies: Int64s,
    left: Int64s,
    pegs: Int64s,
    stands_in: Bools,
) -> int:
    # What an alternate stands in for is what its own line asks on that day, and nothing else.
    filled = 0
    for place in range(len(supplies)):
        if supplies[place, SUPPLY_KIND] != INSTEAD:
            continue
        word = state.rows[supplies[place, ROW], WORD]
        if ((word >> 16) & ALTERNATED) == 0:
            continue
        parent = state.alternates[(word >> 24) - BIAS, PARENT]
        rest = supplies[place, SUPPLY_QUANTITY]
        for number in range(len(needs)):
            if rest == 0:
                break
            if (
                needs[number, NEED_PARENT] != parent
                or needs[number, NEED_KIND] != COMPONENT
                or needs[number, NEED_DAY] != supplies[place, SUPPLY_DAY]
                or left[number] == 0
            ):
                continue
            taken = min(rest, left[number])
            left[number] -= taken
            rest -= taken
            pegs[filled, NEED] = number
            pegs[filled, SUPPLY] = place
            pegs[filled, TAKEN] = taken
            filled += 1
            stands_in[place] = True
    return filled
