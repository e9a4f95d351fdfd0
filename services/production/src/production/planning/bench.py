"""A whole planning run from PostgreSQL to PostgreSQL: `python -m production.planning.bench 1000000`.

Makes a schema of its own in the database of `TONGHENG_BENCH_DATABASE_URL`, fills it with a made-up factory, measures, and drops it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, cast

import asyncpg
import numpy as np

from production.mrp.bench import Factory, factory
from production.mrp.inputs import Demands, Edges, Horizon, ItemSites, Receipts
from production.mrp.plan import Plan
from production.planning import copying

SCHEMA = "planning_bench"
TABLES = {
    "items": (
        "id integer PRIMARY KEY, on_hand numeric(21,6), safety_stock numeric(21,6), step numeric(21,6),"
        " yield_share integer, source smallint, lead_days integer, lot_rule smallint, lot_value numeric(21,6),"
        " lot_min numeric(21,6), lot_max numeric(21,6), lot_multiple numeric(21,6)"
    ),
    "edges": "parent integer, child integer, quantity numeric(21,6), scrap integer",
    "demands": "item integer, day integer, quantity numeric(21,6)",
    "receipts": "item integer, day integer, quantity numeric(21,6)",
    "orders": (
        "item integer, source smallint, quantity numeric(21,6), good numeric(21,6), due_day integer,"
        " start_day integer"
    ),
}


class Connection(copying.CopyConnection, Protocol):
    """The part of an asyncpg connection that is used here."""

    async def execute(self, query: str) -> str:
        """Run a statement."""
        ...

    async def fetchval(self, query: str) -> int:
        """One value."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


def _columns(table: str) -> tuple[list[str], list[str]]:
    parts = [part.split()[:2] for part in TABLES[table].replace("(21,6)", "").split(",")]
    return [part[0] for part in parts], [part[1] for part in parts]


async def _write(
    connection: copying.CopyConnection, table: str, arrays: list[copying.Array]
) -> None:
    names, kinds = _columns(table)
    await copying.write(connection, table, names, arrays, kinds=kinds, schema=SCHEMA)


async def _read(connection: copying.CopyConnection, table: str) -> list[copying.Array]:
    names, kinds = _columns(table)
    fields = [
        f"({name} * 1000000)::bigint" if kind == "numeric" else name
        for name, kind in zip(names, kinds, strict=True)
    ]
    order = " ORDER BY id" if table == "items" else ""
    return await copying.read(
        connection,
        f"SELECT {', '.join(fields)} FROM {SCHEMA}.{table}{order}",
        kinds=["bigint" if kind == "numeric" else kind for kind in kinds],
    )


def cpu_of(process: int) -> float | None:
    """A server process's own CPU seconds, unless it runs elsewhere."""
    # The name may hold spaces.
    file = Path(f"/proc/{process}/stat")
    name, _, numbers = file.read_text("ascii").rpartition(")") if file.exists() else ("", "", "")
    if "postgres" not in name:
        return None
    fields = numbers.split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _fill(connection: copying.CopyConnection, given: Factory) -> None:
    items, edges = given.items, given.edges
    await _write(
        connection,
        "items",
        [
            np.arange(len(items)), items.on_hand, items.safety_stock, items.step, items.yield_share,
            items.source, items.lead_days, items.lot_rule, items.lot_value, items.lot_min,
            items.lot_max, items.lot_multiple,
        ],
    )  # fmt: skip
    await _write(connection, "edges", [edges.parent, edges.child, edges.quantity, edges.scrap])
    for table, rows in (("demands", given.demands), ("receipts", given.receipts)):
        await _write(connection, table, [rows.item, rows.day, rows.quantity])


async def _run(
    connection: copying.CopyConnection, horizon: Horizon
) -> tuple[int, dict[str, float]]:
    laps: dict[str, float] = {}
    begun = time.process_time()
    items = await _read(connection, "items")
    edges = await _read(connection, "edges")
    demands = await _read(connection, "demands")
    receipts = await _read(connection, "receipts")
    laps["read"] = time.process_time() - begun
    names = _columns("items")[0][1:]
    plan = Plan.build(
        ItemSites.of(len(items[0]), **dict(zip(names, items[1:], strict=True))),
        Edges.of(parent=edges[0], child=edges[1], quantity=edges[2], scrap=edges[3]),
        Demands.of(item=demands[0], day=demands[1], quantity=demands[2]),
        Receipts.of(item=receipts[0], day=receipts[1], quantity=receipts[2]),
        horizon,
    )
    orders = plan.orders()
    laps["plan"] = time.process_time() - begun - laps["read"]
    await _write(
        connection,
        "orders",
        [
            orders.item, orders.source, orders.quantity, orders.good, orders.due_day,
            orders.start_day,
        ],
    )  # fmt: skip
    laps["write"] = time.process_time() - begun - laps["read"] - laps["plan"]
    return len(orders), laps


async def measure(url: str, count: int) -> dict[str, object]:
    """CPU seconds of both sides, wall seconds, and memory of the planning process."""
    connect = cast("Callable[[str], Awaitable[Connection]]", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]
    connection = await connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        await connection.execute(f"CREATE SCHEMA {SCHEMA}")
        for table, columns in TABLES.items():
            await connection.execute(f"CREATE TABLE {SCHEMA}.{table} ({columns})")
        given = factory(count)
        await _fill(connection, given)
        await connection.execute(f"ANALYZE {SCHEMA}.items")
        small = factory(1000)
        # What is compiled on first use is not part of the run.
        Plan.build(small.items, small.edges, small.demands, small.receipts, small.horizon).orders()
        horizon = given.horizon
        del given, small
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        served, wall = cpu_of(backend), time.perf_counter()
        orders, laps = await _run(connection, horizon)
        wall = time.perf_counter() - wall
        after = cpu_of(backend)
        database = None if served is None or after is None else after - served
        await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    finally:
        await connection.close()
    return {
        "item_sites": count,
        "orders": orders,
        "cpu_s": {
            **{name: round(lap, 2) for name, lap in laps.items()},
            "postgresql": None if database is None else round(database, 2),
            "total": None if database is None else round(sum(laps.values()) + database, 2),
        },
        "wall_s": round(wall, 2),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    for size in sys.argv[1:] or ["100000"]:
        print(
            json.dumps(asyncio.run(measure(os.environ["TONGHENG_BENCH_DATABASE_URL"], int(size))))
        )
