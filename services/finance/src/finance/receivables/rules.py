"""What an invoice takes in, and what a return takes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

ZERO = Decimal(0)
PAYMENT_DAYS = 30
"""For a customer whose terms are not known yet."""


@dataclass(frozen=True, slots=True)
class Money:
    """Net, tax and gross of the same thing."""

    net: Decimal
    tax: Decimal
    gross: Decimal

    def __add__(self, other: Money) -> Money:
        return Money(self.net + other.net, self.tax + other.tax, self.gross + other.gross)

    def __sub__(self, other: Money) -> Money:
        return Money(self.net - other.net, self.tax - other.tax, self.gross - other.gross)


NOTHING = Money(ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """An order line's part of a shipment, with what was invoiced of it and what came back before that."""

    shipment: UUID
    shipment_line: int
    shipment_number: str
    order_line: int
    company: str
    customer: str
    order_id: UUID
    order_number: str
    currency: str
    item: str
    unit: str
    tax_code: str
    quantity: Decimal
    shipped: Money
    invoiced_quantity: Decimal
    invoiced: Money
    returned_quantity: Decimal
    returned: Money

    @property
    def open_quantity(self) -> Decimal:
        """Shipped, not invoiced, not come back."""
        return self.quantity - self.invoiced_quantity - self.returned_quantity

    @property
    def open(self) -> Money:
        """What there is to invoice."""
        left = self.shipped
        for part in (self.invoiced, self.returned):
            if part is not NOTHING:
                left = left - part
        return left


def total(parts: Iterable[Money]) -> Money:
    """The sum of amounts."""
    return sum(parts, NOTHING)


def to_invoice(lines: Iterable[ShippedLine]) -> list[ShippedLine]:
    """The lines that still have something to invoice, in the order of shipment and line.

    A line whose return is known before its shipment has nothing yet; it waits for the shipment.
    """
    wanted = [line for line in lines if line.open_quantity > ZERO and line.open.gross >= ZERO]
    return sorted(wanted, key=lambda line: (line.shipment_number, line.order_line, line.shipment))


def is_credited(line: ShippedLine | None) -> bool:
    """Whether a return of this line reduces an invoice: the line was invoiced. An unknown one can't have been."""
    return line is not None and line.invoiced_quantity > ZERO


def due_date(day: date, payment_days: int | None) -> date:
    """When an invoice of that day is to be paid."""
    return day + timedelta(days=PAYMENT_DAYS if payment_days is None else payment_days)


def by_order(lines: Sequence[ShippedLine]) -> dict[tuple[str, UUID], list[ShippedLine]]:
    """Lines grouped by company and order: one invoice each."""
    grouped: dict[tuple[str, UUID], list[ShippedLine]] = {}
    for line in lines:
        grouped.setdefault((line.company, line.order_id), []).append(line)
    return grouped
