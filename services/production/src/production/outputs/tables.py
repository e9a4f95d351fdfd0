"""Outputs, waiting for their cost or stated; closings."""

from sqlalchemy import Boolean, Column, Date, DateTime, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount, quantity
from production.database import metadata

outputs = Table(
    "outputs",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("status", Text, nullable=False),
    Column("kind", Text, nullable=False),
    quantity("quantity"),
    Column("warehouse", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    amount("cost", nullable=True),
    Column("document", JSONB),
    Column("receipt", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

closings = Table(
    "closings",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    amount("cost", signed=True),
    Column("document", JSONB, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
