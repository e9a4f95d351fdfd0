"""Standard costs by version, and the lines that say why."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.columns import price, quantity
from production.database import metadata

versions = Table(
    "standard_cost_versions",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    quantity("lot_size"),
    Column("missing", ARRAY(Text), nullable=False),
    Column("items", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

costs = Table(
    "standard_costs",
    metadata,
    Column("version_id", Uuid(), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("company", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("made", Boolean, nullable=False),
    quantity("lot_size"),
    price("yield_rate"),
    price("material", signed=True),
    price("labour", signed=True),
    price("overhead", signed=True),
    price("subcontract", signed=True),
)

lines = Table(
    "standard_cost_lines",
    metadata,
    Column("version_id", Uuid(), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("component", Text, nullable=False),
    Column("operation", Integer),
    Column("work_centre", Text, nullable=False),
    quantity("quantity", signed=True),
    price("price", signed=True),
    price("amount", signed=True),
)
