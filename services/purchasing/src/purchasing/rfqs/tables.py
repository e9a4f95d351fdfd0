"""Requests for quotation: what is asked, of whom, and what they offer."""

from sqlalchemy import Column, Date, DateTime, FetchedValue, Integer, Table, Text, Uuid, func

from chassis.columns import price, quantity
from purchasing.database import metadata

rfqs = Table(
    "rfqs",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("answer_until", Date, nullable=False),
    Column("awarded_to", Text),
    Column("order_id", Uuid()),
    Column("order_number", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

lines = Table(
    "rfq_lines",
    metadata,
    Column("rfq_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("unit", Text, nullable=False),
)

suppliers = Table(
    "rfq_suppliers",
    metadata,
    Column("rfq_id", Uuid(), primary_key=True),
    Column("supplier", Text, primary_key=True),
    Column("company", Text, nullable=False),
)

offers = Table(
    "rfq_offers",
    metadata,
    Column("rfq_id", Uuid(), primary_key=True),
    Column("supplier", Text, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    price("unit_price"),
    Column("lead_time_days", Integer, nullable=False),
)
