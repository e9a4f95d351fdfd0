"""How replicas are kept."""

from sqlalchemy import Boolean, Column, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.columns import price, quantity
from chassis.replicas import record_columns
from finance.database import metadata

companies = Table(
    "company_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)

partners = Table(
    "partner_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("currency", Text, nullable=False),
    Column("payment_days", Integer, nullable=False),
    Column("billing_policy", Text, nullable=False),
    Column("blocked", Boolean, nullable=False),
)

tax_codes = Table(
    "tax_code_replicas",
    metadata,
    *record_columns(),
    price("rate"),
)

items = Table(
    "item_replicas",
    metadata,
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("valuation_class", Text, nullable=False),
    Column("base_unit", Text, nullable=False),
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    Column("company", Text, nullable=False),
    Column("purchase_order", Uuid(), primary_key=True),
    Column("purchase_order_number", Text, nullable=False),
    Column("order_line", Integer, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("quantity"),
    price("unit_price"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    Column("payment_days", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
