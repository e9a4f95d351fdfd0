"""Where a line of an order or quotation stands before production. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from production.engineering.rules import Request
from tongheng_contracts.production import EngineeringStatus

ZERO = Decimal(0)
LEVELS_MAX = 60
GONE = frozenset({EngineeringStatus.REJECTED, EngineeringStatus.CANCELLED})


class LineState(StrEnum):
    """Where a line stands."""

    ENGINEERING = "engineering"
    """It has no item yet; its engineering request is open."""
    REJECTED = "rejected"
    """It has no item, and will get none: its request was rejected or cancelled."""
    NO_BILL = "no_bill"
    """It is to be made, and nothing says of what today."""
    QUOTED = "quoted"
    """It could be ordered and planned."""
    INACTIVE = "inactive"
    """The order is on hold, being cancelled, or over."""
    CANCELLED = "cancelled"
    SHIPPED = "shipped"
    UNPLANNED = "unplanned"
    """Part of it is covered by nothing: the plan has not seen it yet, or finds no way."""
    PLANNED = "planned"
    """Covered, partly by planned orders that nobody has accepted yet."""
    ORDERED = "ordered"
    """Covered by what is being made, bought or moved."""
    IN_STOCK = "in_stock"
    UNKNOWN = "unknown"
    """The company is too large for pegs to be written down with the plan."""


@dataclass(frozen=True, slots=True)
class Peg:
    """So much of a supply is for a need; documents by id, as text."""

    item: str
    warehouse: str
    quantity: Decimal
    supply_kind: str
    supply: str
    supply_date: date
    need: str
    need_line: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order, or of a quotation that is none yet."""

    order: UUID | None
    line: int
    item: str
    quantity: Decimal
    shipped: Decimal
    active: bool
    made: bool
    """Its item is made, not bought."""
    has_bill: bool
    request: Request | None

    @property
    def open(self) -> Decimal:
        """Still wanted."""
        return max(self.quantity - self.shipped, ZERO)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a line stands, what covers it, and what does not."""

    state: LineState
    supplies: tuple[Peg, ...] = ()
    """All that goes into it, level by level."""
    ready_date: date | None = None
    uncovered: Decimal = ZERO


def pegs_of(pegs: Sequence[Peg], order: UUID, line: int) -> list[list[Peg]]:
    """What covers a line, and what covers that again, level by level."""
    below: dict[str, list[Peg]] = {}
    for peg in pegs:
        below.setdefault(peg.need, []).append(peg)
    levels = [[peg for peg in below.get(str(order), ()) if peg.need_line == line]]
    seen = {str(order)}
    while levels[-1] and len(levels) <= LEVELS_MAX:
        needs = {peg.supply for peg in levels[-1]} - seen
        seen |= needs
        levels.append([peg for need in sorted(needs) for peg in below.get(need, ())])
    return [level for level in levels if level]


def standing_of(line: Line, pegs: Sequence[Peg], *, pegged: bool) -> Standing:
    """Where a line stands; `pegged`: what is for what was written down with the plan."""
    if not line.item:
        gone = line.request is None or line.request.status in GONE
        return Standing(LineState.REJECTED if gone else LineState.ENGINEERING, uncovered=line.open)
    if line.order is None:
        bare = line.made and not line.has_bill
        return Standing(LineState.NO_BILL if bare else LineState.QUOTED, uncovered=line.open)
    if not line.quantity:
        return Standing(LineState.CANCELLED)
    if not line.open:
        return Standing(LineState.SHIPPED)
    if not line.active:
        return Standing(LineState.INACTIVE, uncovered=line.open)
    if line.made and not line.has_bill:
        return Standing(LineState.NO_BILL, uncovered=line.open)
    if not pegged:
        return Standing(LineState.UNKNOWN, uncovered=line.open)
    levels = pegs_of(pegs, line.order, line.line)
    first = levels[0] if levels else []
    uncovered = max(line.open - sum((peg.quantity for peg in first), ZERO), ZERO)
    return Standing(
        LineState.UNPLANNED if uncovered else _covered({peg.supply_kind for peg in first}),
        tuple(peg for level in levels for peg in level),
        max((peg.supply_date for peg in first), default=None),
        uncovered,
    )


def _covered(kinds: Collection[str]) -> LineState:
    if "planned" in kinds:
        return LineState.PLANNED
    return LineState.IN_STOCK if set(kinds) <= {"stock"} else LineState.ORDERED
