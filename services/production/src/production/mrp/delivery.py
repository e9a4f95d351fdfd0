"""When a demand can really be delivered: the plan's dates looked through, late parts and all.

A plan counts back from the day of need; what should have begun before today begins today, and whatever waits for it
is late as well. Here the pegs are followed down from a demand: an order begins when the last of its parts is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from production.mrp import kernels, tracing
from production.mrp.messages import wanted_days
from production.mrp.plan import Plan
from production.mrp.values import Bools, Int64s, QuantityOverflow

NEVER = -1


@dataclass(frozen=True, slots=True)
class Deliveries:
    """When some item-sites' demands can be delivered, a row for each demand; by item-site, then by day."""

    item: Int64s
    demand: Int64s
    wanted: Int64s
    """The day that the demand asks for; one in the past counts as today."""
    day: Int64s
    """The day on which all of it is there, not before its own day; -1 when part of it has no supply."""
    waits_item: Int64s
    """The item-site whose supply it waits for in the end, where nothing below it is later; -1: it waits for nothing."""
    waits_receipt: Int64s
    """The id of that supply's receipt; -1 where it is an order of the plan."""

    def __len__(self) -> int:
        return len(self.item)


def late_items(plan: Plan, items: ArrayLike | Iterable[int] | None = None) -> Int64s:
    """Item-sites, of some or all, whose own supplies may come later than they are needed.

    Where neither an item-site nor anything below it is among them, its demands can be delivered on their days.
    """
    chosen = plan.chosen(items)
    orders = plan.orders(chosen)
    receiving = chosen[plan.receipts.count[chosen] > 0]
    at, wanted = wanted_days(plan, receiving)
    item = np.repeat(receiving, plan.receipts.count[receiving])
    rows = plan.receipts.pool.data[at]
    behind = (wanted >= 0) & (rows[:, kernels.DAY] > wanted)
    # A firm order begins and ends when its maker said, whether there is time enough between or not.
    uncertain = (behind | (rows[:, kernels.KIND] == kernels.FIRM_KIND)) & (
        rows[:, kernels.QUANTITY] > 0
    )
    return np.union1d(orders.item[orders.late].astype(np.int64), item[uncertain])


def deliveries(plan: Plan, items: Int64s, only: Bools | None = None) -> Deliveries:
    """Look through a plan from the demands of some item-sites down; each order is looked at once.

    Args:
        plan: the plan.
        items: whose demands are asked of.
        only: by item-site, where something may be late, itself or below; other components are taken as on time.

    Raises:
        QuantityOverflow: an item-site's quantities pass what the engine can hold.
    """
    reach = np.ones(len(plan), dtype=np.bool_) if only is None else only
    asked = np.zeros(len(plan), dtype=np.bool_)
    asked[items] = True
    state = plan.state
    chosen, base = tracing.concerned(
        state, plan.outof.pool.data, plan.outof.first, plan.outof.count, np.asarray(items, dtype=np.int64), reach
    )  # fmt: skip
    edges, demands, bad = tracing.drawn(
        state, chosen, asked, reach, base, kernels.scratch_for(plan.horizon.buckets)
    )
    if bad >= 0:
        raise QuantityOverflow(bad)
    ready, waits = tracing.looked_through(state, plan.calendars.packed, base, edges, demands)
    orders = int(base[-1])
    last = tracing.limits(edges, waits, orders, len(demands))
    waiting = last >= 0
    return Deliveries(
        item=demands[:, tracing.DEMAND_ITEM],
        demand=demands[:, tracing.DEMAND_ID],
        wanted=demands[:, tracing.DEMAND_DAY],
        day=np.where(demands[:, tracing.SHORT] > 0, NEVER, ready[orders:]),
        waits_item=np.where(waiting, edges[last, tracing.ITEM], NEVER)
        if len(edges)
        else np.full(len(demands), NEVER),
        waits_receipt=np.where(waiting, edges[last, tracing.RECEIPT], NEVER)
        if len(edges)
        else np.full(len(demands), NEVER),
    )
