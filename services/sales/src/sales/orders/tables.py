"""How orders are kept: the document, its lines, inventory's answer, and each fact that moved it."""

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis import columns
from sales.database import metadata

orders = Table(
    "orders",
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
    Column("priority", Integer, nullable=False),
    Column("requested_date", Date),
    Column("channel_number", Text),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("hold_reasons", ARRAY(Text), nullable=False),
    columns.amount("amount_net"),
    columns.amount("amount_tax"),
    columns.amount("amount_gross"),
    columns.amount("amount_open"),
    columns.amount("amount_shipped", default="0"),
    columns.amount("amount_invoiced", default="0"),
    columns.amount("amount_credited", default="0"),
    columns.amount("amount_reduced", default="0"),
    columns.amount("amount_paid", signed=True, default="0"),
    Column("cancel_version", Integer),
    Column("promised_date", Date),
)

lines = Table(
    "order_lines",
    metadata,
    Column("order_id", UUID(), ForeignKey("orders.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
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
    columns.quantity("quantity_cancelled", default="0"),
    columns.quantity("cancel_requested", default="0"),
    columns.quantity("quantity_shipped", default="0"),
)

reservations = Table(
    "order_reservations",
    metadata,
    Column("order_id", UUID(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("order_version", Integer, nullable=False),
    Column("lines", JSONB, nullable=False),
)

shipments = Table(
    "order_shipments",
    metadata,
    Column("id", UUID(), primary_key=True),
    Column("source_event", UUID(), nullable=False, unique=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("order_id", UUID(), nullable=False),
    Column("customer", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("tracking_number", Text, nullable=False),
    columns.amount("amount_gross"),
    Column("lines", JSONB, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

settlements = Table(
    "order_settlements",
    metadata,
    Column("source_event", UUID(), primary_key=True),
    Column("order_id", UUID(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document", UUID(), nullable=False),
    Column("number", Text, nullable=False),
    columns.amount("amount", signed=True),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
