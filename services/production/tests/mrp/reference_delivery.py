"""Pegs and days of delivery once more, slow and one by one: the way in which a planner would follow them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from production.mrp import Plan, kernels
from production.mrp.messages import wanted_days
from production.mrp.pegging import Peg, Pegs, Requirement, Supply, parts_of
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


def _requirements(plan: Plan, item: int, asks: Int64s) -> list[Requirement]:
    found: list[Requirement] = []
    on_hand = int(plan.items[item, kernels.ON_HAND])
    if on_hand < 0:
        found.append(Requirement("backorder", 0, -on_hand))
    for quantity, day, demand in plan.demands.of(item).tolist():
        if day < plan.horizon.end and quantity > 0:
            found.append(Requirement("demand", day, quantity, demand=demand))
    starts = plan.horizon.starts
    for role, parent, row, bucket, quantity in asks.tolist():
        if role != kernels.CO_PRODUCT and quantity > 0:
            kind = "substitute" if role == kernels.SUBSTITUTE else "component"
            found.append(Requirement(kind, int(starts[bucket]), quantity, parent=parent, row=row))
    # Of one day demands come first, then parents by position: the same order in every run.
    found.sort(
        key=lambda one: (max(one.day, 0), one.kind != "backorder", one.parent, one.row, one.demand)
    )
    return found


def _supplies(plan: Plan, item: int, asks: Int64s) -> list[Supply]:
    ranked: list[tuple[int, int, Supply]] = []
    on_hand = int(plan.items[item, kernels.ON_HAND])
    if on_hand > 0:
        ranked.append((-1, 0, Supply("stock", 0, on_hand)))
    at, wanted = wanted_days(plan, np.array([item], dtype=np.int64))
    for row, day_wanted in zip(plan.receipts.pool.data[at].tolist(), wanted.tolist(), strict=True):
        quantity, day, receipt, kind, _ = row
        if kind != kernels.FIRM_KIND and quantity > 0:
            # One that is to be expedited serves the day for which it is wanted.
            serves = min(day, day_wanted) if day_wanted >= 0 else day
            ranked.append((max(serves, 0), 1, Supply("receipt", day, quantity, receipt=receipt)))
    starts = plan.horizon.starts
    for role, parent, row, bucket, quantity in asks.tolist():
        if role == kernels.CO_PRODUCT and quantity > 0:
            day = int(starts[bucket])
            ranked.append((day, 2, Supply("co-product", day, quantity, parent=parent, row=row)))
    first = int(plan.rows.first[item])
    goods = kernels.good_of_rows(plan.state, item)
    for offset, row in enumerate(plan.rows.of(item)):
        due, flags, start = parts_of(row)
        kind = "firm" if flags & kernels.FIRM else "planned"
        kind = "substitute" if flags & kernels.SUBSTITUTED else kind
        if flags & kernels.ALTERNATED:
            start = int(starts[due])
        supply = Supply(
            kind, int(starts[due]), int(goods[offset]), row=first + offset, start_day=start
        )
        ranked.append((int(starts[due]), 3 if kind == "firm" else 4, supply))
    # By parent before row: where a row lies depends on what was planned before, the order of pegs must not.
    ranked.sort(
        key=lambda one: (one[0], one[1], one[2].day, one[2].receipt, one[2].parent, one[2].row)
    )
    return [supply for _, _, supply in ranked]


def pegs_of(plan: Plan, item: int) -> Pegs:
    """One item-site's requirements matched with its supplies."""
    asks = kernels.asks_of(plan.state, item)
    requirements = _requirements(plan, item, asks)
    supplies = _supplies(plan, item, asks)
    pegs = _instead(plan, requirements, supplies)
    stood_in = {peg.supply for peg in pegs}
    covered = [0] * len(requirements)
    for peg in pegs:
        covered[peg.requirement] += peg.quantity
    at = 0
    left = supplies[0].quantity if supplies else 0
    for number, requirement in enumerate(requirements):
        missing = requirement.quantity - covered[number]
        while missing > 0 and at < len(supplies):
            if at in stood_in:
                left = 0
            if left == 0:
                at += 1
                left = supplies[at].quantity if at < len(supplies) else 0
                continue
            taken = min(missing, left)
            pegs.append(Peg(number, at, taken))
            missing -= taken
            left -= taken
    if stood_in:
        pegs.sort(key=lambda one: (one.requirement, one.supply))
    return Pegs(item, tuple(requirements), tuple(supplies), tuple(pegs))


def _instead(plan: Plan, requirements: list[Requirement], supplies: list[Supply]) -> list[Peg]:
    # What an alternate stands in for is what its own line asks on that day, and nothing else.
    found: list[Peg] = []
    if not len(plan.alternates):
        return found
    left = [requirement.quantity for requirement in requirements]
    for place, supply in enumerate(supplies):
        if supply.kind != "substitute":
            continue
        word = int(plan.rows.pool.data[supply.row, kernels.WORD])
        if not (word >> 16) & kernels.ALTERNATED:
            continue
        parent = int(plan.alternates[(word >> 24) - kernels.BIAS, kernels.PARENT])
        open_ = supply.quantity
        for number, requirement in enumerate(requirements):
            if requirement.parent != parent or requirement.kind != "component":
                continue
            if requirement.day != supply.day or not left[number] or not open_:
                continue
            taken = min(open_, left[number])
            left[number] -= taken
            open_ -= taken
            found.append(Peg(number, place, taken))
    return found


class Deliveries:
    """Looks through one plan; each order is looked at once."""

    def __init__(self, plan: Plan, only: Bools | None = None) -> None:
        self._plan = plan
        self._only = only
        self._waits: dict[tuple[int, int], Limit] = {}
        self._known: dict[int, Pegs] = {}
        self._ready: dict[tuple[int, int], int] = {}
        self._asked: dict[int, dict[tuple[int, int], list[int]]] = {}
        self._path: set[tuple[int, int]] = set()

    def of(self, item: int) -> dict[int, Delivery | None]:
        """By demand: when it can be delivered, not before its own day or today; None when part of it has no supply."""
        pegs = self._pegs(item)
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
        if item not in self._known:
            self._known[item] = pegs_of(self._plan, item)
        return self._known[item]

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
        key = (item, row)
        if key in self._ready:
            return self._ready[key]
        due, flags, start = parts_of(self._plan.rows.pool.data[row])
        planned = int(self._plan.horizon.starts[due])
        if key in self._path:
            return planned
        self._path.add(key)
        begin = 0 if flags & kernels.ALTERNATED else max(start, 0)
        for child in sorted({*(self._plan.outof.of(item)[:, kernels.OTHER] & 0xFFFFFFFF).tolist()}):
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
        if child not in self._asked:
            found: dict[tuple[int, int], list[int]] = {}
            for number, need in enumerate(self._pegs(child).requirements):
                if need.row >= 0:
                    found.setdefault((need.parent, need.row), []).append(number)
            self._asked[child] = found
        return self._asked[child]
