"""`tongheng bench`: CPU per unit of the order path on the running stack, all processes together.

Wall times on shared machines say little; CPU seconds of every process of the stack, divided by the orders, do.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import jwt
import psutil
import typer
from rich.console import Console
from rich.table import Table

from chassis.access import AccessDirectory, Authenticator
from chassis.auth import TokenVerifier
from operations.client import Client, Json, Refused
from operations.errors import OperationsError
from operations.replay import drop_database, make_database
from operations.replay import replay as replay_service
from operations.services import var_dir
from tongheng_contracts.replaying import replay

LINES = 5
IDLE_SECONDS = 5.0
TARGETS = {"placed_to_reserved": 0.8, "order_to_cash": 3.0}
"""CPU milliseconds per order, of LIMITS: where to be."""
READ_TOPICS = ("sales.OrderPlaced", "inventory.StockReserved", "finance.VoucherPosted")
READER_TARGET = 10_000
"""Events a second and core that a subscriber reads at least."""
REBUILD_TARGET = 60
DECISIONS = 20_000
REQUESTS, WIDE = 1_000, 10
ACCESS_TARGETS = {"decision_cpu_us": 50, "gateway_cpu_ms_per_request": 1.5}
PLANNING_SIZES = (10_000, 100_000, 1_000_000)


@dataclass(slots=True)
class Meter:
    """CPU seconds of the stack's processes by name; children count with their parent."""

    pids: dict[str, int]

    @classmethod
    def of_stack(cls, var_dir: Path) -> Meter:
        """The processes that the supervisor has noted."""
        pids: dict[str, int] = {}
        for file in (var_dir / "run").glob("*.json"):
            noted: Json = json.loads(file.read_text("utf-8"))
            if file.stem != "supervisor" and "pid" in noted:
                pids[file.stem] = int(noted["pid"])
        if not pids:
            raise OperationsError("no processes are noted: is the stack running? See `make status`")
        return cls(pids)

    def read(self) -> dict[str, float]:
        """CPU seconds used so far, ended children included."""
        used: dict[str, float] = {}
        for name, pid in self.pids.items():
            process = psutil.Process(pid)
            own = process.cpu_times()
            total = own.user + own.system + own.children_user + own.children_system
            for child in process.children(recursive=True):
                try:
                    times = child.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                total += times.user + times.system
            used[name] = total
        return used


def spent(before: dict[str, float], after: dict[str, float], units: int) -> dict[str, float]:
    """CPU milliseconds per unit by process, and `total`."""
    parts = {
        name: round(max(0.0, after[name] - before.get(name, 0.0)) * 1000 / units, 3)
        for name in after
    }
    return {**parts, "total": round(sum(parts.values()), 3)}


OUTBOXES = "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = 'outbox'::regclass"


async def stored(directory: Path) -> dict[str, int]:
    """Bytes on disk: each service's database, `outboxes` of all of these, and Kafka's log where it is this machine's."""
    described: Json = json.loads((directory / "stack.json").read_text("utf-8"))
    found, outboxes = dict[str, int](), 0
    for name, url in described["databases"].items():
        connection: Any = await cast("Any", asyncpg).connect(str(url))
        try:
            found[name] = await connection.fetchval("SELECT pg_database_size(current_database())")
            outboxes += await connection.fetchval(OUTBOXES)
        finally:
            await connection.close()
    log = directory / "kafka" / "data"
    if log.is_dir():
        found["kafka"] = sum(each.stat().st_size for each in log.rglob("*.log"))
    return found | {"outboxes": outboxes}


def grown(before: dict[str, int], after: dict[str, int], units: int) -> dict[str, int]:
    """Bytes per unit, and `databases` together; outboxes are part of these, Kafka's log is not."""
    parts = {name: round((after[name] - before[name]) / units) for name in after}
    whole = sum(size for name, size in parts.items() if name not in {"kafka", "outboxes"})
    return {**parts, "databases": whole}


