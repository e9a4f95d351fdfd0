"""How price lists are kept."""

from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import UUID

from chassis import columns
from sales.database import metadata

price_lists = Table(
    "price_lists",
    metadata,
    Column("id", UUID(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

prices = Table(
    "price_list_prices",
    metadata,
    Column("price_list_id", UUID(), ForeignKey("price_lists.id"), primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, primary_key=True),
    columns.quantity("from_quantity"),
    columns.price("unit_price"),
)
