"""How quotations are kept: as they are now, and each version that was issued."""

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis import columns
from sales.database import metadata

quotations = Table(
    "quotations",
    metadata,
    Column("id", UUID(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("customer", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("requested_date", Date),
    Column("revision", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    columns.amount("amount_net"),
    columns.amount("amount_tax"),
    Column("order_id", UUID(), ForeignKey("orders.id"), unique=True),
    Column("order_number", Text),
)

lines = Table(
    "quotation_lines",
    metadata,
    Column("quotation_id", UUID(), ForeignKey("quotations.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text),
    Column("engineering_request", UUID(), unique=True),
    Column("non_standard", JSONB(none_as_null=True)),
    columns.quantity("quantity"),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text),
    columns.price("unit_price"),
    columns.amount("amount_net"),
    columns.amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    columns.price("tax_rate"),
    Column("price_source", Text, nullable=False),
    Column("price_list", Text),
    columns.quantity("price_from", nullable=True),
    columns.quantity("quoted_quantity"),
    Column("quoted_unit", Text, nullable=False),
    columns.price("quoted_price"),
)

issues = Table(
    "quotation_issues",
    metadata,
    Column("quotation_id", UUID(), ForeignKey("quotations.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("document", JSONB, nullable=False),
)
