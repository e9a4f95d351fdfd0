"""Slices of masterdata's records, kept by its events."""

from sqlalchemy import Column, Integer, Table, Text

from chassis.columns import price
from chassis.replicas import record_columns
from inventory.database import metadata

items = Table(
    "item_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("base_unit", Text, nullable=False),
    Column("quantity_decimals", Integer, nullable=False),
    Column("tracking", Text, nullable=False),
    Column("valuation_class", Text, nullable=False),
    price("standard_cost", nullable=True),
)

warehouses = Table(
    "warehouse_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("priority", Integer, nullable=False),
)

companies = Table(
    "company_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)
