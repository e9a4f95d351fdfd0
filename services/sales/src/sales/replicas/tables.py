"""How master data is kept: one row per code, at the newest version seen."""

from sqlalchemy import Boolean, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis import columns
from sales.database import metadata

items = Table(
    "item_replicas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("id", UUID(), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("base_unit", Text, nullable=False),
    Column("quantity_decimals", Integer, nullable=False),
    Column("units", JSONB, nullable=False),
    columns.price("list_price", nullable=True),
    Column("tax_code", Text, nullable=False),
)

partners = Table(
    "partner_replicas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("id", UUID(), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("customer", Boolean, nullable=False),
    Column("currency", Text, nullable=False),
    Column("blocked", Boolean, nullable=False),
)

warehouses = Table(
    "warehouse_replicas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("id", UUID(), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("company_code", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

companies = Table(
    "company_replicas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("id", UUID(), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)

tax_codes = Table(
    "tax_code_replicas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("id", UUID(), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    columns.price("rate"),
)
