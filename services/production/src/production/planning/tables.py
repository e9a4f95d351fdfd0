"""Planning runs, the orders that they propose, what these are for, and what a planner should look at."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    FetchedValue,
    Identity,
    Integer,
    Table,
    Text,
    Uuid,
    func,
)

from chassis.columns import quantity
from production.database import metadata

runs = Table(
    "mrp_runs",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("company", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("planned_orders", Integer, nullable=False),
    Column("exceptions", Integer, nullable=False),
    Column("horizon", Date),
    Column("error", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("items_planned", Integer, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posting_date", Date, nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

marks = Table(
    "plan_marks",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("transaction_id", BigInteger, nullable=False, server_default=FetchedValue()),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

planned_companies = Table(
    "planned_companies",
    metadata,
    Column("company", Text, primary_key=True),
    Column("since", BigInteger),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Companies of which pictures are kept, and the first transaction that is sure to mark what it changes."""

planned_orders = Table(
    "planned_orders",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("run_id", Uuid(), nullable=False),
    Column("line", Integer, nullable=False),
    Column("company", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("from_warehouse", Text, nullable=False),
    quantity("quantity"),
    quantity("good"),
    Column("start_date", Date, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("demand_order", Uuid()),
    Column("demand_line", Integer),
    Column("document", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

pegs = Table(
    "mrp_pegs",
    metadata,
    Column("run_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    quantity("quantity"),
    Column("supply_kind", Text, nullable=False),
    Column("supply", Text, nullable=False),
    Column("supply_date", Date, nullable=False),
    Column("need_kind", Text, nullable=False),
    Column("need", Text, nullable=False),
    Column("need_line", Integer, nullable=False),
    Column("need_date", Date, nullable=False),
)

exceptions = Table(
    "mrp_exceptions",
    metadata,
    Column("run_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("warehouse", Text, nullable=False),
    Column("document", Text, nullable=False),
    quantity("quantity"),
    Column("day", Date, nullable=False),
    Column("to_day", Date),
)

told_promises = Table(
    "told_promises",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("order_line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("told_date", Date),
    Column("sequence", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Sales order lines that were found off the day they ask for, and the day told last; a line that never was has no row."""
