"""Blanket orders: price and limits agreed for a while, drawn down by purchase orders. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import BusinessError, InvalidState
from chassis.lifecycle import Lifecycle
from purchasing.replicas import rules as replicas
from purchasing.replicas.rules import CompanyReplica, ItemReplica, PartnerReplica

ZERO = Decimal(0)
CENT = Decimal("0.01")
LINES_MAX = 1_000


class Status(StrEnum):
    """A blanket order's states."""

    DRAFT = "draft"
    APPROVED = "approved"
    CLOSED = "closed"


LIFECYCLE = Lifecycle(
    {
        Status.DRAFT: frozenset({Status.APPROVED, Status.CLOSED}),
        Status.APPROVED: frozenset({Status.CLOSED}),
    }
)


class AgreementNotReleasable(InvalidState):
    """Only approved agreements are drawn from."""

    en = "Agreement {number} is {now}: only an approved one can be ordered from."
    zh = "框架协议 {number} 状态为 {now}，只有已批准的协议才能下单。"


class AgreementNotValid(BusinessError):
    """The order's day lies outside the agreement's validity."""

    code = "agreement-not-valid"
    status = 409
    en = "Agreement {number} is valid from {valid_from} until {valid_until}, not on {day}; left on line {line}: {left}."
    zh = "框架协议 {number} 的有效期为 {valid_from} 至 {valid_until}，{day} 不在有效期内；第 {line} 行剩余：{left}。"


class AgreementExhausted(BusinessError):
    """More was asked than the agreement has left."""

    code = "agreement-exhausted"
    status = 409
    en = "Agreement {number}, line {line} ({item}): {asked} was asked, {left} is left."
    zh = "框架协议 {number} 第 {line} 行（{item}）：请求 {asked}，剩余 {left}。"


class AgreementLineMissing(BusinessError):
    """The agreement has no such line, or not exactly one for the item."""

    code = "unknown-reference"
    status = 422
    en = "Agreement {number} has no line for item {item} that this could be meant of: name one of {lines}."
    zh = "框架协议 {number} 中无法确定物料“{item}”对应的行，请指定行号：{lines}。"


class AgreementOfOthers(BusinessError):
    """An agreement with another supplier, or of another company."""

    code = "unknown-reference"
    status = 422
    en = "Agreement {number} is not one of company {company} with supplier {supplier}."
    zh = "框架协议 {number} 不属于公司“{company}”与供应商“{supplier}”。"


class AgreedPrice(BusinessError):
    """Another price than the agreed one."""

    code = "agreed-price"
    status = 422
    en = "Agreement {number} fixes the price at {price} per {unit}; leave the price out."
    zh = "框架协议 {number} 约定的单价为每 {unit} {price}，请勿另填单价。"


class LimitMissing(BusinessError):
    """A line without any limit."""

    code = "validation-failed"
    status = 422
    en = "A line needs a limit: of quantity, of value, or both."
    zh = "每行至少要有数量上限或金额上限。"


class ValidityReversed(BusinessError):
    """An agreement that ends before it begins."""

    code = "validation-failed"
    status = 422
    en = "The last day lies before the first."
    zh = "截止日期早于起始日期。"


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """What is agreed of an item, in base units, and what was drawn of it."""

    line: int
    item: str
    unit: str
    unit_price: Decimal
    """Net, per base unit."""
    quantity_limit: Decimal | None
    amount_limit: Decimal | None
    """Net."""
    quantity_released: Decimal = ZERO
    amount_released: Decimal = ZERO
    quantity_received: Decimal = ZERO

    @property
    def quantity_left(self) -> Decimal | None:
        """What may still be ordered; None: only the value is limited."""
        if self.quantity_limit is None:
            return None
        return max(ZERO, self.quantity_limit - self.quantity_released)

    @property
    def amount_left(self) -> Decimal | None:
        """The net value that may still be ordered; None: only the quantity is limited."""
        if self.amount_limit is None:
            return None
        return max(ZERO, self.amount_limit - self.amount_released)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A blanket order."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    supplier: str
    currency: str
    valid_from: date
    valid_until: date
    lines: tuple[AgreementLine, ...]
    recorded_at: datetime | None = None

    def line(self, number: int) -> AgreementLine:
        """The line with this number."""
        return next(line for line in self.lines if line.line == number)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an order line takes of an agreement's line, or by how much that changes."""

    quantity: Decimal = ZERO
    amount: Decimal = ZERO
    received: Decimal = ZERO

    def __add__(self, other: Drawn) -> Drawn:
        return Drawn(
            self.quantity + other.quantity,
            self.amount + other.amount,
            self.received + other.received,
        )

    def __sub__(self, other: Drawn) -> Drawn:
        return Drawn(
            self.quantity - other.quantity,
            self.amount - other.amount,
            self.received - other.received,
        )


