"""A stocktake (盘点): what is compared with what is counted, and when the differences may be posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, ValidationFailed
from chassis.lifecycle import Lifecycle
from inventory.replicas.rules import TODAY, Day
from inventory.stock.rules import ZERO


class CountStatus(StrEnum):
    """The states of a stocktake."""

    OPEN = "open"
    POSTED = "posted"
    CANCELLED = "cancelled"


COUNT_LIFECYCLE = Lifecycle(
    {CountStatus.OPEN: frozenset({CountStatus.POSTED, CountStatus.CANCELLED})}
)


class NotCounted(InvalidState):
    """Something was not counted yet: that nothing is known of it does not mean that nothing is there."""

    en: ClassVar[str] = "{lines} line(s) are not counted yet, the first is line {first}."
    zh: ClassVar[str] = "尚有 {lines} 行未盘点，首行为第 {first} 行。"


class TooMuchToCount(BusinessError):
    """One stocktake would be larger than a document may be."""

    code: ClassVar[str] = "validation-failed"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "{places} places are more than the {most} of one stocktake: name items."
    zh: ClassVar[str] = "{places} 个库存位置超过单次盘点上限 {most}，请指定物料。"


class Spot(NamedTuple):
    """What is counted by itself: an item in a bin, of a lot."""

    item: str
    bin: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class CountAsked:
    """A stocktake as it was asked for; without items all that lies in the warehouse."""

    company: str
    warehouse: str
    items: tuple[str, ...] = ()
    blind: bool = False
    text: str = ""
    day: Day = TODAY


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of a spot was found."""

    spot: Spot
    quantity: Decimal


@dataclass(slots=True)
class CountLine:
    """A spot of a stocktake. `book`: what the ledger said when it began; `expected`: when the spot was counted."""

    line: int
    spot: Spot
    unit: str
    book: Decimal
    expected: Decimal | None = None
    counted: Decimal | None = None

    @property
    def difference(self) -> Decimal | None:
        """More (above zero) or less than the ledger said at that moment. Moves before and after do not change it."""
        if self.counted is None or self.expected is None:
            return None
        return self.counted - self.expected


@dataclass(slots=True)
class Count:
    """A stocktake of a warehouse."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    warehouse: str
    blind: bool
    text: str
    business_date: date
    lines: list[CountLine] = field(default_factory=list[CountLine])


@dataclass(frozen=True, slots=True)
class Summary:
    """How a stocktake stands. `error_rate`: differing lines by counted ones; None while nothing is counted."""

    lines: int
    counted: int
    different: int
    error_rate: Decimal | None


def take_counts(
    lines: Sequence[CountLine],
    counted: Sequence[Counted],
    on_hand: dict[Spot, Decimal],
    units: dict[str, str],
) -> list[CountLine]:
    """The lines that counting changes or adds: what lies where nothing was known is a line of its own.

    Counting a spot again replaces what was counted before.

    Raises:
        ValidationFailed: a spot is named twice.
    """
    known = {line.spot: line for line in lines}
    changed: dict[Spot, CountLine] = {}
    last = max((line.line for line in lines), default=0)
    for index, one in enumerate(counted):
        if one.spot in changed:
            raise ValidationFailed(
                en="Item {item} is counted twice in this place.",
                zh="物料 {item} 在同一位置重复填写。",
                item=one.spot.item,
                field=f"/lines/{index}",
            )
        line = known.get(one.spot)
        if line is None:
            last += 1
            line = CountLine(last, one.spot, units[one.spot.item], ZERO)
        line.expected = on_hand.get(one.spot, ZERO)
        line.counted = one.quantity
        changed[one.spot] = line
    return list(changed.values())


def differences(lines: Iterable[CountLine]) -> list[tuple[CountLine, Decimal]]:
    """What is to be posted.

    Raises:
        NotCounted: a line has not been counted.
    """
    missing = [line.line for line in lines if line.counted is None]
    if missing:
        raise NotCounted(lines=len(missing), first=missing[0])
    found = [(line, line.difference) for line in lines]
    return [(line, difference) for line, difference in found if difference]


def summary_of(lines: int, counted: int, different: int) -> Summary:
    """How a stocktake stands."""
    rate = (Decimal(different) / counted).quantize(Decimal("0.000001")) if counted else None
    return Summary(lines, counted, different, rate)
