"""Running sums, kept as entries so that no two transactions wait for one row."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, func

from chassis.columns import amount, quantity
from inventory.database import metadata

tallies = Table(
    "tallies",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("company", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    amount("amount", signed=True),
    quantity("quantity", signed=True),
    Column("count", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
