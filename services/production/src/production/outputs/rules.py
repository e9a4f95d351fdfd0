"""What a completed quantity costs, with what comes out beside it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from production.boms.rules import Output as Beside
from production.costing.rules import ZERO, Costs, share_out, split_costs

CENT = Decimal("0.01")
ONE = Decimal(1)
NOTHING = Costs()


@dataclass(frozen=True, slots=True)
class Made:
    """A quantity that is handed over, and what it costs."""

    item: str
    unit: str
    quantity: Decimal
    warehouse: str
    lot: str
    kind: str
    costs: Costs = NOTHING


@dataclass(frozen=True, slots=True)
class Completed:
    """What is to be handed over of an order."""

    main: Made
    beside: tuple[Made, ...] = ()
    shares: tuple[Decimal, ...] = ()
    """Of each of `beside`: a co-product's share of the cost; a by-product has none."""
    values: tuple[Decimal, ...] = ()
    """Of each of `beside`: a by-product's fixed value."""


def complete(completed: Completed, work: Costs, *, left: Decimal, final: bool) -> list[Made]:
    """Everything that is handed over with its cost: together no more than is in work, and all of it at the end.

    A by-product lowers the material by its value, as far as there is any; co-products share what remains.
    """
    taken = share_out(work, completed.main.quantity, left, final=final)
    beside: list[Made] = []
    for made, value in zip(completed.beside, completed.values, strict=True):
        worth = min(value, max(taken.material, ZERO)) if made.kind == "by" else ZERO
        taken = taken - Costs(material=worth)
        beside.append(replace(made, costs=Costs(material=worth)))
    weights = [ONE - sum(completed.shares, ZERO), *completed.shares]
    parts = split_costs(taken, weights)
    lines = [replace(completed.main, costs=parts[0])]
    lines.extend(
        replace(made, costs=made.costs + part) for made, part in zip(beside, parts[1:], strict=True)
    )
    return lines


def beside_of(
    outputs: Sequence[Beside], base: Decimal, quantity: Decimal, warehouse: str
) -> tuple[tuple[Made, ...], tuple[Decimal, ...], tuple[Decimal, ...]]:
    """What comes out beside a quantity, with shares of the cost and fixed values."""
    made: list[Made] = []
    values: list[Decimal] = []
    for each in outputs:
        amount = (each.quantity * quantity / base).quantize(Decimal("0.000001"))
        made.append(Made(each.item, each.unit, amount, warehouse, "", each.kind))
        values.append((each.unit_value * amount).quantize(CENT))
    shares = tuple(each.cost_share if each.kind == "co" else ZERO for each in outputs)
    return tuple(made), shares, tuple(values)


def is_final(*, wanted: bool, quantity: Decimal, left: Decimal) -> bool:
    """Whether an order ends with this quantity: by somebody's word, or because nothing is left."""
    return wanted or quantity >= left
