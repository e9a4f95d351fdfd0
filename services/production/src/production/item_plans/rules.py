"""How an item is planned in a company, or in one of its warehouses. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import ValidationFailed

ZERO, ONE = Decimal(0), Decimal(1)


class LotRule(StrEnum):
    """How much is ordered at once."""

    LOT_FOR_LOT = "lot_for_lot"
    FIXED = "fixed"
    PERIOD = "period"
    ECONOMIC = "economic"
    UP_TO = "up_to"


class Source(StrEnum):
    """Where an item comes from."""

    BUY = "buy"
    MAKE = "make"
    TRANSFER = "transfer"
    PHANTOM = "phantom"


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """Planning parameters; those left out are the item's own."""

    id: UUID
    company: str
    item: str
    warehouse: str
    version: int
    source: str | None
    transfer_from: str
    lot_rule: str
    lot_quantity: Decimal
    """fixed: the lot; up_to: the level; period: days; economic: set-up cost over holding cost per unit and day."""
    lot_minimum: Decimal
    lot_multiple: Decimal
    lot_maximum: Decimal
    lead_time_days: int | None
    safety_stock: Decimal | None
    supplier: str
    calendar: str
    """Whose working days the lead time counts; none: every day counts."""


def check_plan(source: str | None, transfer_from: str, rule: str, quantity: Decimal) -> None:
    """Refuse parameters that contradict each other."""
    if (source == Source.TRANSFER) != bool(transfer_from):
        raise ValidationFailed(
            en="A transfer needs the warehouse that it comes from, and nothing else does.",
            zh="调拨供应必须（且仅在调拨时）指定来源仓库。",
            field="/transfer_from",
        )
    if rule != LotRule.LOT_FOR_LOT and quantity <= ZERO:
        raise ValidationFailed(
            en="Lot rule {rule} needs a lot quantity.",
            zh="批量规则 {rule} 需要批量数值。",
            rule=rule,
            field="/lot_quantity",
        )
