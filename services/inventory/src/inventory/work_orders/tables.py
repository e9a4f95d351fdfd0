"""Production orders' needs, what is set aside for them, what they asked for, and what was said to be missing."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import quantity
from inventory.database import metadata

work_orders = Table(
    "work_orders",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("demand_order", Uuid()),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

components = Table(
    "work_order_components",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("issued"),
)

holds = Table(
    "work_order_holds",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("balance_id", BigInteger, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

requests = Table(
    "material_requests",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("component", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("issued"),
    Column("business_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

shortages = Table(
    "material_shortages",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
