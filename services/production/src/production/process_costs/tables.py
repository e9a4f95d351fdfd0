"""Process cost sheets: one per item and period, never changed."""

from sqlalchemy import Column, Date, DateTime, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount, quantity
from production.database import metadata

sheets = Table(
    "process_cost_sheets",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("method", Text, nullable=False),
    quantity("quantity"),
    amount("cost", signed=True),
    amount("in_work", signed=True),
    Column("document", JSONB, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
