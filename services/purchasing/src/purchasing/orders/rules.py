"""Purchase orders: amounts, lifecycle, and what receipts, returns and bills make of them. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, UnknownReference
from chassis.lifecycle import Lifecycle
from purchasing.agreements import rules as agreements
from purchasing.agreements.rules import Agreement, AgreementLine, Drawn
from purchasing.replicas import rules as replicas
from purchasing.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    PartnerReplica,
    TaxCodeReplica,
    WarehouseReplica,
)
from purchasing.supplier_items.rules import Offer, price_of
from tongheng_contracts.purchasing import PurchaseOrderStatus as Status

ZERO = Decimal(0)
CENT = Decimal("0.01")
TOLERANCE = Decimal("0.02")
"""Over-receipt allowed where the order does not say."""
LINES_MAX = 5_000

ORDER_LIFECYCLE = Lifecycle(
    {
        Status.DRAFT: frozenset({Status.SUBMITTED, Status.CANCELLED}),
        Status.SUBMITTED: frozenset({Status.APPROVED, Status.CANCELLED}),
        Status.APPROVED: frozenset({Status.PARTLY_RECEIVED, Status.RECEIVED, Status.CANCELLED}),
        Status.PARTLY_RECEIVED: frozenset({Status.RECEIVED, Status.CLOSED}),
        Status.RECEIVED: frozenset({Status.CLOSED}),
        # Goods may have arrived before the warehouse heard of the cancellation.
        Status.CANCELLED: frozenset({Status.CLOSED}),
    }
)
COMMITTED = frozenset({Status.APPROVED, Status.PARTLY_RECEIVED})
"""Orders that the supplier still has to fulfil."""
RETURNABLE = frozenset({Status.PARTLY_RECEIVED, Status.RECEIVED, Status.CLOSED})


class PriceMissing(BusinessError):
    """Neither the line nor the supplier's offer gives a price."""

    code = "price-missing"
    status = 422
    en = "There is no price for item {item} from supplier {supplier}: give one."
    zh = "供应商“{supplier}”没有物料“{item}”的价格，请填写单价。"


class OrderFixed(InvalidState):
    """What was submitted is not rewritten."""

    en = "The order is {now}: only due dates can still be changed."
    zh = "订单状态为 {now}，只能修改交货日期。"


class NoSuchLine(BusinessError):
    """A line number that the order does not have."""

    code = "unknown-reference"
    status = 422
    en = "The order has no line {line}."
    zh = "订单没有第 {line} 行。"


class TooManyLines(BusinessError):
    """More lines than a document may have."""

    code = "validation-failed"
    status = 422
    en = "A document has at most {limit} lines."
    zh = "一张单据最多 {limit} 行。"


class AgreementFixed(BusinessError):
    """A line's agreement, or what the agreement fixes, was to be changed."""

    code = "validation-failed"
    status = 422
    en = "Line {line} cannot change its agreement, item or price: remove it and enter another."
    zh = "第 {line} 行不能更改框架协议、物料或单价，请删除后重新录入。"


class ApprovedAlready(BusinessError):
    """Each approval is somebody else's."""

    code = "self-approval"
    status = 403
    en = "You have approved this order: the next approval is somebody else's."
    zh = "您已审批过该订单，下一级审批须由他人完成。"


class NothingLeft(BusinessError):
    """An order needs a line."""

    code = "validation-failed"
    status = 422
    en = "At least one line must be left."
    zh = "至少要保留一行。"


