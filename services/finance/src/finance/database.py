"""The metadata of finance's tables, and the set-based statements that its hot paths share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import service_metadata
from chassis.statements import Statement

metadata = service_metadata()

PACKED = frozenset({"uuid", "int", "bigint", "numeric", "date"})
"""Types whose values, written down, never hold a comma."""


def _column(name: str, kind: str) -> str:
    if kind in PACKED:
        return f"CAST(string_to_array(:{name}, ',', '') AS {kind}[])"
    return f"CAST(:{name} AS {'text' if kind == 'jsonb' else kind}[])"


def _packed(values: Iterable[object]) -> str:
    return ",".join(["" if value is None else str(value) for value in values])


class Rows:
    """Many rows as parameters of one statement: an array per column, unnested by the database.

    `columns` names each column's PostgreSQL type. Ids, numbers and days travel as one text per column: the driver
    encodes an array element by element, at several times the cost.
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._columns = dict(columns)
        arrays = ", ".join(_column(name, kind) for name, kind in columns.items())
        self.source = f"unnest({arrays}) AS new ({', '.join(columns)})"
        """To select from: `… FROM {rows.source}`."""

    def parameters(self, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """The parameters that `source` needs."""
        return self.packed({name: [row[name] for row in rows] for name in self._columns})

    def tuples(self, rows: Sequence[tuple[object, ...]]) -> dict[str, object]:
        """The same of rows whose values stand in the order of the columns."""
        columns = zip(*rows, strict=True) if rows else [()] * len(self._columns)
        return self.packed(dict(zip(self._columns, columns, strict=True)))

    def packed(self, columns: Mapping[str, Sequence[object]]) -> dict[str, object]:
        """The same of values that stand column by column."""
        return {
            name: _packed(columns[name]) if kind in PACKED else columns[name]
            for name, kind in self._columns.items()
        }


class RowSet:
    """Inserts many rows with one statement.

    `order` sorts the rows, so that transactions which upsert the same rows queue up instead of deadlocking.
    """

    def __init__(
        self, table: str, columns: Mapping[str, str], *, order: str = "", then: str = ""
    ) -> None:
        self._rows = Rows(columns)
        taken = ", ".join(
            f"CAST({name} AS jsonb)" if kind == "jsonb" else name for name, kind in columns.items()
        )
        ordered = f" ORDER BY {order}" if order else ""
        self.sql = (
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {self._rows.source}{ordered} {then}"
        ).rstrip()
        self._statement = Statement(self.sql)

    def parameters(self, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """The parameters of `sql`, for a statement that this one is a part of."""
        return self._rows.parameters(rows)

    def tuples(self, rows: Sequence[tuple[object, ...]]) -> dict[str, object]:
        """The same of rows whose values stand in the order of the columns."""
        return self._rows.tuples(rows)

    async def insert(
        self, session: AsyncSession, rows: Sequence[Mapping[str, object]]
    ) -> Sequence[Mapping[str, Any]]:
        """Insert the rows; what the statement returns, if it returns anything."""
        if not rows:
            return ()
        return await self._statement.fetch(session, self._rows.parameters(rows))
