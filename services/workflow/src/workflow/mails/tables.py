"""Mails, and what of others' records they need."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from workflow.database import metadata

mails = Table(
    "mails",
    metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Uuid(as_uuid=True), nullable=False),
    Column("number", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("recipient", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("answer_code", Integer),
    Column("answer", Text, nullable=False, server_default=""),
    Column("sent_at", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

mail_partners = Table(
    "mail_partners",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("email", Text, nullable=False),
)

mail_names = Table(
    "mail_names",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)
