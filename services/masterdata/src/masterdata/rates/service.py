"""What can be done with exchange rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import field_validator
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import uuid7
from chassis.paging import Page, PageRequest
from masterdata.rates import store
from masterdata.rates.rules import rate_code
from masterdata.rates.tables import rates
from masterdata.records import service as records
from masterdata.records.service import Kept, Kind
from tongheng_contracts.masterdata import Rate, RateChanged


class RateRecord(Rate, Kept):
    """An exchange rate as it is kept."""

    @field_validator("valid_from", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value


RATE = Kind(
    name="rate",
    noun=("exchange rate", "汇率"),
    table=rates,
    model=RateRecord,
    event=lambda rate: RateChanged(rate=rate),
)


async def set_rate(
    session: AsyncSession, *, currency: str, to_currency: str, valid_from: date, rate: Decimal
) -> RateRecord:
    """Set a rate from a day on: 1 unit of `currency` = `rate` of `to_currency`."""
    code = rate_code(currency, to_currency, valid_from)
    draft = Rate(
        id=uuid7(), code=code, version=1, currency=currency, to_currency=to_currency,
        valid_from=valid_from.isoformat(), rate=rate,
    )  # fmt: skip
    return await records.create_one(session, RATE, draft)


async def search_rates(
    session: AsyncSession,
    paging: PageRequest,
    *,
    currency: str | None,
    to_currency: str | None,
    on: date | None,
) -> Page[RateRecord]:
    """A page of rates; with a day, only the one of each pair that is valid then."""
    return await records.search(
        session,
        RATE,
        paging,
        equal={"currency": currency, "to_currency": to_currency},
        where=() if on is None else (store.valid_on(on),),
    )


async def change_rate(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> RateRecord:
    """Correct a rate; what was booked with it stays as it was."""
    before = await records.load(session, RATE, reference, expected=expected, lock=True)
    return await records.replace(session, RATE, before, changes)
