"""Requests for quotation: who was asked for what, how the offers compare, and what an award orders. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, UnknownReference
from chassis.lifecycle import Lifecycle
from purchasing.orders.rules import NewLine as OrderLine
from purchasing.orders.rules import NewOrder, Order, money
from purchasing.replicas import rules as replicas
from purchasing.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    PartnerReplica,
    WarehouseReplica,
)

ZERO = Decimal(0)
LINES_MAX = 1_000
SUPPLIERS_MAX = 50


class Status(StrEnum):
    """A request's states."""

    OPEN = "open"
    AWARDED = "awarded"
    CANCELLED = "cancelled"


LIFECYCLE = Lifecycle({Status.OPEN: frozenset({Status.AWARDED, Status.CANCELLED})})


class AnswersClosed(BusinessError):
    """An offer after the last day for answers."""

    code = "rfq-closed"
    status = 409
    en = "Request {number} took offers until {answer_until}; today is {day}."
    zh = "询价单 {number} 的报价截止日期为 {answer_until}，今天是 {day}。"


class AnswersOver(BusinessError):
    """A last day for answers in the past."""

    code = "validation-failed"
    status = 422
    en = "The last day for answers {answer_until} lies before {day}."
    zh = "报价截止日期 {answer_until} 早于 {day}。"


class OfferIncomplete(BusinessError):
    """An award to a supplier that has not offered every line."""

    code = "offer-incomplete"
    status = 409
    en = "Supplier {supplier} has no offer for line(s) {lines} of request {number}."
    zh = "供应商“{supplier}”尚未对询价单 {number} 的第 {lines} 行报价。"


class NamedTwice(BusinessError):
    """A supplier or line that is named more than once."""

    code = "validation-failed"
    status = 422
    en = "{what} is named more than once."
    zh = "“{what}”重复。"


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked for, in base units."""

    line: int
    item: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier offers for a line: the net price per base unit, and days from order to delivery."""

    supplier: str
    line: int
    unit_price: Decimal
    lead_time_days: int


