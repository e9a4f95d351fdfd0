"""What a receipt asks for, and when it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, ValidationFailed
from inventory.replicas.rules import TODAY, Day, ItemReplica
from inventory.stock.rules import ZERO
from inventory.supplies.rules import RECEIVABLE, Order


class CurrencyNotSupported(BusinessError):
    """The order is in a currency that the company does not keep its books in."""

    code: ClassVar[str] = "currency-not-supported"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "The order is in {currency}; only {own} can be received for now."
    zh: ClassVar[str] = "订单币种为 {currency}，目前仅支持以 {own} 收货。"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived of one order line, and how inspection judged it."""

    line: int
    accepted: Decimal
    rejected: Decimal = ZERO
    lot: str = ""
    expiry: date | None = None
    bin: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptAsked:
    """A receipt as it was entered."""

    purchase_order: str
    arrivals: tuple[Arrival, ...]
    warehouse: str | None = None
    day: Day = TODAY


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """A receipt line that goods may go back from."""

    receipt: UUID
    line: int
    order_line: int
    item: str
    lot: str
    accepted: Decimal
    returned: Decimal


def check_receivable(order: Order) -> None:
    """Refuse goods for an order that is not approved, or at its end."""
    if order.status not in RECEIVABLE:
        raise InvalidState(
            en=f"Order {order.number} is {order.status}; goods are received for approved orders.",
            zh=f"采购订单 {order.number} 状态为 {order.status}，只有已批准的订单可以收货。",
            field="/purchase_order",
        )


def check_lot(item: ItemReplica, lot: str, *, field: str) -> None:
    """Lots are named where the item is tracked by them, and only there."""
    if item.tracking != "none" and not lot:
        raise ValidationFailed(
            en=f"Item {item.code} is tracked by {item.tracking}: name it.",
            zh=f"物料“{item.code}”按{'批次' if item.tracking == 'lot' else '序列号'}管理，请填写。",
            field=field,
        )
    if item.tracking == "none" and lot:
        raise ValidationFailed(
            en=f"Item {item.code} is not tracked by lots.",
            zh=f"物料“{item.code}”不按批次管理。",
            field=field,
        )
