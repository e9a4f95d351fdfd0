"""Stock set right by hand: at which value, and when it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.errors import ValidationFailed
from inventory.replicas.rules import TODAY, Day, ItemReplica
from inventory.stock.rules import ZERO, priced, share
from inventory.valuation.rules import ItemValue

OPENING = "opening"


@dataclass(frozen=True, slots=True)
class AdjustmentLineAsked:
    """A change of one balance; the quantity is signed."""

    item: str
    warehouse: str
    quantity: Decimal
    unit_cost: Decimal | None = None
    amount: Decimal | None = None
    lot: str = ""
    bin: str = ""
    expiry: date | None = None
    exact: bool = False
    """A decrease is taken from this bin and lot alone; else an empty one means any."""


@dataclass(frozen=True, slots=True)
class AdjustmentAsked:
    """An adjustment as it was entered."""

    company: str
    reason: str
    lines: tuple[AdjustmentLineAsked, ...]
    text: str = ""
    day: Day = TODAY


def check_line(line: AdjustmentLineAsked, *, field: str) -> None:
    """A decrease leaves at the average: it is given no value."""
    if line.quantity < 0 and (line.unit_cost is not None or line.amount is not None):
        raise ValidationFailed(
            en="A decrease leaves at the average cost; give no value.",
            zh="减少数量按平均成本出库，不能指定金额。",
            field=field,
        )


def amount_in(line: AdjustmentLineAsked, item: ItemReplica, value: ItemValue) -> Decimal:
    """What an increase is worth: as given, else at the average, else at standard cost, else nothing."""
    if line.amount is not None:
        return line.amount
    if line.unit_cost is not None:
        return priced(line.quantity, line.unit_cost)
    if value.quantity > 0:
        return share(value.amount, line.quantity, value.quantity)
    return priced(line.quantity, item.standard_cost) if item.standard_cost is not None else ZERO
