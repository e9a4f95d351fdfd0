"""When a demand can really be delivered: the plan's dates looked through, late parts and all.

A plan counts back from the day of need; what should have begun before today begins today, and whatever waits for it
is late as well. Here the pegs are followed down from a demand: an order begins when the last of its parts is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from production.mrp import kernels
from production.mrp.pegging import Requirement, Supply, Tracer, parts_of
from production.mrp.plan import Plan


@dataclass(frozen=True, slots=True)
class Delivery:
    """The day on which all of a demand is there, and the supply that is there last."""

    day: int
    supply: Supply | None


class Deliveries:
    """Looks through one plan; each order is looked at once."""

    def __init__(self, plan: Plan, tracer: Tracer | None = None) -> None:
        self._plan = plan
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

    def _delivery(self, item: int, number: int, need: Requirement) -> Delivery | None:
        pegs = self._tracer.pegs(item)
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
        if supply.kind == "co-product":
            return self._order(supply.parent, supply.row)
        return self._order(item, supply.row)

    def _order(self, item: int, row: int) -> int:
        key = (item, row)
        if key in self._ready:
            return self._ready[key]
        due, flags, start = parts_of(self._plan.rows.pool.data[row])
        planned = int(self._plan.horizon.starts[due])
        if key in self._path:
            return planned
        self._path.add(key)
        begin = max(start, 0)
        for child in dict.fromkeys((self._plan.outof.of(item)[:, kernels.OTHER] & 0xFFFFFFFF).tolist()):  # fmt: skip
            for number in self._asked_of(child).get(key, ()):
                begin = max(begin, self._covered(child, number))
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

    def _covered(self, child: int, number: int) -> int:
        pegs = self._tracer.pegs(child)
        days = [self._supplied(child, pegs.supplies[peg.supply]) for peg in pegs.of_requirement(number)]  # fmt: skip
        return max(days, default=0)

    def _asked_of(self, child: int) -> dict[tuple[int, int], list[int]]:
        if child not in self._asked:
            found: dict[tuple[int, int], list[int]] = {}
            for number, need in enumerate(self._tracer.pegs(child).requirements):
                if need.row >= 0:
                    found.setdefault((need.parent, need.row), []).append(number)
            self._asked[child] = found
        return self._asked[child]
