"""What production says of our quotations. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Engineering:
    """How far production is with what has no item yet."""

    id: UUID
    number: str
    status: str
    item: str
    due_date: date | None
    """When it is expected to be designed."""
    lead_time_days: int | None
    """How long making it is expected to take from then on."""
    reason: str
    """Why it was rejected or cancelled."""
