"""Which rate is valid on a day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, exists

from masterdata.rates.tables import rates


def valid_on(day: date) -> ColumnElement[bool]:
    """The last rate of each pair that began on or before the day."""
    later = rates.alias("later")
    superseded = exists().where(
        later.c.currency == rates.c.currency,
        later.c.to_currency == rates.c.to_currency,
        later.c.valid_from > rates.c.valid_from,
        later.c.valid_from <= day,
    )
    return (rates.c.valid_from <= day) & ~superseded
