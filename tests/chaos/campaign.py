"""One run: start, seed, faults under load, heal, quiet, proof, rebuild, model; and the report."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DescribeGroupsRequest
from rich.console import Console

from operations.client import Client, Refused
from operations.errors import OperationsError
from operations.ports import Ports
from operations.proving import runner
from operations.proving.checks import within
from operations.replay import drop_database, replay
from operations.secrets import write_private
from operations.stack import get

from .faults import Done, Injector
from .journal import Command, differences, expected, lost_and_doubled
from .load import Load, World
from .schedule import FAULTS, Fault
from .stack import ProxiedStack

NOT_PROVOKED = {
    "each role of each service alone": "the local stack runs api, worker and relay in one process, which is killed as a whole",
    "messages that overtake each other for the first time": "a window is sent again in another order; the relay alone sends first",
    "two brokers, an unclean election": "the local stack has one broker",
    "memory": "processes are started anew too often to say what one of them keeps",
}
ALWAYS = frozenset({"B1", "B2", "B4", "C1", "C2", "C3"})
"""Invariants that hold at every moment, within one database's snapshot."""
DOCUMENTS = {
    "place": "/sales/orders", "receive": "/inventory/receipts", "pay": "/finance/payments",
    "transfer": "/inventory/transfers", "buy": "/purchasing/orders", "adjust": "/inventory/adjustments",
    "invoice": "/finance/invoices", "make": "/production/orders", "return": "/sales/returns", "take-back": "/inventory/returns",
}  # fmt: skip
DESK_SECONDS, QUIET_LOOK_SECONDS = 6.0, 8.0
NEVER_REFUSED = frozenset({"place", "buy", "transfer", "make", "pay"})
messages = Console(stderr=True)


class _Groups(DescribeGroupsRequest):
    """As the library asks it, in a version whose answer it can read."""

    def prepare(self, versions: dict[int, tuple[int, int]]) -> Any:
        return super().prepare({self.API_KEY: (0, 1)})


@dataclass(slots=True)
class Watch:
    """What is seen from outside while the faults last: rebalances, duplicates dropped, invariants that hold always."""

    stack: ProxiedStack
    rebalances: int = 0
    looks: int = 0
    broken: list[str] = field(default_factory=list[str])
    _dropped: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    _members: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @property
    def duplicates(self) -> int:
        """Messages that were dropped because they had come before; those of killed processes as last seen."""
        return sum(self._dropped.values())

    async def run(self) -> None:
        """Look until cancelled."""
        turn = 0
        while True:
            with suppress(Exception):
                await self._services()
            with suppress(Exception):
                async with asyncio.timeout(10):
                    await self._groups()
            if turn % 2 == 0:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                    await self._invariants()
            turn += 1
            await asyncio.sleep(1.0)

    async def _services(self) -> None:
        for name in self.stack.proxies:
            if name == "kafka":
                continue
            pid = self.stack.part(name).snapshot().pid or 0
            status, text = await asyncio.to_thread(get, self.stack.port(name), "/status", seconds=2)  # fmt: skip
            if status == 200:
                import json

                count = int(json.loads(text)["duplicates_dropped"])
                self._dropped[name, pid] = max(count, self._dropped.get((name, pid), 0))

    async def _groups(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.stack.broker.bootstrap)
        await admin.start()
        try:
            groups = [f"tongheng-{name}" for name in self.stack.proxies if name != "kafka"]
            answer: Any = await admin._send_request(_Groups(groups))
            for group in answer.groups:
                name, members = str(group[1]), frozenset(str(member[0]) for member in group[5])
                before = self._members.get(name)
                if before is not None and members != before:
                    self.rebalances += 1
                self._members[name] = members
        finally:
            await admin.close()

    async def _invariants(self) -> None:
        for service in ("inventory", "finance"):
            connection: Any = await asyncpg.connect(self.stack.server.url(service), timeout=5)
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    for check in within([service]):
                        if check.invariant in ALWAYS:
                            found = await runner.ask(connection, check)
                            self.looks += 1
                            if found.differences:
                                self.broken.append(
                                    f"{found.invariant} {found.says}: {found.examples[0]}"
                                )
            finally:
                await connection.close()


