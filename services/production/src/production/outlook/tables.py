"""Stock by warehouse, flows of value, quotations, open sales, purchases and transfers, suppliers' offers."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import amount, quantity
from production.database import metadata

flows = Table(
    "stock_flows",
    metadata,
    Column("source", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("kind", Text, nullable=False),
    quantity("quantity", signed=True),
    amount("amount", signed=True),
    Column("number", Text, nullable=False),
    Column("order_id", Uuid()),
    Column("lot", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

levels = Table(
    "stock_levels",
    metadata,
    Column("company", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("warehouse", Text, primary_key=True),
    quantity("quantity", signed=True),
)

demands = Table(
    "sales_demands",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("shipped"),
    Column("wanted", Date),
    Column("priority", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

quoted = Table(
    "quoted_lines",
    metadata,
    Column("quotation_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("quantity"),
    Column("requested_date", Date),
    Column("engineering_request", Uuid()),
    Column("order_id", Uuid()),
)

purchases = Table(
    "purchase_supplies",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("received"),
    Column("due_date", Date),
    Column("active", Boolean, nullable=False),
)

transfers = Table(
    "transfer_supplies",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("from_warehouse", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("shipped"),
    quantity("received"),
    Column("ship_date", Date),
    Column("due_date", Date),
    Column("planned_order", Uuid()),
    Column("active", Boolean, nullable=False),
)

offers = Table(
    "supplier_offers",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("lead_time_days", Integer, nullable=False),
    quantity("minimum_quantity"),
    quantity("multiple_quantity"),
    Column("preferred", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
)
