"""What a price list may say. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidState, UnknownReference, ValidationFailed
from sales.pricing.rules import check_steps
from sales.replicas.rules import Item

PRICES_MAX = 5_000


class PriceListStatus(StrEnum):
    """The states of a price list. That it is not valid yet, or no longer, is no state: its days say so."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class PriceGivenTwice(ValidationFailed):
    """Two prices of an item from the same quantity on."""

    en = "Item {item} has two prices from {quantity} on: keep one."
    zh = "物料“{item}”从数量 {quantity} 起有两个价格，请保留一个。"


class ValidityReversed(ValidationFailed):
    """A list that ends before it begins."""

    en = "The last day lies before the first."
    zh = "截止日期早于起始日期。"


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What an item costs from a quantity on."""

    item: str
    from_quantity: Decimal
    """In base units; 0: any quantity."""
    unit_price: Decimal
    """Net, per base unit."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of a company for one customer, or for everybody, in the company's currency."""

    id: UUID
    company: str
    code: str
    name: str
    version: int
    status: PriceListStatus
    customer: str
    """Empty: for everybody."""
    valid_from: date
    valid_until: date | None
    """The last day; None: until it is withdrawn."""
    recorded_at: datetime
    prices: tuple[ListPrice, ...] = ()

    @property
    def number(self) -> str:
        """What it is called by."""
        return self.code


@dataclass(frozen=True, slots=True)
class WantedPrice:
    """A price as it was asked for; the item by code or id."""

    item: str
    unit_price: Decimal
    from_quantity: Decimal = Decimal(0)


def prices_of(wanted: Sequence[WantedPrice], items: Mapping[str, Item]) -> tuple[ListPrice, ...]:
    """The prices by item and quantity.

    Raises:
        UnknownReference: an item that is not known.
        ValidationFailed: two prices from one quantity on, or a quantity that the item cannot be split into.
    """
    found: dict[tuple[str, Decimal], ListPrice] = {}
    for index, want in enumerate(wanted):
        field = f"/prices/{index}"
        item = items.get(want.item)
        if item is None:
            raise UnknownReference(
                what=("item", "物料"), reference=want.item, field=f"{field}/item"
            )
        check_steps(want.from_quantity, item, field=f"{field}/from_quantity")
        key = (item.code, want.from_quantity)
        if key in found:
            quantity = format(want.from_quantity.normalize(), "f")
            raise PriceGivenTwice(item=item.code, quantity=quantity, field=f"{field}/from_quantity")
        found[key] = ListPrice(item.code, want.from_quantity, want.unit_price)
    return tuple(found[key] for key in sorted(found))


def check_validity(first: date, last: date | None) -> None:
    """Refuse a list that ends before it begins."""
    if last is not None and last < first:
        raise ValidityReversed(field="/valid_until")


def change(
    before: PriceList,
    *,
    name: str,
    valid_from: date,
    valid_until: date | None,
    prices: tuple[ListPrice, ...],
) -> PriceList:
    """The next version; orders and quotations keep the prices that they were given."""
    _check_active(before)
    check_validity(valid_from, valid_until)
    return replace(
        before, version=before.version + 1, name=name, valid_from=valid_from, valid_until=valid_until, prices=prices
    )  # fmt: skip


def withdraw(before: PriceList) -> PriceList:
    """No order is priced by it any more."""
    _check_active(before)
    return replace(before, version=before.version + 1, status=PriceListStatus.WITHDRAWN)


def _check_active(before: PriceList) -> None:
    if before.status is not PriceListStatus.ACTIVE:
        raise InvalidState(now=before.status)
