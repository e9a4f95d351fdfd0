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
    Column("version", Integer, nullable=False),
)
