"""What stock consists of. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
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
