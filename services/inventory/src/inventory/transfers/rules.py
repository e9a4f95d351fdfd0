"""Goods go from one warehouse to another by way of the road, where they stay ours at their value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError, ValidationFailed
from chassis.lifecycle import Lifecycle
from inventory.replicas.rules import TODAY, Day
from inventory.stock.rules import ZERO, plain


class TransferStatus(StrEnum):
    """The states of a transfer."""

    OPEN = "open"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    CANCELLED = "cancelled"


TRANSFER_LIFECYCLE = Lifecycle(
    {
        TransferStatus.OPEN: frozenset({TransferStatus.IN_TRANSIT, TransferStatus.CANCELLED}),
        TransferStatus.IN_TRANSIT: frozenset({TransferStatus.RECEIVED}),
    }
)


class MoreThanShipped(BusinessError):
    """More arrives than is on its way."""

    code: ClassVar[str] = "over-receipt"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Line {line}: {quantity} are more than the {left} on their way."
    zh: ClassVar[str] = "第 {line} 行：{quantity} 超过在途数量 {left}。"


@dataclass(frozen=True, slots=True)
class TransferLineAsked:
    """What is to be moved."""

    item: str
    quantity: Decimal
    lot: str = ""


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """A transfer as it was entered."""

    company: str
    from_warehouse: str
    to_warehouse: str
    lines: tuple[TransferLineAsked, ...]
    day: Day = TODAY
    ship_date: date | None = None
    due_date: date | None = None


@dataclass(slots=True)
class TransferLine:
    """A line with what arrived of it. `cost` is the value that left with it."""

    line: int
    item: str
    unit: str
    lot: str
    quantity: Decimal
    received: Decimal = ZERO
    cost: Decimal = ZERO
    shipped_lots: list[tuple[str, Decimal]] = field(default_factory=list[tuple[str, Decimal]])
    """Lots in the order in which they arrive."""


@dataclass(slots=True)
class Transfer:
    """A transfer's head and lines."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    from_warehouse: str
    to_warehouse: str
    business_date: date
    ship_date: date | None = None
    due_date: date | None = None
    planned_order: UUID | None = None
    lines: dict[int, TransferLine] = field(default_factory=dict[int, TransferLine])


def check_places(from_warehouse: str, to_warehouse: str) -> None:
    """Refuse a transfer to the place where the goods are."""
    if from_warehouse == to_warehouse:
        raise ValidationFailed(
            en="A transfer goes to another warehouse.",
            zh="调入仓库不能与调出仓库相同。",
            field="/to_warehouse",
        )


def check_dates(ship_date: date | None, due_date: date | None) -> None:
    """Refuse a transfer that is to arrive before it leaves."""
    if ship_date is not None and due_date is not None and due_date < ship_date:
        raise ValidationFailed(
            en="A transfer arrives on the day on which it leaves, or later.",
            zh="到货日期不能早于发出日期。",
            field="/due_date",
        )


def arriving(line: TransferLine, quantity: Decimal, *, field: str) -> list[tuple[str, Decimal]]:
    """The lots that a quantity consists of, after what arrived before."""
    left = line.quantity - line.received
    if quantity > left:
        raise MoreThanShipped(
            line=line.line, quantity=plain(quantity), left=plain(left), field=field
        )
    skip, missing = line.received, quantity
    parts: list[tuple[str, Decimal]] = []
    for lot, shipped in line.shipped_lots:
        before = min(skip, shipped)
        skip -= before
        taken = min(missing, shipped - before)
        if taken > 0:
            parts.append((lot, taken))
            missing -= taken
    assert missing == 0, "the lots sum to what was shipped"
    return parts
