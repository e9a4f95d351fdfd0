"""Planning as the service does it, from PostgreSQL to PostgreSQL: `python -m production.planning.service_bench 100000`.

Fills the empty database of `TONGHENG_BENCH_DATABASE_URL` – its owner's URL – with a made-up factory and measures: a whole run,
net changes of one demand, what-ifs of one late supply, promises, and the release of production orders.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import migrations
from chassis.auth import Principal
from chassis.context import system_context
from chassis.database import Database
from production.mrp import messages_of, pegs_of
from production.mrp.bench import Factory, factory
from production.mrp.delivery import deliveries
from production.mrp.tracing import reached
from production.mrp.values import MICRO, Source
from production.orders import service as orders
from production.orders.rules import Order
from production.orders.service import NewOrder
from production.planning import copying, service
from production.planning.bench import cpu_of
from production.planning.desk import DESK
from production.planning.reading import connection_of
from production.planning.service import FULL, NET_CHANGE, Asked, Supposed

COMPANY = "B01"
CALLER = Principal("bench", permissions=frozenset({"*"}), companies=None)
CHANGES, PROMISES, WHAT_IFS, RELEASED = 50, 200, 10, 1000
STAGES = {
    "staged_items": (
        "n integer, on_hand numeric, safety numeric, decimals smallint, yield integer, source smallint, lead integer,"
        " rule smallint, value numeric, least numeric, most numeric, multiple numeric"
    ),
    "staged_edges": "parent integer, child integer, quantity numeric, scrap integer",
    "staged_demands": "item integer, day integer, quantity numeric",
    "staged_receipts": "item integer, day integer, quantity numeric",
}
FILL = (
    (
        "INSERT INTO company_replicas (code, id, active, version, name, currency, time_zone)"
        f" VALUES ('{COMPANY}', gen_random_uuid(), true, 1, 'Bench', 'CNY', 'Asia/Shanghai')"
    ),
    (
        "INSERT INTO warehouse_replicas (code, id, active, version, name, company, priority)"
        f" VALUES ('W1', gen_random_uuid(), true, 1, 'W1', '{COMPANY}', 1)"
    ),
    (
        "INSERT INTO item_replicas (key, code, id, active, version, name, name_en, base_unit, quantity_decimals, procurement,"
        " tracking, valuation_class, lead_time_days, safety_stock, tax_code)"
        " SELECT n + 1, 'I' || n, gen_random_uuid(), true, 1, 'I' || n, '', 'PCS', decimals,"
        " (ARRAY['buy', 'make', 'transfer', 'phantom'])[source + 1], 'none', 'raw_material', lead, safety, ''"
        " FROM staged_items"
    ),
    (
        "INSERT INTO item_plans (id, company, item, warehouse, version, transfer_from, lot_rule, lot_quantity, lot_minimum,"
        " lot_multiple, lot_maximum, supplier)"
        f" SELECT gen_random_uuid(), '{COMPANY}', 'I' || n, '', 1, '',"
        " (ARRAY['lot_for_lot', 'fixed', 'period', 'economic', 'up_to'])[rule + 1],"
        " CASE rule WHEN 2 THEN value * 1000000 ELSE value END, least, multiple, most, '' FROM staged_items"
    ),
    (
        "INSERT INTO boms (id, number, company, version, status, item, warehouse, revision, valid_from, base_quantity, yield_rate,"
        f" business_date, posting_date) SELECT gen_random_uuid(), 'BM-' || n, '{COMPANY}', 1, 'active', 'I' || n, '', 'A',"
        " current_date - 400, 1, yield / 1000000.0, current_date, current_date FROM staged_items"
        " WHERE n IN (SELECT parent FROM staged_edges)"
    ),
    (
        "INSERT INTO bom_components (bom_id, line, company, item, quantity, unit, scrap_rate, backflush, priority)"
        " SELECT b.id, row_number() OVER (PARTITION BY e.parent ORDER BY e.child), b.company, 'I' || e.child, e.quantity, 'PCS',"
        " e.scrap / 1000000.0, false, 0 FROM staged_edges e JOIN boms b ON b.number = 'BM-' || e.parent"
    ),
    f"INSERT INTO stock_levels (company, item, warehouse, quantity) SELECT '{COMPANY}', 'I' || n, 'W1', on_hand FROM staged_items",
    (
        "INSERT INTO sales_demands (order_id, line, company, number, item, warehouse, quantity, shipped, wanted, priority, active)"
        f" SELECT gen_random_uuid(), 1, '{COMPANY}', 'SO-' || row_number() OVER (), 'I' || item, '', quantity, 0,"
        " current_date + day, 100, true FROM staged_demands"
    ),
    (
        "INSERT INTO purchase_supplies (order_id, line, company, kind, number, item, warehouse, quantity, received, due_date,"
        f" active) SELECT gen_random_uuid(), 1, '{COMPANY}', 'purchase', 'PO-' || row_number() OVER (), 'I' || item, 'W1',"
        " quantity, 0, current_date + day, true FROM staged_receipts"
    ),
)


def _kinds(columns: str) -> tuple[list[str], list[str]]:
    parts = [part.split() for part in columns.split(",")]
    return [part[0] for part in parts], [part[1] for part in parts]


async def _fill(database: Database, given: Factory) -> None:
    items, edges = given.items, given.edges
    columns: dict[str, Sequence[copying.Array]] = {
        "staged_items": [
            np.arange(len(items)), items.on_hand, items.safety_stock, np.where(items.step == MICRO, 0, 6),
            items.yield_share, items.source, items.lead_days, items.lot_rule, items.lot_value, items.lot_min,
            items.lot_max, items.lot_multiple,
        ],
        "staged_edges": [edges.parent, edges.child, edges.quantity, edges.scrap],
        "staged_demands": [given.demands.item, given.demands.day, given.demands.quantity],
        "staged_receipts": [given.receipts.item, given.receipts.day, given.receipts.quantity],
    }  # fmt: skip
    async with database.transaction(system_context("bench")) as session:
        for table, definition in STAGES.items():
            await session.execute(text(f"CREATE TEMPORARY TABLE {table} ({definition}) ON COMMIT DROP"))  # fmt: skip
            names, kinds = _kinds(definition)
            await copying.write(
                await connection_of(session), table, names, columns[table], kinds=kinds
            )
            await session.execute(text(f"ANALYZE {table}"))
        for statement in FILL:
            await session.execute(text(statement))
    async with database.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await free.execute(text("VACUUM ANALYZE"))


async def _backends(database: Database) -> float:
    # CPU seconds of the server's processes that work for this database; 0 where the server runs elsewhere.
    async with database.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        )
        return sum(cpu_of(int(row[0])) or 0.0 for row in rows)


async def _run(database: Database, mode: str) -> None:
    async with database.transaction(system_context("bench")) as session:
        await service.add_run(session, COMPANY, mode)
    async with database.transaction(system_context("bench")) as session:
        if not await service.run_next(session):
            raise RuntimeError("the run was not queued")


def _shares(spent: Sequence[float]) -> dict[str, float]:
    values = np.array(spent) * 1000
    return {
        "p50": round(float(np.quantile(values, 0.5)), 1),
        "p99": round(float(np.quantile(values, 0.99)), 1),
        "max": round(float(values.max()), 1),
    }


class Lap:
    """Wall time and this process's CPU time of many of a kind."""

    def __init__(self) -> None:
        self._wall: list[float] = []
        self._cpu: list[float] = []

    @contextmanager
    def one(self) -> Generator[None]:
        """Time what is done within."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._wall.append(time.perf_counter() - wall)
        self._cpu.append(time.process_time() - cpu)

    def forget(self) -> None:
        """The first prepared what the others use."""
        self._wall.clear()
        self._cpu.clear()

    @property
    def figures(self) -> Mapping[str, object]:
        """In milliseconds."""
        return {"wall_ms": _shares(self._wall), "cpu_ms": _shares(self._cpu)}


async def _values(session: AsyncSession, query: str, **bound: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await session.execute(text(query), bound)]


async def _whole(database: Database) -> Mapping[str, object]:
    served, used, wall = await _backends(database), time.process_time(), time.perf_counter()
    await _run(database, FULL)
    wall, used = time.perf_counter() - wall, time.process_time() - used
    served = await _backends(database) - served
    return {
        "wall_s": round(wall, 2),
        "cpu_s": {"service": round(used, 2), "postgresql": round(served, 2), "total": round(used + served, 2)},
    }  # fmt: skip


async def _net_changes(database: Database) -> Mapping[str, object]:
    async with database.read(system_context("bench")) as session:
        chosen = await _values(
            session, f"SELECT order_id FROM sales_demands ORDER BY order_id LIMIT {CHANGES + 1}"
        )
    planned, written = Lap(), Lap()
    served = 0.0
    for number, (order,) in enumerate(chosen):
        async with database.transaction(system_context("bench")) as session:
            await session.execute(
                text("UPDATE sales_demands SET quantity = quantity + 7 WHERE order_id = :order"),
                {"order": order},
            )
        async with database.read(system_context("bench")) as session:
            with planned.one():
                async with DESK.at(session, COMPANY):
                    pass
        with written.one():
            await _run(database, NET_CHANGE)
        if number == 0:
            planned.forget()
            written.forget()
            served = await _backends(database)
    served = await _backends(database) - served
    return {
        "planned": planned.figures,
        "written": {**written.figures, "postgresql_cpu_ms": round(served / CHANGES * 1000, 1)},
    }


async def _what_ifs(database: Database) -> Mapping[str, object]:
    async with database.read(system_context("bench")) as session:
        numbers = await _values(
            session, f"SELECT number FROM purchase_supplies ORDER BY order_id LIMIT {WHAT_IFS}"
        )

        lap = Lap()
        for (number,) in numbers:
            with lap.one():
                supposed = Supposed(COMPANY, delays=[(str(number), 28)])
                await service.what_if(session, CALLER, supposed)
    return lap.figures


async def _promises(database: Database) -> Mapping[str, object]:
    chance = np.random.default_rng(3)
    async with database.read(system_context("bench")) as session:
        items = await _values(
            session,
            "SELECT DISTINCT item FROM (SELECT item FROM sales_demands ORDER BY order_id LIMIT 3000) d"
            f" LIMIT {PROMISES}",
        )

        lap = Lap()
        for at in range(PROMISES):
            quantity = Decimal(int(chance.integers(1, 500)))
            asked = Asked(COMPANY, str(items[at % len(items)][0]), quantity, None)
            with lap.one():
                await service.promise_for(session, CALLER, asked)
    return lap.figures


async def _release(database: Database) -> Mapping[str, object]:
    async with database.transaction(system_context("bench")) as session:
        items = await _values(
            session,
            "SELECT i.code FROM boms b JOIN item_replicas i ON i.code = b.item WHERE i.procurement = 'make'"
            f" ORDER BY b.number LIMIT {RELEASED}",
        )
        asked = [
            NewOrder(COMPANY, str(items[n % len(items)][0]), Decimal(10), "W1")
            for n in range(RELEASED)
        ]
        made = await orders.add_orders(session, CALLER, asked)
    refs = [str(order.id) for order in made if isinstance(order, Order)]
    used, wall = time.process_time(), time.perf_counter()
    async with database.transaction(system_context("bench")) as session:
        released = await orders.release_orders(session, refs)
    return {
        "orders": len(released),
        "wall_s": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - used, 2),
    }


async def measure(url: str, count: int) -> dict[str, object]:
    """What each of it takes: wall time of the callers, CPU of this process and of the server's."""
    database = Database(url, statement_timeout_ms=1_800_000, application="bench")
    try:
        given = factory(count)
        await _fill(database, given)
        makes = int((given.items.source == Source.MAKE).sum())
        demands, edges = len(given.demands), len(given.edges)
        del given
        # What is compiled on first use is not part of the run.
        small = factory(1000)
        plan, sequence = small.prepare()
        plan.run(sequence)
        plan.orders()
        below = reached(
            plan.outof.pool.data, plan.outof.first, plan.outof.count, np.arange(9), np.arange(0)
        )
        deliveries(plan, below)
        messages_of(plan)
        pegs_of(plan, 0)
        DESK.open(database)
        report: dict[str, object] = {
            "item_sites": count, "made": makes, "edges": edges, "demands": demands,
            "whole_run": await _whole(database), "net_change": await _net_changes(database),
            "promise": await _promises(database), "what_if": await _what_ifs(database),
            "release": await _release(database),
        }  # fmt: skip
    finally:
        DESK.close()
        await database.close()
    report["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def main() -> None:
    """One size for one database."""
    url = os.environ["TONGHENG_BENCH_DATABASE_URL"]
    address = "postgresql+asyncpg:" + url.partition(":")[2]
    migrations.upgrade(Path(__file__).resolve().parents[3], address)
    print(json.dumps(asyncio.run(measure(address, int(sys.argv[1])))))


if __name__ == "__main__":
    main()
