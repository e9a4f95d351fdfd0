"""What an item must fulfil: its units, its barcode, how fine its quantities are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from chassis.errors import FieldError, ValidationFailed

Procurement = Literal["buy", "make", "phantom"]
Tracking = Literal["none", "lot", "serial"]
ValuationMethod = Literal["moving_average"]
"""The methods that inventory can carry out."""
ValuationClassName = Literal["raw_material", "finished_goods", "semi_finished", "consumable"]

GENERATE = "generate"
IN_STORE_PREFIX = "20"
"""GS1 keeps 20…29 for codes that a company gives within its own walls."""
IN_STORE_MAX = 10**10 - 1


class WrongBarcode(ValidationFailed):
    """Thirteen digits whose last does not check the others: a typing error."""

    en = "The check digit of this EAN-13 barcode is wrong; it should be {digit}."
    zh = "此 EAN-13 条码校验位错误，应为 {digit}。"


class BaseUnitConverted(ValidationFailed):
    """The base unit among the units that are converted into it."""

    en = "{unit} is the base unit: it needs no conversion."
    zh = "{unit} 是基本单位，无需换算。"


class UnitTwice(ValidationFailed):
    """Two conversions for one unit."""

    en = "There are two conversions for {unit}."
    zh = "单位 {unit} 有两条换算。"


class SerialNeedsPieces(ValidationFailed):
    """A serial number stands for one whole piece."""

    en = "An item with serial numbers is counted in whole pieces: its quantities have no decimals."
    zh = "按序列号管理的物料须以整件计数，数量不得有小数。"


@dataclass(frozen=True, slots=True)
class Conversion:
    """1 `unit` = `numerator`/`denominator` base units."""

    unit: str
    numerator: int
    denominator: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item as proposed: its references by code or id, what is left out to be filled in."""

    code: str
    name: str
    name_en: str = ""
    base_unit: str
    quantity_decimals: int | None = None
    units: Sequence[Conversion] = ()
    category: str = ""
    specification: str = ""
    barcode: str = ""
    procurement: Procurement = "buy"
    tracking: Tracking = "none"
    shelf_life_days: int | None = None
    valuation_class: ValuationClassName = "finished_goods"
    valuation_method: ValuationMethod = "moving_average"
    standard_cost: Decimal | None = None
    list_price: Decimal | None = None
    tax_code: str = "VAT13"
    safety_stock: Decimal | None = None
    reorder_point: Decimal | None = None
    lead_time_days: int | None = None
    weight: Decimal | None = None


def check_digit(digits: str) -> int:
    """The last digit of an EAN-13 whose first twelve these are."""
    assert re.fullmatch("[0-9]{12}", digits), digits
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return -weighted % 10


def in_store_barcode(number: int) -> str:
    """The EAN-13 of our own for the n-th item that asked for one."""
    assert 0 <= number <= IN_STORE_MAX, number
    digits = f"{IN_STORE_PREFIX}{number:010d}"
    return f"{digits}{check_digit(digits)}"


def check_barcode(barcode: str) -> None:
    """Whether a given barcode can be one: thirteen digits must be an EAN-13, others are free text (Code 128)."""
    if re.fullmatch("[0-9]{13}", barcode):
        digit = check_digit(barcode[:12])
        if int(barcode[12]) != digit:
            raise WrongBarcode(field="/barcode", digit=digit)


def check_units(base_unit: str, units: Sequence[str]) -> None:
    """Whether each unit is converted once, and the base unit not at all."""
    seen: set[str] = set()
    for index, unit in enumerate(units):
        if unit == base_unit:
            raise BaseUnitConverted(field=f"/units/{index}/unit", unit=unit)
        if unit in seen:
            raise UnitTwice(field=f"/units/{index}/unit", unit=unit)
        seen.add(unit)


def check_quantities(decimals: int, quantities: Mapping[str, Decimal | None]) -> None:
    """Whether no quantity of the item is finer than the item allows: half a piece is none."""
    step = Decimal(1).scaleb(-decimals)
    errors = [
        FieldError(
            f"/{name}",
            "decimal-places",
            f"At most {decimals} decimals are allowed.",
            f"小数至多 {decimals} 位。",
        )
        for name, quantity in quantities.items()
        if quantity is not None and quantity % step != 0
    ]
    if errors:
        raise ValidationFailed(errors=errors)


def check_tracking(tracking: str, decimals: int) -> None:
    """Whether what is tracked piece by piece comes in pieces."""
    if tracking == "serial" and decimals != 0:
        raise SerialNeedsPieces(field="/quantity_decimals")
