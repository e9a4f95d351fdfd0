"""Returns to suppliers: what may go back, and what is credited for it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import BusinessError, InvalidState
from chassis.lifecycle import Lifecycle
from purchasing.orders.rules import RETURNABLE, ZERO, Order, OrderLine, money


class Status(StrEnum):
    """A return's states."""

    DRAFT = "draft"
    AUTHORISED = "authorised"
    RETURNED = "returned"
    CANCELLED = "cancelled"


RETURN_LIFECYCLE = Lifecycle(
    {
        Status.DRAFT: frozenset({Status.AUTHORISED, Status.CANCELLED}),
        Status.AUTHORISED: frozenset({Status.RETURNED, Status.CANCELLED}),
        # The goods may have left before the warehouse heard of the cancellation.
        Status.CANCELLED: frozenset({Status.RETURNED}),
    }
)


class NotSoMuchReceived(BusinessError):
    """More than is here to be returned."""

    code = "invalid-state"
    status = 409
    en = "Line {line} of order {number}: {quantity} cannot be returned, only {left} received and not yet returned."
    zh = "订单 {number} 第 {line} 行：不能退回 {quantity}，可退数量只有 {left}。"


class LineNamedTwice(BusinessError):
    """An order line occurs twice in one return."""

    code = "validation-failed"
    status = 422
    en = "Line {line} of the order is named twice."
    zh = "订单第 {line} 行重复。"


@dataclass(frozen=True, slots=True)
class NewLine:
    """What is to go back, as asked for."""

    line: int
    quantity: Decimal
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """What goes back of an order line, and the price that the supplier credits."""

    line: int
    order_line: int
    item: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_net: Decimal
    amount_tax: Decimal
    tax_code: str
    tax_rate: Decimal
    quantity_returned: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Return:
    """A return to a supplier."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    purchase_order: UUID
    purchase_order_number: str
    supplier: str
    warehouse: str
    currency: str
    reason: str
    lines: tuple[ReturnLine, ...]
    recorded_at: datetime | None = None

    @property
    def amount_net(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.amount_net for line in self.lines), ZERO)

    @property
    def amount_tax(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.amount_tax for line in self.lines), ZERO)


def plan_line(number: int, asked: NewLine, line: OrderLine) -> ReturnLine:
    """A return line at the price last billed, or the order's where nothing was billed."""
    price = asked.unit_price
    if price is None:
        price = line.unit_price if line.billed_price is None else line.billed_price
    net = money(asked.quantity * price)
    return ReturnLine(
        line=number,
        order_line=line.line,
        item=line.item,
        quantity=asked.quantity,
        unit=line.unit,
        unit_price=price,
        amount_net=net,
        amount_tax=money(net * line.tax_rate),
        tax_code=line.tax_code,
        tax_rate=line.tax_rate,
    )


def plan_return(
    order: Order,
    lines: tuple[NewLine, ...],
    *,
    id: UUID,
    number: str,
    warehouse: str,
    reason: str,
    business_date: date,
    posting_date: date | None = None,
) -> Return:
    """A draft for goods of one order.

    Raises:
        InvalidState: nothing was received on the order.
        LineNamedTwice: a line occurs twice.
    """
    if order.status not in RETURNABLE:
        raise InvalidState(
            now=order.status, to_en=": nothing was received on it", to_zh="，尚未收货"
        )
    seen: set[int] = set()
    for index, asked in enumerate(lines):
        if asked.line in seen:
            raise LineNamedTwice(line=asked.line, field=f"/lines/{index}/line")
        seen.add(asked.line)
    return Return(
        id=id,
        number=number,
        company=order.company,
        version=1,
        status=Status.DRAFT,
        business_date=business_date,
        posting_date=posting_date or business_date,
        purchase_order=order.id,
        purchase_order_number=order.number,
        supplier=order.supplier,
        warehouse=warehouse,
        currency=order.currency,
        reason=reason,
        lines=tuple(
            plan_line(n, asked, order.line(asked.line, field=f"/lines/{n - 1}/line"))
            for n, asked in enumerate(lines, start=1)
        ),
    )


def check_returnable(order: Order, returning: Return, authorised: Mapping[int, Decimal]) -> None:
    """Refuse what was not received, went back already, or is authorised to go back by another return.

    `authorised` is, per order line, what other returns may still take.
    """
    for index, line in enumerate(returning.lines):
        ordered = order.line(line.order_line)
        left = (
            ordered.quantity_received
            - ordered.quantity_returned
            - authorised.get(line.order_line, ZERO)
        )
        if line.quantity > left:
            raise NotSoMuchReceived(
                line=line.order_line,
                number=order.number,
                quantity=format(line.quantity.normalize(), "f"),
                left=format(max(ZERO, left).normalize(), "f"),
                field=f"/lines/{index}/quantity",
            )


def step(returning: Return, to: Status) -> Return:
    """The next version of a return, one step on."""
    return replace(
        returning,
        status=RETURN_LIFECYCLE.advance(returning.status, to),
        version=returning.version + 1,
    )


def cancel(returning: Return) -> Return:
    """Give up a return that has not left."""
    if any(line.quantity_returned > ZERO for line in returning.lines):
        raise InvalidState(
            now=returning.status, to_en=": part of it has left", to_zh="，部分货物已退出"
        )
    return step(returning, Status.CANCELLED)


def count_returned(returning: Return, left: Mapping[int, Decimal]) -> Return:
    """Count what left, by order line; all of it makes the return *returned*.

    Goods that crossed a cancellation on their way are counted too: they are gone.
    """
    lines = tuple(
        replace(line, quantity_returned=line.quantity_returned + left[line.order_line])
        if line.order_line in left
        else line
        for line in returning.lines
    )
    counted = replace(returning, lines=lines)
    done = all(line.quantity_returned >= line.quantity for line in lines)
    crossed = returning.status is Status.CANCELLED
    if returning.status is Status.RETURNED or not (done or crossed):
        return counted
    return step(counted, Status.RETURNED)
