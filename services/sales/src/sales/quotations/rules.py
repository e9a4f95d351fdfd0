"""What may happen to a quotation, and the order that it becomes. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, ValidationFailed
from chassis.lifecycle import Lifecycle
from sales.orders.rules import Order
from sales.orders.service import WantedLine, WantedOrder

QUOTED = "quotation"
"""The source of an order's price that was quoted."""


class QuotationStatus(StrEnum):
    """The states of a quotation. That it has expired is no state: its last day says so."""

    DRAFT = "draft"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


LIFECYCLE = Lifecycle(
    {
        QuotationStatus.DRAFT: frozenset({QuotationStatus.ISSUED, QuotationStatus.CANCELLED}),
        QuotationStatus.ISSUED: frozenset(
            {QuotationStatus.DRAFT, QuotationStatus.ACCEPTED, QuotationStatus.CANCELLED}
        ),
    }
)


class QuotationExpired(BusinessError):
    """The last day of the quotation is over."""

    code = "quotation-expired"
    status = 409
    en = "Quotation {number} was valid until {valid_until}, not on {day}: issue it anew."
    zh = "报价单 {number} 有效期至 {valid_until}，{day} 已过期，请重新报价。"


class ValidityOver(ValidationFailed):
    """A last day in the past."""

    en = "The last day {valid_until} lies before {day}."
    zh = "截止日期 {valid_until} 早于 {day}。"


@dataclass(frozen=True, slots=True)
class QuotationLine:
    """A line as priced, in base units, and as it was quoted."""

    line: int
    item: str
    quantity: Decimal
    unit: str
    warehouse: str | None
    unit_price: Decimal
    amount_net: Decimal
    amount_tax: Decimal
    tax_code: str
    tax_rate: Decimal
    price_source: str
    quoted_quantity: Decimal
    quoted_unit: str
    quoted_price: Decimal
    """Net, per quoted unit: what the order is priced by, so that its net is the quoted one to the cent."""
    price_list: str | None = None
    """The price list that the price comes from."""
    price_from: Decimal | None = None
    """From which quantity on that list has this price."""

    @property
    def amount_gross(self) -> Decimal:
        """Net and tax together."""
        return self.amount_net + self.amount_tax


@dataclass(frozen=True, slots=True)
class Quotation:
    """An offer to a customer."""

    id: UUID
    number: str
    company: str
    version: int
    status: QuotationStatus
    business_date: date
    posting_date: date
    recorded_at: datetime
    customer: str
    currency: str
    valid_until: date
    """The last day on which an order may be made of it."""
    requested_date: date | None
    amount_net: Decimal
    amount_tax: Decimal
    lines: tuple[QuotationLine, ...] = ()
    revision: int = 0
    """How often it was issued."""
    reason: str = ""
    """Why it was cancelled."""
    order_id: UUID | None = None
    order_number: str | None = None

    @property
    def amount_gross(self) -> Decimal:
        """Net and tax together."""
        return self.amount_net + self.amount_tax


def draft(
    priced: Order, wanted: Sequence[WantedLine], *, id: UUID, number: str, valid_until: date
) -> Quotation:
    """A draft, version 1, of what an order would cost on this day."""
    check_last_day(valid_until, priced.business_date)
    return Quotation(
        id=id, number=number, company=priced.company, version=1, status=QuotationStatus.DRAFT,
        business_date=priced.business_date, posting_date=priced.posting_date, recorded_at=priced.recorded_at,
        customer=priced.customer, currency=priced.currency, valid_until=valid_until,
        requested_date=priced.requested_date, amount_net=priced.amount_net, amount_tax=priced.amount_tax,
        lines=_lines(priced, wanted),
    )  # fmt: skip


