"""What a relocation asks for. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from chassis.errors import ValidationFailed
from inventory.replicas.rules import TODAY, Day


@dataclass(frozen=True, slots=True)
class RelocationLineAsked:
    """A quantity that goes from one bin to another; an empty bin is the floor: in the warehouse, in no bin."""

    item: str
    quantity: Decimal
    from_bin: str
    to_bin: str
    lot: str | None = None
    """None: whichever lots lie there, what expires first first."""


@dataclass(frozen=True, slots=True)
class RelocationAsked:
    """A relocation as it was entered."""

    company: str
    warehouse: str
    lines: tuple[RelocationLineAsked, ...]
    day: Day = TODAY


def check_line(line: RelocationLineAsked, *, field: str) -> None:
    """What stays where it is does not move."""
    if line.from_bin == line.to_bin:
        raise ValidationFailed(
            en="The goods lie there already: name another bin to move them to.",
            zh="移出与移入库位相同，请更换移入库位。",
            field=f"{field}/to_bin",
        )
