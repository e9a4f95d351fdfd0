"""What may happen to a quotation, and the order that it becomes. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, UnknownReference, ValidationFailed
from chassis.lifecycle import Lifecycle
from sales.orders.rules import Order
from sales.orders.service import WantedLine, WantedOrder
from sales.pricing.rules import LIMIT, AmountTooLarge, round_cents

QUOTED = "quotation"
"""The source of an order's price that was quoted."""
ATTRIBUTES_MAX = 50
GivenT = TypeVar("GivenT")


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


CHANGEABLE = frozenset({QuotationStatus.DRAFT, QuotationStatus.ISSUED})


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


class OneOfBoth(ValidationFailed):
    """A line of nothing, or of two things."""

    en = "A line names an item, or describes what has none yet: one of both."
    zh = "每行须填写物料或非标要求，且只能填写其一。"


class Missing(ValidationFailed):
    """An item would say it; what has none yet must be given with it."""

    en = "What has no item yet is quoted with its {what}."
    zh = "非标要求须填写{what}。"


class NotHere(ValidationFailed):
    """What is said elsewhere."""

    en = "This line takes no {what}."
    zh = "此行不能填写{what}。"


class HasNoItem(BusinessError):
    """Something that is offered has no item yet, so nothing could be planned or shipped."""

    code = "no-item-yet"
    status = 409
    en = "Line {line} of {number} has no item yet: its engineering request must be released first."
    zh = "{number} 第 {line} 行尚无物料，须先发布其工程需求。"


@dataclass(frozen=True, slots=True)
class NonStandard:
    """What has no item yet, in the customer's words."""

    description: str
    description_en: str = ""
    specification: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    def is_same(self, other: NonStandard) -> bool:
        """Whether it is the same thing to make; another word in English makes no other thing."""
        return replace(self, description_en="") == replace(other, description_en="")


@dataclass(frozen=True, slots=True)
class WantedNonStandard:
    """A line for what has no item yet, as it was asked for."""

    thing: NonStandard
    quantity: Decimal
    unit: str
    unit_price: Decimal
    tax_code: str


Wanted = WantedLine | WantedNonStandard


@dataclass(frozen=True, slots=True)
class QuotationLine:
    """A line as priced, in base units, and as it was quoted."""

    line: int
    item: str | None
    """None: it has to be engineered first."""
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
    engineering_request: UUID | None = None
    """By which production engineers it, where it had no item."""
    non_standard: NonStandard | None = None

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


@dataclass(frozen=True, slots=True)
class Offer:
    """What all lines together come to."""

    lines: tuple[QuotationLine, ...]
    amount_net: Decimal
    amount_tax: Decimal


def draft(priced: Order, offer: Offer, *, id: UUID, number: str, valid_until: date) -> Quotation:
    """A draft, version 1, of what an order would cost on this day."""
    check_last_day(valid_until, priced.business_date)
    return Quotation(
        id=id, number=number, company=priced.company, version=1, status=QuotationStatus.DRAFT,
        business_date=priced.business_date, posting_date=priced.posting_date, recorded_at=priced.recorded_at,
        customer=priced.customer, currency=priced.currency, valid_until=valid_until,
        requested_date=priced.requested_date, amount_net=offer.amount_net, amount_tax=offer.amount_tax,
        lines=offer.lines,
    )  # fmt: skip


def standard(wanted: Sequence[Wanted]) -> list[WantedLine]:
    """The lines that name an item, each with its number."""
    return [
        replace(want, number=number)
        for number, want in enumerate(wanted, start=1)
        if isinstance(want, WantedLine)
    ]


def offer_of(priced: Order, wanted: Sequence[Wanted], rates: Mapping[str, Decimal]) -> Offer:
    """What is offered: the lines priced as an order, and between them what has no item yet.

    Args:
        priced: an order of the lines that name an item.
        wanted: all lines, in order.
        rates: of the tax codes that the others name.
    """
    by_number = {line.line: line for line in priced.lines}
    lines: list[QuotationLine] = []
    for number, want in enumerate(wanted, start=1):
        if isinstance(want, WantedNonStandard):
            lines.append(_non_standard(number, want, rates))
            continue
        line = by_number[number]
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
    net = sum((line.amount_net for line in lines), Decimal(0))
    tax = sum((line.amount_tax for line in lines), Decimal(0))
    if net + tax >= LIMIT:
        raise AmountTooLarge(field="/lines")
    return Offer(tuple(lines), net, tax)


def check_one_of_both(item: object | None, thing: object | None, *, field: str) -> None:
    """Refuse a line of nothing, or of two things."""
    if (item is None) == (thing is None):
        raise OneOfBoth(field=f"{field}/item")