LineKey = tuple[UUID, int]
"""An agreement's id and the number of its line."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as asked for; quantity and price are per `unit`."""

    item: str
    unit_price: Decimal
    unit: str | None = None
    quantity_limit: Decimal | None = None
    amount_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """A blanket order as asked for."""

    company: str
    supplier: str
    valid_from: date
    valid_until: date
    lines: tuple[NewLine, ...]
    currency: str | None = None
    business_date: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The master records that an agreement refers to, by the reference given."""

    now: datetime
    companies: Mapping[str, CompanyReplica] = field(default_factory=dict[str, CompanyReplica])
    partners: Mapping[str, PartnerReplica] = field(default_factory=dict[str, PartnerReplica])
    items: Mapping[str, ItemReplica] = field(default_factory=dict[str, ItemReplica])


def plan_agreement(asked: NewAgreement, known: Known, *, id: UUID, number: str = "") -> Agreement:
    """A draft, version 1.

    Raises:
        BusinessError: a reference, state, currency, unit or limit does not allow it.
    """
    company = replicas.find(known.companies, asked.company, replicas.COMPANY, "/company")
    supplier = replicas.find(
        known.partners, asked.supplier, replicas.PARTNER, "/supplier", active=False
    )
    replicas.check_supplier(supplier, field="/supplier")
    currency = replicas.check_currency(company, asked.currency, field="/currency")
    _check_validity(asked.valid_from, asked.valid_until)
    day = asked.business_date or replicas.local_day(company, known.now)
    return Agreement(
        id=id,
        number=number,
        company=company.code,
        version=1,
        status=Status.DRAFT,
        business_date=day,
        posting_date=day,
        supplier=supplier.code,
        currency=currency,
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
        lines=plan_lines(asked.lines, known.items),
    )


def plan_lines(
    asked: tuple[NewLine, ...], items: Mapping[str, ItemReplica]
) -> tuple[AgreementLine, ...]:
    """Lines in base units."""
    return tuple(
        _plan_line(n, line, items, at=f"/lines/{n - 1}") for n, line in enumerate(asked, start=1)
    )


def _plan_line(
    number: int, asked: NewLine, items: Mapping[str, ItemReplica], *, at: str
) -> AgreementLine:
    if asked.quantity_limit is None and asked.amount_limit is None:
        raise LimitMissing(field=at)
    item = replicas.find(items, asked.item, replicas.ITEM, f"{at}/item")
    unit = asked.unit or item.base_unit
    price = replicas.base_price(item, asked.unit_price, unit)
    if price is None:
        raise replicas.UnknownUnit(item=item.code, unit=unit, field=f"{at}/unit")
    limit = asked.quantity_limit
    if limit is not None:
        limit = replicas.base_quantity(item, limit, unit, field=f"{at}/quantity_limit")
    return AgreementLine(number, item.code, item.base_unit, price, limit, asked.amount_limit)


def _check_validity(first: date, last: date) -> None:
    if last < first:
        raise ValidityReversed(field="/valid_until")


def amend(
    agreement: Agreement,
    *,
    valid_from: date | None,
    valid_until: date | None,
    lines: tuple[AgreementLine, ...] | None,
) -> Agreement:
    """The next version of a draft; what is left out stays, lines are given anew as a whole."""
    if agreement.status is not Status.DRAFT:
        raise InvalidState(now=agreement.status)
    first, last = valid_from or agreement.valid_from, valid_until or agreement.valid_until
    _check_validity(first, last)
    return replace(
        agreement,
        version=agreement.version + 1,
        valid_from=first,
        valid_until=last,
        lines=agreement.lines if lines is None else lines,
    )


def step(agreement: Agreement, to: Status) -> Agreement:
    """The next version of an agreement, one step on."""
    return replace(
        agreement, status=LIFECYCLE.advance(agreement.status, to), version=agreement.version + 1
    )


def line_for(
    agreement: Agreement,
    *,
    company: str,
    supplier: str,
    item: str,
    line: int | None,
    day: date,
    at: str,
) -> AgreementLine:
    """The line that an order of this day may draw from.

    Raises:
        BusinessError: the agreement is another's, not approved, not valid that day, or has no such line.
    """
    if (agreement.company, agreement.supplier) != (company, supplier):
        raise AgreementOfOthers(
            number=agreement.number, company=company, supplier=supplier, field=f"{at}/agreement"
        )
    if agreement.status is not Status.APPROVED:
        raise AgreementNotReleasable(
            number=agreement.number, now=agreement.status, field=f"{at}/agreement"
        )
    of_item = [each for each in agreement.lines if each.item == item]
    fitting = [each for each in of_item if line is None or each.line == line]
    if len(fitting) != 1:
        raise AgreementLineMissing(
            number=agreement.number,
            item=item,
            lines=", ".join(str(each.line) for each in of_item) or "–",
            field=f"{at}/agreement",
        )
    (found,) = fitting
    check_valid(agreement, found, day, field=f"{at}/agreement")
    return found


def check_valid(agreement: Agreement, line: AgreementLine, day: date, *, field: str) -> None:
    """Refuse an order of a day outside the agreement's validity."""
    if not agreement.valid_from <= day <= agreement.valid_until:
        raise AgreementNotValid(
            number=agreement.number,
            valid_from=agreement.valid_from.isoformat(),
            valid_until=agreement.valid_until.isoformat(),
            day=day.isoformat(),
            line=line.line,
            left=_left(agreement, line),
            field=field,
        )


