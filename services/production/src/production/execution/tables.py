"""Reports, nonconformances, and work given to suppliers."""

from typing import Any

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount, price, quantity
from production.database import metadata


def _document() -> list[Column[Any]]:
    return [
        Column("id", Uuid(), primary_key=True),
        Column("number", Text, nullable=False, unique=True),
        Column("company", Text, nullable=False),
        Column("business_date", Date, nullable=False),
        Column("posting_date", Date, nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ]


reports = Table(
    "operation_reports",
    metadata,
    *_document(),
    Column("order_id", Uuid(), nullable=False),
    Column("operation", Integer, nullable=False),
    Column("work_centre", Text, nullable=False),
    quantity("good"),
    quantity("scrapped"),
    quantity("rework"),
    quantity("hours"),
    amount("labour"),
    amount("overhead"),
    Column("document", JSONB, nullable=False),
)

nonconformances = Table(
    "nonconformances",
    metadata,
    *_document(),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("operation", Integer, nullable=False),
    quantity("quantity"),
    Column("defect", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("text", Text, nullable=False),
)

subcontracts = Table(
    "subcontracts",
    metadata,
    *_document(),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("operation", Integer, nullable=False),
    Column("supplier", Text, nullable=False),
    quantity("quantity"),
    quantity("good"),
    quantity("scrapped"),
    price("unit_price"),
    Column("currency", Text, nullable=False),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    Column("payment_days", Integer, nullable=False),
)

subcontract_bills = Table(
    "subcontract_bills",
    metadata,
    *_document(),
    Column("subcontract_id", Uuid(), nullable=False),
    Column("supplier", Text, nullable=False),
    Column("supplier_number", Text, nullable=False),
    amount("amount_net"),
    amount("amount_gross"),
    Column("document", JSONB, nullable=False),
)
