"""The metadata of finance's tables, and the set-based insert that its hot paths share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import service_metadata

metadata = service_metadata()


class RowSet:
    """Inserts many rows with one statement: a column of values each, unnested by the database.

    Several times cheaper than a statement per row. `columns` names each column's PostgreSQL type; `order` sorts the
    rows, so that transactions which upsert the same rows queue up instead of deadlocking.
    """

    def __init__(
        self, table: str, columns: Mapping[str, str], *, order: str = "", then: str = ""
    ) -> None:
        self._names = tuple(columns)
        self._returns = "RETURNING" in then
        arrays = ", ".join(
            f"CAST(:{name} AS {'text' if kind == 'jsonb' else kind}[])"
            for name, kind in columns.items()
        )
        taken = ", ".join(
            f"CAST({name} AS jsonb)" if kind == "jsonb" else name for name, kind in columns.items()
        )
        names = ", ".join(columns)
        ordered = f" ORDER BY {order}" if order else ""
        self._statement: TextClause = text(
            f"INSERT INTO {table} ({names}) SELECT {taken}"
            f" FROM unnest({arrays}) AS new ({names}){ordered} {then}"
        )

    async def insert(
        self, session: AsyncSession, rows: Sequence[Mapping[str, object]]
    ) -> Sequence[Mapping[str, object]]:
        """Insert the rows; what the statement returns, if it returns anything."""
        if not rows:
            return ()
        values = {name: [row[name] for row in rows] for name in self._names}
        result = await session.execute(self._statement, values)
        return [dict(row) for row in result.mappings()] if self._returns else ()