def money(value: Decimal) -> Decimal:
    """Cents, halves away from zero."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """What `part` of `whole` is of an amount."""
    return money(amount * part / whole) if whole else ZERO


@dataclass(frozen=True, slots=True)
class Commitment:
    """What suppliers still owe: net amount, quantity, number of orders."""

    amount: Decimal
    quantity: Decimal
    orders: int


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line, in base units; amounts belong to the ordered quantity."""

    line: int
    item: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_net: Decimal
    amount_tax: Decimal
    tax_code: str
    tax_rate: Decimal
    due_date: date
    purchase_quantity: Decimal
    """As the buyer wrote it, in `purchase_unit`."""
    purchase_unit: str
    quantity_cancelled: Decimal = ZERO
    quantity_received: Decimal = ZERO
    quantity_returned: Decimal = ZERO
    quantity_billed: Decimal = ZERO
    billed_price: Decimal | None = None
    agreement_id: UUID | None = None
    """The blanket order that the line draws from."""
    agreement_line: int | None = None
    agreement_number: str | None = None

    @property
    def drawn(self) -> Drawn:
        """What the line takes of its agreement: what was ordered and not cancelled, and what came of it."""
        kept = self.quantity - self.quantity_cancelled
        return Drawn(kept, share(self.amount_net, kept, self.quantity), self.quantity_received)

    @property
    def quantity_open(self) -> Decimal:
        """Still to be delivered."""
        return max(ZERO, self.quantity - self.quantity_cancelled - self.quantity_received)

    @property
    def amount_open(self) -> Decimal:
        """Net value still to be delivered."""
        return share(self.amount_net, self.quantity_open, self.quantity)


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    supplier: str
    warehouse: str
    currency: str
    tolerance: Decimal
    payment_days: int
    lines: tuple[OrderLine, ...]
    recorded_at: datetime | None = None
    approvals_needed: int = 1
    """How many different people must approve it, as the rules were when it was submitted."""
    approvals_given: int = 0

    @property
    def amount_net(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.amount_net for line in self.lines), ZERO)

    @property
    def amount_tax(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.amount_tax for line in self.lines), ZERO)

    @property
    def commitment(self) -> Commitment:
        """What the supplier still owes."""
        if self.status not in COMMITTED:
            return Commitment(ZERO, ZERO, 0)
        return Commitment(
            sum((line.amount_open for line in self.lines), ZERO),
            sum((line.quantity_open for line in self.lines), ZERO),
            1,
        )

    @property
    def drawn(self) -> dict[agreements.LineKey, Drawn]:
        """What the order takes of agreements, by their lines."""
        sums: dict[agreements.LineKey, Drawn] = {}
        for line in self.lines:
            if line.agreement_id is not None and line.agreement_line is not None:
                key = (line.agreement_id, line.agreement_line)
                sums[key] = sums.get(key, Drawn()) + line.drawn
        return sums

    def line(self, number: int, *, field: str | None = None) -> OrderLine:
        """The line with this number."""
        for line in self.lines:
            if line.line == number:
                return line
        raise NoSuchLine(line=number, field=field)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as asked for."""

    item: str
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    due_date: date | None = None
    tax_code: str | None = None
    agreement: str | None = None
    """A blanket order, by id or number, that gives the price and is drawn down."""
    agreement_line: int | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as asked for."""

    company: str
    supplier: str
    warehouse: str
    lines: tuple[NewLine, ...]
    currency: str | None = None
    tolerance: Decimal | None = None
    business_date: date | None = None
    posting_date: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The master records that orders refer to, by the reference given."""

    now: datetime
    companies: Mapping[str, CompanyReplica] = field(default_factory=dict[str, CompanyReplica])
    partners: Mapping[str, PartnerReplica] = field(default_factory=dict[str, PartnerReplica])
    warehouses: Mapping[str, WarehouseReplica] = field(default_factory=dict[str, WarehouseReplica])
    items: Mapping[str, ItemReplica] = field(default_factory=dict[str, ItemReplica])
    tax_codes: Mapping[str, TaxCodeReplica] = field(default_factory=dict[str, TaxCodeReplica])
    offers: Mapping[tuple[str, str], Offer] = field(default_factory=dict[tuple[str, str], Offer])
    agreements: Mapping[str, Agreement] = field(default_factory=dict[str, Agreement])


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a PATCH asks of one line; a line without a number is new."""

    line: int | None = None
    item: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    due_date: date | None = None
    tax_code: str | None = None
    agreement: str | None = None
    agreement_line: int | None = None

    @property
    def is_due_date_only(self) -> bool:
        """Whether nothing but the day changes."""
        return self.line is not None and not any(
            value is not None
            for value in (
                self.item,
                self.quantity,
                self.unit,
                self.unit_price,
                self.tax_code,
                self.agreement,
                self.agreement_line,
            )
        )


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What a PATCH asks of an order."""

    warehouse: str | None = None
    tolerance: Decimal | None = None
    business_date: date | None = None
    due_date: date | None = None
    lines: tuple[LineChange, ...] = ()
    remove_lines: tuple[int, ...] = ()

    @property
    def is_due_dates_only(self) -> bool:
        """Whether nothing but days of delivery changes."""
        return (
            self.warehouse is None
            and self.tolerance is None
            and self.business_date is None
            and not self.remove_lines
            and all(change.is_due_date_only for change in self.lines)
        )


def changed_draws(before: Order, after: Order) -> dict[agreements.LineKey, Drawn]:
    """By how much what an order takes of agreements changes."""
    was, now = before.drawn, after.drawn
    changed = {
        key: now.get(key, Drawn()) - was.get(key, Drawn()) for key in was.keys() | now.keys()
    }
    return {key: each for key, each in changed.items() if each != Drawn()}


def plan_line(
    number: int,
    asked: NewLine,
    *,
    company: str,
    supplier: str,
    ordered_on: date,
    known: Known,
    at: str,
) -> OrderLine:
    """A line with its amounts, its defaults taken from the supplier's offer and the item."""
    item = replicas.find(known.items, asked.item, replicas.ITEM, f"{at}/item")
    offer = known.offers.get((supplier, item.code))
    unit = asked.unit or item.base_unit
    quantity = replicas.base_quantity(item, asked.quantity, unit, field=f"{at}/quantity")
    agreement: Agreement | None = None
    agreed: AgreementLine | None = None
    if asked.agreement is not None:
        agreement = _agreement(known, asked.agreement, at=at)
        agreed = agreements.line_for(
            agreement,
            company=company,
            supplier=supplier,
            item=item.code,
            line=asked.agreement_line,
            day=ordered_on,
            at=at,
        )
        given = asked.unit_price
        if given is not None:
            given = replicas.base_price(item, given, unit)
        agreements.check_price(agreement, agreed, given, at=at)
        price = agreed.unit_price
    else:
        price = _price(item, asked, unit, supplier=supplier, offer=offer, at=at)
    tax = replicas.find(
        known.tax_codes, asked.tax_code or item.tax_code, replicas.TAX_CODE, f"{at}/tax_code"
    )
    net = money(quantity * price)
    lead = offer.lead_time_days if offer else item.lead_time_days
    return OrderLine(
        line=number,
        item=item.code,
        quantity=quantity,
        unit=item.base_unit,
        unit_price=price,
        amount_net=net,
        amount_tax=money(net * tax.rate),
        tax_code=tax.code,
        tax_rate=tax.rate,
        due_date=asked.due_date or ordered_on + timedelta(days=lead or 0),
        purchase_quantity=asked.quantity,
        purchase_unit=unit,
        agreement_id=agreement.id if agreement else None,
        agreement_line=agreed.line if agreed else None,
        agreement_number=agreement.number if agreement else None,
    )


