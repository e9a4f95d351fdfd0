"""Transfers, and their two ends as facts."""

from typing import Any

from sqlalchemy import Column, Date, DateTime, Integer, SmallInteger, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount, quantity
from inventory.database import metadata


def _dates() -> list[Column[Any]]:
    return [
        Column("business_date", Date, nullable=False),
        Column("posting_date", Date, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ]


transfers = Table(
    "transfers",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("from_warehouse", Text, nullable=False),
    Column("to_warehouse", Text, nullable=False),
    Column("ship_date", Date),
    Column("due_date", Date),
    Column("planned_order", Uuid()),
    *_dates(),
)

transfer_lines = Table(
    "transfer_lines",
    metadata,
    Column("transfer_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("lot", Text, nullable=False),
    quantity("quantity"),
    quantity("received", default="0"),
    amount("cost", default="0"),
    Column("shipped_lots", JSONB(), nullable=False, server_default="[]"),
)

transfer_movements = Table(
    "transfer_movements",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("transfer_id", Uuid(), nullable=False),
    Column("direction", SmallInteger, nullable=False),
    quantity("quantity"),
    amount("cost"),
    Column("document", JSONB(), nullable=False),
    *_dates(),
)
