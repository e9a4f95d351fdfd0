"""How payments are kept."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid

from chassis.columns import amount
from finance.database import metadata

payments = Table(
    "payments",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("bank_account", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("order_id", Uuid()),
    Column("order_number", Text, nullable=False),
    amount("amount"),
    amount("on_account"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
