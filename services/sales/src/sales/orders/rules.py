"""What may happen to a sales order, and what follows from shipments, cancellations, invoices and payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, PayloadTooLarge, UnknownReference
from chassis.lifecycle import Lifecycle
from sales.pricing.rules import LIMIT, AmountTooLarge, check_steps, share
from sales.replicas.rules import Item
from tongheng_contracts.sales import OrderStatus

ZERO = Decimal(0)
LINES_MAX = 5_000

ORDER_LIFECYCLE = Lifecycle(
    {
        OrderStatus.ON_HOLD: frozenset({OrderStatus.PENDING, OrderStatus.CANCELLED}),
        OrderStatus.PENDING: frozenset(
            {OrderStatus.PROCESSING, OrderStatus.CANCELLING, OrderStatus.COMPLETED}
        ),
        OrderStatus.PROCESSING: frozenset({OrderStatus.CANCELLING, OrderStatus.COMPLETED}),
        OrderStatus.CANCELLING: frozenset(
            {
                OrderStatus.PENDING,
                OrderStatus.PROCESSING,
                OrderStatus.COMPLETED,
                OrderStatus.CANCELLED,
            }
        ),
        OrderStatus.COMPLETED: frozenset({OrderStatus.CLOSED}),
    }
)
OPEN = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.CANCELLING})
"""Statuses whose open quantities count against the customer's credit."""
CHANGEABLE = frozenset({OrderStatus.ON_HOLD, OrderStatus.PENDING, OrderStatus.PROCESSING})


class CurrencyNotSupported(BusinessError):
    """An order in another currency than the company's."""

    code = "currency-not-supported"
    status = 422
    en = "Orders are taken in the company's currency {company_currency} only, not in {currency}."
    zh = "目前订单只支持公司本位币 {company_currency}，不支持 {currency}。"


class ShippedTooMuch(BusinessError):
    """A shipment beyond what the order still wants: it cannot be booked on the order as it is."""

    code = "shipped-too-much"
    status = 409
    en = "Order {number} line {line}: {shipped} shipped of {wanted}."
    zh = "订单 {number} 第 {line} 行：应发 {wanted}，已发 {shipped}。"


@dataclass(slots=True)
class Line:
    """An order line: what was ordered, and what has become of it."""

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
    price_source: str = "given"
    price_list: str | None = None
    """The price list that the price comes from."""
    price_from: Decimal | None = None
    """From which quantity on that list has this price."""
    cancelled: Decimal = ZERO
    """Settled: no longer wanted."""
    cancel_requested: Decimal = ZERO
    """Asked to be cancelled, inventory has not answered yet."""
    shipped: Decimal = ZERO
    loaded: tuple[Decimal, Decimal, Decimal] = (ZERO, ZERO, ZERO)
    """The three quantities above as the database has them."""

    @property
    def progress(self) -> tuple[Decimal, Decimal, Decimal]:
        """What has become of the quantity: cancelled, asked to be cancelled, shipped."""
        return self.cancelled, self.cancel_requested, self.shipped

    @property
    def amount_gross(self) -> Decimal:
        """Net and tax together."""
        return self.amount_net + self.amount_tax

    @property
    def open(self) -> Decimal:
        """Still wanted and not shipped."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def open_gross(self) -> Decimal:
        """What the open quantity is worth."""
        if not self.cancelled and not self.shipped:
            return self.amount_gross
        return self.gross_of(self.quantity - self.cancelled) - self.gross_of(self.shipped)

    def net_of(self, quantity: Decimal) -> Decimal:
        """The net amount of the line's first `quantity` units."""
        return share(self.amount_net, quantity, self.quantity)

    def tax_of(self, quantity: Decimal) -> Decimal:
        """The tax of the line's first `quantity` units."""
        return share(self.amount_tax, quantity, self.quantity)

    def gross_of(self, quantity: Decimal) -> Decimal:
        """Net and tax of the line's first `quantity` units."""
        return self.net_of(quantity) + self.tax_of(quantity)


