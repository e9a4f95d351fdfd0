"""Slices of masterdata's records, kept by its events."""

from sqlalchemy import Boolean, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.columns import price
from chassis.replicas import record_columns
from purchasing.database import metadata

items = Table(
    "item_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("base_unit", Text, nullable=False),
    Column("quantity_decimals", Integer, nullable=False),
    Column("units", JSONB, nullable=False),
    Column("procurement", Text, nullable=False),
    Column("tax_code", Text, nullable=False),
    Column("lead_time_days", Integer),
    Column("category", Text, nullable=False),
)

partners = Table(
    "partner_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("currency", Text, nullable=False),
    Column("payment_days", Integer, nullable=False),
    Column("blocked", Boolean, nullable=False),
)

warehouses = Table(
    "warehouse_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False),
)

companies = Table(
    "company_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)

tax_codes = Table("tax_code_replicas", metadata, *record_columns(), price("rate"))
