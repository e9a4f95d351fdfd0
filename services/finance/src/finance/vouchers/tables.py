"""How vouchers, their lines and the balances are kept. Vouchers and lines are only ever added."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid

from chassis.columns import amount
from finance.database import metadata

vouchers = Table(
    "vouchers",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("ledger", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("voucher_type", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("source_topic", Text, nullable=False),
    Column("source_event", Uuid()),
    Column("source_id", Uuid()),
    Column("source_number", Text, nullable=False),
    Column("case_id", Uuid()),
    Column("case_number", Text, nullable=False),
    Column("corrects", Uuid()),
    amount("amount", signed=True),
    Column("actor", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("source_recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

voucher_lines = Table(
    "voucher_lines",
    metadata,
    Column("voucher", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("ledger", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("account", Text, nullable=False),
    amount("debit", signed=True),
    amount("credit", signed=True),
    Column("red", Boolean, nullable=False),
    Column("partner", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("source_topic", Text, nullable=False),
    Column("source_recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

account_balances = Table(
    "account_balances",
    metadata,
    Column("company", Text, primary_key=True),
    Column("ledger", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    amount("debit", signed=True),
    amount("credit", signed=True),
    Column("lines", BigInteger, nullable=False),
)
