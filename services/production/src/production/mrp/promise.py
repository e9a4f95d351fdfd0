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
from production.mrp.values import (
    QUANTITY_MAX,
    Int64s,
    InvalidInput,
    QuantityOverflow,
    ReceiptKind,
    Source,
)

NEVER = 1_000_000
NODES_MAX = 5_000
LEVERS_MAX = 8

_RECEIPT = {
    ReceiptKind.PURCHASE: "purchase",
    ReceiptKind.PRODUCTION: "production",
    ReceiptKind.TRANSFER: "transit",
    ReceiptKind.FIRM: "planned",
}
_NEW = {
    Source.BUY: "buy",
    Source.MAKE: "make",
    Source.TRANSFER: "transfer",
    Source.PHANTOM: "phantom",
}


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


@dataclass(frozen=True, slots=True)
class _Edge:
    role: int
    child: int
    numerator: int
    denominator: int
    valid_from: int
    valid_to: int
    step: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What an enquiry needs of an item-site, in Python's own numbers: it is asked for many times."""

    source: Source
    calendar: int
    lead: int
    largest: int
    components: tuple[_Edge, ...]
    substitutes: tuple[_Edge, ...]

    @classmethod
    def of(cls, plan: Plan, item: int) -> _Known:
        row = plan.items[item].tolist()
        edges = [
            _Edge(
                role=where >> 32,
                child=where & 0xFFFFFFFF,
                numerator=numerator,
                denominator=denominator,
                valid_from=validity & 0xFFFFFFFF,
                valid_to=validity >> 32,
                step=int(plan.items[where & 0xFFFFFFFF, kernels.STEP]),
            )
            for where, numerator, denominator, validity in plan.outof.of(item).tolist()
        ]
        return cls(
            source=Source(row[kernels.SOURCE]),
            calendar=row[kernels.CALENDAR],
            lead=row[kernels.LEAD],
            largest=row[kernels.MAX],
            components=tuple(one for one in edges if one.role == kernels.COMPONENT),
            substitutes=tuple(one for one in edges if one.role == kernels.SUBSTITUTE),
        )

    def lots(self, quantity: int) -> tuple[int, int]:
        """How many full orders the maximum makes of a quantity, and the rest."""
        return divmod(quantity, self.largest) if 0 < self.largest < quantity else (0, quantity)


