"""What is to leave to whom from where, and the steps that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from chassis.lifecycle import Lifecycle


class DeliveryStatus(StrEnum):
    """The states of a delivery."""

    RELEASED = "released"
    PICKED = "picked"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


DELIVERY_LIFECYCLE = Lifecycle(
    {
        DeliveryStatus.RELEASED: frozenset(
            {DeliveryStatus.PICKED, DeliveryStatus.SHIPPED, DeliveryStatus.CANCELLED}
        ),
        DeliveryStatus.PICKED: frozenset({DeliveryStatus.SHIPPED}),
    }
)


@dataclass(frozen=True, slots=True)
class Release:
    """An order's goods that may leave a warehouse."""

    order_id: UUID
    order_number: str
    company: str
    customer: str
    warehouse: str
    business_date: date

    @property
    def place(self) -> tuple[UUID, str]:
        """The order and the warehouse: one released note for each."""
        return (self.order_id, self.warehouse)


@dataclass(slots=True)
class Delivery:
    """A delivery note's head."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    order_id: UUID
    order_number: str
    customer: str
    warehouse: str
    business_date: date
    posting_date: date
    recorded_at: datetime
