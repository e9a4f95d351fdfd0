"""The tree of a cost: every step is the sum of those below it, to the cent. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

ZERO = Decimal(0)
DEPTH_MAX = 25
NODES_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a cost, and what it is made of. What goes off is negative."""

    kind: str
    """item, order, or where value came from or went: opening, receipt, labour, overhead, subcontract, left, other_use…"""
    item: str
    number: str
    quantity: Decimal
    amount: Decimal
    children: tuple[Step, ...] = ()

    def leaves(self) -> Iterator[Step]:
        """The ends of the tree."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class Movement:
    """What came of an item or left it; signed."""

    kind: str
    quantity: Decimal
    amount: Decimal
    number: str
    order: UUID | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A cost that came to an order or, negative, left it."""

    kind: str
    element: str
    item: str
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Books:
    """All that a tree may need: movements by item, entries and numbers by order."""

    movements: Mapping[str, Sequence[Movement]]
    entries: Mapping[UUID, Sequence[Entry]]
    numbers: Mapping[UUID, str]


class Explanation:
    """Builds one tree."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._left = NODES_MAX

    def of_item(self, item: str) -> Step:
        """What all of an item that ever came has cost."""
        parts = self._inflows(item, (item,))
        return self._summed("item", item, "", self._came(item), parts)

    def _came(self, item: str) -> Decimal:
        return sum(
            (m.quantity for m in self._books.movements.get(item, ()) if m.quantity > 0), ZERO
        )

    def _inflows(self, item: str, path: tuple[str, ...]) -> list[Step]:
        parts: list[Step] = []
        made: dict[UUID, tuple[Decimal, Decimal]] = {}
        for m in self._books.movements.get(item, ()):
            if m.kind == "production" and m.order is not None:
                quantity, amount = made.get(m.order, (ZERO, ZERO))
                made[m.order] = (quantity + m.quantity, amount + m.amount)
            elif m.quantity > 0 or (m.quantity == 0 and m.amount):
                parts.append(Step(m.kind, item, m.number, m.quantity, m.amount))
        for order, (quantity, amount) in made.items():
            parts.append(self._order(order, item, quantity, amount, path))
        return parts

    def _order(
        self, order: UUID, item: str, quantity: Decimal, amount: Decimal, path: tuple[str, ...]
    ) -> Step:
        number = self._books.numbers.get(order, "")
        self._left -= 1
        entries = self._books.entries.get(order, ())
        if self._left <= 0 or len(path) > DEPTH_MAX or not entries:
            return Step("order", item, number, quantity, amount)
        sums: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        for e in entries:
            if e.kind == "output" and e.item == item:
                continue
            key = (e.kind if e.kind in _GONE else e.element, e.item)
            if e.kind in _GONE or e.element == "material":
                q = e.quantity if e.element == "material" else ZERO
            else:
                key, q = (e.element, ""), e.quantity if e.element == "labour" else ZERO
            before = sums.get(key, (ZERO, ZERO))
            sums[key] = (before[0] + q, before[1] + e.amount)
        parts: list[Step] = []
        for (kind, what), (q, value) in sums.items():
            if kind == "material":
                parts.append(self._used(what, q, value, (*path, item)))
            elif value:
                parts.append(Step(_GONE.get(kind, kind), what, number, q, value))
        rest = amount - sum((p.amount for p in parts), ZERO)
        if rest:
            parts.append(Step("in_work", item, number, ZERO, rest))
        return Step("order", item, number, quantity, amount, tuple(parts))

    def _used(self, item: str, quantity: Decimal, amount: Decimal, path: tuple[str, ...]) -> Step:
        """A quantity of an item that was used: of what is made, all that came less all that did not go this way."""
        movements = self._books.movements.get(item, ())
        made = any(m.kind == "production" for m in movements)
        if not made or item in path or len(path) > DEPTH_MAX or self._left <= 0:
            return Step("item", item, "", quantity, amount)
        parts = self._inflows(item, path)
        came = sum((p.amount for p in parts), ZERO)
        on_hand = sum((m.quantity for m in movements), ZERO)
        worth = sum((m.amount for m in movements), ZERO)
        if worth:
            parts.append(Step("left", item, "", -on_hand, -worth))
        elsewhere = amount - came + worth
        if elsewhere:
            gone = self._came(item) - on_hand - quantity
            parts.append(Step("other_use", item, "", -gone, elsewhere))
        return Step("item", item, "", quantity, amount, tuple(parts))

    @staticmethod
    def _summed(
        kind: str, item: str, number: str, quantity: Decimal, parts: Sequence[Step]
    ) -> Step:
        return Step(
            kind, item, number, quantity, sum((p.amount for p in parts), ZERO), tuple(parts)
        )


_GONE = {"by_product": "by_product", "variance": "variance", "output": "other_output"}
"""Kinds of entries by which a cost leaves an order, as they are shown."""


def check_sums(step: Step) -> bool:
    """Whether every step is the sum of those below it."""
    if not step.children:
        return True
    below = sum((child.amount for child in step.children), ZERO)
    return below == step.amount and all(check_sums(child) for child in step.children)
