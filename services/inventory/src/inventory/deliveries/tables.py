"""Delivery notes: one open one per order and warehouse."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func

from inventory.database import metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
