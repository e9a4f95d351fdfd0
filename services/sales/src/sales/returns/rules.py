"""What a customer may send back, and what he is credited for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidState, UnknownReference
from chassis.lifecycle import Lifecycle
from sales.orders.rules import Order
from sales.pricing.rules import check_steps, share
from sales.replicas.rules import Item

ZERO = Decimal(0)


class ReturnStatus(StrEnum):
    """The states of a return."""

    DRAFT = "draft"
    AUTHORISED = "authorised"
    RECEIVED = "received"
    CANCELLED = "cancelled"


RETURN_LIFECYCLE = Lifecycle(
    {
        ReturnStatus.DRAFT: frozenset({ReturnStatus.AUTHORISED, ReturnStatus.CANCELLED}),
        # Goods that come back although the return was cancelled meanwhile are there all the same.
        ReturnStatus.AUTHORISED: frozenset({ReturnStatus.RECEIVED, ReturnStatus.CANCELLED}),
        ReturnStatus.CANCELLED: frozenset({ReturnStatus.RECEIVED}),
    }
)


@dataclass(slots=True)
class ReturnLine:
    """What of an order line comes back."""

    line: int
    order_line: int
    item: str
    quantity: Decimal
    unit: str
    shipment: UUID | None
    tax_code: str
    tax_rate: Decimal
    amount_net: Decimal = ZERO
    amount_tax: Decimal = ZERO
    received: Decimal = ZERO

    @property
    def amount_gross(self) -> Decimal:
        """Net and tax together."""
        return self.amount_net + self.amount_tax


@dataclass(slots=True)
class Return:
    """A return merchandise authorisation (RMA)."""

    id: UUID
    number: str
    company: str
    version: int
    status: ReturnStatus
    business_date: date
    posting_date: date
    recorded_at: datetime
    order_id: UUID
    order_number: str
    customer: str
    currency: str
    reason: str
    lines: list[ReturnLine] = field(default_factory=list[ReturnLine])

    @property
    def amount_net(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.amount_net for line in self.lines), ZERO)

    @property
    def amount_tax(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.amount_tax for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class WantedReturnLine:
    """A line as it was asked for."""

    order_line: int
    quantity: Decimal
    shipment: UUID | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What other returns take of an order line already, and of which shipment."""

    order_line: int
    shipment: UUID | None
    quantity: Decimal
    amount_net: Decimal
    amount_tax: Decimal


def draft_lines(
    order: Order, wanted: Sequence[WantedReturnLine], *, items: Mapping[str, Item]
) -> list[ReturnLine]:
    """The lines of a return, by what the order says; amounts follow when they are priced."""
    drafted: list[ReturnLine] = []
    for index, want in enumerate(wanted):
        line = order.line(want.order_line, field=f"/lines/{index}/order_line")
        check_steps(want.quantity, items.get(line.item), field=f"/lines/{index}/quantity")
        drafted.append(
            ReturnLine(
                line=index + 1, order_line=line.line, item=line.item, quantity=want.quantity, unit=line.unit,
                shipment=want.shipment, tax_code=line.tax_code, tax_rate=line.tax_rate,
            )
        )  # fmt: skip
    return drafted


def price_lines(
    order: Order,
    lines: Sequence[ReturnLine],
    *,
    taken: Sequence[Taken],
    shipped: Mapping[UUID, Mapping[int, Decimal]],
) -> None:
    """Check what may come back, and credit its share of what the order line cost.

    A line's credit is the share up to it less what was credited before, so that all returns of a line sum to the line.
    """
    before = list(taken)
    for index, line in enumerate(lines):
        ordered = order.line(line.order_line)
        _check_shipment(line, before, shipped, field=f"/lines/{index}")
        mine = [other for other in before if other.order_line == line.order_line]
        returned = sum((other.quantity for other in mine), ZERO)
        if returned + line.quantity > ordered.shipped:
            raise InvalidState(
                en=f"Line {line.order_line}: {ordered.shipped:f} shipped, {returned:f} returned or on their way back.",
                zh=f"第 {line.order_line} 行：已发 {ordered.shipped:f}，已退或待退 {returned:f}。",
                field=f"/lines/{index}/quantity",
            )
        credited_net = sum((other.amount_net for other in mine), ZERO)
        credited_tax = sum((other.amount_tax for other in mine), ZERO)
        line.amount_net = max(ZERO, ordered.net_of(returned + line.quantity) - credited_net)
        line.amount_tax = max(ZERO, ordered.tax_of(returned + line.quantity) - credited_tax)
        before.append(
            Taken(line.order_line, line.shipment, line.quantity, line.amount_net, line.amount_tax)
        )


def _check_shipment(
    line: ReturnLine,
    before: Sequence[Taken],
    shipped: Mapping[UUID, Mapping[int, Decimal]],
    *,
    field: str,
) -> None:
    if line.shipment is None:
        return
    brought = shipped.get(line.shipment, {}).get(line.order_line)
    if brought is None:
        raise UnknownReference(
            what=("shipment of this order line:", "该订单行的发货单"),
            reference=line.shipment,
            field=f"{field}/shipment",
        )
    returned = sum(
        (
            o.quantity
            for o in before
            if o.shipment == line.shipment and o.order_line == line.order_line
        ),
        ZERO,
    )
    if returned + line.quantity > brought:
        raise InvalidState(
            en=f"That shipment brought {brought:f}, {returned:f} of it are returned or on their way back.",
            zh=f"该发货单共发 {brought:f}，其中已退或待退 {returned:f}。",
            field=f"{field}/quantity",
        )


def authorise(document: Return) -> None:
    """Let the customer send the goods back."""
    if document.status is not ReturnStatus.DRAFT:
        raise InvalidState(now=document.status)
    document.status = RETURN_LIFECYCLE.advance(document.status, ReturnStatus.AUTHORISED)
    document.version += 1


def cancel(document: Return) -> None:
    """Give up what has not come back yet."""
    if document.status not in (ReturnStatus.DRAFT, ReturnStatus.AUTHORISED):
        raise InvalidState(now=document.status)
    document.status = RETURN_LIFECYCLE.advance(document.status, ReturnStatus.CANCELLED)
    document.version += 1


def receive(document: Return, came: Sequence[tuple[int, UUID | None, Decimal]]) -> bool:
    """Count what has come back, as (order line, shipment, quantity); True when nothing more is expected."""
    for order_line, shipment, quantity in came:
        left = quantity
        lines = [line for line in document.lines if line.order_line == order_line]
        # The shipment need not be the one that the return names: the lines that name it are served first.
        for line in sorted(lines, key=lambda line: (line.shipment != shipment, line.line)):
            taken = min(left, line.quantity - line.received)
            line.received += taken
            left -= taken
        if left:
            raise InvalidState(
                en=f"Return {document.number} order line {order_line}: more came back than was authorised.",
                zh=f"退货 {document.number} 订单第 {order_line} 行：实退超过批准数量。",
            )
    if any(line.received < line.quantity for line in document.lines):
        return False
    document.status = RETURN_LIFECYCLE.advance(document.status, ReturnStatus.RECEIVED)
    document.version += 1
    return True


def taken_by(line: ReturnLine, status: ReturnStatus) -> Taken | None:
    """What a return's line takes of its order line: all of it while it is on its way, then what has come back."""
    if status is ReturnStatus.AUTHORISED:
        quantity = line.quantity
    elif line.received:
        quantity = line.received
    else:
        return None
    return Taken(
        line.order_line, line.shipment, quantity,
        share(line.amount_net, quantity, line.quantity), share(line.amount_tax, quantity, line.quantity),
    )  # fmt: skip
