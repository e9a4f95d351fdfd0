"""What production orders need, hold and have asked for, and what of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from inventory.stock.rules import ZERO, Balance, ItemKey, by_expiry
from inventory.supplies.rules import Supply

RELEASED = "released"


@dataclass(slots=True)
class Component:
    """What an order needs of an item, and what it was given."""

    order_id: UUID
    line: int
    company: str
    item: str
    unit: str
    warehouse: str
    quantity: Decimal
    issued: Decimal = ZERO
    held: Decimal = ZERO

    @property
    def item_key(self) -> ItemKey:
        """The item in its company."""
        return ItemKey(self.company, self.item)

    @property
    def missing(self) -> Decimal:
        """Neither given out nor set aside."""
        return max(self.quantity - self.issued - self.held, ZERO)


@dataclass(slots=True)
class Hold:
    """Stock of one balance, set aside for a component."""

    order_id: UUID
    line: int
    company: str
    item: str
    balance_id: int
    quantity: Decimal


@dataclass(slots=True)
class Request:
    """One line of what production has asked for; what is missing waits."""

    id: UUID
    line: int
    company: str
    number: str
    order_id: UUID
    order_number: str
    component: int
    item: str
    unit: str
    warehouse: str
    quantity: Decimal
    issued: Decimal
    business_date: date

    @property
    def item_key(self) -> ItemKey:
        """The item in its company."""
        return ItemKey(self.company, self.item)

    @property
    def left(self) -> Decimal:
        """Still to be given out."""
        return self.quantity - self.issued


def free_in(balances: Iterable[Balance], quantity: Decimal) -> list[tuple[Balance, Decimal]]:
    """Free stock for a quantity, what expires first first; less than wanted when there is not enough."""
    found: list[tuple[Balance, Decimal]] = []
    for balance in sorted(balances, key=by_expiry):
        taken = min(quantity, balance.available)
        if taken > ZERO:
            found.append((balance, taken))
            quantity -= taken
    return found


@dataclass(frozen=True, slots=True)
class Short:
    """What an order waits for of one component: from these purchase orders, and from nowhere yet."""

    line: int
    item: str
    unit: str
    warehouse: str
    quantity: Decimal
    issued: Decimal
    expected: tuple[tuple[Supply, Decimal], ...]
    uncovered: Decimal


def shortages(
    waiting: Sequence[Request], supplies: Sequence[Supply], promised: Decimal
) -> list[Short]:
    """Cover what waits for one item in one warehouse by what is on order there and promised to nobody.

    What is promised to sales orders is taken from the earliest supply; the rest covers requests in the order in which
    they came.
    """
    left: list[tuple[Supply, Decimal]] = []
    for supply in supplies:
        taken = min(promised, supply.quantity)
        promised -= taken
        left.append((supply, supply.quantity - taken))
    found: list[Short] = []
    for request in waiting:
        missing = request.left
        expected: list[tuple[Supply, Decimal]] = []
        for n, (supply, quantity) in enumerate(left):
            taken = min(missing, quantity)
            if taken > ZERO:
                left[n] = (supply, quantity - taken)
                missing -= taken
                expected.append((supply, taken))
        found.append(
            Short(
                request.component,
                request.item,
                request.unit,
                request.warehouse,
                request.quantity,
                request.issued,
                tuple(expected),
                missing,
            )
        )
    return found
