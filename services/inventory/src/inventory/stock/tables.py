"""The ledger: moves that nobody changes, and the balances that they sum to."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
)

from chassis.columns import amount, quantity
from inventory.database import metadata

moves = Table(
    "moves",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("quantity"),
    Column("source_place", Text, nullable=False),
    Column("source_bin", Text, nullable=False),
    Column("source_status", Text, nullable=False),
    Column("target_place", Text, nullable=False),
    Column("target_bin", Text, nullable=False),
    Column("target_status", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("direction", SmallInteger, nullable=False),
    amount("amount", signed=True),
    amount("carried"),
    Column("valuation_class", Text, nullable=False),
    Column("destination", Text, nullable=False),
    quantity("flow_end"),
    Column("document_topic", Text, nullable=False),
    Column("document_id", Uuid(), nullable=False),
    Column("document_number", Text, nullable=False),
    Column("document_line", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

balances = Table(
    "balances",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("bin", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("expiry_date", Date),
    quantity("on_hand"),
    quantity("reserved", default="0"),
)
