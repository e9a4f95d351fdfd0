"""Sessions, the hashes of their refresh tokens, and of the codes that the sign-in page hands out."""

from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, LargeBinary, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY

from identity.database import metadata

sessions = Table(
    "sessions",
    metadata,
    Column[UUID]("id", Uuid, primary_key=True),
    Column[UUID]("user", Uuid, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("cookie_hash", LargeBinary, unique=True),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column[list[str]]("methods", ARRAY(Text), nullable=False),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column[UUID]("session", Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("client_id", Text, nullable=False),
    Column("scope", Text, nullable=False),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column[UUID]("session", Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("nonce", Text),
    Column("scope", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)
