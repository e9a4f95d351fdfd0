"""Signing keys. Never published as events, never shown but for their public half."""

from sqlalchemy import Boolean, Column, DateTime, LargeBinary, Table, Text, func

from identity.database import metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("honoured_until", DateTime(timezone=True)),
)
