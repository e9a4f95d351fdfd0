"""What is open of what was ordered, and what stock consists of. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Flow:
    """A quantity that came into stock or left it, and what it was worth; signed."""

    source: UUID
    line: int
    company: str
    item: str
    warehouse: str
    kind: str
    quantity: Decimal
    amount: Decimal
    number: str
    order_id: UUID | None = None
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An open sales order line."""

    order: UUID
    line: int
    number: str
    item: str
    warehouse: str
    quantity: Decimal
    day: date | None


@dataclass(frozen=True, slots=True)
class Coming:
    """An open line of a purchase order or a requisition."""

    order: UUID
    line: int
    kind: str
    number: str
    item: str
    warehouse: str
    quantity: Decimal
    day: date | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier asks for: how long, how much at least."""

    supplier: str
    item: str
    unit: str
    lead_time_days: int
    minimum: Decimal
    multiple: Decimal
    preferred: bool
