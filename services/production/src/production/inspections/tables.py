"""Inspection plans and inspections."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import quantity
from production.database import metadata

plans = Table(
    "inspection_plans",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("operation", Integer),
    Column("sample", JSONB, nullable=False),
    Column("characteristics", JSONB, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

inspections = Table(
    "inspections",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("operation", Integer, nullable=False),
    Column("plan_id", Uuid(), nullable=False),
    quantity("quantity"),
    Column("sample_size", Integer, nullable=False),
    Column("accept", Integer, nullable=False),
    Column("characteristics", JSONB, nullable=False),
    Column("results", JSONB, nullable=False),
    Column("nonconforming", Integer, nullable=False),
    quantity("rejected"),
    Column("inspector", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("decided_on", Date),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
