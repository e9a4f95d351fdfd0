"""Strict values of requests: decimals come as strings, texts without control characters, days as ISO dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_UNSAFE_NOTE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_ZERO = Decimal(0)


class Input(BaseModel):
    """A request body, or a part of one: unknown fields are refused and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def decimal_of(value: object, *, places: int = 6) -> Decimal:
    """The decimal that a request's string states; numbers are refused, for JSON's are binary."""
    if type(value) is Decimal:  # built in code or a test, not read from JSON
        value = format(value, "f")
    if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None:
        raise PydanticCustomError(
            "decimal",
            'Give a decimal as a string, like "12.5": at most 15 digits, then at most 6 decimals.',
        )
    if places < 6 and len(value.partition(".")[2]) > places:
        raise PydanticCustomError(
            "decimal_places", "At most {places} decimals are allowed.", {"places": places}
        )
    return Decimal(value)


def _quantity(value: object) -> Decimal:
    return _above_zero(decimal_of(value))


def _signed_quantity(value: object) -> Decimal:
    return _not_zero(decimal_of(value))


def _amount(value: object) -> Decimal:
    return _above_zero(decimal_of(value, places=2))


def _signed_amount(value: object) -> Decimal:
    return decimal_of(value, places=2)


def _price(value: object) -> Decimal:
    return _not_negative(decimal_of(value))


def _cost(value: object) -> Decimal:
    return _not_negative(decimal_of(value, places=2))


def _not_negative(number: Decimal) -> Decimal:
    if number < _ZERO:
        raise PydanticCustomError("not_negative", "This must not be negative.")
    return number


def _above_zero(number: Decimal) -> Decimal:
    if number <= _ZERO:
        raise PydanticCustomError("above_zero", "This must be above zero.")
    return number


def _not_zero(number: Decimal) -> Decimal:
    if number == _ZERO:
        raise PydanticCustomError("not_zero", "This must not be zero.")
    return number


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Give a text.")
    return value


def _code(value: object) -> str:
    text = _string(value)
    if not 1 <= len(text) <= 64:
        raise PydanticCustomError(
            "code_length", "A code has 1 to {longest} characters.", {"longest": 64}
        )
    if text != text.strip() or _UNSAFE.search(text) is not None:
        raise PydanticCustomError(
            "code", "A code has no control characters and no space at its ends."
        )
    return text


def _line(value: object, longest: int = 500) -> str:
    text = _string(value)
    if len(text) > longest:
        raise PydanticCustomError(
            "text_length", "At most {longest} characters are allowed.", {"longest": longest}
        )
    if _UNSAFE.search(text) is not None:
        raise PydanticCustomError("text", "Control characters and half characters are not allowed.")
    return text


def _note(value: object) -> str:
    text = _string(value)
    if len(text) > 4000:
        raise PydanticCustomError(
            "text_length", "At most {longest} characters are allowed.", {"longest": 4000}
        )
    if _UNSAFE_NOTE.search(text) is not None:
        raise PydanticCustomError("text", "Control characters and half characters are not allowed.")
    return text


def _name(value: object) -> str:
    text = _line(value, 200)
    if not text.strip():
        raise PydanticCustomError("text_empty", "This must not be empty.")
    return text


def _day(value: object) -> date:
    if type(value) is date:
        day = value
    else:
        if not isinstance(value, str) or _DATE.fullmatch(value) is None:
            raise PydanticCustomError("date", "Give a day as YYYY-MM-DD.")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("date", "Give a day as YYYY-MM-DD.") from None
    if not 1900 <= day.year <= 2999:
        raise PydanticCustomError("date_range", "A day lies between 1900 and 2999.")
    return day


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        instant = value
    else:
        if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
            raise PydanticCustomError("time", "Give a time with its offset, RFC 3339.")
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("time", "Give a time with its offset, RFC 3339.") from None
    if instant.tzinfo is None:
        raise PydanticCustomError("timezone_aware", "Give the offset of this time.")
    if not 1900 <= instant.year <= 2999:
        raise PydanticCustomError("date_range", "A day lies between 1900 and 2999.")
    return instant.astimezone(UTC)


def _decimal_schema(title: str, pattern: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": f"^{pattern}$", "title": title, "examples": ["12.5"]}
    )


_SIX = r"[0-9]{1,15}(\.[0-9]{1,6})?"
_TWO = r"[0-9]{1,15}(\.[0-9]{1,2})?"

QuantityIn: TypeAlias = Annotated[
    Decimal, BeforeValidator(_quantity), _decimal_schema("Quantity", _SIX)
]
"""How many: above zero, at most six decimals, as a string."""
SignedQuantityIn: TypeAlias = Annotated[
    Decimal, BeforeValidator(_signed_quantity), _decimal_schema("SignedQuantity", f"-?{_SIX}")
]
"""A change of a quantity: not zero."""
AmountIn: TypeAlias = Annotated[Decimal, BeforeValidator(_amount), _decimal_schema("Amount", _TWO)]
"""Money: above zero, at most two decimals."""
CostIn: TypeAlias = Annotated[Decimal, BeforeValidator(_cost), _decimal_schema("Cost", _TWO)]
"""What something is worth: zero or more, at most two decimals."""
SignedAmountIn: TypeAlias = Annotated[
    Decimal, BeforeValidator(_signed_amount), _decimal_schema("SignedAmount", f"-?{_TWO}")
]
"""Money that may be negative or zero."""
PriceIn: TypeAlias = Annotated[Decimal, BeforeValidator(_price), _decimal_schema("Price", _SIX)]
"""Money per unit, or another rate: zero or more, at most six decimals."""
CodeIn: TypeAlias = Annotated[
    str,
    BeforeValidator(_code),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64, "title": "Code"}),
]
"""The code or id of a record."""
NameIn: TypeAlias = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "title": "Name"}),
]
"""A name: one line, not empty, at most 200 characters."""
TextIn: TypeAlias = Annotated[
    str,
    BeforeValidator(_line),
    WithJsonSchema({"type": "string", "maxLength": 500, "title": "Text"}),
]
"""One line of text, at most 500 characters."""
NoteIn: TypeAlias = Annotated[
    str,
    BeforeValidator(_note),
    WithJsonSchema({"type": "string", "maxLength": 4000, "title": "Note"}),
]
"""Text of several lines, at most 4,000 characters."""
DateIn: TypeAlias = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "title": "Date"}),
]
"""A business day between 1900 and 2999."""
TimeIn: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "title": "Time"}),
]
"""An instant with its offset, RFC 3339."""
