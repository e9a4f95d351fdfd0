"""How exchange rates are kept."""

from sqlalchemy import CheckConstraint, Column, Date, Text, UniqueConstraint

from chassis import columns
from masterdata.records.tables import versioned_table

rates = versioned_table(
    "rates",
    Column("currency", Text, nullable=False),
    Column("to_currency", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    columns.price("rate"),
    CheckConstraint("rate > 0", name="rate_above_zero"),
    UniqueConstraint("currency", "to_currency", "valid_from"),
)
