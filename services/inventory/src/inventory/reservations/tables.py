"""What orders want, what is held for them, and what the rest waits for."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    Table,
    Text,
    Uuid,
    func,
)

from chassis.columns import amount, price, quantity
from inventory.database import metadata

demand_orders = Table(
    "demand_orders",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("requested_date", Date),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("order_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

demands = Table(
    "demands",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text),
    quantity("quantity"),
    quantity("cancelled"),
    quantity("held"),
    quantity("shipped"),
    quantity("cancel_requested"),
    amount("amount_net"),
    amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    Column("active", Boolean, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("delivery_id", Uuid(), primary_key=True),
    Column("balance_id", BigInteger, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("lot", Text, nullable=False),
    quantity("quantity"),
    Column("picked", Boolean, nullable=False, server_default="false"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

pegs = Table(
    "pegs",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("source_id", Uuid(), primary_key=True),
    Column("source_line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("due_date", Date),
    quantity("quantity"),
)
