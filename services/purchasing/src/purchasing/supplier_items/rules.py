"""What a supplier offers of an item, which offer is preferred, and how much must be bought at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from chassis.errors import BusinessError
from purchasing.replicas.rules import ItemReplica, base_price

ZERO = Decimal(0)
_UNKNOWN_PRICE = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier offers of an item; quantities and price are in the supplier's unit."""

    supplier: str
    item: str
    unit: str
    unit_price: Decimal
    currency: str
    lead_time_days: int
    minimum_quantity: Decimal
    multiple_quantity: Decimal | None = None
    maximum_quantity: Decimal | None = None
    preferred: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Lot:
    """How much may be bought at once, in base units."""

    minimum: Decimal = ZERO
    multiple: Decimal | None = None
    maximum: Decimal | None = None

    def size(self, quantity: Decimal) -> Decimal:
        """The quantity to buy: raised to minimum and multiple, kept below the maximum."""
        bought = max(quantity, self.minimum)
        if self.multiple:
            bought = _whole(bought / self.multiple, ROUND_CEILING) * self.multiple
        if self.maximum is not None and bought > self.maximum:
            bought = self.maximum
            if self.multiple:
                bought = _whole(bought / self.multiple, ROUND_FLOOR) * self.multiple
        return bought


class UnreasonableLot(BusinessError):
    """A maximum below the minimum, or one that no multiple fits into."""

    code = "validation-failed"
    status = 422
    en = "The maximum quantity {maximum} leaves nothing to buy."
    zh = "最大采购量 {maximum} 导致无法采购。"


def check_offer(offer: Offer) -> None:
    """Refuse an offer that can never be ordered from."""
    if offer.maximum_quantity is None:
        return
    fits = offer.maximum_quantity >= offer.minimum_quantity
    if offer.multiple_quantity:
        highest = (
            _whole(offer.maximum_quantity / offer.multiple_quantity, ROUND_FLOOR)
            * offer.multiple_quantity
        )
        fits = fits and highest > ZERO and highest >= offer.minimum_quantity
    if not fits:
        raise UnreasonableLot(
            maximum=format(offer.maximum_quantity, "f"), field="/maximum_quantity"
        )


def price_of(offer: Offer, item: ItemReplica) -> Decimal | None:
    """The offer's price per base unit; None when its unit is unknown to masterdata."""
    return base_price(item, offer.unit_price, offer.unit)


def lot_of(offer: Offer, item: ItemReplica) -> Lot:
    """The offer's lot in base units; free when its unit is unknown to masterdata."""
    factor = item.factor(offer.unit)
    if factor is None:
        return Lot()

    def scaled(quantity: Decimal) -> Decimal:
        value = quantity * factor.numerator / factor.denominator
        step = Decimal(1).scaleb(-item.quantity_decimals)
        return value.quantize(step, rounding=ROUND_CEILING)

    return Lot(
        scaled(offer.minimum_quantity),
        None if not offer.multiple_quantity else scaled(offer.multiple_quantity),
        None if offer.maximum_quantity is None else scaled(offer.maximum_quantity),
    )


def preferred_offer(
    offers: Iterable[Offer], item: ItemReplica | None, currency: str | None = None
) -> Offer | None:
    """The offer to buy from: a preferred one first, then the cheapest, the fastest, by supplier's code."""
    usable = [o for o in offers if o.active and (currency is None or o.currency == currency)]
    if not usable:
        return None

    def order(offer: Offer) -> tuple[bool, Decimal, int, str]:
        price = None if item is None else price_of(offer, item)
        known = _UNKNOWN_PRICE if price is None else price
        return (not offer.preferred, known, offer.lead_time_days, offer.supplier)

    return min(usable, key=order)


def _whole(value: Decimal, rounding: str) -> Decimal:
    return value.quantize(Decimal(1), rounding=rounding)
