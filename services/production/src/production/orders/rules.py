"""Production orders: their lifecycle, their material, their operations. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError, InvalidState
from chassis.lifecycle import Lifecycle
from tongheng_contracts.production import ProductionOrderStatus as Status

ZERO = Decimal(0)
IMPLICIT = 10
"""The one operation of an item without a routing."""

ORDER_LIFECYCLE = Lifecycle(
    {
        Status.PLANNED: frozenset({Status.RELEASED, Status.CANCELLED}),
        Status.RELEASED: frozenset({Status.COMPLETED, Status.CLOSED, Status.CANCELLED}),
        Status.COMPLETED: frozenset({Status.CLOSED}),
    }
)


class TooMuchReported(BusinessError):
    """More pieces than came to the operation."""

    code: ClassVar[str] = "over-report"
    status: ClassVar[int] = 422
    en: ClassVar[str] = (
        "Operation {operation} of {number} has {left} pieces left to report; {wanted} are too many."
    )
    zh: ClassVar[str] = "订单 {number} 工序 {operation} 尚可报工 {left}，{wanted} 超出。"


class TooMuchCompleted(BusinessError):
    """More pieces than are good."""

    code: ClassVar[str] = "over-completion"
    status: ClassVar[int] = 422
    en: ClassVar[str] = (
        "Order {number} has {left} good pieces left to hand over; {wanted} are too many."
    )
    zh: ClassVar[str] = "订单 {number} 尚可完工入库 {left}，{wanted} 超出。"


class AwaitsInspection(InvalidState):
    """Pieces that wait for a verdict are not handed over."""

    en = "{waiting} good pieces of order {number} wait for inspection; {left} may be handed over."
    zh = "订单 {number} 有 {waiting} 件待检，可入库 {left} 件。"


class NothingToIssue(InvalidState):
    """All material was asked for already."""

    en = "All material of order {number} has been asked for already."
    zh = "订单 {number} 的物料均已请领。"


class NoSuchOperation(BusinessError):
    """An operation that the order does not have."""

    code: ClassVar[str] = "unknown-reference"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Order {number} has no operation {operation}."
    zh: ClassVar[str] = "订单 {number} 没有工序 {operation}。"


class NoSuchComponent(BusinessError):
    """A component line that the order does not have."""

    code: ClassVar[str] = "unknown-reference"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Order {number} has no component line {line}."
    zh: ClassVar[str] = "订单 {number} 没有组件行 {line}。"


@dataclass(frozen=True, slots=True)
class Component:
    """What the order needs of one item."""

    line: int
    item: str
    unit: str
    quantity: Decimal
    decimals: int
    warehouse: str
    operation: int | None
    backflush: bool
    requested: Decimal = ZERO
    issued: Decimal = ZERO

    @property
    def pending(self) -> Decimal:
        """Asked for, and not given out yet."""
        return max(self.requested - self.issued, ZERO)

    def share_of(self, pieces: Decimal, of: Decimal) -> Decimal:
        """What some of the order's pieces need, rounded up as the item is counted."""
        step = Decimal(1).scaleb(-self.decimals)
        needed = (self.quantity * pieces / of).quantize(step, rounding=ROUND_CEILING)
        return min(needed, self.quantity) if pieces <= of else needed


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of the order, and where its pieces are."""

    operation: int
    work_centre: str
    description: str = ""
    setup_hours: Decimal = ZERO
    run_hours: Decimal = ZERO
    queue_hours: Decimal = ZERO
    setup_family: str = ""
    supplier: str = ""
    good: Decimal = ZERO
    scrapped: Decimal = ZERO
    defective: Decimal = ZERO
    """Not as they must be, and not decided yet."""
    reworking: Decimal = ZERO
    outside: Decimal = ZERO
    """At a subcontractor."""
    hours: Decimal = ZERO

    @property
    def seen(self) -> Decimal:
        """All pieces that have come through, whatever became of them."""
        return self.good + self.scrapped + self.defective + self.reworking + self.outside


@dataclass(frozen=True, slots=True)
class Order:
    """An order to make something, with its bill and routing as they were when it was made."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    item: str
    unit: str
    quantity: Decimal
    warehouse: str
    start_date: date | None
    due_date: date | None
    bom: UUID | None
    routing: UUID | None
    demand_order: UUID | None
    demand_line: int | None
    planned_order: UUID | None
    quantity_completed: Decimal
    business_date: date
    posting_date: date
    components: tuple[Component, ...]
    operations: tuple[Operation, ...]
    recorded_at: datetime | None = None

    @property
    def quantity_scrapped(self) -> Decimal:
        """Lost in any operation."""
        return sum((o.scrapped for o in self.operations), ZERO)

    @property
    def quantity_good(self) -> Decimal:
        """Through the last operation."""
        return self.operations[-1].good

    @property
    def quantity_left(self) -> Decimal:
        """What may still be completed."""
        return self.quantity - self.quantity_scrapped - self.quantity_completed

    @property
    def is_reported(self) -> bool:
        """Whether its work is reported; an item without a routing is just handed over."""
        return self.operations[0].work_centre != ""

    @property
    def awaits_material(self) -> bool:
        """Whether something that was asked for has not been given out yet."""
        return any(c.pending for c in self.components)

    def operation(self, number: int | None, *, field: str | None = None) -> Operation:
        """The operation with this number; the only one when none is named."""
        if number is None and len(self.operations) == 1:
            return self.operations[0]
        for each in self.operations:
            if each.operation == number:
                return each
        raise NoSuchOperation(number=self.number, operation=number, field=field)

    def component(self, line: int, *, field: str | None = None) -> Component:
        """The component with this line number."""
        for each in self.components:
            if each.line == line:
                return each
        raise NoSuchComponent(number=self.number, line=line, field=field)

    def check_released(self) -> None:
        """Refuse work on an order that is not released."""
        if self.status is not Status.RELEASED:
            raise InvalidState(now=self.status)

    def arrived_at(self, operation: Operation) -> Decimal:
        """The pieces that came to an operation: the order's, or the good ones of the one before."""
        index = self.operations.index(operation)
        return self.quantity if index == 0 else self.operations[index - 1].good


