"""Planning parameters by item and warehouse."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import quantity
from production.database import metadata

item_plans = Table(
    "item_plans",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Text),
    Column("transfer_from", Text, nullable=False),
    Column("lot_rule", Text, nullable=False),
    quantity("lot_quantity"),
    quantity("lot_minimum"),
    quantity("lot_multiple"),
    quantity("lot_maximum"),
    Column("lead_time_days", Integer),
    quantity("safety_stock", nullable=True),
    Column("supplier", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
