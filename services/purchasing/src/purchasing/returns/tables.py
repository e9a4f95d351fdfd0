"""Returns to suppliers and their lines."""

from sqlalchemy import Column, Date, DateTime, FetchedValue, Integer, Table, Text, Uuid, func

from chassis.columns import amount, price, quantity
from purchasing.database import metadata

returns = Table(
    "purchase_returns",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("purchase_order", Uuid(), nullable=False),
    Column("purchase_order_number", Text, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

return_lines = Table(
    "purchase_return_lines",
    metadata,
    Column("return_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("unit", Text, nullable=False),
    price("unit_price"),
    amount("amount_net"),
    amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
    quantity("quantity_returned"),
)
