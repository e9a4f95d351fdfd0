"""What each company has of each item and what it is worth; later costs."""

from sqlalchemy import Column, Date, DateTime, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount, quantity
from inventory.database import metadata

stock_values = Table(
    "stock_values",
    metadata,
    Column("company", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    quantity("quantity", default="0"),
    amount("amount", default="0"),
    Column("valuation_class", Text, nullable=False, server_default=""),
    quantity("inflow", default="0"),
    quantity("outflow", default="0"),
)

cost_adjustments = Table(
    "cost_adjustments",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("cause_id", Uuid(), nullable=False, unique=True),
    Column("cause_number", Text, nullable=False),
    amount("amount", signed=True),
    Column("document", JSONB(), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
