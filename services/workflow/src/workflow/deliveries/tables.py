"""Events that somebody subscribed to, their way to each subscriber, and each attempt."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, Table, Text, Uuid, func

from workflow.database import metadata

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Uuid(as_uuid=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("company", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("webhook", Uuid(as_uuid=True), nullable=False),
    Column("event", Uuid(as_uuid=True), nullable=False),
    Column("topic", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("key", Uuid(as_uuid=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("lane", Uuid(as_uuid=True), nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("first_attempt_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("last_status", Integer),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("delivery", Uuid(as_uuid=True), nullable=False),
    Column("webhook", Uuid(as_uuid=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("status", Integer),
    Column("error", Text, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("answer", Text, nullable=False),
)
