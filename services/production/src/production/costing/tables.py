"""Cost entries: written once, never changed."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import amount, quantity
from production.database import metadata

cost_entries = Table(
    "cost_entries",
    metadata,
    Column("source", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("element", Text, primary_key=True),
    Column("order_id", Uuid(), nullable=False),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    amount("amount", signed=True),
    Column("number", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("operation", Integer),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
