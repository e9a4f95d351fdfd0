"""How received lines and bills are kept."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.columns import amount, price, quantity
from finance.database import metadata

receipt_lines = Table(
    "receipt_lines",
    metadata,
    Column("receipt", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("receipt_number", Text, nullable=False),
    Column("purchase_order", Uuid(), nullable=False),
    Column("purchase_order_number", Text, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("tax_code", Text, nullable=False),
    Column("valuation_class", Text, nullable=False),
    price("unit_price"),
    price("tax_rate"),
    quantity("quantity"),
    quantity("cleared_quantity"),
    quantity("billed_quantity"),
    quantity("returned_quantity"),
    amount("amount"),
    amount("cleared_amount"),
    Column("business_date", Date, nullable=False),
    Column("source_recorded_at", DateTime(timezone=True), nullable=False),
)

bills = Table(
    "bills",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("supplier_number", Text, nullable=False),
    Column("supplier_key", Text, nullable=False),
    Column("purchase_order", Uuid(), nullable=False),
    Column("purchase_order_number", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("block_reasons", ARRAY(Text), nullable=False),
    Column("price_accepted", Boolean, nullable=False),
    amount("amount_net"),
    amount("amount_tax"),
    amount("amount_gross"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

bill_lines = Table(
    "bill_lines",
    metadata,
    Column("bill", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("tax_code", Text, nullable=False),
    quantity("quantity"),
    price("unit_price"),
    price("order_price"),
    price("tax_rate"),
    amount("amount_net"),
    amount("amount_tax"),
)

bill_matches = Table(
    "bill_matches",
    metadata,
    Column("bill", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("bill_line", Integer, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("receipt", Uuid(), nullable=False),
    Column("receipt_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    price("unit_price"),
    amount("amount_received"),
    amount("amount_net"),
    amount("difference", signed=True),
)
