"""The metadata of the inventory database, and how many rows are written by one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import service_metadata
from chassis.statements import Statement

metadata = service_metadata()
_DIALECT = postgresql.dialect()


def arrays(**types: str) -> str:
    """`unnest(…) AS new (…)` over one array parameter per column: rows as data, whatever their number."""
    casts = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in types.items())
    return f"unnest({casts}) AS new ({', '.join(types)})"


def columns_of(rows: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    """The rows turned into one list per column."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


@lru_cache(maxsize=128)
def _insert(table: Table, names: tuple[str, ...], conflict: str) -> Statement:
    types = {name: table.c[name].type.compile(dialect=_DIALECT) for name in names}
    listed = ", ".join(names)
    return Statement(
        f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM {arrays(**types)} {conflict}"
    )


async def insert_rows(
    session: AsyncSession,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    *,
    conflict: str = "",
) -> Sequence[Mapping[str, Any]]:
    """Insert all rows by one statement; all have the same columns. Answers what `conflict` returns."""
    if not rows:
        return []
    return await _insert(table, tuple(rows[0]), conflict).fetch(session, columns_of(rows))
