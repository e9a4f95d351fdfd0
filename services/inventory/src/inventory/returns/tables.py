"""What may come back or go back, and what did."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import amount, price, quantity
from inventory.database import metadata

authorisations = Table(
    "authorisations",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

authorisation_lines = Table(
    "authorisation_lines",
    metadata,
    Column("authorisation_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_line", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("shipment", Uuid()),
    quantity("quantity"),
    quantity("returned", default="0"),
    amount("amount_net"),
    amount("amount_tax"),
    Column("tax_code", Text, nullable=False),
    price("tax_rate"),
)

goods_returns = Table(
    "goods_returns",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("authorisation", Uuid(), nullable=False),
    Column("authorisation_number", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("order_number", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    amount("cost"),
    Column("document", JSONB(), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

goods_return_lines = Table(
    "goods_return_lines",
    metadata,
    Column("goods_return_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("lot", Text, nullable=False),
    quantity("quantity"),
    quantity("accepted", default="0"),
    quantity("rejected", default="0"),
)
