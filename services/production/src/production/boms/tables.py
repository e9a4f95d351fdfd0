"""Bills of material with their components and further outputs."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text, Uuid, func

from chassis.columns import price, quantity
from production.database import metadata

boms = Table(
    "boms",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    quantity("base_quantity"),
    price("yield_rate"),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

components = Table(
    "bom_components",
    metadata,
    Column("bom_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("unit", Text, nullable=False),
    price("scrap_rate"),
    Column("operation", Integer),
    Column("backflush", Boolean, nullable=False),
    Column("alternate_of", Integer),
    Column("priority", Integer, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
)

outputs = Table(
    "bom_outputs",
    metadata,
    Column("bom_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    quantity("quantity"),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    price("cost_share"),
    price("unit_value"),
)
