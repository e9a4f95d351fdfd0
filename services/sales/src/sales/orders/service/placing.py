"""Taking orders: priced by the master data, asked for credit, numbered, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import record
from chassis.auth import Principal
from chassis.errors import (
    BusinessError,
    Duplicate,
    Forbidden,
    InvalidState,
    OutOfScope,
    UnknownReference,
)
from chassis.ids import uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from sales.credit import service as credit
from sales.credit.rules import Request
from sales.orders import rules, store
from sales.orders.rules import Line, Order
from sales.orders.service.saving import audit_of, case_of, document_of, moves_of
from sales.prices import service as prices
from sales.pricing.rules import Offer, price_line
from sales.replicas import service as replicas
from sales.replicas.rules import Company, Known, Partner
from tongheng_contracts.sales import OrderPlaced, OrderStatus

BACKDATE = "sales.order.backdate"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line as it was asked for."""

    item: str
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    warehouse: str | None = None
    price_source: str = "given"
    """Where `unit_price` comes from: given with the order, or a quotation."""
    number: int | None = None
    """Which line of the document it is, where the others are priced elsewhere; by default its place."""


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """An order as it was asked for; references by code or id."""

    company: str
    customer: str
    lines: Sequence[WantedLine]
    currency: str | None = None
    priority: int = 100
    requested_date: date | None = None
    business_date: date | None = None
    channel_number: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a batch of orders is judged by: the master data that it refers to, the time, the day at each company."""

    known: Known
    now: datetime
    today: Mapping[str, date]
    offers: Mapping[tuple[str, str], Sequence[Offer]]
    """What price lists ask, by company and item; read only for lines without a price."""


async def place_orders(
    session: AsyncSession, caller: Principal, wanted: Sequence[WantedOrder | BusinessError]
) -> list[Order | BusinessError]:
    """Place orders: price them, ask for credit, hold what is beyond it. Each is answered, the good ones are written.

    What was refused already, while it was read, stays refused.
    """
    situation = await _load(session, [want for want in wanted if isinstance(want, WantedOrder)])
    results: list[Order | BusinessError] = [
        _attempt(caller, situation, want) if isinstance(want, WantedOrder) else want
        for want in wanted
    ]
    await _refuse_duplicates(session, results)
    placed = [result for result in results if isinstance(result, Order)]
    if not placed:
        return results
    await _decide_credit(session, situation.today, placed)
    await _number(session, placed)

    recorded_at = await store.insert_orders(session, placed)
    for order in placed:
        order.placed_at = order.recorded_at = recorded_at
        order.loaded_version = order.version
    await credit.move_exposure(session, moves_of(placed), locked=True)
    await record(session, *(audit_of("place", order, before=None) for order in placed))
    await emit(
        session, *(OrderPlaced(order=document_of(order)) for order in placed), case_of=case_of
    )
    return results


async def price_order(session: AsyncSession, caller: Principal, wanted: WantedOrder) -> Order:
    """The order as it would be taken now; nothing is written, and credit is not asked.

    Raises:
        BusinessError: it would be refused.
    """
    return _drafted(caller, await _load(session, [wanted]), wanted)


async def _load(session: AsyncSession, wanted: Sequence[WantedOrder]) -> Situation:
    known = await replicas.resolve(
        session,
        companies={want.company for want in wanted},
        partners={want.customer for want in wanted},
        items={line.item for want in wanted for line in want.lines},
        warehouses={
            line.warehouse for want in wanted for line in want.lines if line.warehouse is not None
        },
    )
    now = datetime.now(UTC)  # until the database says
    companies = known.companies.values()
    today = {one.code: replicas.day_in(one.time_zone, now) for one in companies}
    unpriced = {
        line.item for want in wanted for line in want.lines if line.unit_price is None
    } & known.items.keys()
    offers = await prices.offers(
        session,
        companies=today,
        customers={one.code for one in known.partners.values()},
        items={known.items[reference].code for reference in unpriced},
    )
    return Situation(known, now, today, offers)


def _attempt(caller: Principal, situation: Situation, want: WantedOrder) -> Order | BusinessError:
    try:
        return _drafted(caller, situation, want)
    except BusinessError as refusal:
        return refusal


def _drafted(caller: Principal, situation: Situation, want: WantedOrder) -> Order:
    """The order as asked for, priced; nothing is written yet."""
    known = situation.known
    rules.check_lines(len(want.lines))
    company = _company_of(caller, known, want.company)
    customer = _customer_of(caller, known, want.customer)
    if want.currency is not None and want.currency != company.currency:
        raise rules.CurrencyNotSupported(
            currency=want.currency, company_currency=company.currency, field="/currency"
        )
    today = situation.today[company.code]
    business_date = want.business_date or today
    if business_date < today and not caller.may(BACKDATE):
        raise Forbidden(permission=BACKDATE, field="/business_date")
    lines = [
        _line_of(
            caller,
            situation,
            company,
            line,
            customer.code,
            business_date,
            number=line.number or place,
        )
        for place, line in enumerate(want.lines, start=1)
    ]
    net, tax = rules.total_of(lines)
    return Order(
        id=uuid7(), number="", company=company.code, version=1, status=OrderStatus.PENDING,
        business_date=business_date, posting_date=business_date, customer=customer.code,
        currency=company.currency, priority=want.priority, requested_date=want.requested_date,
        channel_number=want.channel_number, placed_at=situation.now, recorded_at=situation.now, hold_reasons=(),
        amount_net=net, amount_tax=tax, lines=lines,
    )  # fmt: skip


def _company_of(caller: Principal, known: Known, reference: str) -> Company:
    company = known.companies.get(reference)
    if company is None or not caller.sees(company.code):
        if replicas.is_code(reference):
            caller.check_company(reference)
        # By id, what is outside the scope does not exist.
        raise UnknownReference(what=("company", "公司"), reference=reference, field="/company")
    if not company.active:
        raise InvalidState(
            en=f"Company {company.code} is no longer active.",
            zh=f"公司“{company.code}”已停用。",
            field="/company",
        )
    return company


def _customer_of(caller: Principal, known: Known, reference: str) -> Partner:
    customer = known.partners.get(reference)
    if customer is None or not customer.customer:
        raise UnknownReference(what=("customer", "客户"), reference=reference, field="/customer")
    caller.check_partner(customer.code, field="/customer")
    if customer.blocked or not customer.active:
        raise InvalidState(
            en=f"Customer {customer.code} is blocked or no longer active.",
            zh=f"客户“{customer.code}”已冻结或停用。",
            field="/customer",
        )
    return customer


def _line_of(
    caller: Principal,
    situation: Situation,
    company: Company,
    want: WantedLine,
    customer: str,
    day: date,
    *,
    number: int,
) -> Line:
    known = situation.known
    field = f"/lines/{number - 1}"
    item = known.items.get(want.item)
    if item is None:
        raise UnknownReference(what=("item", "物料"), reference=want.item, field=f"{field}/item")
    priced = price_line(
        item, quantity=want.quantity, unit=want.unit, unit_price=want.unit_price, field=field,
        offers=[
            each for each in situation.offers.get((company.code, item.code), ()) if each.holds(customer, day)
        ],
    )  # fmt: skip
    return Line(
        line=number, item=item.code, quantity=priced.quantity, unit=priced.unit,
        warehouse=_warehouse_of(caller, known, company, want.warehouse, field=f"{field}/warehouse"),
        unit_price=priced.unit_price, amount_net=priced.amount_net, amount_tax=priced.amount_tax,
        tax_code=priced.tax_code, tax_rate=priced.tax_rate,
        price_source=priced.price_source if want.unit_price is None else want.price_source,
        price_list=priced.price_list, price_from=priced.price_from,
    )  # fmt: skip


def _warehouse_of(
    caller: Principal, known: Known, company: Company, reference: str | None, *, field: str
) -> str | None:
    if reference is None:
        return None
    warehouse = known.warehouses.get(reference)
    if warehouse is not None and not caller.sees(warehouse.company) and replicas.is_code(reference):
        raise OutOfScope(what=(f"Warehouse {reference}", f"仓库“{reference}”"), field=field)
    if warehouse is None or warehouse.company != company.code:
        raise UnknownReference(what=("warehouse", "仓库"), reference=reference, field=field)
    if not warehouse.active:
        raise InvalidState(
            en=f"Warehouse {warehouse.code} is no longer active.",
            zh=f"仓库“{warehouse.code}”已停用。",
            field=field,
        )
    return warehouse.code


async def _refuse_duplicates(session: AsyncSession, results: list[Order | BusinessError]) -> None:
    """A channel's number stands for one order; asked under the customers' lock, so that two at once queue up."""
    numbered = [
        (index, (result.company, result.customer, result.channel_number))
        for index, result in enumerate(results)
        if isinstance(result, Order) and result.channel_number is not None
    ]
    if not numbered:
        return
    await credit.lock(session, ((company, customer) for _, (company, customer, _) in numbered))
    taken = await store.known_channel_numbers(session, [key for _, key in numbered])
    for index, (company, customer, number) in numbered:
        if (company, customer, number) in taken:
            results[index] = Duplicate(what=("An order", "订单"), field="/channel_number")
        taken.add((company, customer, number))


async def _decide_credit(
    session: AsyncSession, today: Mapping[str, date], placed: Sequence[Order]
) -> None:
    # By the day it is now, for a limit ends whatever day the order bears.
    requests = [
        Request((order.company, order.customer), order.amount_gross, today[order.company])
        for order in placed
    ]
    for order, reasons in zip(placed, await credit.decide(session, requests), strict=True):
        order.hold_reasons = reasons
        order.status = OrderStatus.ON_HOLD if reasons else OrderStatus.PENDING
        order.amount_open = rules.open_amount(order)


async def _number(session: AsyncSession, placed: Sequence[Order]) -> None:
    by_year: dict[int, list[Order]] = {}
    for order in placed:
        by_year.setdefault(order.business_date.year, []).append(order)
    for year, orders in sorted(by_year.items()):
        numbers = await draw(session, "order_numbers", "SO", year, len(orders))
        for order, number in zip(orders, numbers, strict=True):
            order.number = number
