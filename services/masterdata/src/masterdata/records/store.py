"""Every query that master records have in common; one statement for many rows."""

# the names of tables and columns are our own, the values are parameters

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, and_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from masterdata.records.rules import id_of, search_key

LAST_CHARACTER = "\U0010ffff"


async def insert_rows(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, object]]
) -> list[RowMapping]:
    """Insert what no unique key forbids; gives back what was inserted.

    In order of code, so that two batches with the same codes queue up instead of deadlocking.
    """
    if not rows:
        return []
    columns = ", ".join(rows[0])
    statement = text(
        f"INSERT INTO {table.name} ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
        f" ON CONFLICT DO NOTHING RETURNING *"
    )
    ordered = sorted(rows, key=lambda row: str(row["code_key"]))
    return list((await session.execute(statement, {"rows": json.dumps(ordered)})).mappings())


async def update_row(
    session: AsyncSession, table: Table, row: Mapping[str, object]
) -> RowMapping | None:
    """Write a record's next version; None if somebody else's came first."""
    columns = [name for name in row if name not in ("id", "code", "code_key")]
    statement = text(
        f"UPDATE {table.name} AS kept SET ({', '.join(columns)}, recorded_at)"
        f" = ROW({', '.join(f'given.{name}' for name in columns)}, now())"
        f" FROM jsonb_populate_record(NULL::{table.name}, CAST(:row AS jsonb)) AS given"
        f" WHERE kept.id = given.id AND kept.version = given.version - 1 RETURNING kept.*"
    )
    return (await session.execute(statement, {"row": json.dumps(row)})).mappings().one_or_none()


async def rows_by_reference(
    session: AsyncSession, table: Table, references: Collection[str], *, lock: bool = False
) -> list[RowMapping]:
    """The rows that these codes or ids name."""
    if not references:
        return []
    ids = [found for found in map(id_of, references) if found is not None]
    keys = [search_key(reference) for reference in references if id_of(reference) is None]
    query = (
        select(table)
        .where(or_(table.c.code_key.in_(keys), table.c.id.in_(ids)))
        .order_by(table.c.id)
    )
    if lock:
        query = query.with_for_update()
    return list((await session.execute(query)).mappings())


async def taken_values(
    session: AsyncSession, table: Table, column: str, values: Collection[str]
) -> set[str]:
    """Which of these values of a unique column are taken already."""
    wanted = table.c[column]
    return (
        set(await session.scalars(select(wanted).where(wanted.in_(sorted(values)))))
        if values
        else set()
    )


def having_prefix(table: Table, prefix: str) -> ColumnElement[bool]:
    """Whose code or name, in either language, begins so, in any width and case."""
    key = search_key(prefix)
    columns = [table.c[name] for name in ("code_key", "name_key", "name_en_key")]
    return or_(*(and_(column >= key, column < key + LAST_CHARACTER) for column in columns))


def all_of(table: Table, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The query for a list: rows that meet all conditions."""
    return select(table).where(*conditions)