def _agreement(known: Known, ref: str, *, at: str) -> Agreement:
    agreement = known.agreements.get(ref)
    if agreement is None:
        raise UnknownReference(
            what=("agreement", "框架协议"), reference=ref, field=f"{at}/agreement"
        )
    return agreement


def _price(
    item: ItemReplica, asked: NewLine, unit: str, *, supplier: str, offer: Offer | None, at: str
) -> Decimal:
    if asked.unit_price is not None:
        price = replicas.base_price(item, asked.unit_price, unit)
        assert price is not None, "base_quantity has refused unknown units"
        return price
    price = None if offer is None else price_of(offer, item)
    if price is None:
        raise PriceMissing(item=item.code, supplier=supplier, field=f"{at}/unit_price")
    return price


def plan_order(asked: NewOrder, known: Known, *, id: UUID, number: str = "") -> Order:
    """A draft, version 1, from what was asked and what is known.

    Raises:
        BusinessError: a reference, state, currency, unit or price does not allow it.
    """
    company = replicas.find(known.companies, asked.company, replicas.COMPANY, "/company")
    supplier = replicas.find(
        known.partners, asked.supplier, replicas.PARTNER, "/supplier", active=False
    )
    replicas.check_supplier(supplier, field="/supplier")
    warehouse = replicas.find(known.warehouses, asked.warehouse, replicas.WAREHOUSE, "/warehouse")
    replicas.check_warehouse(warehouse, company.code, field="/warehouse")
    currency = replicas.check_currency(company, asked.currency, field="/currency")
    if len(asked.lines) > LINES_MAX:
        raise TooManyLines(limit=LINES_MAX, field="/lines")
    day = asked.business_date or replicas.local_day(company, known.now)
    return Order(
        id=id,
        number=number,
        company=company.code,
        version=1,
        status=Status.DRAFT,
        business_date=day,
        posting_date=asked.posting_date or day,
        supplier=supplier.code,
        warehouse=warehouse.code,
        currency=currency,
        tolerance=TOLERANCE if asked.tolerance is None else asked.tolerance,
        payment_days=supplier.payment_days,
        lines=tuple(
            plan_line(
                n,
                line,
                company=company.code,
                supplier=supplier.code,
                ordered_on=day,
                known=known,
                at=f"/lines/{n - 1}",
            )
            for n, line in enumerate(asked.lines, start=1)
        ),
    )