def advance(order: Order, to: Status) -> Order:
    """The order one step further."""
    return replace(
        order, status=ORDER_LIFECYCLE.advance(order.status, to), version=order.version + 1
    )


def cancel(order: Order, *, has_cost: bool) -> Order:
    """The order given up; what has cost something is closed instead."""
    if has_cost or order.quantity_completed or any(c.issued for c in order.components):
        raise InvalidState(
            en="Material or work has gone into it: complete or close it.",
            zh="该订单已发生领料或工时，请完工或关闭。",
        )
    return advance(order, Status.CANCELLED)


def with_operation(order: Order, changed: Operation) -> Order:
    """The order with one operation changed."""
    return replace(
        order,
        operations=tuple(
            changed if o.operation == changed.operation else o for o in order.operations
        ),
    )


def ask(order: Order, quantities: Mapping[int, Decimal]) -> Order:
    """The order with material asked for, by component line."""
    for line in quantities:
        order.component(line)
    return replace(
        order,
        components=tuple(
            replace(c, requested=c.requested + quantities[c.line]) if c.line in quantities else c
            for c in order.components
        ),
    )


def outstanding(order: Order) -> dict[int, Decimal]:
    """What is still to be asked for by hand, by component line."""
    return {
        c.line: c.quantity - c.requested
        for c in order.components
        if not c.backflush and c.quantity > c.requested
    }


def receive(order: Order, quantities: Mapping[int, Decimal]) -> Order:
    """The order with material given out, by component line; more than was asked for counts as asked."""

    def given(c: Component) -> Component:
        issued = c.issued + quantities.get(c.line, ZERO)
        return replace(c, issued=issued, requested=max(c.requested, issued))

    return replace(order, components=tuple(given(c) for c in order.components))


def backflush(order: Order, operation: int, pieces: Decimal) -> dict[int, Decimal]:
    """What the pieces that came through an operation have used up and was not asked for yet."""
    last = order.operations[-1].operation
    known = {o.operation for o in order.operations}
    found: dict[int, Decimal] = {}
    for c in order.components:
        at = c.operation if c.operation in known else last
        if c.backflush and at == operation:
            more = c.share_of(pieces, order.quantity) - c.requested
            if more > ZERO:
                found[c.line] = more
    return found


def check_pieces(order: Order, operation: Operation, pieces: Decimal) -> None:
    """Refuse more pieces than came to the operation."""
    left = order.arrived_at(operation) - operation.seen
    if pieces > left:
        raise TooMuchReported(
            number=order.number,
            operation=operation.operation,
            left=_plain(left),
            wanted=_plain(pieces),
        )


def check_completion(order: Order, quantity: Decimal) -> None:
    """Refuse to hand over more than is good."""
    left = (
        order.quantity_good - order.quantity_completed if order.is_reported else order.quantity_left
    )
    if quantity > left:
        raise TooMuchCompleted(number=order.number, left=_plain(left), wanted=_plain(quantity))


def check_inspected(order: Order, quantity: Decimal, waiting: Decimal) -> None:
    """Refuse to hand over pieces that wait for a verdict."""
    left = order.quantity_good - order.quantity_completed - waiting
    if quantity > left:
        raise AwaitsInspection(
            number=order.number, waiting=_plain(waiting), left=_plain(max(left, ZERO))
        )


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def work_hours(operations: Sequence[Operation], quantity: Decimal) -> Decimal:
    """What the routing says that a quantity takes."""
    return sum((o.setup_hours + o.run_hours * quantity for o in operations), ZERO)