def check_price(
    agreement: Agreement, line: AgreementLine, price: Decimal | None, *, at: str
) -> None:
    """Refuse another price (per base unit) than the agreed one."""
    if price is not None and price != line.unit_price:
        raise AgreedPrice(
            number=agreement.number,
            price=_plain(line.unit_price),
            unit=line.unit,
            field=f"{at}/unit_price",
        )


def draw(
    agreements: Mapping[UUID, Agreement], draws: Mapping[LineKey, Drawn]
) -> dict[UUID, Agreement]:
    """The agreements after these draws; what is given back is always taken.

    Raises:
        AgreementExhausted: more is drawn of a line than it has left.
    """
    drawn = dict(agreements)
    for (key, number), more in sorted(draws.items()):
        agreement = drawn[key]
        line = agreement.line(number)
        if (more.quantity > ZERO or more.amount > ZERO) and agreement.status is not Status.APPROVED:
            raise AgreementNotReleasable(
                number=agreement.number, now=agreement.status, field="/lines"
            )
        over = (
            more.quantity > ZERO
            and line.quantity_left is not None
            and more.quantity > line.quantity_left
        ) or (
            more.amount > ZERO and line.amount_left is not None and more.amount > line.amount_left
        )
        if over:
            raise AgreementExhausted(
                number=agreement.number,
                line=number,
                item=line.item,
                asked=_both(more.quantity, line.unit, more.amount, agreement.currency),
                left=_left(agreement, line),
                field="/lines",
            )
        after = replace(
            line,
            quantity_released=line.quantity_released + more.quantity,
            amount_released=line.amount_released + more.amount,
        )
        drawn[key] = replace(
            agreement,
            lines=tuple(after if each.line == number else each for each in agreement.lines),
        )
    return drawn


def _left(agreement: Agreement, line: AgreementLine) -> str:
    quantity, amount = line.quantity_left, line.amount_left
    if quantity is not None and amount is not None:
        return _both(quantity, line.unit, amount, agreement.currency)
    if quantity is not None:
        return f"{_plain(quantity)} {line.unit}"
    return _money(amount or ZERO, agreement.currency)


def _both(quantity: Decimal, unit: str, amount: Decimal, currency: str) -> str:
    return f"{_plain(quantity)} {unit} / {_money(amount, currency)}"


def _money(amount: Decimal, currency: str) -> str:
    return f"{currency} {format(amount.quantize(CENT, rounding=ROUND_HALF_UP), 'f')}"


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
