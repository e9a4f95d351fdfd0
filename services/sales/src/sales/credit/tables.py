"""How credit is kept: per customer what was granted (version 0: nothing) and what is used, and each change of it."""

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

accounts = Table(
    "credit_accounts",
    metadata,
    Column("company", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("profile_id", UUID()),
    Column("version", Integer, nullable=False, server_default="0"),
    columns.amount("credit_limit", nullable=True),
    Column("check_overdue", Boolean, nullable=False, server_default="false"),
    Column("valid_until", Date),
    Column("granted_at", DateTime(timezone=True)),
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