@dataclass(slots=True)
class Order:
    """A sales order with its progress."""

    id: UUID
    number: str
    company: str
    version: int
    status: OrderStatus
    business_date: date
    posting_date: date
    customer: str
    currency: str
    priority: int
    requested_date: date | None
    channel_number: str | None
    placed_at: datetime
    recorded_at: datetime
    hold_reasons: tuple[str, ...]
    amount_net: Decimal
    amount_tax: Decimal
    lines: list[Line] = field(default_factory=list[Line])
    amount_open: Decimal = ZERO
    """What counts against the customer's credit."""
    amount_shipped: Decimal = ZERO
    amount_invoiced: Decimal = ZERO
    amount_credited: Decimal = ZERO
    """Credit notes that reduce an invoice."""
    amount_reduced: Decimal = ZERO
    """Credit notes for goods that came back before they were invoiced."""
    amount_paid: Decimal = ZERO
    cancel_version: int | None = None
    """The version that asked for the cancellation that inventory has yet to answer."""
    promised_date: date | None = None
    loaded_version: int = 0
    """The version that the database has: however much happens in one transaction, it makes one next version."""

    loaded_open: Decimal = ZERO
    loaded_counting: bool = False
    """What the customer's account has counted of this order so far."""

    @property
    def counting(self) -> bool:
        """Whether the order counts against its customer's credit."""
        return self.status in OPEN

    @property
    def changed(self) -> bool:
        """Whether the document has a new version to be told."""
        return self.version != self.loaded_version

    def change(self) -> None:
        """Make this transaction's changes the next version."""
        self.version = self.loaded_version + 1

    @property
    def amount_gross(self) -> Decimal:
        """Net and tax together."""
        return self.amount_net + self.amount_tax

    def line(self, number: int, *, field: str | None = None) -> Line:
        """The line with this number.

        Raises:
            UnknownReference: there is none.
        """
        # Lines are numbered 1…n, in order.
        if 1 <= number <= len(self.lines) and self.lines[number - 1].line == number:
            return self.lines[number - 1]
        raise UnknownReference(
            what=(f"line of order {self.number}:", f"订单 {self.number} 的行"),
            reference=number,
            field=field,
        )


@dataclass(frozen=True, slots=True)
class CancelLine:
    """What of a line is no longer wanted; None: all that is open."""

    line: int
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """What inventory says of a line."""

    line: int
    cancelled: Decimal
    held: Decimal
    expected: tuple[date | None, ...]
    uncovered: Decimal


@dataclass(frozen=True, slots=True)
class Reserved:
    """Inventory's answer to an order."""

    order_version: int
    released: bool
    lines: tuple[ReservedLine, ...]


def total_of(lines: Sequence[Line]) -> tuple[Decimal, Decimal]:
    """Net and tax of an order: the sums of its lines."""
    net = sum((line.amount_net for line in lines), ZERO)
    tax = sum((line.amount_tax for line in lines), ZERO)
    if net + tax >= LIMIT:
        raise AmountTooLarge(field="/lines")
    return net, tax


def check_lines(count: int) -> None:
    """An order has a limited number of lines."""
    if count > LINES_MAX:
        raise PayloadTooLarge(limit=LINES_MAX, field="/lines")


def open_amount(order: Order) -> Decimal:
    """What of the order counts against the customer's credit now."""
    if order.status not in OPEN:
        return ZERO
    return sum((line.open_gross for line in order.lines), ZERO)


def release(order: Order) -> None:
    """Let a held order pass."""
    if order.status is not OrderStatus.ON_HOLD:
        raise InvalidState(now=order.status)
    order.status = ORDER_LIFECYCLE.advance(order.status, OrderStatus.PENDING)
    order.hold_reasons = ()
    order.change()
    order.amount_open = open_amount(order)


def amend(order: Order, *, priority: int, requested_date: date | None) -> bool:
    """Change what may change after placement; True when something did."""
    if order.status not in CHANGEABLE:
        raise InvalidState(now=order.status)
    if (order.priority, order.requested_date) == (priority, requested_date):
        return False
    order.priority = priority
    order.requested_date = requested_date
    order.change()
    return True


def request_cancellation(
    order: Order, wanted: Sequence[CancelLine] | None, *, items: Mapping[str, Item]
) -> None:
    """Ask that lines (all by default) be cancelled: at once when held, else inventory answers what it could release."""
    if order.status not in CHANGEABLE:
        raise InvalidState(now=order.status)
    quantities = _cancel_quantities(order, wanted, items)
    if not quantities:
        raise InvalidState(en="Nothing is open on this order.", zh="此订单没有未完成的数量。")
    order.change()
    if order.status is OrderStatus.ON_HOLD:
        for number, quantity in quantities.items():
            order.line(number).cancelled += quantity
        if not any(line.open for line in order.lines):
            order.status = ORDER_LIFECYCLE.advance(order.status, OrderStatus.CANCELLED)
            order.hold_reasons = ()
        return
    for number, quantity in quantities.items():
        order.line(number).cancel_requested = quantity
    order.status = ORDER_LIFECYCLE.advance(order.status, OrderStatus.CANCELLING)
    order.cancel_version = order.version


