"""Stocktakes and their lines."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import quantity
from inventory.database import metadata

counts = Table(
    "counts",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("adjustment", Uuid()),
    Column("adjustment_number", Text, nullable=False, server_default=""),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

count_lines = Table(
    "count_lines",
    metadata,
    Column("count_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("bin", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("book"),
    quantity("expected", nullable=True),
    quantity("counted", nullable=True),
)