def _lines(priced: Order, wanted: Sequence[WantedLine]) -> tuple[QuotationLine, ...]:
    lines: list[QuotationLine] = []
    for line, want in zip(priced.lines, wanted, strict=True):
        quoted = (line.quantity, line.unit, line.unit_price)
        if want.unit_price is not None:
            quoted = (want.quantity, want.unit or line.unit, want.unit_price)
        lines.append(
            QuotationLine(
                line=line.line, item=line.item, quantity=line.quantity, unit=line.unit, warehouse=line.warehouse,
                unit_price=line.unit_price, amount_net=line.amount_net, amount_tax=line.amount_tax,
                tax_code=line.tax_code, tax_rate=line.tax_rate, price_source=line.price_source,
                quoted_quantity=quoted[0], quoted_unit=quoted[1], quoted_price=quoted[2],
                price_list=line.price_list, price_from=line.price_from,
            )
        )  # fmt: skip
    return tuple(lines)


def check_changeable(quotation: Quotation) -> None:
    """Refuse to change what was accepted or cancelled."""
    if quotation.status not in (QuotationStatus.DRAFT, QuotationStatus.ISSUED):
        raise InvalidState(now=quotation.status)


def change(
    quotation: Quotation,
    *,
    valid_until: date,
    requested_date: date | None,
    priced: Order | None,
    wanted: Sequence[WantedLine] = (),
) -> Quotation:
    """The next version, a draft again: what the customer has holds no longer. Lines are given as a whole."""
    check_changeable(quotation)
    after = replace(
        quotation,
        version=quotation.version + 1,
        status=QuotationStatus.DRAFT,
        valid_until=valid_until,
        requested_date=requested_date,
    )
    if priced is None:
        return after
    return replace(
        after,
        lines=_lines(priced, wanted),
        amount_net=priced.amount_net,
        amount_tax=priced.amount_tax,
    )


def issue(quotation: Quotation, *, today: date) -> Quotation:
    """Offer it to the customer as its next revision."""
    status = LIFECYCLE.advance(quotation.status, QuotationStatus.ISSUED)
    _check_validity(quotation, today)
    return replace(
        quotation, version=quotation.version + 1, status=status, revision=quotation.revision + 1
    )


def order_of(
    quotation: Quotation,
    *,
    day: date,
    business_date: date | None,
    channel_number: str | None,
    priority: int,
) -> WantedOrder:
    """The order of this day that an issued quotation becomes, at its prices; tax is that of the day."""
    LIFECYCLE.advance(quotation.status, QuotationStatus.ACCEPTED)
    _check_validity(quotation, day)
    return WantedOrder(
        company=quotation.company, customer=quotation.customer, currency=quotation.currency, priority=priority,
        requested_date=quotation.requested_date, business_date=business_date, channel_number=channel_number,
        lines=[
            WantedLine(
                line.item, line.quoted_quantity, line.quoted_unit, line.quoted_price, line.warehouse, QUOTED
            )
            for line in quotation.lines
        ],
    )  # fmt: skip


def accept(quotation: Quotation, order: Order) -> Quotation:
    """The quotation that became this order."""
    return replace(
        quotation,
        version=quotation.version + 1,
        status=LIFECYCLE.advance(quotation.status, QuotationStatus.ACCEPTED),
        order_id=order.id,
        order_number=order.number,
    )


def cancel(quotation: Quotation, *, reason: str) -> Quotation:
    """Give it up: withdrawn, or declined by the customer."""
    return replace(
        quotation,
        version=quotation.version + 1,
        status=LIFECYCLE.advance(quotation.status, QuotationStatus.CANCELLED),
        reason=reason,
    )


def is_expired(quotation: Quotation, *, today: date) -> bool:
    """Whether no order can be made of it today because its last day is over."""
    return quotation.status is QuotationStatus.ISSUED and today > quotation.valid_until


def check_last_day(valid_until: date, today: date) -> None:
    """Refuse a last day in the past."""
    if valid_until < today:
        raise ValidityOver(
            valid_until=valid_until.isoformat(), day=today.isoformat(), field="/valid_until"
        )


def _check_validity(quotation: Quotation, day: date) -> None:
    if day > quotation.valid_until:
        raise QuotationExpired(
            number=quotation.number,
            valid_until=quotation.valid_until.isoformat(),
            day=day.isoformat(),
        )
