"""Webhooks, and how each one's receiver is doing."""

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

from workflow.database import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("companies", ARRAY(Text), nullable=False),
    Column("partners", ARRAY(Text), nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("off_because", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("scope_companies", ARRAY(Text)),
    Column("scope_warehouses", ARRAY(Text)),
    Column("scope_partners", ARRAY(Text)),
    Column("scope_own", Boolean, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("secret_previous", LargeBinary),
    Column("previous_until", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

webhook_health = Table(
    "webhook_health",
    metadata,
    Column("webhook", Uuid(as_uuid=True), ForeignKey("webhooks.id"), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("retry_at", DateTime(timezone=True)),
    Column("succeeded_at", DateTime(timezone=True)),
)
