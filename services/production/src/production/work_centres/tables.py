"""Calendars and work centres."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.columns import price
from production.database import metadata

calendars = Table(
    "calendars",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("shifts", JSONB, nullable=False),
    Column("days_off", ARRAY(Date), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

work_centres = Table(
    "work_centres",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    price("labour_rate"),
    price("overhead_rate"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
