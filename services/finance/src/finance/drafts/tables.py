"""How drafts of vouchers are kept."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.columns import amount
from finance.database import metadata

drafts = Table(
    "voucher_drafts",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False, server_default="draft"),
    Column("currency", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("lines", JSONB, nullable=False),
    amount("amount"),
    Column("makers", ARRAY(Text), nullable=False),
    Column("returned_because", Text, nullable=False, server_default=""),
    Column("voucher", Uuid()),
    Column("posted_by", Text),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
