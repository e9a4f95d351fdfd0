"""What every service says it could not apply."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid

from workflow.database import metadata

parked_reports = Table(
    "parked_reports",
    metadata,
    Column("service", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
)

parked_messages = Table(
    "parked_messages",
    metadata,
    Column("service", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False),
    Column("told", Boolean, nullable=False),
)
