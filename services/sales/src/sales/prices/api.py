"""Price lists over HTTP, and what a line would cost."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, NameIn, PriceIn, QuantityIn
from sales.prices import service
from sales.prices.rules import PRICES_MAX, PriceList, PriceListStatus, WantedPrice
from sales.pricing.rules import Offer
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("sales", "price-lists")
asking = commands("sales", "prices")


class ListPriceIn(Input):
    """What an item costs from a quantity on, both per base unit."""

    item: CodeIn
    from_quantity: QuantityIn | None = None
    """From this quantity of a line on, in base units; any quantity by default."""
    unit_price: PriceIn
    """Net, per base unit, in the company's currency."""

    def price(self) -> WantedPrice:
        """The price as asked."""
        return WantedPrice(self.item, self.unit_price, self.from_quantity or Decimal(0))


Prices = Annotated[list[ListPriceIn], Field(min_length=1, max_length=PRICES_MAX)]


class CreatePriceList(Input):
    """A price list that holds from its first day on."""

    company: CodeIn
    code: CodeIn
    name: NameIn
    customer: CodeIn | None = None
    """For him alone; for everybody by default."""
    valid_from: DateIn | None = None
    """The first day of orders that it prices; today at the company's place by default."""
    valid_until: DateIn | None = None
    """The last day; until it is withdrawn by default."""
    prices: Prices


class ChangePriceList(Input):
    """What changes; what is left out stays. Prices are given as a whole."""

    name: NameIn | None = None
    valid_from: DateIn | None = None
    valid_until: DateIn | None = None
    prices: Prices | None = None


class ListPriceView(BaseModel):
    """What an item costs from a quantity on."""

    item: str
    from_quantity: Quantity
    unit_price: Price


class PriceListSummary(BaseModel):
    """A price list without its prices."""

    id: UUID
    company: str
    code: str
    name: str
    version: int
    status: PriceListStatus
    customer: str | None
    """None: for everybody."""
    valid_from: date
    valid_until: date | None
    recorded_at: datetime


class PriceListView(PriceListSummary):
    """A price list as answered."""

    prices: list[ListPriceView]


class OfferView(BaseModel):
    """What a price list asks for other quantities."""

    price_list: str
    for_customer: bool
    """A list of this customer, and not for everybody."""
    from_quantity: Quantity
    unit_price: Price
    chosen: bool
    """What the line is priced by."""


class PriceView(BaseModel):
    """What a line would cost, and why."""

    day: date
    quantity: Quantity
    """In base units."""
    unit: str
    unit_price: Price
    """Net, per base unit."""
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: str
    tax_rate: Price
    price_source: str
    """price_list or list_price."""
    price_list: str | None
    price_from: Quantity | None
    offers: list[OfferView]
    """What price lists ask for the item on this day, the customer's own first."""


def _fields(one: PriceList) -> dict[str, object]:
    return {
        "id": one.id, "company": one.company, "code": one.code, "name": one.name, "version": one.version,
        "status": one.status, "customer": one.customer or None, "valid_from": one.valid_from,
        "valid_until": one.valid_until, "recorded_at": one.recorded_at,
    }  # fmt: skip


def _shown(response: Response, one: PriceList) -> PriceListView:
    etag(response, one.version)
    prices = [
        ListPriceView(item=each.item, from_quantity=each.from_quantity, unit_price=each.unit_price)
        for each in one.prices
    ]
    return PriceListView.model_validate({**_fields(one), "prices": prices})


@router.post("", status_code=201, response_model=PriceListView)
async def create_price_list(
    body: CreatePriceList,
    session: Session,
    caller: Annotated[Principal, requires("sales.price_list.create")],
    response: Response,
) -> PriceListView:
    """Make a price list: orders and quotations of its days without a price of their own are priced by it."""
    wanted = service.WantedPriceList(
        company=body.company, code=body.code, name=body.name, customer=body.customer,
        valid_from=body.valid_from, valid_until=body.valid_until,
        prices=[each.price() for each in body.prices],
    )  # fmt: skip
    created = await service.create_list(session, caller, wanted)
    response.headers["Location"] = f"{router.prefix}/{created.id}"
    return _shown(response, created)


