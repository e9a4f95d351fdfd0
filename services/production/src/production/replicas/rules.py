"""What production knows of an item, a warehouse, a company, a supplier."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from chassis.errors import ValidationFailed

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ItemReplica:
    """What is made or used, and how finely it is counted."""

    code: str
    id: UUID
    active: bool
    name: str
    name_en: str
    base_unit: str
    quantity_decimals: int
    procurement: str
    tracking: str
    valuation_class: str
    standard_cost: Decimal | None
    lead_time_days: int | None
    safety_stock: Decimal | None
    tax_code: str

    def rounded_up(self, quantity: Decimal) -> Decimal:
        """The quantity as the item is counted: nobody takes a third of a piece."""
        return quantity.quantize(Decimal(1).scaleb(-self.quantity_decimals), rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class WarehouseReplica:
    """A place of one company."""

    code: str
    id: UUID
    active: bool
    name: str
    company: str
    priority: int


@dataclass(frozen=True, slots=True)
class CompanyReplica:
    """A legal entity, its currency and the clock on its wall."""

    code: str
    id: UUID
    active: bool
    name: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SupplierReplica:
    """Somebody who may work for us."""

    code: str
    id: UUID
    active: bool
    name: str
    currency: str
    payment_days: int
    supplies: bool


@dataclass(frozen=True, slots=True)
class TaxCodeReplica:
    """A tax rate by name."""

    code: str
    id: UUID
    active: bool
    rate: Decimal


class TooManyDecimals(ValidationFailed):
    """A quantity is finer than its item is counted."""

    en = "Item {item} is counted with {decimals} decimals; {quantity} is finer."
    zh = "物料“{item}”的数量最多 {decimals} 位小数，{quantity} 过细。"


def plain(value: Decimal) -> str:
    """A quantity as people write it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def check_quantity(item: ItemReplica, quantity: Decimal, *, field: str) -> None:
    """Refuse half a piece of what is counted in pieces."""
    if quantity % Decimal(1).scaleb(-item.quantity_decimals):
        raise TooManyDecimals(
            item=item.code,
            decimals=item.quantity_decimals,
            quantity=plain(quantity),
            field=field,
        )
