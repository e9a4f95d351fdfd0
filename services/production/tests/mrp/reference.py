"""The same rules once more, slow and one by one, with fractions and lists: obviously right, shares no code."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor


@dataclass
class Item:
    on_hand: int = 0
    safety: int = 0
    step: int = 1
    yield_share: Fraction = Fraction(1)
    source: str = "buy"
    lead: int = 0
    calendar: int | None = None
    rule: str = "lot for lot"
    value: int = 0
    least: int = 0
    most: int = 0
    multiple: int = 0
    window: int = 10_000


@dataclass
class Edge:
    parent: int
    child: int
    each: Fraction
    role: str = "component"
    valid_from: int = -1_000_000
    valid_to: int = 1_000_000


@dataclass
class Demand:
    item: int
    day: int
    quantity: int


@dataclass
class Receipt:
    item: int
    day: int
    quantity: int
    id: int
    firm_start: int | None = None


@dataclass
class Order:
    """One order, or what was left to a substitute."""

    item: int
    bucket: int
    start: int
    quantity: int
    kind: str


@dataclass
class Input:
    items: list[Item]
    edges: list[Edge]
    demands: list[Demand]
    receipts: list[Receipt]
    starts: list[int]
    working: list[set[int]] = field(default_factory=list)
    days_off_known_from: int = -400


def up(quantity: Fraction | int, unit: int) -> int:
    return ceil(Fraction(quantity) / unit) * unit


def down(quantity: Fraction | int, unit: int) -> int:
    return floor(Fraction(quantity) / unit) * unit


class Reference:
    """Plans by asking each item-site for its orders, which asks its parents first."""

    def __init__(self, given: Input) -> None:
        self.given = given
        self.orders: dict[int, list[Order]] = {}
        self.nets: dict[int, list[int]] = {}
        self.wanted: dict[int, list[tuple[Receipt, int | None]]] = {}
        for item in range(len(given.items)):
            self.plan(item)

    @property
    def buckets(self) -> range:
        return range(len(self.given.starts) - 1)

    def bucket_of(self, day: int) -> int | None:
        for bucket in self.buckets:
            if max(day, 0) < self.given.starts[bucket + 1]:
                return bucket
        return None

    def start_of(self, item: Item, day: int) -> int:
        if item.source == "phantom":
            return day
        if item.calendar is None:
            return day - item.lead
        working = self.given.working[item.calendar]
        while day not in working:
            day -= 1
        for _ in range(item.lead):
            day -= 1
            while day not in working:
                day -= 1
        return day

    def limits(self, item: Item) -> tuple[int, int, int]:
        """Minimum, maximum (0: none) and multiple, so that all can be kept."""
        if item.source == "phantom":
            return 0, 0, item.step
        if item.rule == "fixed":
            lot = up(item.value, item.step)
            return lot, lot, lot
        unit = up(item.multiple, item.step) if item.multiple else item.step
        return up(item.least, unit), down(item.most, unit), unit

    def good(self, item: Item, quantity: int) -> int:
        if item.yield_share == 1:
            return quantity
        return down(quantity * item.yield_share, item.step)

    def lots(self, item: Item, need: int) -> list[int]:
        """The orders for a need: full ones by the maximum, then one for the rest."""
        least, most, unit = self.limits(item)
        need = up(need, item.step)
        lots: list[int] = []
        if most:
            while need >= self.good(item, most):
                lots.append(most)
                need -= self.good(item, most)
        if need > 0:
            lots.append(up(max(up(need / item.yield_share, item.step), least), unit))
        return lots

    def gross(self, item: int) -> tuple[list[int], list[int]]:
        """Gross requirements, and co-products given, by bucket."""
        asked = [0 for _ in self.buckets]
        given = [0 for _ in self.buckets]
        step = self.given.items[item].step
        for demand in self.given.demands:
            bucket = self.bucket_of(demand.day)
            if demand.item == item and bucket is not None:
                asked[bucket] += demand.quantity
        for edge in self.given.edges:
            if edge.child != item:
                continue
            for order in self.plan(edge.parent):
                if (order.kind == "left") != (edge.role == "substitute"):
                    continue
                if edge.role == "substitute":
                    asked[order.bucket] += up(order.quantity * edge.each, step)
                    continue
                start = max(order.start, 0)
                if not max(edge.valid_from, 0) <= start < edge.valid_to:
                    continue
                if edge.role == "component":
                    bucket = self.bucket_of(start)
                    if bucket is not None:
                        asked[bucket] += up(order.quantity * edge.each, step)
                else:
                    given[order.bucket] += down(order.quantity * edge.each, step)
        return asked, given

    def plan(self, position: int) -> list[Order]:
        if position in self.orders:
            return self.orders[position]
        item = self.given.items[position]
        asked, given = self.gross(position)
        receipts = sorted(
            (one for one in self.given.receipts if one.item == position),
            key=lambda one: (one.day, one.id),
        )
        orders: list[Order] = []
        for one in receipts:
            bucket = self.bucket_of(one.day)
            if one.firm_start is not None and bucket is not None:
                orders.append(Order(position, bucket, one.firm_start, one.quantity, "firm"))
        nets = self.net(item, asked, given, receipts)
        self.nets[position] = nets
        self.wanted[position] = self.want(item, asked, given, receipts)
        orders += self.size(position, item, nets)
        self.orders[position] = orders
        return orders

    def brings(self, item: Item, one: Receipt) -> int:
        return one.quantity if one.firm_start is None else self.good(item, one.quantity)

    def net(
        self, item: Item, asked: list[int], given: list[int], receipts: list[Receipt]
    ) -> list[int]:
        waiting = list(receipts)
        level = item.on_hand
        nets: list[int] = []
        for bucket in self.buckets:
            while waiting and waiting[0].day < self.given.starts[bucket + 1]:
                level += self.brings(item, waiting.pop(0))
            level += given[bucket] - asked[bucket]
            while (
                level < item.safety
                and waiting
                and waiting[0].day <= self.given.starts[bucket] + item.window
            ):
                level += self.brings(item, waiting.pop(0))
            nets.append(max(item.safety - level, 0))
            level = max(level, item.safety)
        return nets

    def want(
        self, item: Item, asked: list[int], given: list[int], receipts: list[Receipt]
    ) -> list[tuple[Receipt, int | None]]:
        """On which day each receipt is needed: receipts serve in the order of their days."""
        waiting = list(receipts)
        wanted: list[tuple[Receipt, int | None]] = []
        level = item.on_hand
        for bucket in self.buckets:
            start = self.given.starts[bucket]
            level += given[bucket] - asked[bucket]
            while level < item.safety and waiting:
                first = waiting[0]
                arrived = first.day < self.given.starts[bucket + 1]
                if not arrived and first.day > start + item.window:
                    break
                wanted.append((waiting.pop(0), start))
                level += self.brings(item, first)
            level = max(level, item.safety)
        return wanted + [(one, None) for one in waiting]

    def groups(self, item: Item, nets: list[int]) -> dict[int, int]:
        """For each bucket with a need the last bucket that one order for it should cover."""
        needs = [bucket for bucket in self.buckets if nets[bucket] > 0]
        if item.source == "phantom" or item.rule in ("lot for lot", "fixed", "up to"):
            return {bucket: bucket for bucket in needs}
        day = self.given.starts
        if item.rule == "period":
            return {
                bucket: max(one for one in needs if day[one] < day[bucket] + item.value)
                for bucket in needs
            }
        best: tuple[int, list[int]] | None = None
        chosen: list[int] = []
        for cuts in itertools.product([False, True], repeat=max(len(needs) - 1, 0)):
            begins = [0] + [at + 1 for at, cut in enumerate(cuts) if cut]
            cost = 0
            for at, begin in enumerate(begins):
                end = begins[at + 1] if at + 1 < len(begins) else len(needs)
                cost += item.value + sum(
                    nets[needs[k]] * (day[needs[k]] - day[needs[begin]]) for k in range(begin, end)
                )
            # Of equal costs the one whose last order begins latest, then the one before it.
            key = (cost, [-begin for begin in reversed(begins)])
            if best is None or key < best:
                best, chosen = key, begins
        ends: dict[int, int] = {}
        for at, begin in enumerate(chosen):
            end = chosen[at + 1] if at + 1 < len(chosen) else len(needs)
            for k in range(begin, end):
                ends[needs[k]] = needs[end - 1]
        return ends

    def size(self, position: int, item: Item, nets: list[int]) -> list[Order]:
        orders: list[Order] = []
        ends = self.groups(item, nets)
        replaced = any(
            edge.parent == position and edge.role == "substitute" for edge in self.given.edges
        )
        surplus = 0
        for bucket in sorted(ends):
            short = nets[bucket] - surplus
            if short <= 0:
                surplus -= nets[bucket]
                continue
            start = self.start_of(item, self.given.starts[bucket])
            if start < 0 and replaced:
                orders.append(Order(position, bucket, start, short, "left"))
                surplus = 0
                continue
            need = short + sum(nets[bucket + 1 : ends[bucket] + 1])
            if item.rule == "up to" and item.source != "phantom":
                need = short + item.value - item.safety
            lots = self.lots(item, need)
            orders += [Order(position, bucket, start, lot, "planned") for lot in lots]
            surplus += sum(self.good(item, lot) for lot in lots) - nets[bucket]
        return orders
