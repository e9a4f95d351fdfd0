"""Amounts, quantities and prices as they travel: decimals in strings, never binary floats."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

CENT = Decimal("0.01")


def quantity_text(value: Decimal) -> str:
    """A quantity without idle zeros: 80, 0.5, never 8E+1."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if text not in ("-0", "") else "0"


def amount_text(value: Decimal) -> str:
    """An amount with its two decimals: 1300.00."""
    return format(value.quantize(CENT), "f") if value else "0.00"


_DECIMAL = WithJsonSchema(
    {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$"}, mode="serialization"
)
_MONEY = WithJsonSchema(
    {"type": "string", "format": "decimal", "pattern": r"^-?\d+\.\d{2}$"}, mode="serialization"
)

Quantity = Annotated[Decimal, PlainSerializer(quantity_text, return_type=str), _DECIMAL]
"""How many, in the unit that stands beside it; at most six decimals."""

Amount = Annotated[Decimal, PlainSerializer(amount_text, return_type=str), _MONEY]
"""How much money, in cents of the currency that stands beside it."""

Price = Annotated[Decimal, PlainSerializer(quantity_text, return_type=str), _DECIMAL]
"""Money per unit, or another rate; at most six decimals. Derived, where an amount is known."""