@dataclass(slots=True)
class Report:
    """What is written at the end."""

    seed: int
    minutes: float
    faults: dict[str, int] = field(default_factory=dict[str, int])
    without_effect: dict[str, int] = field(default_factory=dict[str, int])
    never_an_effect: list[str] = field(default_factory=list[str])
    commands: int = 0
    commands_ok: int = 0
    commands_refused: int = 0
    commands_unknown: int = 0
    commands_per_second: float = 0.0
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    differences: list[str] = field(default_factory=list[str])
    seconds_to_settle: float = -1.0
    """From the last heal until the clients know what became of each command; part of the time to quiet."""
    seconds_to_quiet: float = -1.0
    happened: dict[str, Any] = field(default_factory=dict[str, Any])
    bad_answers: dict[str, int] = field(default_factory=dict[str, int])
    refusals: dict[str, int] = field(default_factory=dict[str, int])
    connections: dict[str, int] = field(default_factory=dict[str, int])
    not_provoked: dict[str, str] = field(default_factory=lambda: dict(NOT_PROVOKED))
    missing: list[str] = field(default_factory=list[str])
    """What did not happen often enough for the run to count."""
    done: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def found(self) -> list[str]:
        """Everything that must not be."""
        found = [
            *(f"lost: {one}" for one in self.lost),
            *(f"doubled: {one}" for one in self.doubled),
        ]
        found += [
            *self.differences,
            *(f"answer {said} × {n}" for said, n in self.bad_answers.items()),
        ]
        if self.commands_unknown:
            found.append(f"{self.commands_unknown} commands could not be settled")
        if self.seconds_to_quiet < 0:
            found.append("never quiet")
        return found


@dataclass(slots=True)
class Settings:
    """One run."""

    seed: int
    seconds: float
    """Of faults."""
    schedule: list[Fault]
    rate: float = 12.0
    quiet_seconds: float = 300.0
    rebuild: bool = True
    environment: dict[str, str] = field(default_factory=dict[str, str])


async def run(var_dir: Path, ports: Ports, settings: Settings) -> Report:
    """The whole campaign on a stack of its own, which is gone afterwards; its data stay in the folder."""
    stack = ProxiedStack(var_dir, ports=ports, extra=settings.environment)
    for proxy in stack.proxies.values():
        await proxy.start()
    try:
        messages.print("starting the stack …")
        stack.mount_small_disk()
        await asyncio.to_thread(stack.up, seconds=400)
        try:
            return await _trade(stack, settings)
        finally:
            await asyncio.to_thread(stack.down)
    finally:
        stack.unmount_small_disk()
        for proxy in stack.proxies.values():
            await proxy.stop()


async def _trade(stack: ProxiedStack, settings: Settings) -> Report:
    report = Report(settings.seed, round(settings.seconds / 60, 1))
    journal: list[Command] = []
    injector = Injector(stack, settings.seed)
    async with Client.of_stack(stack.var_dir) as erp:
        messages.print("founding the company …")
        world = await World.found(erp, journal)
        load = Load(erp, world, journal, settings.seed, rate=settings.rate)
        watch = Watch(stack)
        watching = asyncio.create_task(watch.run())
        trading = asyncio.create_task(load.run())
        desk = Desk(erp, injector)
        attending = asyncio.create_task(desk.attend())
        began = time.monotonic()
        await asyncio.sleep(8)  # something is there that can be lost
        messages.print(f"{len(settings.schedule)} faults in {settings.seconds:.0f} s …")
        await injector.play(settings.schedule)
        await asyncio.sleep(max(0.0, settings.seconds - (time.monotonic() - began)))
        load.stopped = True
        traded = time.monotonic() - began
        messages.print("healing …")
        await injector.heal()
        healed = time.monotonic()
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
        await trading
        report.seconds_to_settle = round(time.monotonic() - healed, 1)
        report.commands_per_second = round(len(journal) / traded, 1)
        try:
            await _until_quiet(erp, desk, settings.quiet_seconds, report)
            report.seconds_to_quiet = round(time.monotonic() - healed, 1)
        except OperationsError as error:
            report.differences.append(f"not quiet: {error}")
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        messages.print(f"quiet after {report.seconds_to_quiet} s; proving …")
        await _judge(stack, erp, world, journal, injector, report, settings)
    _tell(report, journal, load, injector, watch, len(desk.seen))
    return report


