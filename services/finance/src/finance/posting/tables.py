"""How posting rules are kept: every version of each, one of them current."""

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from finance.database import metadata

posting_rules = Table(
    "posting_rules",
    metadata,
    Column("company", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("current", Boolean, nullable=False),
    Column("topic", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