class Bench:
    """One company, filled with stock, and orders in batches."""

    def __init__(self, erp: Client, meter: Meter, directory: Path, *, orders: int) -> None:
        self._erp = erp
        self._directory = directory
        self._meter = meter
        self._orders = orders
        self._random = random.Random(1)
        self.company = f"B{uuid4().hex[:5].upper()}"

    async def prepare(self) -> None:
        """Items, customers, stock for all orders."""
        await self._erp.post(
            "/masterdata/companies", {"code": self.company, "name": f"测量 {self.company}"}
        )
        await self._erp.post(
            "/masterdata/warehouses",
            {"code": f"{self.company}-W", "name": "W", "company": self.company},
        )
        self.items = [f"{self.company}-{n}" for n in range(1000)]
        await self._erp.batch(
            "/masterdata/items",
            [
                {"code": item, "name": item, "base_unit": "PCS", "list_price": "9.00"}
                for item in self.items
            ],
        )
        self.customers = [f"{self.company}-C{n}" for n in range(50)]
        await self._erp.batch(
            "/masterdata/partners",
            [
                {"code": c, "name": c, "roles": ["customer"], "billing_policy": "on_shipment"}
                for c in self.customers
            ],
        )
        await self._erp.quiet(seconds=120)
        lines = [
            {
                "item": i,
                "warehouse": f"{self.company}-W",
                "quantity": "1000000",
                "unit_cost": "5.00",
            }
            for i in self.items
        ]
        await self._erp.post(
            "/inventory/adjustments", {"company": self.company, "reason": "opening", "lines": lines}
        )
        await self._erp.quiet(seconds=120)

    def _bodies(self) -> list[Json]:
        return [
            {"company": self.company, "customer": self._random.choice(self.customers),
             "lines": [{"item": item, "quantity": "1"} for item in self._random.sample(self.items, LINES)]}
            for _ in range(self._orders)
        ]  # fmt: skip

    async def run(self) -> Json:
        """Both measures, and what the stack uses when nobody asks anything of it."""
        on_disk = await stored(self._directory)
        rested = self._meter.read()
        await asyncio.sleep(IDLE_SECONDS)
        before = self._meter.read()
        idle = sum(before.values()) - sum(rested.values())
        wall = time.monotonic()
        orders = await self._erp.batch("/sales/orders", self._bodies(), size=200)
        await self._erp.quiet(seconds=300)
        reserved = self._meter.read()
        reserved_seconds = time.monotonic() - wall
        deliveries = await self._erp.items(
            "/inventory/deliveries", company=self.company, status="released"
        )
        rows = [{"delivery": one["id"]} for one in deliveries]
        await self._erp.act("/inventory/deliveries:ship", rows, size=200)
        await self._erp.quiet(seconds=300)
        await self._collect()
        await self._erp.quiet(seconds=300)
        paid = self._meter.read()
        closed = await self._erp.items("/sales/orders", company=self.company, status="closed")
        return {
            "orders": len(orders),
            "lines_per_order": LINES,
            "closed": len(closed),
            "idle_cpu_ms_per_second": round(idle * 1000 / IDLE_SECONDS, 1),
            "idle_by_process": spent(rested, before, round(IDLE_SECONDS)),
            "placed_to_reserved": {
                "cpu_ms_per_order": spent(before, reserved, len(orders)),
                "wall_seconds": round(reserved_seconds, 2),
            },
            "order_to_cash": {
                "cpu_ms_per_order": spent(before, paid, len(orders)),
                "wall_seconds": round(time.monotonic() - wall, 2),
            },
            "disk_bytes_per_order": grown(on_disk, await stored(self._directory), len(orders)),
            "targets_cpu_ms_per_order": TARGETS,
        }

    async def _collect(self) -> None:
        # One transfer pays all of a customer's invoices, as customers do; a bank statement brings them together.
        ageing = await self._erp.get("/finance/receivables/ageing", company=self.company)
        rows = [
            {"company": self.company, "direction": "received", "partner": one["partner"], "amount": one["total"]}
            for one in ageing["items"]
            if Decimal(one["total"]) > 0
        ]  # fmt: skip
        await self._erp.batch("/finance/payments", rows)


async def _each_size(module: str, sizes: list[str], **environment: str) -> list[Json]:
    # In a process of its own: its memory and CPU are its own, and nothing of a service is loaded here.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *sizes,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode:
        raise OperationsError(f"{module} ended with {process.returncode}")
    return [json.loads(line) for line in output.splitlines()]


async def planning(directory: Path, *, quick: bool) -> Json:
    """Figures of the planning engine alone, and of whole runs in the production service's database."""
    sizes = [str(size) for size in PLANNING_SIZES[: 2 if quick else None]]
    stack: Json = json.loads((directory / "stack.json").read_text("utf-8"))
    url = str(stack["databases"]["production"])
    return {
        "engine": await _each_size("production.mrp.bench", sizes),
        "whole_run": await _each_size(
            "production.planning.bench", sizes, TONGHENG_BENCH_DATABASE_URL=url
        ),
        "service": [await _planning_service(stack, size) for size in sizes],
        "scheduling": await _each_size("production.scheduling.bench", ["2000"]),
    }


async def _planning_service(stack: Json, size: str) -> Json:
    # In a database of its own with the service's tables, on the stack's server.
    name = f"bench_{uuid4().hex[:8]}"
    administrator = str(stack["postgres"])
    await make_database(administrator, "production", name)
    owner = urlsplit(str(stack["databases"]["production"]))._replace(path=f"/{name}")
    try:
        (found,) = await _each_size(
            "production.planning.service_bench", [size], TONGHENG_BENCH_DATABASE_URL=owner.geturl()
        )
    finally:
        await drop_database(administrator, name)
    return found


