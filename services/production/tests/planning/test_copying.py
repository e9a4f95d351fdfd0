"""What is written by COPY is what the database has, and what is read back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from production.planning import copying

KINDS = ["integer", "bigint", "numeric", "date", "boolean", "smallint", "uuid"]


async def raw(session: AsyncSession) -> Any:
    connection = await (await session.connection()).get_raw_connection()
    return connection.driver_connection


async def test_arrays_go_to_a_table_and_come_back(session: AsyncSession) -> None:
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE copied (a integer, b bigint, c numeric(21,6), d date, e boolean,"
            " f smallint, g uuid) ON COMMIT DROP"
        )
    )
    chance = np.random.default_rng(1)
    count = 70_000  # more than one block
    quantities = chance.integers(-(4 * 10**18), 4 * 10**18, count)
    quantities[:6] = [0, 1, -1, 999_999, 10_000_000_000, 4 * 10**18]
    uuids = np.frombuffer(chance.bytes(16 * count), dtype="V16")
    arrays = [
        np.arange(count, dtype=np.int32), chance.integers(-(2**62), 2**62, count), quantities,
        np.arange(count, dtype=np.int32) - 5, np.arange(count) % 3 == 0,
        (np.arange(count) % 30_000).astype(np.int16), uuids,
    ]  # fmt: skip
    connection = await raw(session)

    await copying.write(connection, "copied", list("abcdefg"), arrays, kinds=KINDS)
    back = await copying.read(
        connection,
        "SELECT a, b, (c * 1000000)::bigint, d, e, f, g FROM copied WHERE a < $1 ORDER BY a",
        count,
        kinds=["bigint" if kind == "numeric" else kind for kind in KINDS],
    )

    for given, found in zip(arrays, back, strict=True):
        assert given.tobytes() == found.astype(given.dtype).tobytes()
    rows = (await session.execute(text("SELECT c FROM copied WHERE a < 6 ORDER BY a"))).scalars()
    assert list(rows) == [Decimal(int(one)).scaleb(-6) for one in quantities[:6]]


async def test_nulls_are_refused_and_not_read_as_something(session: AsyncSession) -> None:
    connection = await raw(session)

    with pytest.raises(ValueError, match="null"):
        await copying.read(connection, "SELECT NULL::integer", kinds=["integer"])
    empty = await copying.read(connection, "SELECT 1::integer LIMIT 0", kinds=["integer"])
    assert [len(one) for one in empty] == [0]