@dataclass(frozen=True, slots=True)
class Rfq:
    """A request for quotation."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    warehouse: str
    currency: str
    answer_until: date
    suppliers: tuple[str, ...]
    lines: tuple[Line, ...]
    offers: tuple[Offer, ...] = ()
    awarded_to: str | None = None
    order_id: UUID | None = None
    order_number: str | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A supplier's offer as a whole."""

    supplier: str
    offers: tuple[Offer, ...]
    missing: tuple[int, ...]
    amount_net: Decimal
    """Of the lines that were offered."""
    lead_time_days: int | None
    """Of the slowest line; None: nothing was offered."""
    cheapest: bool = False
    """Nobody who offers everything asks for less."""
    fastest: bool = False
    """Nobody who offers everything delivers all of it sooner."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as asked for."""

    item: str
    quantity: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class NewRfq:
    """A request as asked for."""

    company: str
    warehouse: str
    suppliers: tuple[str, ...]
    answer_until: date
    lines: tuple[NewLine, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The master records that a request refers to, by the reference given."""

    now: datetime
    companies: Mapping[str, CompanyReplica] = field(default_factory=dict[str, CompanyReplica])
    partners: Mapping[str, PartnerReplica] = field(default_factory=dict[str, PartnerReplica])
    warehouses: Mapping[str, WarehouseReplica] = field(default_factory=dict[str, WarehouseReplica])
    items: Mapping[str, ItemReplica] = field(default_factory=dict[str, ItemReplica])


def plan_rfq(asked: NewRfq, known: Known, *, id: UUID) -> Rfq:
    """An open request without a number, version 1.

    Raises:
        BusinessError: a reference, state, unit or day does not allow it.
    """
    company = replicas.find(known.companies, asked.company, replicas.COMPANY, "/company")
    warehouse = replicas.find(known.warehouses, asked.warehouse, replicas.WAREHOUSE, "/warehouse")
    replicas.check_warehouse(warehouse, company.code, field="/warehouse")
    suppliers: list[str] = []
    for n, ref in enumerate(asked.suppliers):
        at = f"/suppliers/{n}"
        supplier = replicas.find(known.partners, ref, replicas.PARTNER, at, active=False)
        replicas.check_supplier(supplier, field=at)
        if supplier.code in suppliers:
            raise NamedTwice(what=supplier.code, field=at)
        suppliers.append(supplier.code)
    day = replicas.local_day(company, known.now)
    if asked.answer_until < day:
        raise AnswersOver(
            answer_until=asked.answer_until.isoformat(), day=day.isoformat(), field="/answer_until"
        )
    return Rfq(
        id=id,
        number="",
        company=company.code,
        version=1,
        status=Status.OPEN,
        business_date=day,
        posting_date=day,
        warehouse=warehouse.code,
        currency=company.currency,
        answer_until=asked.answer_until,
        suppliers=tuple(sorted(suppliers)),
        lines=tuple(
            _line(n, line, known.items, at=f"/lines/{n - 1}")
            for n, line in enumerate(asked.lines, start=1)
        ),
    )


def _line(number: int, asked: NewLine, items: Mapping[str, ItemReplica], *, at: str) -> Line:
    item = replicas.find(items, asked.item, replicas.ITEM, f"{at}/item")
    quantity = replicas.base_quantity(item, asked.quantity, asked.unit, field=f"{at}/quantity")
    return Line(number, item.code, quantity, item.base_unit)


def take_offer(rfq: Rfq, supplier: str, offers: Sequence[Offer], *, today: date) -> Rfq:
    """The next version, with what the supplier offers in place of what he offered before."""
    if rfq.status is not Status.OPEN:
        raise InvalidState(now=rfq.status)
    if today > rfq.answer_until:
        raise AnswersClosed(
            number=rfq.number, answer_until=rfq.answer_until.isoformat(), day=today.isoformat()
        )
    known = {line.line for line in rfq.lines}
    named: set[int] = set()
    for n, offer in enumerate(offers):
        at = f"/lines/{n}/line"
        if offer.line not in known:
            raise UnknownReference(
                what=("line of the request:", "询价单的行"), reference=offer.line, field=at
            )
        if offer.line in named:
            raise NamedTwice(what=str(offer.line), field=at)
        named.add(offer.line)
    kept = [offer for offer in rfq.offers if offer.supplier != supplier]
    taken = sorted([*kept, *offers], key=lambda offer: (offer.supplier, offer.line))
    return replace(rfq, version=rfq.version + 1, offers=tuple(taken))


def compare(rfq: Rfq) -> list[Comparison]:
    """The suppliers' offers beside each other: complete ones first, the cheapest first."""
    found = [_comparison(rfq, supplier) for supplier in rfq.suppliers]
    complete = [each for each in found if not each.missing]
    least = min((each.amount_net for each in complete), default=None)
    soonest = min((each.lead_time_days or 0 for each in complete), default=None)
    marked = [
        replace(
            each,
            cheapest=not each.missing and each.amount_net == least,
            fastest=not each.missing and each.lead_time_days == soonest,
        )
        for each in found
    ]
    return sorted(
        marked,
        key=lambda each: (bool(each.missing), len(each.missing), each.amount_net, each.supplier),
    )


def _comparison(rfq: Rfq, supplier: str) -> Comparison:
    offers = {offer.line: offer for offer in rfq.offers if offer.supplier == supplier}
    amount = sum(
        (
            money(line.quantity * offers[line.line].unit_price)
            for line in rfq.lines
            if line.line in offers
        ),
        ZERO,
    )
    return Comparison(
        supplier=supplier,
        offers=tuple(offers[number] for number in sorted(offers)),
        missing=tuple(line.line for line in rfq.lines if line.line not in offers),
        amount_net=amount,
        lead_time_days=max((offer.lead_time_days for offer in offers.values()), default=None),
    )


def order_of(rfq: Rfq, supplier: str, *, today: date) -> NewOrder:
    """What an award to this supplier orders: everything, at the offered prices and days."""
    LIFECYCLE.advance(rfq.status, Status.AWARDED)
    if supplier not in rfq.suppliers:
        raise UnknownReference(
            what=("supplier of the request:", "询价单的供应商"),
            reference=supplier,
            field="/supplier",
        )
    chosen = _comparison(rfq, supplier)
    if chosen.missing:
        raise OfferIncomplete(
            supplier=supplier,
            lines=", ".join(map(str, chosen.missing)),
            number=rfq.number,
            field="/supplier",
        )
    return NewOrder(
        company=rfq.company,
        supplier=supplier,
        warehouse=rfq.warehouse,
        currency=rfq.currency,
        business_date=today,
        lines=tuple(
            OrderLine(
                item=line.item,
                quantity=line.quantity,
                unit=line.unit,
                unit_price=offer.unit_price,
                due_date=today + timedelta(days=offer.lead_time_days),
            )
            for line, offer in zip(rfq.lines, chosen.offers, strict=True)
        ),
    )


def award(rfq: Rfq, order: Order) -> Rfq:
    """The request that became this order."""
    return replace(
        rfq,
        version=rfq.version + 1,
        status=LIFECYCLE.advance(rfq.status, Status.AWARDED),
        awarded_to=order.supplier,
        order_id=order.id,
        order_number=order.number,
    )


def cancel(rfq: Rfq) -> Rfq:
    """Give it up."""
    return replace(
        rfq, version=rfq.version + 1, status=LIFECYCLE.advance(rfq.status, Status.CANCELLED)
    )
