"""How payment terms are kept."""

from sqlalchemy import CheckConstraint, Column, Integer

from masterdata.records.tables import record_table

terms = record_table(
    "terms",
    Column(
        "days", Integer, CheckConstraint("days BETWEEN 0 AND 3650", name="days"), nullable=False
    ),
)
