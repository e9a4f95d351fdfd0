"""How advances and their applications are kept."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import amount
from finance.database import metadata

advances = Table(
    "advances",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("direction", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("bank_account", Text, nullable=False),
    Column("reference", Text, nullable=False),
    amount("amount"),
    amount("open_amount"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

applications = Table(
    "advance_applications",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("advance", Uuid(), nullable=False),
    Column("payment", Uuid(), nullable=False, unique=True),
    Column("partner", Text, nullable=False),
    amount("amount"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
