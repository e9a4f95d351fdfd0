"""The columns that all master records have."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.sql.schema import SchemaItem

from masterdata.database import metadata

# Compared byte by byte: a prefix is then a range of the index, and pages have one order everywhere.
KEY = Text(collation="C")


def versioned_table(name: str, *own: SchemaItem) -> Table:
    """A table of records that have a code and versions."""
    return Table(
        name,
        metadata,
        Column("id", Uuid(), primary_key=True),
        Column("code", Text, nullable=False),
        Column("code_key", KEY, nullable=False, unique=True),
        *own,
        Column(
            "version",
            Integer,
            CheckConstraint("version >= 1", name="version_counts"),
            nullable=False,
        ),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


def record_table(name: str, *own: SchemaItem) -> Table:
    """A table of master records: named in both languages, active or not."""
    return versioned_table(
        name,
        Column("name", Text, nullable=False),
        Column("name_en", Text, nullable=False),
        Column("name_key", KEY, nullable=False),
        Column("name_en_key", KEY, nullable=False),
        Column("active", Boolean, nullable=False),
        *own,
        Index(None, "name_key"),
        Index(None, "name_en_key"),
    )
