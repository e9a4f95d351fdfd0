"""How units of measure are kept."""

from sqlalchemy import CheckConstraint, Column, Integer

from masterdata.records.tables import record_table

units = record_table(
    "units",
    Column(
        "decimals",
        Integer,
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals"),
        nullable=False,
    ),
)
