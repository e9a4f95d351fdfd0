"""Goods that come back or go back: how much may, and from which shipment or receipt they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidState, ValidationFailed
from inventory.receipts.rules import ReceivedLine
from inventory.replicas.rules import TODAY, Day
from inventory.shipping.rules import ShipmentCost
from inventory.stock.rules import ZERO, cumulative_share, plain

FROM_CUSTOMER = "from_customer"
TO_SUPPLIER = "to_supplier"
NOT_ALLOWED = frozenset({"draft", "cancelled", "rejected"})


class GoodsReturnStatus(StrEnum):
    """The states of goods that came back; those that went back are simply returned."""

    QUARANTINE = "quarantine"
    INSPECTED = "inspected"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class ReturnLineAsked:
    """What came back, or goes back, of an authorised line."""

    line: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ReturnAsked:
    """A return as it was entered."""

    authorisation: str
    lines: tuple[ReturnLineAsked, ...]
    warehouse: str | None = None
    day: Day = TODAY


@dataclass(frozen=True, slots=True)
class Inspection:
    """How returned goods were judged."""

    line: int
    accepted: Decimal
    rejected: Decimal


@dataclass(slots=True)
class AuthorisedLine:
    """What may come back of an order line."""

    line: int
    order_line: int
    item: str
    unit: str
    shipment: UUID | None
    quantity: Decimal
    returned: Decimal
    amount_net: Decimal
    amount_tax: Decimal
    tax_code: str
    tax_rate: Decimal


@dataclass(slots=True)
class Authorisation:
    """A customer's RMA, or a return to a supplier."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    direction: str
    order_id: UUID
    order_number: str
    partner: str
    warehouse: str
    currency: str
    lines: dict[int, AuthorisedLine] = field(default_factory=dict[int, AuthorisedLine])


@dataclass(slots=True)
class GoodsReturnLine:
    """A line of goods that came back, with its inspection."""

    line: int
    item: str
    lot: str
    quantity: Decimal
    accepted: Decimal
    rejected: Decimal


@dataclass(slots=True)
class GoodsReturnHead:
    """Goods that came back, as far as inspecting needs them."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    warehouse: str
    lines: dict[int, GoodsReturnLine] = field(default_factory=dict[int, GoodsReturnLine])


@dataclass(frozen=True, slots=True)
class FromShipment:
    """A returned quantity with the shipment line that brought it, and its original cost."""

    source: ShipmentCost
    quantity: Decimal
    cost: Decimal


def check_authorised(authorisation: Authorisation) -> None:
    """Refuse goods whose return is not, or no longer, allowed."""
    if authorisation.status in NOT_ALLOWED:
        raise InvalidState(
            en=f"Return {authorisation.number} is {authorisation.status}.",
            zh=f"退货单 {authorisation.number} 状态为 {authorisation.status}，不能执行退货。",
            field="/return",
        )


def check_quantity_left(line: AuthorisedLine, quantity: Decimal, *, field: str) -> None:
    """Refuse more than was authorised."""
    left = line.quantity - line.returned
    if quantity > left:
        raise InvalidState(
            en=f"Line {line.line}: {plain(quantity)} are more than the {plain(left)} that may still be returned.",
            zh=f"第 {line.line} 行：{plain(quantity)} 超过可退数量 {plain(left)}。",
            field=field,
        )


def _not_enough(
    line: AuthorisedLine, found: Decimal, quantity: Decimal, field: str
) -> InvalidState:
    return InvalidState(
        en=f"Line {line.line}: only {plain(found)} of {plain(quantity)} can be found among what was delivered.",
        zh=f"第 {line.line} 行：原单据中仅有 {plain(found)}，不足 {plain(quantity)}。",
        field=field,
    )


def from_shipments(
    line: AuthorisedLine, quantity: Decimal, sources: Sequence[ShipmentCost], *, field: str
) -> list[FromShipment]:
    """Which shipments the goods are from: the one named, else the latest first; each at its original cost."""
    own = [
        s
        for s in sources
        if s.order_line == line.order_line and line.shipment in (None, s.shipment)
    ]
    parts: list[FromShipment] = []
    missing = quantity
    for source in own:
        taken = min(missing, source.quantity - source.returned)
        if taken > 0:
            cost = cumulative_share(source.cost, source.returned, taken, source.quantity)
            parts.append(FromShipment(source, taken, cost))
            missing -= taken
    if missing > 0:
        raise _not_enough(line, quantity - missing, quantity, field)
    return parts


def from_receipts(
    line: AuthorisedLine, quantity: Decimal, sources: Sequence[ReceivedLine], *, field: str
) -> list[tuple[ReceivedLine, Decimal]]:
    """Which receipts the goods are from, the latest first."""
    parts: list[tuple[ReceivedLine, Decimal]] = []
    missing = quantity
    for source in sources:
        if source.order_line != line.order_line:
            continue
        taken = min(missing, source.accepted - source.returned)
        if taken > 0:
            parts.append((source, taken))
            missing -= taken
    if missing > 0:
        raise _not_enough(line, quantity - missing, quantity, field)
    return parts


def check_inspection(line: GoodsReturnLine, inspection: Inspection, *, field: str) -> None:
    """Refuse a judgement over more than there is to judge, or over nothing."""
    judged = inspection.accepted + inspection.rejected
    left = line.quantity - line.accepted - line.rejected
    if judged == ZERO or judged > left:
        raise ValidationFailed(
            en=f"Line {line.line}: {plain(judged)} were judged, {plain(left)} are left to judge.",
            zh=f"第 {line.line} 行：判定数量 {plain(judged)} 与待检数量 {plain(left)} 不符。",
            field=field,
        )
