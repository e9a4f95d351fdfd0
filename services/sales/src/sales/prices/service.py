"""What can be done with price lists, and what they ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import Duplicate, NotFound, OutOfScope, UnknownReference
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest, page
from chassis.replicas import as_id
from sales.prices import rules, store
from sales.prices.rules import PriceList, PriceListStatus, WantedPrice
from sales.prices.tables import price_lists as table
from sales.pricing.rules import Offer, PricedLine, price_line
from sales.replicas import service as replicas
from sales.replicas.rules import Company, Known

DOCUMENT = "sales.price_list"


@dataclass(frozen=True, slots=True)
class WantedPriceList:
    """A list as it was asked for; references by code or id."""

    company: str
    code: str
    name: str
    prices: Sequence[WantedPrice]
    customer: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a PATCH asks for; `given` names the fields that it has."""

    given: frozenset[str]
    name: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    prices: Sequence[WantedPrice] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose price of what is asked for; references by code or id."""

    company: str
    customer: str
    item: str
    quantity: Decimal
    unit: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line would cost, and what the price lists ask for other quantities."""

    priced: PricedLine
    day: date
    offers: tuple[Offer, ...]
    """What holds for the customer on the day, by the order in which it is asked: his own lists first."""


async def offers(
    session: AsyncSession,
    *,
    companies: Collection[str],
    customers: Collection[str],
    items: Collection[str],
) -> Mapping[tuple[str, str], Sequence[Offer]]:
    """What active lists ask for these items, by company and item."""
    if not items:
        return {}
    return await store.offers(
        session,
        companies=sorted(companies),
        customers=["", *sorted(customers)],
        items=sorted(items),
    )


async def ask_price(session: AsyncSession, caller: Principal, asked: Asked) -> Answer:
    """What an order line would cost and why; nothing is written.

    Raises:
        BusinessError: it would be refused.
    """
    known = await replicas.resolve(
        session, companies={asked.company}, partners={asked.customer}, items={asked.item}
    )
    company = _company(caller, known, asked.company, field="/company")
    customer = _customer(caller, known, asked.customer, field="/customer")
    item = known.items.get(asked.item)
    if item is None:
        raise UnknownReference(what=("item", "物料"), reference=asked.item, field="/item")
    day = asked.day or replicas.day_in(company.time_zone)
    found = await offers(session, companies=[company.code], customers=[customer], items=[item.code])
    holding = [
        each for each in found.get((company.code, item.code), ()) if each.holds(customer, day)
    ]
    holding.sort(key=lambda one: (one.price_list, one.from_quantity))
    holding.sort(key=lambda one: (one.customer != "", one.valid_from), reverse=True)
    priced = price_line(
        item, quantity=asked.quantity, unit=asked.unit, unit_price=None, field="", offers=holding
    )
    return Answer(priced, day, tuple(holding))


async def create_list(
    session: AsyncSession, caller: Principal, wanted: WantedPriceList
) -> PriceList:
    """Make a price list that holds from its first day on."""
    known = await replicas.resolve(
        session,
        companies={wanted.company},
        partners={wanted.customer} if wanted.customer else (),
        items={each.item for each in wanted.prices},
    )
    company = _company(caller, known, wanted.company, field="/company")
    customer = ""
    if wanted.customer:
        customer = _customer(caller, known, wanted.customer, field="/customer")
    _check_everybody(caller, customer)
    first = wanted.valid_from or replicas.day_in(company.time_zone)
    rules.check_validity(first, wanted.valid_until)
    new = PriceList(
        id=uuid7(), company=company.code, code=wanted.code, name=wanted.name, version=1,
        status=PriceListStatus.ACTIVE, customer=customer, valid_from=first, valid_until=wanted.valid_until,
        recorded_at=datetime.now(UTC), prices=rules.prices_of(wanted.prices, known.items),
    )  # fmt: skip
    recorded = await store.add(session, new)
    if recorded is None:
        raise Duplicate(what=("A price list", "价目表"), field="/code")
    await record_change(session, f"{DOCUMENT}.create", None, recorded)
    return recorded


async def change_list(
    session: AsyncSession, caller: Principal, ref: str, asked: Change, *, expected: int | None
) -> PriceList:
    """Change names, days or prices; what is ordered and quoted already keeps its price."""
    before = await _locked(session, caller, ref, expected)
    prices = before.prices
    if asked.prices is not None:
        items = await replicas.resolve_items(session, {each.item for each in asked.prices})
        prices = rules.prices_of(asked.prices, items)
    after = rules.change(
        before,
        name=asked.name or before.name,
        valid_from=asked.valid_from or before.valid_from,
        valid_until=asked.valid_until if "valid_until" in asked.given else before.valid_until,
        prices=prices,
    )
    return await _save(session, "change", before, after)


async def withdraw_list(
    session: AsyncSession, caller: Principal, ref: str, *, expected: int | None
) -> PriceList:
    """No order is priced by it any more."""
    before = await _locked(session, caller, ref, expected)
    return await _save(session, "withdraw", before, rules.withdraw(before))


async def get_list(session: AsyncSession, ref: str) -> PriceList:
    """A price list by id."""
    found = await store.load(session, _id(ref))
    if found is None:
        raise _not_found()
    return found


async def find_lists(
    session: AsyncSession,
    paging: PageRequest,
    filters: Mapping[str, str | None],
    *,
    item: str | None,
) -> Page[PriceList]:
    """Price lists without their prices, by code."""
    sorts = {
        "code": table.c.code, "name": table.c.name, "customer": table.c.customer, "valid_from": table.c.valid_from,
        "id": table.c.id,
    }  # fmt: skip
    return await page(
        session, store.query(filters, item=item), paging, key=[table.c.id], allowed_sorts=sorts,
        default_sort="code", make=store.list_of,
    )  # fmt: skip


def _company(caller: Principal, known: Known, reference: str, *, field: str) -> Company:
    company = known.companies.get(reference)
    if company is None or not caller.sees(company.code):
        if replicas.is_code(reference):
            caller.check_company(reference)
        # By id, what is outside the scope does not exist.
        raise UnknownReference(what=("company", "公司"), reference=reference, field=field)
    return company


def _customer(caller: Principal, known: Known, reference: str, *, field: str) -> str:
    customer = known.partners.get(reference)
    if customer is None or not customer.customer:
        raise UnknownReference(what=("customer", "客户"), reference=reference, field=field)
    caller.check_partner(customer.code, field=field)
    return customer.code


def _id(ref: str) -> UUID:
    found = as_id(ref)
    if found is None:
        raise _not_found()
    return found


def _not_found() -> NotFound:
    return NotFound(what=("price list", "价目表"))


def _check_everybody(caller: Principal, customer: str) -> None:
    # Who sees some customers only reads the prices of all, and does not make them.
    if not customer and caller.partners is not None:
        raise OutOfScope(
            what=("A price list for everybody", "面向所有客户的价目表"), field="/customer"
        )


async def _locked(
    session: AsyncSession, caller: Principal, ref: str, expected: int | None
) -> PriceList:
    found = await store.load(session, _id(ref), lock=True)
    if found is None:
        raise _not_found()
    _check_everybody(caller, found.customer)
    check_version(expected, found.version)
    return found


async def _save(
    session: AsyncSession, action: str, before: PriceList, after: PriceList
) -> PriceList:
    await store.save(session, before, after)
    await record_change(session, f"{DOCUMENT}.{action}", before, after)
    return after
