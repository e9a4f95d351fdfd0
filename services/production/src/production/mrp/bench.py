"""Figures of the engine on a made-up factory: `python -m production.mrp.bench 1000000`."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass

import numpy as np

from production.mrp.inputs import Changes, Demands, Edges, Horizon, ItemSites, Receipts
from production.mrp.messages import messages_of
from production.mrp.plan import Plan
from production.mrp.promise import promise
from production.mrp.values import MICRO, Int32s, Int64s, LotRule, Source

LEVELS = 8
WEEKS = 52


@dataclass(frozen=True, slots=True)
class Factory:
    """A made-up input: item-sites on eight levels with mixed lot rules."""

    items: ItemSites
    edges: Edges
    demands: Demands
    receipts: Receipts
    horizon: Horizon

    def prepare(self) -> tuple[Plan, Int32s]:
        """Check and order the input."""
        return Plan.prepare(self.items, self.edges, self.demands, self.receipts, self.horizon)


def factory(count: int, *, seed: int = 7) -> Factory:
    """An eighth of the item-sites are sold, the others go into one to three of the level above."""
    chance = np.random.default_rng(seed)
    level = np.sort(np.arange(count) % LEVELS).astype(np.int64)
    starts: Int64s = np.searchsorted(level, np.arange(LEVELS + 1)).astype(np.int64)
    # Positions are mixed, as a company's are: planning must not live on a friendly order.
    position = chance.permutation(count).astype(np.int32)
    below = np.arange(int(starts[1]), count)
    parents = chance.choice([1, 2, 3], size=len(below), p=[0.48, 0.37, 0.15])
    child = np.repeat(below, parents)
    above = starts[level[child] - 1]
    parent = above + (chance.random(len(child)) * (starts[level[child]] - above)).astype(np.int64)
    kept = np.unique(parent * count + child, return_index=True)[1]
    parent, child = parent[kept], child[kept]
    has_children = np.zeros(count, dtype=np.bool_)
    has_children[parent] = True
    rule = chance.choice(
        [LotRule.LOT_FOR_LOT, LotRule.FIXED, LotRule.PERIOD, LotRule.ECONOMIC, LotRule.UP_TO],
        size=count, p=[0.5, 0.12, 0.16, 0.12, 0.1],
    )  # fmt: skip
    safety = np.where(chance.random(count) < 0.3, chance.integers(0, 20, count), 0) * MICRO
    value = np.select(
        [rule == LotRule.FIXED, rule == LotRule.PERIOD, rule == LotRule.ECONOMIC, rule == LotRule.UP_TO],
        [
            chance.integers(5, 60, count) * 50 * MICRO,
            chance.choice([14, 28], count),
            chance.integers(100, 3000, count) * MICRO,
            safety + chance.integers(10, 300, count) * MICRO,
        ],
        0,
    )  # fmt: skip
    bounded = (rule == LotRule.LOT_FOR_LOT) & (chance.random(count) < 0.3)
    source = np.where(has_children, Source.MAKE, Source.BUY)
    source = np.where(has_children & (chance.random(count) < 0.03), Source.PHANTOM, source)
    placed = np.empty(count, dtype=np.int64)
    placed[position] = np.arange(count)
    items = ItemSites.of(
        count,
        on_hand=(chance.integers(0, 60, count) * MICRO)[placed],
        safety_stock=safety[placed],
        step=np.where(chance.random(count) < 0.9, MICRO, 1)[placed],
        yield_share=np.where(chance.random(count) < 0.1, 970_000, MICRO)[placed],
        source=source[placed],
        lead_days=(chance.integers(1, 3, count) * 7)[placed],
        lot_rule=rule[placed],
        lot_value=value[placed],
        lot_min=np.where(bounded, chance.integers(5, 40, count) * MICRO, 0)[placed],
        lot_multiple=np.where(bounded, chance.choice([1, 5, 10], count) * MICRO, 0)[placed],
        lot_max=np.where(bounded & (chance.random(count) < 0.2), 10_000 * MICRO, 0)[placed],
    )
    edges = Edges.of(
        parent=position[parent],
        child=position[child],
        quantity=chance.choice([MICRO, MICRO, 2 * MICRO, 500_000, 1_250_000], len(parent)),
        scrap=np.where(chance.random(len(parent)) < 0.1, 20_000, 0),
    )
    sold = np.arange(int(starts[1]))
    weeks = chance.random((len(sold), WEEKS)) < 0.45
    who, week = np.nonzero(weeks)
    demands = Demands.of(
        item=position[sold[who]],
        day=week * 7,
        quantity=chance.integers(1, 40, len(who)) * MICRO,
    )
    arriving = np.flatnonzero(chance.random(count) < 0.2)
    receipts = Receipts.of(
        item=position[arriving],
        day=chance.integers(0, WEEKS * 7 // 3, len(arriving)),
        quantity=chance.integers(5, 100, len(arriving)) * MICRO,
    )
    return Factory(items, edges, demands, receipts, Horizon.weeks(WEEKS))


def _rounded(values: list[float], share: float) -> float:
    return round(float(np.quantile(np.array(values), share)) * 1000, 2)


def measure(count: int, *, changes: int = 1000) -> dict[str, object]:
    """CPU seconds of a full run; CPU milliseconds of net changes, of a fork with a moved receipt, of promises.

    CPU and not wall time: other work on the same machine should not change the figures.
    """
    factory(1000).prepare()[0].run(np.arange(0, dtype=np.int32))
    warm, sequence = factory(1000).prepare()
    warm.run(sequence)
    warm.apply(Changes(demands=Demands.of(item=[0], day=[0], quantity=[MICRO], id=[-1])))
    given = factory(count)
    before = time.process_time()
    plan, sequence = given.prepare()
    prepared = time.process_time()
    plan.run(sequence)
    ran = time.process_time()
    orders = plan.orders()
    extracted = time.process_time()
    report: dict[str, object] = {
        "item_sites": count,
        "edges": len(given.edges),
        "demands": len(given.demands),
        "orders": len(orders),
        "rows": plan.rows.pool.used,
        "prepare_cpu_s": round(prepared - before, 3),
        "kernel_cpu_s": round(ran - prepared, 3),
        "orders_cpu_s": round(extracted - ran, 3),
    }
    del orders
    chance = np.random.default_rng(3)
    spent: list[float] = []
    changed = 0
    for at in chance.choice(len(given.demands), changes):
        demand = Demands.of(
            item=given.demands.item[at : at + 1],
            day=given.demands.day[at : at + 1],
            quantity=given.demands.quantity[at : at + 1] + int(chance.integers(1, 50)) * MICRO,
            id=given.demands.id[at : at + 1],
        )
        begun = time.thread_time()
        changed += len(plan.apply(Changes(demands=demand)))
        spent.append(time.thread_time() - begun)
    report["net_change_cpu_ms"] = {
        "p50": _rounded(spent, 0.5), "p99": _rounded(spent, 0.99), "max": _rounded(spent, 1),
        "item_sites_changed": changed,
    }  # fmt: skip
    spent = []
    for at in chance.choice(len(given.receipts), 20):
        begun = time.thread_time()
        fork = plan.fork()
        fork.apply(
            Changes(
                receipts=Receipts.of(
                    item=given.receipts.item[at : at + 1],
                    day=given.receipts.day[at : at + 1] + 28,
                    quantity=given.receipts.quantity[at : at + 1],
                    id=given.receipts.id[at : at + 1],
                )
            )
        )
        plan.differences(fork)
        spent.append(time.thread_time() - begun)
    report["what_if_cpu_ms"] = {"p50": _rounded(spent, 0.5), "max": _rounded(spent, 1)}
    spent = []
    answered = 0
    sold = np.unique(given.demands.item)
    for item in chance.choice(sold, 300):
        begun = time.thread_time()
        answer = promise(
            plan, item=int(item), quantity=int(chance.integers(1, 500)) * MICRO, wanted=28
        )
        spent.append(time.thread_time() - begun)
        answered += answer.day is not None
    report["promise_cpu_ms"] = {
        "p50": _rounded(spent, 0.5), "p99": _rounded(spent, 0.99), "max": _rounded(spent, 1),
        "answered": answered,
    }  # fmt: skip
    before = time.process_time()
    messages = messages_of(plan)
    report["messages"] = {"cpu_s": round(time.process_time() - before, 2), "count": len(messages)}
    del messages
    report["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report["levels"] = int(plan.levels.max()) + 1
    return report


if __name__ == "__main__":
    for size in sys.argv[1:] or ["10000", "100000"]:
        print(json.dumps(measure(int(size))))