@dataclass(slots=True)
class Desk:
    """An operator at the desks of all services: poison is given up; whatever else is parked is a finding."""

    erp: Client
    injector: Injector
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    findings: list[str] = field(default_factory=list[str])

    async def attend(self) -> None:
        """Look every few seconds while it lasts; what is not known as poison waits for the end."""
        while True:
            await asyncio.sleep(DESK_SECONDS)
            with suppress(Exception):
                await self.look()

    async def look(self, *, strict: bool = False) -> None:
        """Settle what is parked now; `strict` when nothing but poison may be."""
        services = [name for name in self.injector.stack.proxies if name != "kafka"]
        await asyncio.gather(*(self._at(service, strict) for service in services))

    async def _at(self, service: str, strict: bool) -> None:
        with suppress(OperationsError, Refused, aiohttp.ClientError, TimeoutError, OSError):
            rows = await self.erp.items(f"/{service}/parked-messages")
            # workflow lists what waits in all services: each is settled at its own desk.
            mine = [
                row
                for row in rows
                if row["status"] in ("parked", "waiting") and row.get("service") in (None, service)
            ]
            for row in mine:
                await self._settle(service, row, strict)

    async def _settle(self, service: str, row: dict[str, Any], strict: bool) -> None:
        path = f"/{service}/parked-messages/{row['event_id']}"
        self.seen.add((service, row["event_id"]))
        if UUID(row["event_id"]) in self.injector.poison:
            with suppress(Refused):
                await self.erp.post(f"{path}/drop", {"reason": "poison of the campaign"})
        elif strict and row["status"] == "parked":
            detail = (await self.erp.get(path))["detail"][:200]
            self.findings.append(
                f"parked in {service}: {row['topic']} {row['event_id']} {row['reason']}: {detail}"
            )
            with suppress(Refused):
                await self.erp.post(f"{path}/release")


async def _until_quiet(erp: Client, desk: Desk, seconds: float, report: Report) -> None:
    """Wait for quiet while the desk is attended; what was parked and is no poison is a finding."""
    deadline = time.monotonic() + seconds
    while True:
        await desk.look(strict=True)
        try:
            await erp.quiet(seconds=QUIET_LOOK_SECONDS)
            break
        except (OperationsError, Refused) as error:
            if time.monotonic() > deadline:
                raise OperationsError(str(error)) from error
        finally:
            report.differences += [one for one in desk.findings if one not in report.differences]
            desk.findings.clear()


