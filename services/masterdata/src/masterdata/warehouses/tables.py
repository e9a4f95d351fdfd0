"""How warehouses are kept."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Text

from masterdata.records.tables import record_table

warehouses = record_table(
    "warehouses",
    Column("company", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column(
        "priority",
        Integer,
        CheckConstraint("priority BETWEEN 0 AND 1000000", name="priority"),
        nullable=False,
    ),
    Column("negative_allowed", Boolean, nullable=False),
    Index(None, "company"),
)
