"""Bins."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid, func

from inventory.database import metadata

bins = Table(
    "bins",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("pick_order", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
