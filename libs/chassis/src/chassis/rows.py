"""Many rows at once: one array per column and one statement, and what lists and documents of every service ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, Row, RowMapping, Select, Table, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement

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
    listed = ", ".join(f'"{name}"' for name in names)
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


def by_name(row: Row[Any]) -> RowMapping:
    """A listed row's columns by name."""
    # SQLAlchemy's public name for it begins with an underscore, so that no column is hidden.
    return row._mapping  # pyright: ignore[reportPrivateUsage]


def filtered(query: Select[Any], *filters: tuple[Column[Any], object | None]) -> Select[Any]:
    """The query with those filters that were given."""
    for column, value in filters:
        if value is not None:
            query = query.where(column == value)
    return query


def is_named(table: Table, ref: str, name: str = "number") -> Any:
    """The record with this id, or with this number or code."""
    try:
        return table.c["id"] == UUID(ref)
    except ValueError:
        return table.c[name] == ref


async def lines_by(
    session: AsyncSession, table: Table, owner: str, ids: Iterable[UUID], order: str = "line"
) -> dict[UUID, list[RowMapping]]:
    """The lines of some documents, in order, by document."""
    wanted = list(ids)
    found: dict[UUID, list[RowMapping]] = {one: [] for one in wanted}
    if wanted:
        query = (
            select(table)
            .where(table.c[owner] == func.any(wanted))
            .order_by(table.c[owner], table.c[order])
        )
        for row in (await session.execute(query)).mappings():
            found[row[owner]].append(row)
    return found
