"""Receipts from production: facts, kept as they were stated."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount
from inventory.database import metadata

production_receipts = Table(
    "production_receipts",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False, server_default="posted"),
    Column("output", Uuid(), nullable=False, unique=True),
    Column("production_order", Uuid(), nullable=False),
    Column("production_order_number", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    amount("cost"),
    Column("document", JSONB(), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
