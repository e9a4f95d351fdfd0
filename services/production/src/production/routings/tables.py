"""Routings with their operations."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import quantity
from production.database import metadata

routings = Table(
    "routings",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

steps = Table(
    "routing_steps",
    metadata,
    Column("routing_id", Uuid(), primary_key=True),
    Column("operation", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("work_centre", Text, nullable=False),
    Column("description", Text, nullable=False),
    quantity("setup_hours"),
    quantity("run_hours"),
    quantity("queue_hours"),
    Column("setup_family", Text, nullable=False),
    Column("supplier", Text, nullable=False),
)
