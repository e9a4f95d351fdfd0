"""How categories are kept."""

from sqlalchemy import Column, Index, Text

from masterdata.records.tables import record_table

categories = record_table(
    "categories",
    Column("parent", Text, nullable=False),
    Index(None, "parent"),
)
