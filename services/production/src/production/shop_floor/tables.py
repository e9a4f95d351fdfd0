"""Times at which a work centre is down, and the schedules that were kept."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func

from production.database import metadata

downtimes = Table(
    "work_centre_downtimes",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("work_centre", Text, nullable=False),
    Column("unit", Integer),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("freeze_until", DateTime(timezone=True), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

slots = Table(
    "schedule_slots",
    metadata,
    Column("schedule_id", Uuid(), primary_key=True),
    Column("order_id", Uuid(), primary_key=True),
    Column("operation", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("work_centre", Text, nullable=False),
    Column("unit", Integer, nullable=False),
    Column("setup_start", DateTime(timezone=True), nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("frozen", Boolean, nullable=False),
)
