"""Supplier items: one row per supplier and item, shared by all companies."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, UniqueConstraint, Uuid, func

from chassis.columns import price, quantity
from purchasing.database import metadata

supplier_items = Table(
    "supplier_items",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    price("unit_price"),
    Column("currency", Text, nullable=False),
    Column("lead_time_days", Integer, nullable=False),
    quantity("minimum_quantity"),
    quantity("multiple_quantity", nullable=True),
    quantity("maximum_quantity", nullable=True),
    Column("preferred", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("supplier", "item"),
)