def _cancel_quantities(
    order: Order, wanted: Sequence[CancelLine] | None, items: Mapping[str, Item]
) -> dict[int, Decimal]:
    if wanted is None:
        return {line.line: line.open for line in order.lines if line.open}
    quantities: dict[int, Decimal] = {}
    for index, want in enumerate(wanted):
        line = order.line(want.line, field=f"/lines/{index}/line")
        quantity = line.open if want.quantity is None else want.quantity
        check_steps(quantity, items.get(line.item), field=f"/lines/{index}/quantity")
        total = quantities.get(want.line, ZERO) + quantity
        if total > line.open:
            raise InvalidState(
                en=f"Line {want.line}: only {line.open.normalize():f} {line.unit} are open.",
                zh=f"第 {want.line} 行仅有 {line.open.normalize():f} {line.unit} 未完成。",
                field=f"/lines/{index}/quantity",
            )
        if total:
            quantities[want.line] = total
    return quantities


def apply_reservation(order: Order, reserved: Reserved, *, today: date) -> bool:
    """Take in what inventory holds, expects and misses; True when the order's document changed.

    Holding something makes a pending order *processing*: that is progress, not a new version of the document.
    """
    if order.status in OPEN:
        order.promised_date = promised_date(reserved, today=today)
    if order.status is OrderStatus.PENDING and any(line.held for line in reserved.lines):
        order.status = ORDER_LIFECYCLE.advance(order.status, OrderStatus.PROCESSING)
    answered = (
        order.cancel_version is not None
        and reserved.released
        and reserved.order_version >= order.cancel_version
    )
    if order.status is not OrderStatus.CANCELLING or not answered:
        return False
    for line in order.lines:
        line.cancel_requested = ZERO
    for said in reserved.lines:
        line = order.line(said.line)
        # What is settled stays settled: inventory's figure is cumulative and never falls.
        line.cancelled = max(line.cancelled, said.cancelled)
        _check_shipped(order, line)
    order.cancel_version = None
    if not _finish(order):
        held = any(line.held for line in reserved.lines) or any(
            line.shipped for line in order.lines
        )
        order.status = ORDER_LIFECYCLE.advance(
            order.status, OrderStatus.PROCESSING if held else OrderStatus.PENDING
        )
        order.change()
    order.amount_open = open_amount(order)
    return True


def promised_date(reserved: Reserved, *, today: date) -> date | None:
    """The day by which everything is there: today when held, else the latest expected day; None: nobody knows."""
    latest = today
    for line in reserved.lines:
        if line.uncovered:
            return None
        for day in line.expected:
            if day is None:
                return None
            latest = max(latest, day)
    return latest


def apply_shipment(
    order: Order, quantities: Mapping[int, Decimal], *, amount_gross: Decimal
) -> bool:
    """Count what has left; True when that completed the order."""
    if order.status in (OrderStatus.ON_HOLD, OrderStatus.CANCELLED):
        raise ShippedTooMuch(
            number=order.number, line=min(quantities), shipped="…", wanted=order.status
        )
    for number, quantity in quantities.items():
        line = order.line(number)
        line.shipped += quantity
        _check_shipped(order, line)
    order.amount_shipped += amount_gross
    completed = _finish(order)
    if order.status is OrderStatus.PENDING:
        order.status = ORDER_LIFECYCLE.advance(order.status, OrderStatus.PROCESSING)
    order.amount_open = open_amount(order)
    return completed


def _check_shipped(order: Order, line: Line) -> None:
    wanted = line.quantity - line.cancelled
    if line.shipped > wanted:
        raise ShippedTooMuch(
            number=order.number, line=line.line, shipped=line.shipped, wanted=wanted
        )


def _finish(order: Order) -> bool:
    """Complete or cancel an order of which nothing is open."""
    if any(line.open for line in order.lines):
        return False
    shipped = any(line.shipped for line in order.lines)
    order.status = ORDER_LIFECYCLE.advance(
        order.status, OrderStatus.COMPLETED if shipped else OrderStatus.CANCELLED
    )
    order.change()
    # All is shipped: a cancellation under way has nothing left to release.
    order.cancel_version = None
    for line in order.lines:
        line.cancel_requested = ZERO
    return True


def settle(order: Order, kind: str, amount: Decimal) -> None:
    """Count what finance says of the order."""
    match kind:
        case "invoice":
            order.amount_invoiced += amount
        case "credit_note":
            order.amount_credited += amount
        case "reduction":
            order.amount_reduced += amount
        case _:
            assert kind == "payment", kind
            order.amount_paid += amount


def close_if_settled(order: Order) -> bool:
    """Close a completed order once all that was shipped is invoiced and all that was invoiced is paid."""
    if order.status is not OrderStatus.COMPLETED:
        return False
    if order.amount_invoiced + order.amount_reduced < order.amount_shipped:
        return False
    if order.amount_paid + order.amount_credited < order.amount_invoiced:
        return False
    order.status = ORDER_LIFECYCLE.advance(order.status, OrderStatus.CLOSED)
    order.change()
    return True
