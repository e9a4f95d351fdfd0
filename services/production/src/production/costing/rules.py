"""What an order has cost, by element, and how it is shared without losing a cent. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from uuid import UUID

CENT = Decimal("0.01")
ZERO = Decimal(0)
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_DOWN = Context(prec=60, rounding=ROUND_DOWN)


class Element(StrEnum):
    """What a cost is for."""

    MATERIAL = "material"
    LABOUR = "labour"
    OVERHEAD = "overhead"
    SUBCONTRACT = "subcontract"


class EntryKind(StrEnum):
    """How a cost came to an order, or left it."""

    ISSUE = "issue"
    OPERATION = "operation"
    SUBCONTRACT = "subcontract"
    BY_PRODUCT = "by_product"
    OUTPUT = "output"
    VARIANCE = "variance"


@dataclass(frozen=True, slots=True)
class Costs:
    """An amount by element."""

    material: Decimal = ZERO
    labour: Decimal = ZERO
    overhead: Decimal = ZERO
    subcontract: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All elements together."""
        return self.material + self.labour + self.overhead + self.subcontract

    def __add__(self, other: Costs) -> Costs:
        return Costs(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __neg__(self) -> Costs:
        return Costs(*(-getattr(self, f.name) for f in fields(self)))

    def __sub__(self, other: Costs) -> Costs:
        return self + -other

    def items(self) -> list[tuple[Element, Decimal]]:
        """Element and amount, those of nothing left out."""
        return [(e, a) for e in Element if (a := getattr(self, e.value)) != ZERO]


@dataclass(frozen=True, slots=True)
class CostEntry:
    """A cost that came to an order or, negative, left it."""

    order: UUID
    company: str
    kind: str
    element: str
    amount: Decimal
    source: UUID
    """The fact that it follows from."""
    line: int
    number: str
    item: str = ""
    quantity: Decimal = ZERO
    operation: int | None = None


def entries_of(
    costs: Costs,
    *,
    order: UUID,
    company: str,
    kind: EntryKind,
    source: UUID,
    number: str,
    line: int = 1,
    item: str = "",
    quantity: Decimal = ZERO,
    operation: int | None = None,
) -> list[CostEntry]:
    """One entry for each element that is not zero."""
    return [
        CostEntry(
            order, company, kind.value, element.value, amount, source, line, number, item, quantity, operation
        )
        for element, amount in costs.items()
    ]  # fmt: skip


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part's share of an amount, to the cent; the whole's is all of it."""
    if part >= whole:
        return amount
    return _WIDE.quantize(_WIDE.divide(_WIDE.multiply(amount, part), whole), CENT)


def share_out(work: Costs, quantity: Decimal, left: Decimal, *, final: bool) -> Costs:
    """What of the cost in work a completed quantity takes, `left` being what is still to be completed with it.

    The last of the order takes all, so that no cent stays.
    """
    if final or quantity >= left:
        return work
    return Costs(*(share(getattr(work, f.name), quantity, left) for f in fields(work)))


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The amount over the weights, by largest remainder: the parts sum to it."""
    total = sum(weights, ZERO)
    assert total > 0, "an amount needs a weight to lie on"
    sign = -1 if amount < 0 else 1
    exact = [_WIDE.divide(_WIDE.multiply(abs(amount), weight), total) for weight in weights]
    parts = [_DOWN.quantize(value, CENT) for value in exact]
    missing = int((abs(amount) - sum(parts, ZERO)) / CENT)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:missing]:
        parts[i] += CENT
    return [sign * part for part in parts]


def split_costs(costs: Costs, weights: Sequence[Decimal]) -> list[Costs]:
    """Each element over the weights; the parts sum to the costs."""
    columns = [split(getattr(costs, f.name), weights) for f in fields(costs)]
    return [Costs(*row) for row in zip(*columns, strict=True)]
