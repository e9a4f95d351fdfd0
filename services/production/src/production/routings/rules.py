"""Routings: the steps in which an item is made. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import ValidationFailed

ZERO = Decimal(0)
STEPS_MAX = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: hours to set up, and hours per piece."""

    operation: int
    work_centre: str
    description: str = ""
    setup_hours: Decimal = ZERO
    run_hours: Decimal = ZERO
    queue_hours: Decimal = ZERO
    setup_family: str = ""
    supplier: str = ""
    """Who does it, when it is subcontracted."""


@dataclass(frozen=True, slots=True)
class Routing:
    """One revision of how an item is made."""

    id: UUID
    number: str
    company: str
    item: str
    warehouse: str
    revision: str
    version: int
    status: str
    valid_from: date
    valid_to: date | None
    business_date: date
    steps: tuple[Step, ...]

    def is_valid(self, day: date, warehouse: str = "") -> bool:
        """Whether it says how the item is made there and then."""
        return (
            self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
            and self.warehouse in ("", warehouse)
        )


def choose(routings: Iterable[Routing], day: date, warehouse: str = "") -> Routing | None:
    """The routing in force: one of the warehouse before one for all, then the newest."""
    valid = [each for each in routings if each.is_valid(day, warehouse)]
    return max(
        valid,
        key=lambda each: (each.warehouse != "", each.valid_from, each.revision),
        default=None,
    )


def check_steps(steps: Sequence[Step]) -> None:
    """Refuse two steps with one number."""
    seen: set[int] = set()
    for index, step in enumerate(steps):
        if step.operation in seen:
            raise ValidationFailed(
                en="Operation {operation} is there twice.",
                zh="工序 {operation} 重复。",
                operation=step.operation,
                field=f"/operations/{index}/operation",
            )
        seen.add(step.operation)
