"""Purchase orders with their lines, and the facts of other services that were counted on them."""

from sqlalchemy import Column, Date, DateTime, FetchedValue, Integer, Table, Text, Uuid, func

from chassis.columns import amount, price, quantity
from purchasing.database import metadata

orders = Table(
    "purchase_orders",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    price("tolerance"),
    Column("payment_days", Integer, nullable=False),
    amount("amount_net"),
    amount("amount_tax"),
    amount("amount_gross"),
    Column("approvals_needed", Integer, nullable=False),
    Column("approvals_given", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

order_lines = Table(
    "purchase_order_lines",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("unit", Text, nullable=False),
    price("unit_price"),
    amount("amount_net"),
    amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    Column("due_date", Date, nullable=False),
    quantity("purchase_quantity"),
    Column("purchase_unit", Text, nullable=False),
    quantity("quantity_cancelled"),
    quantity("quantity_received"),
    quantity("quantity_returned"),
    quantity("quantity_billed"),
    price("billed_price", nullable=True),
    Column("agreement_id", Uuid()),
    Column("agreement_line", Integer),
    Column("agreement_number", Text),
)

approvals = Table(
    "purchase_order_approvals",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("approval", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

movements = Table(
    "order_movements",
    metadata,
    Column("source_event", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source_id", Uuid(), nullable=False),
    Column("source_number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_line", Integer, nullable=False),
    quantity("quantity"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""What came from the supplier and what went back: one row per line of the fact."""

billed_lines = Table(
    "billed_lines",
    metadata,
    Column("bill_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_line", Integer, nullable=False),
    quantity("quantity"),
    price("unit_price"),
    Column("business_date", Date, nullable=False),
)
"""Matched bills as finance last told of them."""

commitments = Table(
    "commitments",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    amount("amount", signed=True),
    quantity("quantity", signed=True),
    Column("orders", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Each change of what suppliers still owe, so that the total at an earlier moment is now minus later."""
