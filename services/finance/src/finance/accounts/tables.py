"""How the chart of accounts and the company's settings are kept."""

from sqlalchemy import Boolean, Column, Integer, Table, Text

from chassis.columns import price
from finance.database import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("company", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("postable", Boolean, nullable=False),
    Column("control", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

company_settings = Table(
    "company_settings",
    metadata,
    Column("company", Text, primary_key=True),
    price("price_tolerance"),
    Column("version", Integer, nullable=False),
)
