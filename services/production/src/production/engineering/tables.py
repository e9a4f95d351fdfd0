"""Engineering requests."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import quantity
from production.database import metadata

requests = Table(
    "engineering_requests",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("quotation_id", Uuid()),
    Column("quotation_number", Text, nullable=False),
    Column("quotation_line", Integer),
    Column("order_id", Uuid()),
    Column("order_number", Text, nullable=False),
    Column("order_line", Integer),
    Column("description", Text, nullable=False),
    Column("description_en", Text, nullable=False),
    Column("specification", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    quantity("quantity"),
    Column("unit", Text, nullable=False),
    Column("requested_date", Date),
    Column("assignee", Text, nullable=False),
    Column("due_date", Date),
    Column("lead_time_days", Integer),
    Column("item", Text, nullable=False),
    Column("bom", Text, nullable=False),
    Column("routing", Text, nullable=False),
    Column("released_on", Date),
    Column("reason", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