async def access(erp: Client, meter: Meter) -> Json:
    """What a service pays to decide whether a caller may, and what the gateway adds to a request."""
    token = await erp.token()
    said: Json = jwt.decode(token, options={"verify_signature": False})
    verifier = TokenVerifier(
        issuer=said["iss"],
        audience=said["aud"],
        jwks_url=f"{erp.address}/.well-known/jwks.json",
    )
    directory = AccessDirectory()
    directory.load(
        users={said["sub"]: (True, ("bench",), ("*",))}, roles={"bench": ("sales.order.*",)}
    )
    authenticator = Authenticator(verifier, directory)
    try:
        began = time.process_time()
        await authenticator.principal(token)
        first = time.process_time() - began
        began = time.process_time()
        for _ in range(DECISIONS):
            (await authenticator.principal(token)).check("sales.order.place")
        each = (time.process_time() - began) / DECISIONS
    finally:
        await verifier.close()
    await erp.get("/masterdata/units", limit="1")
    before = meter.read()
    for _ in range(REQUESTS // WIDE):
        await asyncio.gather(*(erp.get("/masterdata/units", limit="1") for _ in range(WIDE)))
    after = meter.read()
    return {
        "decision_cpu_us": round(each * 1e6, 1),
        "first_decision_of_a_token_cpu_us": round(first * 1e6, 1),
        "gateway_cpu_ms_per_request": round((after["gateway"] - before["gateway"]) * 1000 / REQUESTS, 2),
        "targets": ACCESS_TARGETS,
    }  # fmt: skip


def _pass_over(record: object, problem: Exception) -> None:
    """What the services had to park is read by nobody."""
    del record, problem


async def reading(directory: Path) -> Json:
    """What a subscriber pays: history read with the contracts package, typed, in this process."""
    stack: Json = json.loads((directory / "stack.json").read_text("utf-8"))
    began, events = time.process_time(), 0
    async for _ in replay(str(stack["kafka"]), READ_TOPICS, aside=_pass_over):
        events += 1
    used = time.process_time() - began
    return {
        "events": events,
        "cpu_us_per_event": round(used * 1e6 / max(events, 1), 1),
        "events_per_cpu_second": round(events / used),
        "target_events_per_cpu_second": READER_TARGET,
    }


def rebuilding(directory: Path) -> Json:
    """Finance made again from the topics into a database beside it, which is then removed."""
    stack: Json = json.loads((directory / "stack.json").read_text("utf-8"))
    name = f"bench_{uuid4().hex[:8]}"
    began = time.monotonic()
    try:
        code, report = replay_service(
            directory, "finance", into=name, accept=False, screen=Console(stderr=True)
        )
    finally:
        asyncio.run(drop_database(str(stack["postgres"]), name))
    seconds = time.monotonic() - began
    events = int(report["events"])
    return {
        "events": events,
        "equal": code == 0,
        "seconds": round(seconds, 1),
        "seconds_per_100000_events": round(seconds * 100_000 / max(events, 1), 1),
        "target_seconds_per_100000_events": REBUILD_TARGET,
    }


async def measure(directory: Path, *, quick: bool) -> Json:
    """Prepare, measure, write `reports/bench.json`."""
    async with Client.of_stack(directory) as erp:
        bench = Bench(erp, Meter.of_stack(directory), directory, orders=600 if quick else 5000)
        await bench.prepare()
        report = {"quick": quick, **await bench.run()}
        report["access"] = await access(erp, Meter.of_stack(directory))
    report["reading"] = await reading(directory)
    report["rebuilding"] = await asyncio.to_thread(rebuilding, directory)
    report["planning"] = await planning(directory, quick=quick)
    file = directory / "reports" / "bench.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return report


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    quick: Annotated[bool, typer.Option("--quick", help="600 orders instead of 5,000.")] = False,
) -> None:
    """Measure the running stack."""
    screen = Console()
    try:
        report = asyncio.run(measure(var_dir(), quick=quick))
    except (OperationsError, Refused) as error:
        Console(stderr=True).print(
            f"[red]tongheng bench:[/red] {error}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(1) from None
    table = Table(
        "measure",
        "CPU ms per order",
        "where to be",
        title=f"{report['orders']} orders of {LINES} lines",
    )
    for name, target in TARGETS.items():
        table.add_row(name, str(report[name]["cpu_ms_per_order"]["total"]), f"≤ {target}")
    screen.print(table)
    disk: Json = report["disk_bytes_per_order"]
    screen.print(
        f"On disk an order takes {disk['databases']} bytes in the databases, {disk['outboxes']} of them in outboxes.",
        highlight=False,
    )
    read: Json = report["reading"]
    screen.print(
        f"A subscriber reads {read['events_per_cpu_second']} events per CPU second (at least {READER_TARGET}).",
        highlight=False,
    )
    rights: Json = report["access"]
    screen.print(
        f"Whether one may: {rights['decision_cpu_us']} µs (at most {ACCESS_TARGETS['decision_cpu_us']}); the gateway adds"
        f" {rights['gateway_cpu_ms_per_request']} ms CPU to a request (at most {ACCESS_TARGETS['gateway_cpu_ms_per_request']}).",
        highlight=False,
    )
    again: Json = report["rebuilding"]
    screen.print(
        f"Finance made again: {again['events']} events in {again['seconds']} s,"
        f" {again['seconds_per_100000_events']} s for 100,000 (at most {REBUILD_TARGET}).",
        highlight=False,
    )
    screen.print_json(json.dumps(report))


if __name__ == "__main__":
    app()