@router.patch("/{price_list}", response_model=PriceListView)
async def change_price_list(
    price_list: str,
    body: ChangePriceList,
    session: Session,
    caller: Annotated[Principal, requires("sales.price_list.change")],
    if_match: IfMatch,
    response: Response,
) -> PriceListView:
    """Change name, days or prices. What is ordered and quoted already keeps its price."""
    asked = service.Change(
        frozenset(body.model_fields_set), body.name, body.valid_from, body.valid_until,
        None if body.prices is None else [each.price() for each in body.prices],
    )  # fmt: skip
    changed = await service.change_list(session, caller, price_list, asked, expected=if_match)
    return _shown(response, changed)


@router.post("/{price_list}/withdraw", response_model=PriceListView)
async def withdraw_price_list(
    price_list: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.price_list.withdraw")],
    if_match: IfMatch,
    response: Response,
) -> PriceListView:
    """Take it back for good: no order is priced by it any more."""
    withdrawn = await service.withdraw_list(session, caller, price_list, expected=if_match)
    return _shown(response, withdrawn)


@router.get("/{price_list}", response_model=PriceListView)
async def get_price_list(
    price_list: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.price_list.read")],
    response: Response,
) -> PriceListView:
    """A price list with its prices, by id."""
    return _shown(response, await service.get_list(session, price_list))


@router.get("", response_model=Page[PriceListSummary])
async def list_price_lists(
    session: Session,
    caller: Annotated[Principal, requires("sales.price_list.read")],
    paging: Paging,
    company: Annotated[str | None, Query(max_length=64)] = None,
    customer: Annotated[str | None, Query(max_length=64)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
    status: PriceListStatus | None = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[PriceListSummary]:
    """Price lists by code, without their prices."""
    filters = {
        "company": company, "customer": customer, "code": code,
        "status": None if status is None else status.value,
    }  # fmt: skip
    found = await service.find_lists(session, paging, filters, item=item)
    items = [PriceListSummary.model_validate(_fields(one)) for one in found.items]
    return Page[PriceListSummary](items=items, next=found.next)


def _offer(one: Offer, chosen: tuple[str | None, Decimal | None]) -> OfferView:
    return OfferView(
        price_list=one.price_list, for_customer=one.customer != "", from_quantity=one.from_quantity,
        unit_price=one.unit_price, chosen=(one.price_list, one.from_quantity) == chosen,
    )  # fmt: skip


@asking.get("", response_model=PriceView)
async def ask_price(
    session: Session,
    caller: Annotated[Principal, requires("sales.order.read")],
    company: Annotated[str, Query(max_length=64)],
    customer: Annotated[str, Query(max_length=64)],
    item: Annotated[str, Query(max_length=64)],
    quantity: Annotated[QuantityIn, Query()],
    unit: Annotated[str | None, Query(max_length=64)] = None,
    day: Annotated[DateIn | None, Query()] = None,
) -> PriceView:
    """What a line of an order would cost without a price of its own, why, and what other quantities cost."""
    asked = service.Asked(company, customer, item, quantity, unit, day)
    answer = await service.ask_price(session, caller, asked)
    priced = answer.priced
    chosen = (priced.price_list, priced.price_from)
    return PriceView(
        day=answer.day, quantity=priced.quantity, unit=priced.unit, unit_price=priced.unit_price,
        amount_net=priced.amount_net, amount_tax=priced.amount_tax, amount_gross=priced.amount_gross,
        tax_code=priced.tax_code, tax_rate=priced.tax_rate, price_source=priced.price_source,
        price_list=priced.price_list, price_from=priced.price_from,
        offers=[_offer(each, chosen) for each in answer.offers],
    )  # fmt: skip
