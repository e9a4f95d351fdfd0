"""Capable to promise: the first day on which a quantity can be delivered, why not sooner, and what would help.

Only what nobody else counts on is promised: stock, arranged receipts and the surplus of planned orders after all
requirements to come. What is missing is ordered from today on: bought with its lead time, moved from its source,
or made from components that are asked in the same way, in a free slot of the work centres where capacity is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from production.mrp import kernels
from production.mrp.inputs import column
from production.mrp.pegging import bucket_of, parts_of
from production.mrp.plan import Plan
from production.mrp.values import InvalidInput, Int64s, QuantityOverflow, ReceiptKind, Source

NEVER = 1_000_000
NODES_MAX = 5_000
LEVERS_MAX = 8

_RECEIPT = {
    ReceiptKind.PURCHASE: "purchase",
    ReceiptKind.PRODUCTION: "production",
    ReceiptKind.TRANSFER: "transit",
    ReceiptKind.FIRM: "planned",
}
_NEW = {Source.BUY: "buy", Source.MAKE: "make", Source.TRANSFER: "transfer", Source.PHANTOM: "phantom"}


@dataclass(frozen=True, slots=True)
class Capacity:
    """Free minutes of work centres by day from today, and what one order of an item-site takes of them."""

    free: Int64s
    operations: Mapping[int, tuple[tuple[int, int, int], ...]]
    """Item-site → operations in order: work centre, set-up minutes, millionths of a minute per unit."""

    @classmethod
    def of(
        cls,
        free: Int64s,
        *,
        item: ArrayLike,
        work_centre: ArrayLike,
        setup: ArrayLike,
        run: ArrayLike,
    ) -> Capacity:
        """From columns of operations, in the order of each item-site's routing."""
        count = len(np.asarray(item))
        items = column(item, 0, count, np.int32)
        centres = column(work_centre, 0, count, np.int32)
        if count and (centres.min() < 0 or centres.max() >= len(free)):
            raise InvalidInput("operations", int(np.argmax(centres)), "an unknown work centre")
        setups = column(setup, 0, count, np.int64)
        runs = column(run, 0, count, np.int64)
        operations: dict[int, tuple[tuple[int, int, int], ...]] = {}
        for one, *operation in zip(
            items.tolist(), centres.tolist(), setups.tolist(), runs.tolist(), strict=True
        ):
            operations[one] = (*operations.get(one, ()), (operation[0], operation[1], operation[2]))
        return cls(np.asarray(free, dtype=np.int64), operations)


@dataclass(frozen=True, slots=True)
class Reason:
    """One constraint of a promise, with those below it.

    Kinds: stock, purchase, production, transit (arranged receipts), planned (surplus of a planned order),
    buy, make, transfer, phantom (new orders), capacity (a slot), substitute, nothing (there is no way).
    """

    kind: str
    item: int
    quantity: int
    ready_day: int
    start_day: int = 0
    reference: int = -1
    """The receipt's id or the plan's row."""
    work_centre: int = -1
    children: tuple[Reason, ...] = ()

    def critical(self) -> Iterator[Reason]:
        """From here down along what is ready last."""
        yield self
        if self.children:
            yield from latest(self.children).critical()


def latest(parts: tuple[Reason, ...]) -> Reason:
    """The part that is ready last."""
    return max(parts, key=lambda one: one.ready_day)


@dataclass(frozen=True, slots=True)
class Lever:
    """What would make a promise earlier, and by how many days at most."""

    kind: str
    """lead_time (of an item-site), receipt (an arranged one sooner), capacity (of a work centre)."""
    item: int
    saves_days: int
    reference: int = -1
    work_centre: int = -1


@dataclass(frozen=True, slots=True)
class Promise:
    """The answer for one order line."""

    item: int
    quantity: int
    wanted_day: int
    day: int | None
    """The first day on which all of it can be delivered; None if there is no way."""
    available_by_wanted: int
    """So much could be delivered on the wanted day from what is there or arranged."""
    reasons: tuple[Reason, ...]
    earlier: tuple[Lever, ...]

    @property
    def on_time(self) -> bool:
        """Whether the wanted day can be kept."""
        return self.day is not None and self.day <= self.wanted_day


