"""When a demand can really be delivered: the plan's dates looked through, late parts and all.

A plan counts back from the day of need; what should have begun before today begins today, and whatever waits for it
is late as well. Here the pegs are followed down from a demand: an order begins when the last of its parts is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from production.mrp import kernels
from production.mrp.messages import wanted_days
from production.mrp.pegging import Pegs, Requirement, Supply, Tracer, parts_of
from production.mrp.plan import Plan
from production.mrp.values import Bools, Int64s


@dataclass(frozen=True, slots=True)
class Delivery:
    """The day on which all of a demand is there, and the supply that is there last."""

    day: int
    supply: Supply | None


@dataclass(frozen=True, slots=True)
class Limit:
    """What a delivery waits for in the end: a late supply of an item-site, where nothing below it is later."""

    item: int
    supply: Supply


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


class Deliveries:
    """Looks through one plan; each order is looked at once."""

    def __init__(
        self,
        plan: Plan,
        tracer: Tracer | None = None,
        only: Bools | None = None,
        *,
        like: tuple[Deliveries, Bools] | None = None,
    ) -> None:
        """Look through a plan.

        Args:
            plan: the plan.
            tracer: its pegs, where they are known already.
            only: by item-site, where something may be late, itself or below; other components are taken as on time.
            like: what was seen of the plan that this one was forked from and shares its rows with, and by item-site
                where the two may differ, at the item-site itself or below; anywhere else an order is ready when it was.
                `limit` is then not known.
        """
        self._plan = plan
        self._only = only
        self._like = like
        self._waits: dict[tuple[int, int], Limit] = {}
        self._tracer = tracer or Tracer(plan)
        self._ready: dict[tuple[int, int], int] = {}
        self._asked: dict[int, dict[tuple[int, int], list[int]]] = {}
        self._path: set[tuple[int, int]] = set()

    def of(self, item: int) -> dict[int, Delivery | None]:
        """By demand: when it can be delivered, not before its own day or today; None when part of it has no supply."""
        pegs = self._tracer.pegs(item)
        return {
            need.demand: self._delivery(item, number, need)
            for number, need in enumerate(pegs.requirements)
            if need.kind == "demand"
        }

    def limit(self, item: int, delivery: Delivery) -> Limit | None:
        """What the delivery of an item-site's demand waits for, followed down to where nothing is waited for."""
        if delivery.supply is None:
            return None
        found = Limit(item, delivery.supply)
        met: set[tuple[int, int]] = set()
        while (key := self._key(found.item, found.supply)) not in met:
            met.add(key)
            found = self._waits.get(key, found)
        return found

    @staticmethod
    def _key(item: int, supply: Supply) -> tuple[int, int]:
        return (supply.parent if supply.kind == "co-product" else item, supply.row)

    def _pegs(self, item: int) -> Pegs:
        if self._like is not None and not self._like[1][item]:
            return self._like[0]._pegs(item)
        return self._tracer.pegs(item)

    def _delivery(self, item: int, number: int, need: Requirement) -> Delivery | None:
        pegs = self._pegs(item)
        covered, last, latest = 0, max(need.day, 0), None
        for peg in pegs.of_requirement(number):
            supply = pegs.supplies[peg.supply]
            covered += peg.quantity
            day = self._supplied(item, supply)
            if day > last:
                last, latest = day, supply
        return Delivery(last, latest) if covered >= need.quantity else None

    def _supplied(self, item: int, supply: Supply) -> int:
        if supply.kind == "stock":
            return 0
        if supply.kind == "receipt":
            return max(supply.day, 0)
        return self._order(*self._key(item, supply))

    def _order(self, item: int, row: int) -> int:
        if self._like is not None and not self._like[1][item]:
            return self._like[0]._order(item, row)
        key = (item, row)
        if key in self._ready:
            return self._ready[key]
        due, flags, start = parts_of(self._plan.rows.pool.data[row])
        planned = int(self._plan.horizon.starts[due])
        if key in self._path:
            return planned
        self._path.add(key)
        begin = 0 if flags & kernels.ALTERNATED else max(start, 0)
        for child in dict.fromkeys((self._plan.outof.of(item)[:, kernels.OTHER] & 0xFFFFFFFF).tolist()):  # fmt: skip
            if self._only is not None and not self._only[child]:
                continue
            for number in self._asked_of(child).get(key, ()):
                begin = self._covered(key, child, number, begin)
        self._path.discard(key)
        columns = self._plan.items[item]
        # What is asked of a substitute is there when the substitute is.
        lead = 0 if flags & kernels.SUBSTITUTED else int(columns[kernels.LEAD])
        calendar = int(columns[kernels.CALENDAR])
        ready = max(
            planned, begin if lead == 0 else self._plan.calendars.ready(calendar, lead, begin)
        )
        self._ready[key] = ready
        return ready

    def _covered(self, key: tuple[int, int], child: int, number: int, begin: int) -> int:
        pegs = self._pegs(child)
        for peg in pegs.of_requirement(number):
            supply = pegs.supplies[peg.supply]
            day = self._supplied(child, supply)
            if day > begin:
                begin = day
                self._waits[key] = Limit(child, supply)
        return begin

    def _asked_of(self, child: int) -> dict[tuple[int, int], list[int]]:
        if self._like is not None and not self._like[1][child]:
            return self._like[0]._asked_of(child)
        if child not in self._asked:
            found: dict[tuple[int, int], list[int]] = {}
            for number, need in enumerate(self._tracer.pegs(child).requirements):
                if need.row >= 0:
                    found.setdefault((need.parent, need.row), []).append(number)
            self._asked[child] = found
        return self._asked[child]
