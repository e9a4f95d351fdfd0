"""How customers' returns are kept."""

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import UUID

from chassis import columns
from sales.database import metadata

returns = Table(
    "returns",
    metadata,
    Column("id", UUID(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("order_id", UUID(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

lines = Table(
    "return_lines",
    metadata,
    Column("return_id", UUID(), ForeignKey("returns.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    columns.quantity("quantity"),
    Column("unit", Text, nullable=False),
    Column("shipment", UUID()),
    columns.amount("amount_net"),
    columns.amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    columns.price("tax_rate"),
    columns.quantity("quantity_received", default="0"),
)

receipts = Table(
    "return_receipts",
    metadata,
    Column("id", UUID(), primary_key=True),
    Column("source_event", UUID(), nullable=False, unique=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("return_id", UUID(), nullable=False),
    Column("warehouse", Text, nullable=False),
    columns.amount("amount_gross"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
