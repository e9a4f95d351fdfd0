"""How openings are kept."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid

from chassis.columns import amount
from finance.database import metadata

openings = Table(
    "openings",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    amount("amount"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
