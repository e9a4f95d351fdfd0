"""What production told last: when an order line can be delivered, how far an engineering request is."""

from sqlalchemy import Column, Date, Integer, Table, Text, Uuid

from sales.database import metadata

changes = Table(
    "promise_changes",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("company", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("told_on", Date, nullable=False),
    Column("wanted_date", Date, nullable=False),
    Column("old_date", Date),
    Column("new_date", Date),
    Column("cause", Text, nullable=False),
    Column("waiting_item", Text, nullable=False),
    Column("waiting_document", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
)

requests = Table(
    "engineering_requests",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("company", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("due_date", Date),
    Column("lead_time_days", Integer),
    Column("reason", Text, nullable=False),
)
