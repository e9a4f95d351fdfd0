"""What inventory knows of an item, a warehouse, a company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import Forbidden, ValidationFailed


@dataclass(frozen=True, slots=True)
class ItemReplica:
    """What is stocked, and how finely it is counted."""

    code: str
    id: UUID
    active: bool
    name: str
    name_en: str
    base_unit: str
    quantity_decimals: int
    tracking: str
    valuation_class: str
    standard_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class WarehouseReplica:
    """A place of one company; sourcing takes from low priorities first."""

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
class Around:
    """A company's business day, and its warehouses in the order of sourcing."""

    today: date
    warehouses: tuple[str, ...]


BACKDATE = "inventory.document.backdate"


@dataclass(frozen=True, slots=True)
class Day:
    """The business day that somebody gives a document; none for today."""

    date: date | None = None
    may_be_past: bool = False


TODAY = Day()


def chosen_day(asked: Day, today: date) -> date:
    """The day asked for, or today.

    Raises:
        Forbidden: an earlier day, without the permission for it.
    """
    if asked.date is not None and asked.date < today and not asked.may_be_past:
        raise Forbidden(permission=BACKDATE, field="/business_date")
    return asked.date or today


class TooManyDecimals(ValidationFailed):
    """A quantity is finer than its item is counted."""

    en = "Item {item} is counted with {decimals} decimals; {quantity} is finer."
    zh = "物料“{item}”的数量最多 {decimals} 位小数，{quantity} 过细。"


def check_quantity(item: ItemReplica, quantity: Decimal, *, field: str) -> None:
    """Refuse half a piece of what is counted in pieces."""
    step = Decimal(1).scaleb(-item.quantity_decimals)
    if quantity % step:
        raise TooManyDecimals(
            item=item.code,
            decimals=item.quantity_decimals,
            quantity=format(quantity.normalize(), "f"),
            field=field,
        )
