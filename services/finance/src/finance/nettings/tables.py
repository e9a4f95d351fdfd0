"""How nettings are kept."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import amount
from finance.database import metadata

nettings = Table(
    "nettings",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False, server_default="posted"),
    Column("partner", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reference", Text, nullable=False),
    amount("amount"),
    amount("receivable_before", signed=True),
    amount("payable_before", signed=True),
    Column("payment_received", Uuid(), nullable=False),
    Column("payment_made", Uuid(), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
