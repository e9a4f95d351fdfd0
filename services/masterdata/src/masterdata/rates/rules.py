"""How exchange rates are named."""

from __future__ import annotations

from datetime import date

from chassis.errors import ValidationFailed
from masterdata.currencies.rules import check_currency


class SameCurrency(ValidationFailed):
    """A rate of a currency to itself."""

    en = "A rate is between two currencies."
    zh = "汇率须在两种不同币种之间。"


def rate_code(currency: str, to_currency: str, valid_from: date) -> str:
    """The name of a rate: there is one per pair and day."""
    check_currency(currency)
    check_currency(to_currency, field="/to_currency")
    if currency == to_currency:
        raise SameCurrency(field="/to_currency")
    return f"{currency}-{to_currency}-{valid_from.isoformat()}"
