"""What a line costs: its quantity in base units, its price, its net, tax and gross amounts, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from chassis.errors import InvalidState, UnknownReference, ValidationFailed
from sales.replicas.rules import Item, UnitRatio

CENT = Decimal("0.01")
MICRO = Decimal("0.000001")
ZERO = Decimal(0)
LIMIT = Decimal(10) ** 15
ONE = UnitRatio(1, 1)
STEPS = [Decimal(1).scaleb(-decimals) for decimals in range(7)]
"""The smallest step of a quantity, by its decimals."""


class NoPrice(ValidationFailed):
    """The item has no list price and the order gives none."""

    code = "no-price"
    en = "Item {item} has no list price: give a unit price."
    zh = "物料“{item}”没有标价，请给出单价。"


class TooManyDecimals(ValidationFailed):
    """The quantity is no whole number of the item's smallest steps."""

    en = "{quantity} {unit} of {item} would be {base} {base_unit}: at most {decimals} decimals are allowed."
    zh = "{item} 的 {quantity} {unit} 等于 {base} {base_unit}，最多允许 {decimals} 位小数。"


class NotDivisible(ValidationFailed):
    """A part of a line in steps smaller than the item has."""

    en = "Quantities of {item} have at most {decimals} decimals."
    zh = "物料“{item}”的数量最多 {decimals} 位小数。"


class AmountTooLarge(ValidationFailed):
    """A sum beyond what the books can hold."""

    en = "The amount is too large."
    zh = "金额过大。"


def round_cents(value: Decimal) -> Decimal:
    """An amount in whole cents, halves away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """What of a line's amount belongs to the first `part` of its `whole` quantity.

    Shares are cumulative: what a delivery of q after p units is worth is share(p + q) - share(p), so that all
    deliveries of a line sum to the line.
    """
    if part == whole:
        return amount
    return round_cents(amount * part / whole)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a price list asks for an item from a quantity on."""

    price_list: str
    customer: str
    """Empty: for everybody."""
    valid_from: date
    valid_until: date | None
    from_quantity: Decimal
    """In base units; 0: any quantity."""
    unit_price: Decimal
    """Net, per base unit."""

    def holds(self, customer: str, day: date) -> bool:
        """Whether it is meant for this customer on this day."""
        return self.customer in ("", customer) and (
            self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
        )


def choose(offers: Iterable[Offer], quantity: Decimal) -> Offer | None:
    """The price that holds for a quantity in base units, of offers that hold for the customer on the day.

    A list for the customer comes before one for everybody, a later one before an earlier one, and within a list the
    highest quantity that is reached.
    """
    reached = (each for each in offers if each.from_quantity <= quantity)
    return max(
        reached,
        key=lambda each: (
            each.customer != "",
            each.valid_from,
            each.price_list,
            each.from_quantity,
        ),
        default=None,
    )


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What a line is worth. Amounts are the truth; the price per base unit is derived from the price given."""

    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_net: Decimal
    amount_tax: Decimal
    tax_code: str
    tax_rate: Decimal
    price_source: str
    """given, price_list or list_price."""
    price_list: str | None = None
    """The price list that it comes from."""
    price_from: Decimal | None = None
    """From which quantity on that list has this price, in base units."""

    @property
    def amount_gross(self) -> Decimal:
        """Net and tax together."""
        return self.amount_net + self.amount_tax


def ratio_of(item: Item, unit: str | None, *, field: str) -> UnitRatio:
    """How many base units one of `unit` is."""
    if unit is None or unit == item.base_unit:
        return ONE
    known = item.units.get(unit)
    if known is None:
        raise UnknownReference(
            what=(f"unit of item {item.code}:", f"物料 {item.code} 的单位"),
            reference=unit,
            field=f"{field}/unit",
        )
    return known


def base_quantity(item: Item, quantity: Decimal, unit: str | None, *, field: str) -> Decimal:
    """The quantity in base units, exactly; refused when the item cannot be split so finely."""
    ratio = ratio_of(item, unit, field=field)
    base = quantity if ratio is ONE else quantity * ratio.numerator / ratio.denominator
    allowed = base.quantize(STEPS[item.quantity_decimals], ROUND_HALF_UP) if base < LIMIT else base
    # A quotient that does not end is not equal to its rounding, so only exact conversions pass.
    if (
        base >= LIMIT
        or allowed != base
        or allowed * ratio.denominator != quantity * ratio.numerator
    ):
        shown = format(base.quantize(MICRO, ROUND_HALF_UP) if base < LIMIT else base, "f")
        raise TooManyDecimals(
            quantity=format(quantity, "f"), unit=unit or item.base_unit, item=item.code,
            base=shown.rstrip("0").rstrip("."),
            base_unit=item.base_unit, decimals=item.quantity_decimals, field=f"{field}/quantity",
        )  # fmt: skip
    return allowed


def check_steps(quantity: Decimal, item: Item | None, *, field: str) -> None:
    """Refuse a quantity in base units that the item cannot be split into."""
    if item is not None and quantity != quantity.quantize(STEPS[item.quantity_decimals]):
        raise NotDivisible(item=item.code, decimals=item.quantity_decimals, field=field)


def price_line(
    item: Item,
    *,
    quantity: Decimal,
    unit: str | None,
    unit_price: Decimal | None,
    field: str,
    offers: Iterable[Offer] = (),
) -> PricedLine:
    """Price one line: at the price given for the unit given, else by `offers`, else at the item's list price."""
    if not item.active:
        raise InvalidState(
            en=f"Item {item.code} is no longer active.",
            zh=f"物料“{item.code}”已停用。",
            field=f"{field}/item",
        )
    base = base_quantity(item, quantity, unit, field=field)
    if item.tax_rate is None:
        raise UnknownReference(
            what=("tax code", "税码"), reference=item.tax_code, field=f"{field}/item"
        )
    offer = None if unit_price is not None else choose(offers, base)
    if unit_price is not None:
        source = "given"
        ratio = ratio_of(item, unit, field=field)
        per_base = (
            unit_price
            if ratio is ONE
            else (unit_price * ratio.denominator / ratio.numerator).quantize(MICRO, ROUND_HALF_UP)
        )
        exact = quantity * unit_price
    elif offer is not None:
        source = "price_list"
        per_base = offer.unit_price
        exact = base * per_base
    elif item.list_price is not None:
        source = "list_price"
        per_base = item.list_price
        exact = base * item.list_price
    else:
        raise NoPrice(item=item.code, field=f"{field}/unit_price")
    if exact * (1 + item.tax_rate) >= LIMIT or per_base >= LIMIT:
        raise AmountTooLarge(field=f"{field}/quantity")
    net = round_cents(exact)
    return PricedLine(
        quantity=base, unit=item.base_unit, unit_price=per_base, amount_net=net,
        amount_tax=round_cents(net * item.tax_rate), tax_code=item.tax_code, tax_rate=item.tax_rate,
        price_source=source, price_list=offer and offer.price_list, price_from=offer and offer.from_quantity,
    )  # fmt: skip
