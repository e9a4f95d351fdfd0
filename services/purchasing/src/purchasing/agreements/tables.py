"""Blanket orders and their lines, each with what was drawn of it."""

from sqlalchemy import Column, Date, DateTime, FetchedValue, Integer, Table, Text, Uuid, func

from chassis.columns import amount, price, quantity
from purchasing.database import metadata

agreements = Table(
    "purchase_agreements",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

agreement_lines = Table(
    "purchase_agreement_lines",
    metadata,
    Column("agreement_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    price("unit_price"),
    quantity("quantity_limit", nullable=True),
    amount("amount_limit", nullable=True),
    quantity("quantity_released"),
    amount("amount_released"),
    quantity("quantity_received"),
)
