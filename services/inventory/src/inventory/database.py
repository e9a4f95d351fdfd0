"""The metadata of the inventory database, and how many rows are written by one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

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


def columns_named(
    names: Iterable[str], rows: Sequence[tuple[object, ...]]
) -> dict[str, list[object]]:
    """The same of rows whose values stand in the order of the names; no rows make empty columns."""
    listed = list(names)
    if not rows:
        return {name: [] for name in listed}
    return {
        name: list(column) for name, column in zip(listed, zip(*rows, strict=True), strict=True)
    }


def inserting(table: Table, names: Sequence[str], prefix: str = "") -> str:
    """`INSERT INTO … SELECT … FROM unnest(…)` over one array parameter per column."""
    listed = ", ".join(names)
    casts = ", ".join(
        f"CAST(:{prefix}{name} AS {table.c[name].type.compile(dialect=_DIALECT)}[])"
        for name in names
    )
    return f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM unnest({casts}) AS new ({listed})"


@lru_cache(maxsize=128)
def _insert(table: Table, names: tuple[str, ...], conflict: str) -> Statement:
    return Statement(f"{inserting(table, names)} {conflict}")


async def rows_of(
    session: AsyncSession, statement: Statement, values: Mapping[str, object]
) -> Sequence[tuple[Any, ...]]:
    """What a statement answers; the driver's records are read by position."""
    return cast("Sequence[tuple[Any, ...]]", await statement.fetch(session, values))


async def insert_rows(
    session: AsyncSession,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    *,
    conflict: str = "",
) -> Sequence[tuple[Any, ...]]:
    """Insert all rows by one statement; all have the same columns. Answers what `conflict` returns."""
    if not rows:
        return []
    return await rows_of(session, _insert(table, tuple(rows[0]), conflict), columns_of(rows))
