"""Roles and what they permit."""

from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid, false, func
from sqlalchemy.dialects.postgresql import ARRAY

from identity.database import metadata

roles = Table(
    "roles",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column[list[str]]("permissions", ARRAY(Text), nullable=False),
    Column("ready_made", Boolean, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("second_factor", Boolean, nullable=False, server_default=false()),
)
