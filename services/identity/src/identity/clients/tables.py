"""Programs that call the API, and apart from them the hashes of their secrets."""

from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from identity.database import metadata

clients = Table(
    "clients",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column("client_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column[list[str]]("roles", ARRAY(Text), nullable=False),
    Column[list[str]]("companies", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column[list[str]]("warehouses", ARRAY(Text), nullable=False),
    Column[list[str]]("partners", ARRAY(Text), nullable=False),
    Column("own", Boolean, nullable=False),
    Column("requests_per_second", Integer, nullable=False, server_default="0"),
)

client_keys = Table(
    "client_keys",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column[UUID]("client", Uuid, ForeignKey("clients.id"), nullable=False),
    Column("kid", Text, nullable=False),
    Column[dict[str, str]]("jwk", JSONB, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

client_assertions = Table(
    "client_assertions",
    metadata,
    Column[UUID]("client", Uuid, ForeignKey("clients.id"), primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

client_secrets = Table(
    "client_secrets",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column[UUID]("client", Uuid, ForeignKey("clients.id"), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
