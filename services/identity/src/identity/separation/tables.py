"""Rules of separation."""

from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid, func

from identity.database import metadata

separation_rules = Table(
    "separation_rules",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("ready_made", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
