"""How periods are kept."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text

from chassis.columns import AMOUNT
from finance.database import metadata

periods = Table(
    "periods",
    metadata,
    Column("company", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("sealed_vouchers", BigInteger),
    Column("sealed_lines", BigInteger),
    Column("sealed_debit", AMOUNT),
    Column("sealed_credit", AMOUNT),
    Column("sealed_hash", Text),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Text),
    Column("closing", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False),
)
period_reopenings = Table(
    "period_reopenings",
    metadata,
    Column("company", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("closing", Integer, primary_key=True),
    Column("sealed_vouchers", BigInteger, nullable=False),
    Column("sealed_lines", BigInteger, nullable=False),
    Column("sealed_debit", AMOUNT, nullable=False),
    Column("sealed_credit", AMOUNT, nullable=False),
    Column("sealed_hash", Text, nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False),
    Column("closed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reopened_at", DateTime(timezone=True), nullable=False),
    Column("reopened_by", Text, nullable=False),
)
