"""Arrays from and to PostgreSQL by binary COPY: millions of rows without a Python object per row.

Rows of columns that are all of a fixed width and never null have one length, so a whole block is one
structured numpy array in network byte order. A `numeric` is read as a bigint of millionths (the query casts)
and written with a fixed number of base-10,000 digits; PostgreSQL drops the idle zeros.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
ROWS_PER_BLOCK = 65_536
NUMERIC_DIGITS = 7
"""Five before the point, two after: up to 10^20 with six decimals."""

Array = NDArray[Any]

_FORMATS = {
    "boolean": ">i1",
    "smallint": ">i2",
    "integer": ">i4",
    "bigint": ">i8",
    "date": ">i4",
    "uuid": "V16",
    "numeric": "numeric",
}


class CopyConnection(Protocol):
    """The part of an asyncpg connection that is used here."""

    async def copy_from_query(self, query: str, *args: object, output: object, format: str) -> str:
        """COPY (query) TO."""
        ...

    async def copy_to_table(
        self,
        table_name: str,
        *,
        source: object,
        columns: Sequence[str],
        schema_name: str | None,
        format: str,
    ) -> str:
        """COPY table FROM."""
        ...


def row_type(kinds: Sequence[str]) -> np.dtype[np.void]:
    """How one row lies in a binary COPY stream: the number of fields, then each field's length and value."""
    fields: list[tuple[str, str] | tuple[str, str, int]] = [("count", ">i2")]
    for at, kind in enumerate(kinds):
        fields.append((f"size{at}", ">i4"))
        if kind == "numeric":
            fields.extend(
                [(f"digits{at}", ">i2"), (f"weight{at}", ">i2"), (f"sign{at}", ">i2"),
                 (f"scale{at}", ">i2"), (f"value{at}", ">i2", NUMERIC_DIGITS)]
            )  # fmt: skip
        else:
            fields.append((f"value{at}", _FORMATS[kind]))
    return np.dtype(fields)


def _width(kind: str) -> int:
    return 8 + 2 * NUMERIC_DIGITS if kind == "numeric" else np.dtype(_FORMATS[kind]).itemsize


def decode(data: bytes | bytearray, kinds: Sequence[str]) -> list[Array]:
    """The columns of a whole binary COPY stream. Dates are days since 1 January 2000."""
    if bytes(data[: len(HEADER)]) != HEADER or bytes(data[-2:]) != TRAILER:
        raise ValueError("this is no whole binary COPY stream")
    if "numeric" in kinds:
        raise ValueError("a numeric is read as a bigint of millionths")
    shape = row_type(kinds)
    body = len(data) - len(HEADER) - len(TRAILER)
    if body % shape.itemsize:
        raise ValueError("rows of different lengths: a column is null or of another type")
    rows = np.frombuffer(data, dtype=shape, count=body // shape.itemsize, offset=len(HEADER))
    for at, kind in enumerate(kinds):
        if (rows[f"size{at}"] != _width(kind)).any():
            raise ValueError(f"column {at} is null or no {kind}")
    return [
        rows[f"value{at}"].copy() if kind == "uuid" else rows[f"value{at}"].astype(_native(kind))
        for at, kind in enumerate(kinds)
    ]


def _native(kind: str) -> str:
    return {"boolean": "bool", "smallint": "int16", "bigint": "int64"}.get(kind, "int32")


def encode(columns: Sequence[Array], kinds: Sequence[str]) -> bytes:
    """Rows of a binary COPY stream, without its header and trailer. Numerics are given in millionths."""
    rows = np.empty(len(columns[0]), dtype=row_type(kinds))
    rows["count"] = len(kinds)
    for at, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        rows[f"size{at}"] = _width(kind)
        if kind == "numeric":
            _put_numeric(rows, at, column)
        else:
            rows[f"value{at}"] = column
    return rows.tobytes()


def _put_numeric(rows: Array, at: int, column: Array) -> None:
    rows[f"digits{at}"] = NUMERIC_DIGITS
    rows[f"weight{at}"] = NUMERIC_DIGITS - 3
    rows[f"sign{at}"] = np.where(column < 0, 0x4000, 0)
    rows[f"scale{at}"] = 6
    whole, millionths = np.divmod(np.abs(column), 1_000_000)
    digits = rows[f"value{at}"]
    digits[:, -1] = millionths % 100 * 100
    digits[:, -2] = millionths // 100
    for place in range(NUMERIC_DIGITS - 3, -1, -1):
        whole, digit = np.divmod(whole, 10_000)
        digits[:, place] = digit


async def read(
    connection: CopyConnection, query: str, *arguments: object, kinds: Sequence[str]
) -> list[Array]:
    """A query's columns as arrays; none of them may be null."""
    data = bytearray()

    async def keep(block: bytes) -> None:
        data.extend(block)

    await connection.copy_from_query(query, *arguments, output=keep, format="binary")
    return decode(data, kinds)


async def write(
    connection: CopyConnection,
    table: str,
    columns: Sequence[str],
    arrays: Sequence[Array],
    *,
    kinds: Sequence[str],
    schema: str | None = None,
) -> None:
    """Append arrays to a table, block by block."""

    async def blocks() -> AsyncIterator[bytes]:
        yield HEADER
        for begin in range(0, len(arrays[0]), ROWS_PER_BLOCK):
            yield encode([array[begin : begin + ROWS_PER_BLOCK] for array in arrays], kinds)
        yield TRAILER

    await connection.copy_to_table(
        table, source=blocks(), columns=columns, schema_name=schema, format="binary"
    )
