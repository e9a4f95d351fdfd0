"""The slices of other services' records that finance decides with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Company:
    """A legal entity: whose books, in which currency, in which time zone."""

    code: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A customer or supplier, with his terms."""

    code: str
    id: UUID
    name: str
    name_en: str
    roles: tuple[str, ...]
    payment_days: int
    billing_policy: str
    active: bool


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line of a purchase order as purchasing last told of it."""

    company: str
    purchase_order: UUID
    purchase_order_number: str
    line: int
    supplier: str
    item: str
    unit: str
    unit_price: Decimal
    tax_code: str
    tax_rate: Decimal