def step(order: Order, to: Status) -> Order:
    """The next version of an order, one step on."""
    return replace(
        order, status=ORDER_LIFECYCLE.advance(order.status, to), version=order.version + 1
    )


def cancel(order: Order) -> Order:
    """Give up what was not received: the whole order, or its remainder, which closes it."""
    if order.status in (Status.DRAFT, Status.SUBMITTED, Status.APPROVED):
        cancelled = step(order, Status.CANCELLED)
    elif order.status is Status.PARTLY_RECEIVED:
        cancelled = step(order, Status.CLOSED)
    else:
        raise InvalidState(
            now=order.status, to_en=": nothing is left to cancel", to_zh="，没有可取消的数量"
        )
    return replace(cancelled, lines=tuple(_without_remainder(line) for line in order.lines))


def submit(order: Order, *, approvals: int) -> Order:
    """The next version, waiting for so many approvals."""
    return replace(step(order, Status.SUBMITTED), approvals_needed=approvals)


def approve(order: Order) -> Order:
    """The next version: approved with the last approval, until then still waiting."""
    approved = step(order, Status.APPROVED)
    given = order.approvals_given + 1
    status = approved.status if given >= order.approvals_needed else order.status
    return replace(approved, status=status, approvals_given=given)


def close(order: Order) -> Order:
    """End an order; what was not received is not expected any more."""
    if order.status not in (Status.PARTLY_RECEIVED, Status.RECEIVED):
        raise InvalidState(
            now=order.status,
            to_en=": only received orders are closed, others are cancelled",
            to_zh="：只有已收货的订单可以关闭，其他订单请取消",
        )
    closed = step(order, Status.CLOSED)
    return replace(closed, lines=tuple(_without_remainder(line) for line in order.lines))


def _without_remainder(line: OrderLine) -> OrderLine:
    return replace(line, quantity_cancelled=max(ZERO, line.quantity - line.quantity_received))


def receive(order: Order, accepted: Mapping[int, Decimal]) -> Order:
    """Count accepted goods. The version grows only when the document that others see has changed."""
    lines = tuple(
        _received(line, accepted[line.line]) if line.line in accepted else line
        for line in order.lines
    )
    counted = replace(order, lines=lines)
    status = _status_after_receipt(counted)
    cancelled = [line.quantity_cancelled for line in order.lines]
    if status is order.status and cancelled == [line.quantity_cancelled for line in lines]:
        return counted
    return replace(counted, status=status, version=order.version + 1)


def _received(line: OrderLine, accepted: Decimal) -> OrderLine:
    received = line.quantity_received + accepted
    # Goods that crossed the cancellation on their way were bought after all.
    cancelled = min(line.quantity_cancelled, max(ZERO, line.quantity - received))
    return replace(line, quantity_received=received, quantity_cancelled=cancelled)


def _status_after_receipt(order: Order) -> Status:
    if order.status is Status.CANCELLED:
        return ORDER_LIFECYCLE.advance(order.status, Status.CLOSED)
    if order.status not in COMMITTED:
        return order.status
    if all(line.quantity_open == ZERO for line in order.lines):
        return ORDER_LIFECYCLE.advance(order.status, Status.RECEIVED)
    if any(line.quantity_received > ZERO for line in order.lines):
        return Status.PARTLY_RECEIVED
    return order.status


def count_returned(order: Order, returned: Mapping[int, Decimal]) -> Order:
    """Count goods that went back; the order itself stays as it is."""
    return replace(
        order,
        lines=tuple(
            replace(line, quantity_returned=line.quantity_returned + returned[line.line])
            if line.line in returned
            else line
            for line in order.lines
        ),
    )


