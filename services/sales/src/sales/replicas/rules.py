"""Master data as sales sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UnitRatio:
    """1 unit = numerator/denominator base units."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Item:
    """What can be sold: its units, its list price, its tax."""

    id: UUID
    code: str
    name: str
    active: bool
    base_unit: str
    quantity_decimals: int
    units: Mapping[str, UnitRatio] = field(default_factory=dict[str, UnitRatio])
    list_price: Decimal | None = None
    tax_code: str = ""
    tax_rate: Decimal | None = None
    """None: the tax code is not known (or no longer active) here."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A customer."""

    id: UUID
    code: str
    name: str
    name_en: str
    active: bool
    customer: bool
    currency: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place that ships, of one company."""

    id: UUID
    code: str
    company: str
    active: bool


@dataclass(frozen=True, slots=True)
class Company:
    """A legal entity that sells."""

    id: UUID
    code: str
    active: bool
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Known:
    """Master data found by the references asked for, code or id; what is unknown is missing."""

    companies: Mapping[str, Company]
    partners: Mapping[str, Partner]
    items: Mapping[str, Item]
    warehouses: Mapping[str, Warehouse]
