"""Requisitions, and how much of a shortage is still to be bought, so that nothing is bought twice. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import BusinessError, InvalidState
from chassis.lifecycle import Lifecycle

ZERO = Decimal(0)
LINES_MAX = 5_000
BY_HAND = "manual"
SHORTAGE = "shortage"
REORDER = "reorder"
FOLLOWED = (SHORTAGE, REORDER)
"""What inventory states again and again, and requisitions follow."""
PLANNED = "mrp"


class Status(StrEnum):
    """A requisition's states."""

    OPEN = "open"
    ORDERED = "ordered"
    CANCELLED = "cancelled"


REQUISITION_LIFECYCLE = Lifecycle({Status.OPEN: frozenset({Status.ORDERED, Status.CANCELLED})})


class NotSoMuchOpen(BusinessError):
    """More than the requisition line still asks for."""

    code = "invalid-state"
    status = 409
    en = "Line {line} of requisition {number} has only {open} left to order."
    zh = "采购申请 {number} 第 {line} 行只剩 {open} 可下单。"


class NothingOpen(InvalidState):
    """Nothing of what was named is left to order."""

    en = "Nothing of it is left to order."
    zh = "没有可下单的数量。"


class NoSuchLine(BusinessError):
    """A line number that the requisition does not have."""

    code = "unknown-reference"
    status = 422
    en = "Requisition {number} has no line {line}."
    zh = "采购申请 {number} 没有第 {line} 行。"


@dataclass(frozen=True, slots=True)
class Line:
    """A wish to buy; `quantity` includes what became an order."""

    line: int
    item: str
    quantity: Decimal
    unit: str
    warehouse: str
    due_date: date | None = None
    supplier: str | None = None
    quantity_ordered: Decimal = ZERO
    demand_order: UUID | None = None
    demand_line: int | None = None

    @property
    def quantity_open(self) -> Decimal:
        """Still to be ordered."""
        return self.quantity - self.quantity_ordered


@dataclass(frozen=True, slots=True)
class Requisition:
    """A requisition with its lines."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    origin: str
    lines: tuple[Line, ...]
    demand_order: UUID | None = None
    recorded_at: datetime | None = None

    def line(self, number: int, *, field: str | None = None) -> Line:
        """The line with this number."""
        for line in self.lines:
            if line.line == number:
                return line
        raise NoSuchLine(number=self.number, line=number, field=field)


def cancel(requisition: Requisition) -> Requisition:
    """Ask no more for what is still open; what became an order stays."""
    if requisition.status is not Status.OPEN:
        raise InvalidState(now=requisition.status)
    given_up = replace(
        requisition,
        version=requisition.version + 1,
        lines=tuple(replace(line, quantity=line.quantity_ordered) for line in requisition.lines),
    )
    return replace(given_up, status=status_of(given_up))


def order(requisition: Requisition, taken: Mapping[int, Decimal]) -> Requisition:
    """Count what became purchase orders."""
    for number, quantity in taken.items():
        line = requisition.line(number)
        if requisition.status is not Status.OPEN or quantity > line.quantity_open:
            left = line.quantity_open if requisition.status is Status.OPEN else ZERO
            raise NotSoMuchOpen(
                number=requisition.number, line=number, open=format(left.normalize(), "f")
            )
    ordered = replace(
        requisition,
        version=requisition.version + 1,
        lines=tuple(
            replace(line, quantity_ordered=line.quantity_ordered + taken[line.line])
            if line.line in taken
            else line
            for line in requisition.lines
        ),
    )
    return replace(ordered, status=status_of(ordered))


def status_of(requisition: Requisition) -> Status:
    """Open while something is asked for; ordered when something was bought, else cancelled."""
    if any(line.quantity_open > ZERO for line in requisition.lines):
        return Status.OPEN
    if any(line.quantity_ordered > ZERO for line in requisition.lines):
        return Status.ORDERED
    return Status.CANCELLED


@dataclass(frozen=True, slots=True)
class NewConversion:
    """A part of a requisition line that became a line of a purchase order."""

    requisition: UUID
    requisition_line: int
    order: UUID
    order_line: int
    quantity: Decimal


# --- shortages -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Converted:
    """A part of a demand that became a line of a purchase order."""

    quantity: Decimal
    seen_at: datetime | None = None
    """When inventory first showed that it counts on the purchase order."""
    settled: bool = False
    """Long enough ago that every statement of before has been heard."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What inventory last said of an order line: `uncovered` is neither held nor expected from anywhere.

    Of a reorder rule, whose id stands for the order's: `uncovered` is missing up to its maximum.
    """

    order: UUID
    line: int
    company: str
    order_number: str
    item: str
    unit: str
    warehouse: str
    uncovered: Decimal
    stated_at: datetime
    declined: Decimal = ZERO
    """What a buyer has cancelled of it: it is not asked for again."""
    origin: str = SHORTAGE


def quantity_to_buy(demand: Demand, converted: Iterable[Converted]) -> Decimal:
    """How much of a demand must stand in open requisitions.

    What was converted into a purchase order that inventory's statement could not know of is on its way already.
    """
    on_its_way = sum(
        (
            part.quantity
            for part in converted
            if not part.settled and (part.seen_at is None or demand.stated_at < part.seen_at)
        ),
        ZERO,
    )
    return max(ZERO, demand.uncovered - on_its_way - min(demand.declined, demand.uncovered))


@dataclass(frozen=True, slots=True)
class Wish:
    """A demand and how much of it must stand in open requisitions."""

    demand: Demand
    quantity: Decimal
    supplier: str | None = None


def adjust(
    requisition: Requisition | None, wishes: Iterable[Wish], *, new: Requisition
) -> Requisition | None:
    """The next version of an order's open shortage requisition, or its first; None when nothing changes.

    Raises nothing: what inventory states is a fact.
    """
    now = requisition
    lines = {} if now is None else {line.line: line for line in now.lines}
    by_demand = {line.demand_line: line.line for line in lines.values()}
    for wish in sorted(wishes, key=lambda wish: wish.demand.line):
        demand = wish.demand
        number = by_demand.get(demand.line)
        if number is None:
            if wish.quantity > ZERO:
                following = max(lines, default=0) + 1
                lines[following] = Line(
                    line=following,
                    item=demand.item,
                    quantity=wish.quantity,
                    unit=demand.unit,
                    warehouse=demand.warehouse,
                    supplier=wish.supplier,
                    demand_order=demand.order,
                    demand_line=demand.line,
                )
            continue
        line = lines[number]
        warehouse = demand.warehouse if wish.quantity > ZERO else line.warehouse
        lines[number] = replace(
            line, quantity=line.quantity_ordered + wish.quantity, warehouse=warehouse
        )
    changed = tuple(lines[number] for number in sorted(lines))
    if now is None:
        return replace(new, lines=changed) if changed else None
    if changed == now.lines:
        return None
    adjusted = replace(now, version=now.version + 1, lines=changed)
    return replace(adjusted, status=status_of(adjusted))