def amend(order: Order, change: OrderChange, known: Known) -> Order:
    """The next version with what a PATCH asks: anything in a draft, days of delivery later on.

    Raises:
        OrderFixed: more than days were to change after the draft.
    """
    drafted = order.status is Status.DRAFT
    if not drafted:
        if order.status not in (Status.SUBMITTED, *COMMITTED):
            raise InvalidState(now=order.status)
        if not change.is_due_dates_only:
            raise OrderFixed(now=order.status)
    lines = {line.line: line for line in order.lines}
    for index, number in enumerate(change.remove_lines):
        order.line(number, field=f"/remove_lines/{index}")
        lines.pop(number, None)
    if change.due_date is not None:
        lines = {n: replace(line, due_date=change.due_date) for n, line in lines.items()}
    day = change.business_date or order.business_date
    following = max((line.line for line in order.lines), default=0) + 1
    for index, asked in enumerate(change.lines):
        at = f"/lines/{index}"
        if asked.line is not None and asked.line not in lines:
            raise NoSuchLine(line=asked.line, field=f"{at}/line")
        old = None if asked.line is None else lines[asked.line]
        number = following if old is None else old.line
        following += old is None
        lines[number] = _amended(number, old, asked, order, known, day=day, at=at)
    if change.business_date is not None:
        _check_agreements(lines.values(), known, day)
    if not lines:
        raise NothingLeft(field="/remove_lines")
    if len(lines) > LINES_MAX:
        raise TooManyLines(limit=LINES_MAX, field="/lines")
    warehouse = order.warehouse
    if change.warehouse is not None:
        found = replicas.find(known.warehouses, change.warehouse, replicas.WAREHOUSE, "/warehouse")
        replicas.check_warehouse(found, order.company, field="/warehouse")
        warehouse = found.code
    return replace(
        order,
        version=order.version + 1,
        warehouse=warehouse,
        tolerance=order.tolerance if change.tolerance is None else change.tolerance,
        business_date=day,
        posting_date=day if change.business_date else order.posting_date,
        lines=tuple(lines[number] for number in sorted(lines)),
    )


def _check_agreements(lines: Iterable[OrderLine], known: Known, day: date) -> None:
    for line in lines:
        if line.agreement_id is not None and line.agreement_line is not None:
            agreement = known.agreements[line.agreement_number or ""]
            agreed = agreement.line(line.agreement_line)
            agreements.check_valid(agreement, agreed, day, field="/business_date")


def _amended(
    number: int,
    old: OrderLine | None,
    asked: LineChange,
    order: Order,
    known: Known,
    *,
    day: date,
    at: str,
) -> OrderLine:
    if old is not None and asked.is_due_date_only:
        return replace(old, due_date=asked.due_date or old.due_date)
    if old is None:
        if asked.item is None or asked.quantity is None:
            missing = "item" if asked.item is None else "quantity"
            raise NewLineIncomplete(field=f"{at}/{missing}")
        wanted = NewLine(
            asked.item,
            asked.quantity,
            asked.unit,
            asked.unit_price,
            asked.due_date or None,
            asked.tax_code,
            asked.agreement,
            asked.agreement_line,
        )
        return plan_line(
            number,
            wanted,
            company=order.company,
            supplier=order.supplier,
            ordered_on=day,
            known=known,
            at=at,
        )
    same_item = asked.item is None or asked.item == old.item
    agreed = old.agreement_id is not None and (asked.unit_price is not None or not same_item)
    if agreed or asked.agreement is not None or asked.agreement_line is not None:
        raise AgreementFixed(line=number, field=at)
    quantity, unit = asked.quantity, asked.unit
    if quantity is None:
        quantity, unit = old.purchase_quantity, asked.unit or old.purchase_unit
    elif unit is None and same_item:
        unit = old.purchase_unit
    line = plan_line(
        number,
        NewLine(
            asked.item or old.item,
            quantity,
            unit,
            asked.unit_price if asked.unit_price is not None or not same_item else ZERO,
            asked.due_date or old.due_date,
            asked.tax_code or (old.tax_code if same_item else None),
        ),
        company=order.company,
        supplier=order.supplier,
        ordered_on=day,
        known=known,
        at=at,
    )
    if asked.unit_price is not None or not same_item:
        return line
    # The agreed price stays, exactly, when only the quantity changes.
    net = money(line.quantity * old.unit_price)
    return replace(
        line,
        unit_price=old.unit_price,
        amount_net=net,
        amount_tax=money(net * line.tax_rate),
        agreement_id=old.agreement_id,
        agreement_line=old.agreement_line,
        agreement_number=old.agreement_number,
    )


class NewLineIncomplete(BusinessError):
    """A new line without item or quantity."""

    code = "validation-failed"
    status = 422
    en = "A new line needs an item and a quantity."
    zh = "新增行必须填写物料和数量。"
