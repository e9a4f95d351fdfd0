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
class Alternate:
    """What may stand for a primary in one line of its parent's bill; earlier ones are tried first."""

    parent: int
    primary: int
    alternate: int
    line: int
    line_each: Fraction
    each: Fraction
    valid_from: int = -1_000_000
    valid_to: int = 1_000_000


@dataclass
class Taken:
    """So much of a primary that an alternate stands in for, and how much of the alternate that is."""

    by: Alternate
    bucket: int
    quantity: int
    cost: int


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
    alternates: list[Alternate] = field(default_factory=list)


def up(quantity: Fraction | int, unit: int) -> int:
    return ceil(Fraction(quantity) / unit) * unit


def down(quantity: Fraction | int, unit: int) -> int:
    return floor(Fraction(quantity) / unit) * unit


def is_exact(ratio: Fraction) -> bool:
    """Whether whole numbers of 62 bits hold the ratio of an alternate to its primary."""
    return ratio.numerator * ratio.denominator <= 4 * 10**18


class Reference:
    """Plans by asking each item-site for its orders, which asks its parents first."""

    def __init__(self, given: Input) -> None:
        self.given = given
        self.orders: dict[int, list[Order]] = {}
        self.nets: dict[int, list[int]] = {}
        self.wanted: dict[int, list[tuple[Receipt, int | None]]] = {}
        self.swapped: dict[int, list[Taken]] = {}
        self.possible = [
            one
            for one in given.alternates
            if one.primary != one.alternate and is_exact(one.each / one.line_each)
        ]
        self.alternates = [
            one for one in self.possible if not self.reaches(one.primary, one.alternate)
        ]
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

    def parents(self, item: int) -> set[int]:
        return {edge.parent for edge in self.given.edges if edge.child == item}

    def reaches(self, item: int, wanted: int) -> bool:
        """Whether the orders of an item-site decide, by whatever way, what is asked of another."""
        seen: set[int] = set()
        waiting = [item]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            below = {edge.child for edge in self.given.edges if edge.parent == one}
            if wanted in below:
                return True
            waiting += below
            waiting += [other.primary for other in self.possible if other.alternate in below]
        return False

    def level(self, item: int) -> int:
        """Below all parents, and below all parents of what may stand for it."""
        above = self.parents(item)
        for one in self.alternates:
            if one.primary == item:
                above |= self.parents(one.alternate)
        return max((self.level(parent) + 1 for parent in above), default=0)

    def asked_by_line(self, one: Alternate) -> list[int]:
        found = [0 for _ in self.buckets]
        for order in self.plan(one.parent):
            start = max(order.start, 0)
            if order.kind != "left" and max(one.valid_from, 0) <= start < one.valid_to:
                bucket = self.bucket_of(start)
                if bucket is not None:
                    step = self.given.items[one.primary].step
                    found[bucket] += up(order.quantity * one.line_each, step)
        return found

    def free(self, item: int, taker: int) -> list[int]:
        """What is above an item-site's own needs at each bucket's end, takers that come first among them."""
        asked, given = self.gross(item)
        rank = (self.level(taker), taker)
        for other in {one.primary for one in self.alternates if one.alternate == item}:
            if (self.level(other), other) < rank:
                for taken in self.swaps(other):
                    if taken.by.alternate == item:
                        asked[taken.bucket] += taken.cost
        row = self.given.items[item]
        waiting = sorted(
            (one for one in self.given.receipts if one.item == item),
            key=lambda one: (one.day, one.id),
        )
        level = row.on_hand
        found: list[int] = []
        for bucket in self.buckets:
            while waiting and waiting[0].day < self.given.starts[bucket + 1]:
                level += self.brings(row, waiting.pop(0))
            level += given[bucket] - asked[bucket]
            latest = self.given.starts[bucket] + row.window
            while level < row.safety and waiting and waiting[0].day <= latest:
                level += self.brings(row, waiting.pop(0))
            level = max(level, row.safety)
            found.append(level - row.safety)
        return found

    def swaps(self, position: int) -> list[Taken]:
        """What alternates stand in for where stock and receipts of the primary do not cover."""
        if position in self.swapped:
            return self.swapped[position]
        mine = [one for one in self.alternates if one.primary == position]
        mine.sort(key=lambda one: one.line)
        self.swapped[position] = taken = []
        if not mine:
            return taken
        item = self.given.items[position]
        receipts = sorted(
            (one for one in self.given.receipts if one.item == position),
            key=lambda one: (one.day, one.id),
        )
        nets = self.net(item, *self.gross(position), receipts)
        free = {one.alternate: self.free(one.alternate, position) for one in mine}
        for bucket in self.buckets:
            short = nets[bucket]
            for one in mine:
                of_line = sum(
                    two.quantity
                    for two in taken
                    if two.by.line == one.line and two.bucket == bucket
                )
                part = min(short, self.asked_by_line(one)[bucket] - of_line)
                there = min(free[one.alternate][bucket:])
                step = self.given.items[one.alternate].step
                ratio = one.each / one.line_each
                if part > 0 and up(part * ratio, step) > there:
                    part = down(down(there, step) / ratio, item.step)
                if part <= 0:
                    continue
                cost = up(part * ratio, step)
                for later in self.buckets[bucket:]:
                    free[one.alternate][later] -= cost
                short -= part
                taken.append(Taken(one, bucket, part, cost))
        return taken

    def plan(self, position: int) -> list[Order]:
        if position in self.orders:
            return self.orders[position]
        item = self.given.items[position]
        asked, given = self.gross(position)
        for one in self.alternates:
            if one.alternate == position:
                for taken in self.swaps(one.primary):
                    if taken.by is one:
                        asked[taken.bucket] += taken.cost
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
        for taken in self.swaps(position):
            nets[taken.bucket] -= taken.quantity
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
