"""What is on order, and how much more may be received of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError
from inventory.stock.rules import ZERO, ItemKey, plain
from tongheng_contracts.purchasing import PurchaseOrderStatus

RECEIVABLE = frozenset({PurchaseOrderStatus.APPROVED, PurchaseOrderStatus.PARTLY_RECEIVED})


class OverReceipt(BusinessError):
    """More would be accepted than ordered with its tolerance."""

    code: ClassVar[str] = "over-receipt"
    status: ClassVar[int] = 422
    en: ClassVar[str] = (
        "Line {line}: {accepted} accepted before and {more} now are more than the {most} that may be received."
    )
    zh: ClassVar[str] = "第 {line} 行：此前已收 {accepted}，本次 {more}，超过最多可收数量 {most}。"


@dataclass(slots=True)
class Supply:
    """One open purchase order line, and what of it no demand waits for yet."""

    order_id: UUID
    line: int
    number: str
    company: str
    item: str
    warehouse: str
    due_date: date | None
    quantity: Decimal

    @property
    def item_key(self) -> ItemKey:
        """The item in its company."""
        return ItemKey(self.company, self.item)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of a purchase order, with what was accepted of it."""

    line: int
    item: str
    unit: str
    warehouse: str
    quantity: Decimal
    cancelled: Decimal
    accepted: Decimal
    unit_price: Decimal
    tax_code: str
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order as far as receiving needs it."""

    id: UUID
    number: str
    company: str
    status: str
    supplier: str
    warehouse: str
    currency: str
    tolerance: Decimal
    lines: dict[int, OrderLine]


def check_receipt(order: Order, line: OrderLine, more: Decimal, *, field: str) -> None:
    """Refuse what exceeds the ordered quantity and its tolerance."""
    ordered = max(line.quantity - line.cancelled, ZERO)
    most = ordered + ordered * order.tolerance
    if line.accepted + more > most:
        raise OverReceipt(
            line=line.line,
            accepted=plain(line.accepted),
            more=plain(more),
            most=plain(most),
            field=field,
        )
