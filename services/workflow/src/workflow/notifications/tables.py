"""What people are told, and what of it they have read."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid, func

from workflow.database import metadata

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("permission", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

notification_reads = Table(
    "notification_reads",
    metadata,
    Column("notification", Uuid(as_uuid=True), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("read_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
