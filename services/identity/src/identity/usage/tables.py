"""Counts by program, day or hour, and gateway process."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, Table, Text, Uuid

from identity.database import metadata

client_usage = Table(
    "client_usage",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column[date]("day", Date, primary_key=True),
    Column[UUID]("gateway", Uuid, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("limited", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
)

client_usage_hours = Table(
    "client_usage_hours",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column[datetime]("hour", DateTime(timezone=True), primary_key=True),
    Column[UUID]("gateway", Uuid, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("limited", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
)
