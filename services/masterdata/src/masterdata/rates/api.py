"""How exchange rates are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from chassis.http import IfMatch, Session, commands, requires
from chassis.paging import Page, Paging
from chassis.values import DateIn, Input, QuantityIn
from masterdata.rates import service
from masterdata.rates.service import RATE, RateRecord
from masterdata.records.api import add_reading, changes_in, created, shown

router = commands("masterdata", "rates")

CurrencyIn = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class RateIn(Input):
    """A new rate: 1 unit of `currency` = `rate` of `to_currency`, from a day on."""

    currency: CurrencyIn
    to_currency: CurrencyIn = "CNY"
    valid_from: DateIn
    rate: QuantityIn


class RateChange(Input):
    """What may change of a rate: its figure."""

    rate: QuantityIn


@router.post(
    "",
    status_code=201,
    response_model=RateRecord,
    dependencies=[requires("masterdata.rate.create")],
)
async def set_rate(
    body: RateIn,
    request: Request,
    response: Response,
    session: Session,
) -> RateRecord:
    """Set a rate from a day on."""
    rate = await service.set_rate(
        session,
        currency=body.currency,
        to_currency=body.to_currency,
        valid_from=body.valid_from,
        rate=body.rate,
    )
    return created(request, response, rate)


@router.get("", response_model=Page[RateRecord], dependencies=[requires("masterdata.rate.read")])
async def list_rates(
    paging: Paging,
    session: Session,
    currency: CurrencyIn | None = None,
    to_currency: CurrencyIn | None = None,
    on: DateIn | None = None,
) -> Page[RateRecord]:
    """Rates by pair and day; `on` asks for those that are valid on a day."""
    return await service.search_rates(
        session, paging, currency=currency, to_currency=to_currency, on=on
    )


@router.patch(
    "/{ref}", response_model=RateRecord, dependencies=[requires("masterdata.rate.change")]
)
async def change_rate(
    ref: str,
    body: RateChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> RateRecord:
    """Correct a rate."""
    return shown(
        response, await service.change_rate(session, ref, changes_in(body), expected=version)
    )


add_reading(router, RATE)
