"""Shipments: facts with their cost, which goods that come back return at."""

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


shipments = Table(
    "shipments",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("delivery_id", Uuid(), nullable=False, unique=True),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("tracking_number", Text, nullable=False),
    amount("cost"),
    amount("amount_net"),
    amount("amount_tax"),
    *_dates(),
)

shipment_lines = Table(
    "shipment_lines",
    metadata,
    Column("shipment_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("lot", Text, nullable=False),
    quantity("quantity"),
    quantity("returned", default="0"),
    Column("valuation_class", Text, nullable=False),
    amount("cost"),
    amount("amount_net"),
    amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    *_dates(),
)
