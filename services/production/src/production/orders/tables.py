"""Production orders with their components and operations, and the requests for material."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    FetchedValue,
    Integer,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import quantity
from production.database import metadata

orders = Table(
    "production_orders",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("quantity"),
    Column("warehouse", Text, nullable=False),
    Column("start_date", Date),
    Column("due_date", Date),
    Column("bom", Uuid()),
    Column("routing", Uuid()),
    Column("demand_order", Uuid()),
    Column("demand_line", Integer),
    Column("planned_order", Uuid()),
    quantity("quantity_completed"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

components = Table(
    "production_order_components",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    quantity("quantity"),
    Column("decimals", Integer, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("operation", Integer),
    Column("backflush", Boolean, nullable=False),
    quantity("requested"),
    quantity("issued"),
)

operations = Table(
    "production_order_operations",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("operation", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("work_centre", Text, nullable=False),
    Column("description", Text, nullable=False),
    quantity("setup_hours"),
    quantity("run_hours"),
    quantity("queue_hours"),
    Column("setup_family", Text, nullable=False),
    Column("supplier", Text, nullable=False),
    quantity("good"),
    quantity("scrapped"),
    quantity("defective"),
    quantity("reworking"),
    quantity("outside"),
    quantity("hours"),
)

requests = Table(
    "material_requests",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("order_id", Uuid(), nullable=False),
    Column("reason", Text, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
