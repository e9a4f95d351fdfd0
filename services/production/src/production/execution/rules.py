"""Where the pieces of an order go: good, scrapped, to be decided, reworked, outside. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidState, ValidationFailed
from production.orders.rules import ZERO, Operation, Order, check_pieces, with_operation


class Decision(StrEnum):
    """What becomes of pieces that are not as they must be."""

    OPEN = "open"
    USE = "use"
    REWORK = "rework"
    SUBCONTRACT = "subcontract"
    SCRAP = "scrap"


class NothingReported(ValidationFailed):
    """A report without pieces and hours."""

    en = "Report pieces or hours."
    zh = "请填写数量或工时。"


class NotSoManyInRework(InvalidState):
    """More reworked pieces than are being reworked."""

    en = "Operation {operation} has {reworking} pieces in rework."
    zh = "工序 {operation} 返工中的数量为 {reworking}。"


class NotSoManyOutside(InvalidState):
    """More pieces come back than went out."""

    en = "{outside} pieces are still outside."
    zh = "尚在委外的数量为 {outside}。"


class NotSoManyOpen(InvalidState):
    """More pieces are decided about than are open."""

    en = "{open} pieces are to be decided."
    zh = "待处理数量为 {open}。"


class AlreadyUsed(InvalidState):
    """Rejected pieces have gone on to the next operation, or into stock."""

    en = "Operation {operation} has {left} good pieces left; {wanted} cannot be set aside."
    zh = "工序 {operation} 尚余合格品 {left}，无法隔离 {wanted}。"


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, as it was entered."""

    operation: int | None = None
    good: Decimal = ZERO
    scrapped: Decimal = ZERO
    defective: Decimal = ZERO
    hours: Decimal = ZERO
    reworked: bool = False
    """The pieces were in rework."""
    work_centre: str | None = None
    defect: str = ""
    business_date: date | None = None

    @property
    def pieces(self) -> Decimal:
        """All of them."""
        return self.good + self.scrapped + self.defective


@dataclass(frozen=True, slots=True)
class Nonconformance:
    """Pieces that are not as they must be, and what was decided."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    order_id: UUID
    order_number: str
    item: str
    operation: int
    quantity: Decimal
    defect: str
    decision: str
    text: str
    business_date: date
    posting_date: date


@dataclass(frozen=True, slots=True)
class Outside:
    """Work given to a supplier."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    order_id: UUID
    order_number: str
    operation: int
    supplier: str
    quantity: Decimal
    good: Decimal
    scrapped: Decimal
    unit_price: Decimal
    currency: str
    tax_code: str
    tax_rate: Decimal
    payment_days: int
    business_date: date
    posting_date: date

    @property
    def left(self) -> Decimal:
        """Not back yet."""
        return self.quantity - self.good - self.scrapped


def report(order: Order, asked: Report) -> tuple[Order, Operation]:
    """The order after a report; the operation as it is then.

    Raises:
        TooMuchReported: more pieces than came to the operation.
        NotSoManyInRework: more than are in rework.
    """
    if asked.pieces <= ZERO and asked.hours <= ZERO:
        raise NothingReported(field="/good")
    operation = order.operation(asked.operation, field="/operation")
    if asked.reworked:
        if asked.pieces > operation.reworking:
            raise NotSoManyInRework(
                operation=operation.operation,
                reworking=format(operation.reworking.normalize(), "f"),
            )
        changed = replace(operation, reworking=operation.reworking - asked.pieces)
    else:
        check_pieces(order, operation, asked.pieces)
        changed = operation
    changed = replace(
        changed,
        good=changed.good + asked.good,
        scrapped=changed.scrapped + asked.scrapped,
        defective=changed.defective + asked.defective,
        hours=changed.hours + asked.hours,
    )
    return with_operation(order, changed), changed


def decide(order: Order, found: Nonconformance, decision: Decision, quantity: Decimal) -> Order:
    """The order after a decision about some pieces."""
    operation = order.operation(found.operation)
    if quantity > found.quantity:
        raise NotSoManyOpen(open=format(found.quantity.normalize(), "f"), field="/quantity")
    assert operation.defective >= quantity, "open pieces are counted in their operation"
    changed = replace(operation, defective=operation.defective - quantity)
    match decision:
        case Decision.USE:
            changed = replace(changed, good=changed.good + quantity)
        case Decision.REWORK:
            changed = replace(changed, reworking=changed.reworking + quantity)
        case Decision.SUBCONTRACT:
            changed = replace(changed, outside=changed.outside + quantity)
        case Decision.SCRAP:
            changed = replace(changed, scrapped=changed.scrapped + quantity)
        case Decision.OPEN:
            raise ValidationFailed(
                en="Decide: use, rework, subcontract or scrap.",
                zh="请选择处理方式：让步接收、返工、委外或报废。",
                field="/decision",
            )
    return with_operation(order, changed)


def set_aside(order: Order, operation: int, quantity: Decimal) -> Order:
    """The order after good pieces turned out not to be as they must be.

    Raises:
        AlreadyUsed: they have gone on.
    """
    step = order.operation(operation)
    index = order.operations.index(step)
    after = order.operations[index + 1 :]
    left = step.good - (after[0].seen if after else order.quantity_completed)
    if quantity > left:
        raise AlreadyUsed(
            operation=operation,
            left=format(left.normalize(), "f"),
            wanted=format(quantity.normalize(), "f"),
        )
    changed = replace(step, good=step.good - quantity, defective=step.defective + quantity)
    return with_operation(order, changed)


def send(order: Order, operation: int | None, quantity: Decimal) -> tuple[Order, Operation]:
    """The order after pieces went to a supplier."""
    step = order.operation(operation, field="/operation")
    check_pieces(order, step, quantity)
    changed = replace(step, outside=step.outside + quantity)
    return with_operation(order, changed), changed


def come_back(order: Order, work: Outside, good: Decimal, scrapped: Decimal) -> Order:
    """The order after pieces came back."""
    if good + scrapped > work.left:
        raise NotSoManyOutside(outside=format(work.left.normalize(), "f"), field="/good")
    step = order.operation(work.operation)
    changed = replace(
        step,
        outside=step.outside - good - scrapped,
        good=step.good + good,
        scrapped=step.scrapped + scrapped,
    )
    return with_operation(order, changed)
