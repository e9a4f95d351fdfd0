"""Reorder rules, and what was last told of each."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.columns import quantity
from inventory.database import metadata

reorder_rules = Table(
    "reorder_rules",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("minimum"),
    quantity("maximum"),
    Column("active", Boolean, nullable=False),
    Column("told_version", Integer, nullable=False, server_default="0"),
    quantity("told_quantity", default="0"),
    Column("told_counted", ARRAY(Uuid()), nullable=False, server_default="{}"),
    Column("told_at", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
