"""How credit is kept: what was granted, what is used, and each change of what is used."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import UUID

from chassis import columns
from sales.database import metadata

profiles = Table(
    "credit_profiles",
    metadata,
    Column("id", UUID(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("version", Integer, nullable=False),
    columns.amount("credit_limit", nullable=True),
    Column("check_overdue", Boolean, nullable=False),
    Column("valid_until", Date),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

accounts = Table(
    "credit_accounts",
    metadata,
    Column("company", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    columns.amount("open_orders", default="0"),
    Column("open_count", Integer, nullable=False, server_default="0"),
    columns.amount("unacknowledged", default="0"),
    columns.amount("shipped_gross", default="0"),
    Column("shipped_count", Integer, nullable=False, server_default="0"),
    columns.amount("receivable", signed=True, default="0"),
    columns.amount("overdue", default="0"),
    Column("sequence", BigInteger, nullable=False, server_default="0"),
)

moves = Table(
    "exposure_moves",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("company", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("order_id", UUID(), nullable=False),
    columns.amount("amount", signed=True),
    Column("orders", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

shipments = Table(
    "credit_shipments",
    metadata,
    Column("shipment", UUID(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("customer", Text, nullable=False),
    columns.amount("amount_gross", default="0"),
    Column("seen", Boolean, nullable=False),
    Column("acknowledged", Boolean, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
