"""What a planner should look at: computed when asked, from the plan as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from production.mrp import kernels
from production.mrp.plan import Plan, PlannedOrders
from production.mrp.values import Bools, Int8s, Int32s, Int64s, Message, QuantityOverflow

NEVER = -1


@dataclass(frozen=True, slots=True)
class Messages:
    """One row per message; `day` is as it stands, `to_day` as it should be (-1: never)."""

    item: Int32s
    kind: Int8s
    reference: Int64s
    """The receipt's or demand's id; -1 for a planned order or an item-site."""
    day: Int32s
    to_day: Int32s
    quantity: Int64s

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True)
class _Part:
    item: Int64s
    kind: Message
    reference: Int64s
    day: Int64s
    to_day: Int64s
    quantity: Int64s


def messages_of(
    plan: Plan,
    items: ArrayLike | Iterable[int] | None = None,
    *,
    orders: PlannedOrders | None = None,
) -> Messages:
    """The messages of some item-sites or all; `orders` spares reading the same item-sites' orders again."""
    chosen = plan.chosen(items)
    parts = [
        *_receipts(plan, chosen),
        *_past_demands(plan, chosen),
        _below_safety(plan, chosen),
        *_orders(plan, plan.orders(chosen) if orders is None else orders),
    ]
    kinds = [np.full(len(part.item), part.kind, dtype=np.int8) for part in parts]
    found = Messages(
        item=np.concatenate([part.item for part in parts]).astype(np.int32),
        kind=np.concatenate(kinds),
        reference=np.concatenate([part.reference for part in parts]),
        day=np.concatenate([part.day for part in parts]).astype(np.int32),
        to_day=np.concatenate([part.to_day for part in parts]).astype(np.int32),
        quantity=np.concatenate([part.quantity for part in parts]),
    )
    order = np.lexsort((found.reference, found.day, found.kind, found.item))
    return Messages(
        item=found.item[order],
        kind=found.kind[order],
        reference=found.reference[order],
        day=found.day[order],
        to_day=found.to_day[order],
        quantity=found.quantity[order],
    )


def wanted_days(plan: Plan, items: Int64s) -> tuple[Int64s, Int64s]:
    """The receipts' rows of the item-sites, in order, and the day on which each is needed (-1: never)."""
    count = int(plan.receipts.count[items].sum(dtype=np.int64))
    at = np.empty(count, dtype=np.int64)
    day = np.empty(count, dtype=np.int64)
    scratch = kernels.scratch_for(plan.horizon.buckets)
    _, bad = kernels.wanted_days(plan.state, items, scratch, at, day)
    if bad >= 0:
        raise QuantityOverflow(bad)
    return at, day


def _receipts(plan: Plan, chosen: Int64s) -> list[_Part]:
    items = chosen[plan.receipts.count[chosen] > 0]
    at, wanted = wanted_days(plan, items)
    item = np.repeat(items, plan.receipts.count[items])
    rows = plan.receipts.pool.data[at]
    day = rows[:, kernels.DAY]
    starts = plan.horizon.starts
    here = np.searchsorted(starts, np.maximum(day, 0), side="right") - 1
    there = np.searchsorted(starts, wanted, side="right") - 1
    quantity = rows[:, kernels.QUANTITY]
    never = wanted == NEVER
    something = quantity > 0
    # What lies behind the horizon may be wanted behind it.
    cancel = something & never & (day < plan.horizon.end)
    past = something & ~never & (day < 0)
    found: list[tuple[Message, Bools]] = [
        (Message.CANCEL, cancel),
        (Message.PAST_DUE, past),
        (Message.EXPEDITE, something & ~never & ~past & (there < here)),
        (Message.POSTPONE, something & ~never & ~past & (there > here)),
    ]
    return [
        _Part(
            item[which], kind, rows[which, kernels.ID], day[which], wanted[which], quantity[which]
        )
        for kind, which in found
    ]


def _past_demands(plan: Plan, chosen: Int64s) -> list[_Part]:
    items = chosen[plan.demands.count[chosen] > 0]
    count = plan.demands.count[items].astype(np.int64)
    item = np.repeat(items, count)
    begin = np.cumsum(count) - count
    at = np.repeat(plan.demands.first[items] - begin, count) + np.arange(len(item))
    rows = plan.demands.pool.data[at]
    past = (rows[:, kernels.DAY] < 0) & (rows[:, kernels.QUANTITY] > 0)
    rows = rows[past]
    return [
        _Part(
            item[past],
            Message.DEMAND_PAST_DUE,
            rows[:, kernels.ID],
            rows[:, kernels.DAY],
            np.zeros(len(rows), dtype=np.int64),
            rows[:, kernels.QUANTITY],
        )
    ]


def _below_safety(plan: Plan, chosen: Int64s) -> _Part:
    missing = plan.items[chosen, kernels.SAFETY] - plan.items[chosen, kernels.ON_HAND]
    below = (missing > 0) & (plan.items[chosen, kernels.SAFETY] > 0)
    nothing = np.zeros(int(below.sum()), dtype=np.int64)
    return _Part(chosen[below], Message.BELOW_SAFETY, nothing - 1, nothing, nothing, missing[below])


def _orders(plan: Plan, orders: PlannedOrders) -> list[_Part]:
    without = kernels.orders_without_bom(
        plan.state, plan.outof.pool.data, plan.outof.first, plan.outof.count, orders.row, orders.item
    )  # fmt: skip
    parts: list[_Part] = []
    for kind, which in ((Message.START_IN_PAST, orders.late), (Message.NO_BOM, without)):
        start = orders.start_day[which].astype(np.int64)
        nothing = np.zeros(len(start), dtype=np.int64)
        to_day = nothing if kind is Message.START_IN_PAST else start
        parts.append(
            _Part(
                orders.item[which].astype(np.int64), kind, nothing - 1, start, to_day,
                orders.quantity[which],
            )
        )  # fmt: skip
    return parts
