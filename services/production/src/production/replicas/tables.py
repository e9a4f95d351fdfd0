"""Slices of masterdata's records, kept by its events."""

from typing import Any

from sqlalchemy import Boolean, Column, Identity, Integer, Table, Text

from chassis.columns import price, quantity
from chassis.replicas import record_columns
from production.database import metadata


def _key() -> Column[Any]:
    return Column("key", Integer, Identity(), nullable=False, unique=True)


items = Table(
    "item_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("base_unit", Text, nullable=False),
    Column("quantity_decimals", Integer, nullable=False),
    Column("procurement", Text, nullable=False),
    Column("tracking", Text, nullable=False),
    Column("valuation_class", Text, nullable=False),
    price("standard_cost", nullable=True),
    Column("lead_time_days", Integer),
    quantity("safety_stock", nullable=True),
    Column("tax_code", Text, nullable=False),
    _key(),
)

warehouses = Table(
    "warehouse_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    _key(),
)

companies = Table(
    "company_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)

suppliers = Table(
    "supplier_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("payment_days", Integer, nullable=False),
    Column("supplies", Boolean, nullable=False),
)

tax_codes = Table("tax_code_replicas", metadata, *record_columns(), price("rate"))