def check_left_out(value: object | None, what: tuple[str, str], *, field: str) -> None:
    """Refuse what a line of this kind does not say: an item has its tax code, what has no item yet no place."""
    if value is not None:
        raise NotHere(what=what, field=field)


def given(value: GivenT | None, what: tuple[str, str], *, field: str) -> GivenT:
    """What must be said where no item says it."""
    if value is None:
        raise Missing(what=what, field=field)
    return value


def _non_standard(
    number: int, want: WantedNonStandard, rates: Mapping[str, Decimal]
) -> QuotationLine:
    at = f"/lines/{number - 1}"
    rate = rates.get(want.tax_code)
    if rate is None:
        raise UnknownReference(
            what=("tax code", "税码"), reference=want.tax_code, field=f"{at}/tax_code"
        )
    exact = want.quantity * want.unit_price
    if exact * (1 + rate) >= LIMIT:
        raise AmountTooLarge(field=f"{at}/quantity")
    net = round_cents(exact)
    return QuotationLine(
        line=number, item=None, quantity=want.quantity, unit=want.unit, warehouse=None, unit_price=want.unit_price,
        amount_net=net, amount_tax=round_cents(net * rate), tax_code=want.tax_code, tax_rate=rate,
        price_source="given", quoted_quantity=want.quantity, quoted_unit=want.unit, quoted_price=want.unit_price,
        non_standard=want.thing,
    )  # fmt: skip


def requested_as_before(
    before: Sequence[QuotationLine], lines: Sequence[QuotationLine], new: Iterator[UUID]
) -> tuple[QuotationLine, ...]:
    """Lines whose engineering requests are those of before where they ask for the same thing, else new ones.

    A line keeps the item that its request has become; a line that names this item keeps the request.
    """
    left = [line for line in before if line.non_standard is not None]
    found: list[QuotationLine] = []
    for line in lines:
        same = next((each for each in left if _asks_the_same(each, line)), None)
        if same is not None:
            left.remove(same)
            found.append(
                replace(
                    line,
                    item=line.item or same.item,
                    engineering_request=same.engineering_request,
                    non_standard=line.non_standard or same.non_standard,
                )
            )
        else:
            request = None if line.non_standard is None else next(new)
            found.append(replace(line, engineering_request=request))
    return tuple(found)


def _asks_the_same(before: QuotationLine, line: QuotationLine) -> bool:
    if line.non_standard is None:
        return before.item is not None and before.item == line.item
    assert before.non_standard is not None
    return line.unit == before.quoted_unit and line.non_standard.is_same(before.non_standard)


def name_items(quotation: Quotation, items: Mapping[UUID, str]) -> Quotation:
    """The quotation whose lines have the items that their engineering requests have become; the same where none is new."""
    if quotation.status not in CHANGEABLE:
        return quotation
    lines = tuple(
        replace(line, item=items[line.engineering_request])
        if line.item is None
        and line.engineering_request is not None
        and line.engineering_request in items
        else line
        for line in quotation.lines
    )
    if lines == quotation.lines:
        return quotation
    return replace(quotation, version=quotation.version + 1, lines=lines)


def check_changeable(quotation: Quotation) -> None:
    """Refuse to change what was accepted or cancelled."""
    if quotation.status not in CHANGEABLE:
        raise InvalidState(now=quotation.status)


def change(
    quotation: Quotation,
    *,
    valid_until: date,
    requested_date: date | None,
    offer: Offer | None,
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
    if offer is None:
        return after
    return replace(
        after, lines=offer.lines, amount_net=offer.amount_net, amount_tax=offer.amount_tax
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
    """The order of this day that an issued quotation becomes, at its prices; tax is that of the day.

    Raises:
        HasNoItem: something in it is still to be engineered.
    """
    LIFECYCLE.advance(quotation.status, QuotationStatus.ACCEPTED)
    _check_validity(quotation, day)
    return WantedOrder(
        company=quotation.company, customer=quotation.customer, currency=quotation.currency, priority=priority,
        requested_date=quotation.requested_date, business_date=business_date, channel_number=channel_number,
        lines=[
            WantedLine(
                _item_of(quotation, line), line.quoted_quantity, line.quoted_unit, line.quoted_price,
                line.warehouse, QUOTED,
            )
            for line in quotation.lines
        ],
    )  # fmt: skip


def _item_of(quotation: Quotation, line: QuotationLine) -> str:
    if line.item is None:
        raise HasNoItem(
            number=quotation.number, line=line.line, field=f"/lines/{line.line - 1}/item"
        )
    return line.item


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