async def _judge(
    stack: ProxiedStack, erp: Client, world: World, journal: list[Command], injector: Injector,
    report: Report, settings: Settings,
) -> None:  # fmt: skip
    proof = await runner.prove(stack.var_dir, strangers=injector.poison, quiet_seconds=60)
    report.differences += [
        f"{one.invariant} {one.where}: {one.differences} × not: {one.says}; {'; '.join(one.examples[:2])}"
        for one in proof.findings
        if one.differences
    ]
    model = expected(journal)
    code = world.company.code
    there = {
        kind: {str(row["id"]) for row in await erp.items(path, company=code)}
        for kind, path in DOCUMENTS.items()
    }
    report.lost, report.doubled = lost_and_doubled(model, there)
    report.differences += [
        f"refused though nothing was wrong with it: {one.kind} {one.status} {one.code}"
        for one in journal
        if one.outcome == "refused" and one.kind in NEVER_REFUSED
    ]
    stock: dict[str, dict[str, Decimal]] = {}
    for item in model.stock:
        stock[item] = await world.company.stock(item)
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for row in await erp.items("/finance/receivables", company=code):
        owed[row["customer"]] += Decimal(row["open_amount"])
    for row in await erp.items("/finance/receivables/unbilled", company=code):
        owed[row["customer"]] += Decimal(row["unbilled"])
    report.differences += [f"model: {one}" for one in differences(model, stock, owed)]
    report.differences += [
        f"two answers to one key: {one.path} {said}"
        for one in journal
        for said in one.contradictions
    ]
    if settings.rebuild:
        messages.print("making finance again from the topics …")
        report.differences += await asyncio.to_thread(_rebuilt, stack)
        await drop_database(stack.server.url(), "finance_again")
    connection: Any = await asyncpg.connect(stack.server.url())
    try:
        rows = await connection.fetch(
            "SELECT datname, count(*) FROM pg_stat_activity WHERE datname IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        report.connections = {str(row[0]): int(row[1]) for row in rows}
    finally:
        await connection.close()


def _rebuilt(stack: ProxiedStack) -> list[str]:
    try:
        _, made = replay(
            stack.var_dir, "finance", into="finance_again", accept=False, screen=Console(quiet=True)
        )
    except OperationsError as error:
        return [f"A7 finance cannot be made again: {error}"]
    if (
        made["differences"]
        or made["failed_checks"]
        or made["state_hash"] != made["state_hash_before"]
    ):
        return [f"A7 finance made again differs: {made['differences']} {made['failed_checks']}"]
    return []


def _tell(
    report: Report,
    journal: list[Command],
    load: Load,
    injector: Injector,
    watch: Watch,
    parked: int,
) -> None:
    done: list[Done] = sorted(injector.done, key=lambda one: one.at)
    report.done = [asdict(one) for one in done]
    report.faults = dict(sorted(Counter(one.kind for one in done).items()))
    report.without_effect = dict(
        sorted(Counter(one.kind for one in done if not one.effect).items())
    )
    report.never_an_effect = sorted(
        {one.kind for one in done} - {one.kind for one in done if one.effect}
    )
    outcomes = Counter(one.outcome for one in journal)
    report.commands = len(journal)
    report.commands_ok, report.commands_refused = outcomes["ok"], outcomes["refused"]
    report.commands_unknown = outcomes["unknown"]
    report.bad_answers = dict(load.bad_answers.most_common())
    refusals = Counter(
        f"{one.kind}: {one.status} {one.code}" for one in journal if one.outcome == "refused"
    )
    report.refusals = dict(refusals.most_common())
    report.differences += [f"while it lasted: {one}" for one in sorted(set(watch.broken))]
    settled = [one for one in journal if one.lost_answers and one.outcome != "unknown"]
    report.happened = {
        "duplicates_dropped": watch.duplicates,
        "rebalances": watch.rebalances,
        "unknown_settled": len(settled),
        "unknown_settled_ok": sum(one.outcome == "ok" for one in settled),
        "parked": parked,
        "failpoints_hit": injector.hits.count(),
        "cut_after_commit": sum(proxy.cut for proxy in injector.stack.proxies.values()),
        "connections_reset": sum(proxy.reset_ for proxy in injector.stack.proxies.values()),
        "sent_twice_at_once": sum(one.twice for one in journal),
        "invariants_read_meanwhile": watch.looks,
    }


def short_of(report: Report) -> list[str]:
    """What a full run must have seen (RELIABILITY §3, *Happened*)."""
    wanted = {"duplicates_dropped": 100, "rebalances": 10, "unknown_settled": 20, "parked": 10}
    found = [
        f"{name}: {report.happened[name]} of {number}"
        for name, number in wanted.items()
        if report.happened[name] < number
    ]
    hit = report.happened["failpoints_hit"]
    found += [f"failpoint F{n} was never hit" for n in range(1, 13) if not hit.get(f"F{n}")]
    found += [f"{kind} was never tried" for kind in FAULTS if kind not in report.faults]
    return found


def write(file: Path, report: Report) -> None:
    """Write the report."""
    write_private(file, {**asdict(report), "found": report.found})