@dataclass(frozen=True, slots=True)
class _WhatIf:
    leads: Mapping[int, int] = field(default_factory=dict[int, int])
    receipts_today: frozenset[int] = frozenset()
    unlimited: frozenset[int] = frozenset()


class _Enquiry:
    """One attempt: what it takes is gone for the rest of it, and given back where another way is better."""

    def __init__(
        self, plan: Plan, capacity: Capacity | None, what_if: _WhatIf, levels: dict[int, Int64s]
    ) -> None:
        self._plan = plan
        self._state = plan.state
        self._capacity = capacity
        self._free = None if capacity is None else capacity.free.copy()
        self._what_if = what_if
        self._base = levels
        self._levels: dict[int, Int64s] = {}
        self._undo: list[tuple[Int64s, int, int, int]] = []
        self._left = NODES_MAX
        self._busy: set[int] = set()

    # --- what is free -----------------------------------------------------------------------------

    def _level(self, item: int) -> Int64s:
        # Projected available above safety stock, by bucket; the smallest of the buckets to come is free.
        if item not in self._levels:
            if item not in self._base:
                self._base[item] = self._projected(item)
            self._levels[item] = self._base[item].copy()
        return self._levels[item]

    def _projected(self, item: int) -> Int64s:
        plan = self._plan
        scratch = kernels.scratch_for(plan.horizon.buckets)
        if not kernels.gather_one(self._state, item, scratch):
            raise QuantityOverflow(item)
        change = scratch.supply - scratch.gross
        row = plan.items[item]
        change[0] += row[kernels.ON_HAND] - row[kernels.SAFETY]
        for quantity, day, id, kind, _ in plan.receipts.of(item).tolist():
            arrives = 0 if id in self._what_if.receipts_today else day
            if kind != kernels.FIRM_KIND and arrives < plan.horizon.end:
                change[bucket_of(plan, arrives)] += quantity
        goods = kernels.good_of_rows(self._state, item)
        for order, good in zip(plan.rows.of(item), goods.tolist(), strict=True):
            due, _, start = parts_of(order)
            day = int(plan.horizon.starts[due])
            if start < 0:
                # What should have begun already begins today.
                day = self._ready(item, 0)
            if day < plan.horizon.end:
                change[max(due, bucket_of(plan, day))] += good
        return np.cumsum(change)

    def _take(self, array: Int64s, begin: int, end: int, quantity: int) -> None:
        array[begin:end] -= quantity
        self._undo.append((array, begin, end, quantity))

    def _back_to(self, mark: int) -> None:
        while len(self._undo) > mark:
            array, begin, end, quantity = self._undo.pop()
            array[begin:end] += quantity

    def free_at(self, item: int, day: int) -> int:
        """What is free from a day on."""
        level = self._level(item)
        if day >= self._plan.horizon.end:
            return max(int(level[-1]), 0)
        return max(int(level[bucket_of(self._plan, day) :].min()), 0)

    # --- the search -------------------------------------------------------------------------------

    def earliest(self, item: int, quantity: int) -> tuple[Reason, ...]:
        """The first day on which a quantity is there, as one part or as what is free today and a new order."""
        self._left -= 1
        level = self._level(item)
        free = np.minimum.accumulate(level[::-1])[::-1]
        at = int(np.searchsorted(free, quantity))
        there = int(self._plan.horizon.starts[at]) if at < len(free) else NEVER
        if there > 0:
            mark = len(self._undo)
            now = max(int(free[0]), 0)
            self._take(level, 0, len(level), now)
            new = self._new(item, quantity - now)
            if new.ready_day < there or there == NEVER:
                return (self._found(item, now, 0), new) if now > 0 else (new,)
            self._back_to(mark)
        self._take(level, at, len(level), quantity)
        return (self._found(item, quantity, at),)

    def _found(self, item: int, quantity: int, at: int) -> Reason:
        # Which supply made it free: the arranged receipt of that bucket, or the planned order, else stock.
        plan = self._plan
        day = int(plan.horizon.starts[at])
        if at > 0:
            for _, arrives, id, kind, _ in reversed(plan.receipts.of(item).tolist()):
                if kind != kernels.FIRM_KIND and arrives < plan.horizon.end and bucket_of(plan, arrives) == at:
                    day = max(day, arrives)
                    return Reason(_RECEIPT[ReceiptKind(kind)], item, quantity, day, reference=id)
            first = int(plan.rows.first[item])
            for offset, order in enumerate(plan.rows.of(item)):
                due, _, start = parts_of(order)
                if due == at or start < 0:
                    return Reason("planned", item, quantity, day, start, reference=first + offset)
        return Reason("stock", item, quantity, day)

    def _new(self, item: int, quantity: int) -> Reason:
        """A new order for what is not free: by the item-site's own source, or by a substitute if sooner."""
        mark = len(self._undo)
        best = self._own(item, quantity)
        for edge in self._plan.outof.of(item):
            if edge[kernels.OTHER] >> 32 != kernels.SUBSTITUTE or self._left <= 0:
                continue
            kept = self._undo[mark:]
            self._back_to(mark)
            other = int(edge[kernels.OTHER] & 0xFFFFFFFF)
            found = self._asked_of(other, quantity, edge, item)
            ready = latest(found).ready_day
            if ready < best.ready_day:
                best = Reason("substitute", item, quantity, ready, children=found)
            else:
                self._back_to(mark)
                for one in kept:
                    self._take(*one)
        return best

    def _asked_of(self, child: int, quantity: int, edge: Int64s, parent: int) -> tuple[Reason, ...]:
        need = kernels.asked(
            self._plan.items, parent, quantity, self._split(parent, quantity),
            int(edge[kernels.NUMERATOR]), int(edge[kernels.DENOMINATOR]),
            int(self._plan.items[child, kernels.STEP]),
        )  # fmt: skip
        if need < 0:
            raise QuantityOverflow(child)
        return self.earliest(child, int(need))

    def _split(self, item: int, quantity: int) -> int:
        return kernels.SPLIT if 0 < self._plan.items[item, kernels.MAX] < quantity else 0

    def _own(self, item: int, quantity: int) -> Reason:
        if item in self._busy or self._left <= 0:
            return Reason("nothing", item, quantity, NEVER)
        order, good = kernels.order_for(self._plan.items, item, quantity)
        if order < 0:
            raise QuantityOverflow(item)
        source = Source(int(self._plan.items[item, kernels.SOURCE]))
        if source is Source.BUY:
            reason = Reason("buy", item, int(order), self._ready(item, 0))
        else:
            self._busy.add(item)
            reason = self._made(item, int(order), source)
            self._busy.discard(item)
        surplus = int(good) - quantity
        if surplus > 0 and reason.ready_day < self._plan.horizon.end:
            level = self._level(item)
            self._take(level, bucket_of(self._plan, reason.ready_day), len(level), -surplus)
        return reason

    def _made(self, item: int, order: int, source: Source) -> Reason:
        # Which components are valid depends on the start, and the start on the components: once more is enough.
        begin = 0
        children: tuple[Reason, ...] = ()
        mark = len(self._undo)
        for attempt in range(2):
            edges = [edge for edge in self._plan.outof.of(item) if _is_valid(edge, begin)]
            children = tuple(
                part
                for edge in edges
                for part in self._asked_of(int(edge[kernels.OTHER] & 0xFFFFFFFF), order, edge, item)
            )
            if not children:
                return Reason("nothing", item, order, NEVER)
            start = latest(children).ready_day
            again = [edge for edge in self._plan.outof.of(item) if _is_valid(edge, start)]
            if start >= NEVER or attempt == 1 or len(again) == len(edges) and all(
                (one == other).all() for one, other in zip(edges, again, strict=True)
            ):
                break
            self._back_to(mark)
            begin = start
        start = latest(children).ready_day
        if start >= NEVER:
            return Reason("nothing", item, order, NEVER, children=children)
        ready = self._ready(item, start)
        slots = self._slots(item, order, start)
        if slots:
            ready = max(ready, slots[-1].ready_day)
        return Reason(_NEW[source], item, order, ready, start, children=(*children, *slots))

    def _ready(self, item: int, start: int) -> int:
        row = self._plan.items[item]
        lead = self._what_if.leads.get(item, int(row[kernels.LEAD]))
        return self._plan.calendars.ready(int(row[kernels.CALENDAR]), lead, start)

    def _slots(self, item: int, order: int, start: int) -> tuple[Reason, ...]:
        if self._capacity is None or self._free is None:
            return ()
        slots: list[Reason] = []
        day = start
        for centre, setup, run in self._capacity.operations.get(item, ()):
            if centre in self._what_if.unlimited:
                continue
            units, rest = divmod(order, kernels.ONE)
            minutes = setup + -(-(units * run + rest * run // kernels.ONE) // kernels.ONE)
            begun = -1
            while minutes > 0 and day < self._free.shape[1]:
                used = min(minutes, int(self._free[centre, day]))
                if used > 0:
                    begun = day if begun < 0 else begun
                    self._take(self._free[centre], day, day + 1, used)
                    minutes -= used
                if minutes > 0:
                    day += 1
            if minutes > 0:
                return (*slots, Reason("capacity", item, order, NEVER, start, work_centre=centre))
            slots.append(Reason("capacity", item, order, day, max(begun, start), work_centre=centre))
        return tuple(slots)


def _is_valid(edge: Int64s, day: int) -> bool:
    validity = int(edge[kernels.VALIDITY])
    return int(edge[kernels.OTHER]) >> 32 == kernels.COMPONENT and (
        validity & 0xFFFFFFFF
    ) <= day < (validity >> 32)


def promise(
    plan: Plan,
    *,
    item: int,
    quantity: int,
    wanted: int,
    capacity: Capacity | None = None,
    lead_overrides: Mapping[int, int] | None = None,
) -> Promise:
    """When a new order line can be delivered. For a line that the plan holds already, ask a fork without it."""
    if not 0 < quantity <= kernels.QUANTITY_MAX or not 0 <= item < len(plan):
        raise InvalidInput("promise", 0, "a known item-site and a positive quantity are needed")
    what_if = _WhatIf(leads=dict(lead_overrides or {}))
    levels: dict[int, Int64s] = {}
    enquiry = _Enquiry(plan, capacity, what_if, levels)
    by_wanted = min(quantity, enquiry.free_at(item, wanted))
    reasons = enquiry.earliest(item, quantity)
    day = latest(reasons).ready_day
    levers = (
        tuple(_levers(plan, capacity, what_if, levels, reasons, item, quantity))
        if 0 < day < NEVER
        else ()
    )
    return Promise(
        item=item,
        quantity=quantity,
        wanted_day=wanted,
        day=day if day < NEVER else None,
        available_by_wanted=by_wanted,
        reasons=reasons,
        earlier=tuple(sorted(levers, key=lambda one: -one.saves_days)),
    )


def _levers(
    plan: Plan,
    capacity: Capacity | None,
    what_if: _WhatIf,
    levels: dict[int, Int64s],
    reasons: tuple[Reason, ...],
    item: int,
    quantity: int,
) -> Iterator[Lever]:
    # Each constraint of the longest chain is lifted alone, and the whole asked again.
    tried: set[tuple[str, int]] = set()
    day = latest(reasons).ready_day
    for one in latest(reasons).critical():
        if one.kind in {"buy", "make", "transfer"}:
            key, trial = ("lead_time", one.item), replace(what_if, leads={**what_if.leads, one.item: 0})
        elif one.kind in {"purchase", "production", "transit"} and one.ready_day > 0:
            key = ("receipt", one.reference)
            trial = replace(what_if, receipts_today=what_if.receipts_today | {one.reference})
        elif one.kind == "capacity":
            key = ("capacity", one.work_centre)
            trial = replace(what_if, unlimited=what_if.unlimited | {one.work_centre})
        else:
            continue
        if key in tried or len(tried) >= LEVERS_MAX:
            continue
        tried.add(key)
        # What the item-site itself has free may hang on what is lifted; all others keep theirs.
        base = {known: level for known, level in levels.items() if known != one.item}
        found = _Enquiry(plan, capacity, trial, base).earliest(item, quantity)
        saves = day - latest(found).ready_day
        if saves > 0:
            yield Lever(key[0], one.item, saves, one.reference, one.work_centre)
