"""How companies are kept."""

from sqlalchemy import CheckConstraint, Column, Computed, Integer, Text

from masterdata.records.tables import record_table

companies = record_table(
    "companies",
    # A company's own record is within its scope, so the row says which company it belongs to.
    Column("company", Text, Computed("code", persisted=True)),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("valuation_level", Text, CheckConstraint("valuation_level = 'company'", name="valuation_level"), nullable=False),
    Column(
        "fiscal_year_start", Integer,
        CheckConstraint("fiscal_year_start BETWEEN 1 AND 12", name="fiscal_year_start"), nullable=False,
    ),
)  # fmt: skip
