"""Approval policies, one of a company."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from purchasing.database import metadata

policies = Table(
    "approval_policies",
    metadata,
    Column("company", Text, primary_key=True),
    Column("id", Uuid(), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
