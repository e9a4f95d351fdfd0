"""Requisitions, the shortages that they answer, and the purchase orders that they became."""

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

from chassis.columns import quantity
from purchasing.database import metadata

requisitions = Table(
    "requisitions",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("origin", Text, nullable=False),
    Column("demand_order", Uuid()),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=FetchedValue()),
)

requisition_lines = Table(
    "requisition_lines",
    metadata,
    Column("requisition_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    quantity("quantity_ordered"),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("due_date", Date),
    Column("supplier", Text),
    Column("demand_order", Uuid()),
    Column("demand_line", Integer),
)

demands = Table(
    "shortage_demands",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("order_number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("uncovered"),
    quantity("declined"),
    Column("origin", Text, nullable=False, server_default="shortage"),
    Column("stated_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

conversions = Table(
    "conversions",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("order_line", Integer, primary_key=True),
    Column("requisition_id", Uuid(), primary_key=True),
    Column("requisition_line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    quantity("quantity"),
    Column("demand_order", Uuid()),
    Column("demand_line", Integer),
    Column("seen_at", DateTime(timezone=True)),
    Column("settled", Boolean, nullable=False, server_default="false"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
