"""How open items and their settlement are kept."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid

from chassis.columns import amount
from finance.database import metadata

open_items = Table(
    "open_items",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Uuid(), nullable=False),
    Column("number", Text, nullable=False),
    Column("order_id", Uuid()),
    Column("order_number", Text, nullable=False),
    Column("currency", Text, nullable=False),
    amount("amount", signed=True),
    amount("open_amount", signed=True),
    Column("business_date", Date, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
