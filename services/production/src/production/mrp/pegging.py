"""Which supply is for which requirement: computed when asked, one item-site at a time.

Requirements and supplies are matched in the order of their days, first come first served: what a planner
would do by hand. It is not stored, for it follows from the plan and costs less to compute than to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from production.mrp import kernels, matching
from production.mrp.plan import Plan
from production.mrp.values import Int64s, QuantityOverflow

NODES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Requirement:
    """A quantity that an item-site must have on a day."""

    kind: str
    """demand, component (of a parent's order), substitute (for a parent that comes too late), or backorder."""
    day: int
    quantity: int
    demand: int = -1
    parent: int = -1
    row: int = -1


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity that an item-site has, or will have on a day."""

    kind: str
    """stock, receipt, firm, planned, co-product, or substitute (taken from another item-site)."""
    day: int
    quantity: int
    receipt: int = -1
    parent: int = -1
    row: int = -1
    start_day: int = 0


@dataclass(frozen=True, slots=True)
class Peg:
    """So much of a supply is for a requirement; both by position."""

    requirement: int
    supply: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Pegs:
    """One item-site's requirements and supplies, and what is for what; the rest of a supply is safety or excess."""

    item: int
    requirements: tuple[Requirement, ...]
    supplies: tuple[Supply, ...]
    pegs: tuple[Peg, ...]

    def of_requirement(self, requirement: int) -> Iterator[Peg]:
        """Where a requirement is covered from."""
        return (peg for peg in self.pegs if peg.requirement == requirement)

    def of_supply(self, supply: int) -> Iterator[Peg]:
        """What a supply is for."""
        return (peg for peg in self.pegs if peg.supply == supply)


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a peg tree; the quantity is what the step above takes of it, in this item-site's unit."""

    item: int
    kind: str
    day: int
    quantity: int
    reference: int
    """The demand's or receipt's id, the plan's row of an order, else -1."""
    children: tuple[Node, ...]

    def leaves(self) -> Iterator[Node]:
        """The ends of the tree."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class MrpRecord:
    """One item-site's planning table, a column per bucket."""

    starts: Int64s
    gross: Int64s
    scheduled: Int64s
    """Open receipts on their own days, and co-products."""
    planned_receipts: Int64s
    """Good quantities of firm and planned orders."""
    planned_releases: Int64s
    """Quantities to start or order; what should have begun already stands in the first bucket."""
    projected_available: Int64s


def record_of(plan: Plan, item: int) -> MrpRecord:
    """The table that the planner's screen shows."""
    scratch = kernels.scratch_for(plan.horizon.buckets)
    if not kernels.gather_one(plan.state, item, scratch):
        raise QuantityOverflow(item)
    scheduled = scratch.supply.copy()
    planned = np.zeros_like(scheduled)
    releases = np.zeros_like(scheduled)
    for row in plan.receipts.of(item):
        if row[kernels.DAY] < plan.horizon.end and row[kernels.KIND] != kernels.FIRM_KIND:
            scheduled[bucket_of(plan, int(row[kernels.DAY]))] += row[kernels.QUANTITY]
    rows = plan.rows.of(item)
    for row, good in zip(rows, kernels.good_of_rows(plan.state, item), strict=True):
        due, flags, start = parts_of(row)
        planned[due] += good
        if not flags & kernels.SUBSTITUTED and start < plan.horizon.end:
            releases[bucket_of(plan, start)] += row[kernels.QUANTITY]
    on_hand = int(plan.items[item, kernels.ON_HAND])
    return MrpRecord(
        starts=plan.horizon.starts[:-1].astype(np.int64),
        gross=scratch.gross,
        scheduled=scheduled,
        planned_receipts=planned,
        planned_releases=releases,
        projected_available=on_hand + np.cumsum(scheduled + planned - scratch.gross),
    )


def bucket_of(plan: Plan, day: int) -> int:
    """The bucket of a day within the horizon; the past is today."""
    return int(plan.bucket_of_day[max(day, 0)])


def parts_of(row: Int64s) -> tuple[int, int, int]:
    """An order row's bucket of need, its flags, the day on which it starts."""
    word = int(row[kernels.WORD])
    return word & 0xFFFF, (word >> 16) & 0xFF, (word >> 24) - kernels.BIAS


NEED_KINDS = ("backorder", "demand", "component", "substitute")
SUPPLY_KINDS = ("stock", "receipt", "firm", "planned", "co-product", "substitute")


def pegs_of(plan: Plan, item: int) -> Pegs:
    """One item-site's requirements matched with its supplies."""
    needs, supplies, pegs, held = matching.matched(
        plan.state, item, kernels.scratch_for(plan.horizon.buckets)
    )
    if not held:
        raise QuantityOverflow(item)
    return Pegs(
        item,
        tuple(Requirement(NEED_KINDS[one[0]], *one[1:]) for one in _rows(needs)),
        tuple(Supply(SUPPLY_KINDS[one[0]], *one[1:]) for one in _rows(supplies)),
        tuple(Peg(*one) for one in _rows(pegs)),
    )


def _rows(table: Int64s) -> list[list[int]]:
    return cast("list[list[int]]", table.tolist())


class Tracer:
    """Follows pegs through the levels; each item-site is matched once, however often it is met."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[int, Pegs] = {}
        self._left = NODES_MAX
        self._path: set[tuple[int, int]] = set()
        """The orders being followed down: what an order yields beside may go into its own components."""

    def pegs(self, item: int) -> Pegs:
        """One item-site's pegs."""
        if item not in self._known:
            self._known[item] = pegs_of(self._plan, item)
        return self._known[item]

    def down(self, item: int, demand: int) -> Node:
        """From a demand to the stock, receipts and orders that cover it, and what those orders need."""
        pegs = self.pegs(item)
        for number, requirement in enumerate(pegs.requirements):
            if requirement.kind == "demand" and requirement.demand == demand:
                children = tuple(self._covered(item, number))
                return Node(item, "demand", requirement.day, requirement.quantity, demand, children)
        raise KeyError(demand)

    def _covered(self, item: int, number: int) -> Iterator[Node]:
        pegs = self.pegs(item)
        for peg in pegs.of_requirement(number):
            if self._left <= 0:
                return
            self._left -= 1
            supply = pegs.supplies[peg.supply]
            reference = supply.receipt if supply.kind == "receipt" else supply.row
            children = self._below(item, supply)
            yield Node(item, supply.kind, supply.day, peg.quantity, reference, children)

    def _below(self, item: int, supply: Supply) -> tuple[Node, ...]:
        order = (supply.parent if supply.kind == "co-product" else item, supply.row)
        if supply.row < 0 or order in self._path:
            return ()
        self._path.add(order)
        try:
            return tuple(self._needs(item, supply))
        finally:
            self._path.discard(order)

    def _needs(self, item: int, supply: Supply) -> Iterator[Node]:
        # A co-product comes from its parent's order: what that order needs is what it needs.
        maker = supply.parent if supply.kind == "co-product" else item
        lists = self._plan.outof.of(maker)
        for child in dict.fromkeys((lists[:, kernels.OTHER] & 0xFFFFFFFF).tolist()):
            if maker != item and child == item:
                continue
            for number, requirement in enumerate(self.pegs(child).requirements):
                if requirement.parent == maker and requirement.row == supply.row:
                    self._left -= 1
                    yield Node(
                        child, requirement.kind, requirement.day, requirement.quantity, supply.row,
                        tuple(self._covered(child, number)),
                    )  # fmt: skip

    def up(self, item: int, supply: int) -> Node:
        """From a supply of an item-site to the demands it is for, through all parents' orders."""
        pegs = self.pegs(item)
        one = pegs.supplies[supply]
        reference = one.receipt if one.kind == "receipt" else one.row
        children = tuple(self._serves(item, supply))
        return Node(item, one.kind, one.day, one.quantity, reference, children)

    def _serves(self, item: int, supply: int) -> Iterator[Node]:
        pegs = self.pegs(item)
        for peg in pegs.of_supply(supply):
            if self._left <= 0:
                return
            self._left -= 1
            need = pegs.requirements[peg.requirement]
            children: tuple[Node, ...] = ()
            reference = need.demand
            if need.parent >= 0:
                reference = need.row
                above = self.pegs(need.parent)
                children = tuple(
                    node
                    for number, one in enumerate(above.supplies)
                    if one.row == need.row and one.kind != "co-product"
                    for node in self._serves(need.parent, number)
                )
            yield Node(item, need.kind, need.day, peg.quantity, reference, children)
