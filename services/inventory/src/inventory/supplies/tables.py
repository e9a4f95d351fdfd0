"""Purchase orders as purchasing tells them, with what we accepted."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import price, quantity
from inventory.database import metadata

purchase_orders = Table(
    "purchase_orders",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    price("tolerance"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("cancelled"),
    quantity("accepted", default="0"),
    price("unit_price"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    Column("due_date", Date),
    Column("active", Boolean, nullable=False),
)
