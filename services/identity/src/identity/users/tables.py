"""People who sign in, and apart from them what proves that it is them."""

from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY

from identity.database import metadata

users = Table(
    "users",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("username_folded", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column[list[str]]("roles", ARRAY(Text), nullable=False),
    Column[list[str]]("companies", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column[list[str]]("warehouses", ARRAY(Text), nullable=False),
    Column[list[str]]("partners", ARRAY(Text), nullable=False),
    Column("own", Boolean, nullable=False),
)

passwords = Table(
    "passwords",
    metadata,
    Column[UUID]("user", Uuid, ForeignKey("users.id"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
