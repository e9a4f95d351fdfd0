"""Receipts: facts."""

from typing import Any

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import amount, price, quantity
from inventory.database import metadata


def _dates() -> list[Column[Any]]:
    return [
        Column("business_date", Date, nullable=False),
        Column("posting_date", Date, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ]


receipts = Table(
    "receipts",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False, server_default="received"),
    Column("purchase_order", Uuid(), nullable=False),
    Column("purchase_order_number", Text, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    amount("amount"),
    *_dates(),
)

receipt_lines = Table(
    "receipt_lines",
    metadata,
    Column("receipt_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("purchase_order", Uuid(), nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("accepted"),
    quantity("rejected"),
    quantity("returned", default="0"),
    price("unit_price"),
    amount("amount"),
    Column("valuation_class", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("bin", Text, nullable=False, server_default=""),
    Column("expiry_date", Date),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    *_dates(),
)