class _Enquiry:
    """One attempt: what it takes is gone for the rest of it, and given back where another way is better."""

    def __init__(
        self,
        plan: Plan,
        capacity: Capacity | None,
        what_if: _WhatIf,
        levels: dict[int, Int64s],
        known: dict[int, _Known],
    ) -> None:
        self._plan = plan
        self._state = plan.state
        self._capacity = capacity
        self._free = None if capacity is None else capacity.free.copy()
        self.what_if = what_if
        self._today = np.array(sorted(what_if.receipts_today), dtype=np.int64)
        self._known = known
        self._scratch = kernels.scratch_for(plan.horizon.buckets)
        self._base = levels
        self._levels: dict[int, Int64s] = {}
        self._undo: list[tuple[Int64s, int, int, int]] = []
        self._left = NODES_MAX
        self._busy: set[int] = set()

    def again(self, what_if: _WhatIf, levels: dict[int, Int64s]) -> _Enquiry:
        """The same question under another assumption."""
        return _Enquiry(self._plan, self._capacity, what_if, levels, self._known)

    # --- what is free -----------------------------------------------------------------------------

    def _level(self, item: int) -> Int64s:
        # Projected available above safety stock, by bucket; the smallest of the buckets to come is free.
        if item not in self._levels:
            if item not in self._base:
                self._base[item] = self._projected(item)
            self._levels[item] = self._base[item].copy()
        return self._levels[item]

    def _projected(self, item: int) -> Int64s:
        ready = self._ready(item, 0)
        horizon = self._plan.horizon
        level = kernels.projected(
            self._state,
            item,
            self._scratch,
            bucket_of(self._plan, ready) if ready < horizon.end else horizon.buckets,
            self._today,
        )
        if len(level) == 0:
            raise QuantityOverflow(item)
        return level

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
        at = int(free.searchsorted(quantity))
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
            for _, arrives, receipt, kind, _ in reversed(plan.receipts.of(item).tolist()):
                if (
                    kind != kernels.FIRM_KIND
                    and arrives < plan.horizon.end
                    and bucket_of(plan, arrives) == at
                ):
                    day = max(day, arrives)
                    return Reason(
                        _RECEIPT[ReceiptKind(kind)], item, quantity, day, reference=receipt
                    )
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
        for edge in self._of(item).substitutes:
            if self._left <= 0:
                break
            kept = self._undo[mark:]
            self._back_to(mark)
            found = self._asked_of(edge, quantity, item)
            ready = latest(found).ready_day
            if ready < best.ready_day:
                best = Reason("substitute", item, quantity, ready, children=found)
            else:
                self._back_to(mark)
                for one in kept:
                    self._take(*one)
        return best

    def _of(self, item: int) -> _Known:
        if item not in self._known:
            self._known[item] = _Known.of(self._plan, item)
        return self._known[item]

    def _asked_of(self, edge: _Edge, quantity: int, parent: int) -> tuple[Reason, ...]:
        # Each order of a parent that is split by its maximum is rounded by itself.
        full, rest = self._of(parent).lots(quantity)
        most = self._of(parent).largest
        need = full * _up(most * edge.numerator, edge) + _up(rest * edge.numerator, edge)
        if need > QUANTITY_MAX:
            raise QuantityOverflow(edge.child)
        return self.earliest(edge.child, need)

    def _own(self, item: int, quantity: int) -> Reason:
        if item in self._busy or self._left <= 0:
            return Reason("nothing", item, quantity, NEVER)
        order, good = kernels.order_for(self._plan.items, item, quantity)
        if order < 0:
            raise QuantityOverflow(item)
        source = self._of(item).source
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
        components = self._of(item).components
        for attempt in range(2):
            edges = [one for one in components if one.valid_from <= begin < one.valid_to]
            children = tuple(part for edge in edges for part in self._asked_of(edge, order, item))
            if not children:
                return Reason("nothing", item, order, NEVER)
            start = latest(children).ready_day
            if start >= NEVER or attempt == 1:
                break
            if edges == [one for one in components if one.valid_from <= start < one.valid_to]:
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
        known = self._of(item)
        lead = self.what_if.leads.get(item, known.lead)
        return self._plan.calendars.ready(known.calendar, lead, start)

    def _slots(self, item: int, order: int, start: int) -> tuple[Reason, ...]:
        if self._capacity is None or self._free is None:
            return ()
        slots: list[Reason] = []
        day = start
        for centre, setup, run in self._capacity.operations.get(item, ()):
            if centre in self.what_if.unlimited:
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
            slots.append(
                Reason("capacity", item, order, day, max(begun, start), work_centre=centre)
            )
        return tuple(slots)


def _up(quantity: int, edge: _Edge) -> int:
    share = -(-quantity // edge.denominator)
    return -(-share // edge.step) * edge.step


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
    if not 0 < quantity <= QUANTITY_MAX or not 0 <= item < len(plan):
        raise InvalidInput("promise", 0, "a known item-site and a positive quantity are needed")
    what_if = _WhatIf(leads=dict(lead_overrides or {}))
    levels: dict[int, Int64s] = {}
    known: dict[int, _Known] = {}
    enquiry = _Enquiry(plan, capacity, what_if, levels, known)
    by_wanted = min(quantity, enquiry.free_at(item, wanted))
    reasons = enquiry.earliest(item, quantity)
    day = latest(reasons).ready_day
    levers = tuple(_levers(enquiry, levels, reasons, item, quantity)) if 0 < day < NEVER else ()
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
    enquiry: _Enquiry,
    levels: dict[int, Int64s],
    reasons: tuple[Reason, ...],
    item: int,
    quantity: int,
) -> Iterator[Lever]:
    # Each constraint of the longest chain is lifted alone, and the whole asked again.
    tried: set[tuple[str, int]] = set()
    what_if = enquiry.what_if
    day = latest(reasons).ready_day
    for one in latest(reasons).critical():
        if one.kind in {"buy", "make", "transfer"}:
            key, trial = (
                ("lead_time", one.item),
                replace(what_if, leads={**what_if.leads, one.item: 0}),
            )
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
        base = {other: level for other, level in levels.items() if other != one.item}
        found = enquiry.again(trial, base).earliest(item, quantity)
        saves = day - latest(found).ready_day
        if saves > 0:
            yield Lever(key[0], one.item, saves, one.reference, one.work_centre)
