"""The audit trail of all services, and the chapters by which it came."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, LargeBinary, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from workflow.database import metadata

audit_records = Table(
    "audit_records",
    metadata,
    Column("service", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("request_id", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("document_type", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("before", JSONB),
    Column("after", JSONB),
    Column("code", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("shortened", Boolean, nullable=False),
)

audit_chapters = Table(
    "audit_chapters",
    metadata,
    Column("service", Text, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("intact", Boolean, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
