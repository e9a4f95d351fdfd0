"""How tax codes are kept."""

from sqlalchemy import CheckConstraint, Column, Text

from chassis import columns
from masterdata.records.tables import record_table

tax_codes = record_table(
    "tax_codes",
    columns.price("rate"),
    Column("kind", Text, CheckConstraint("kind IN ('vat', 'exempt')", name="kind"), nullable=False),
)
