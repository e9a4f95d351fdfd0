"""`make drill`: a company at work loses its machine, is restored from its backup, and nothing that was acknowledged is gone.

A stack of its own keeps its log synchronously beside the backups. Under load a backup is taken; the load goes on; then
every process is killed at once and databases, Kafka and passwords are removed. What is left is what a backup host has. It
is restored, Kafka is filled again, and a journal kept by the clients is compared: each acknowledged command must be known
under its key with the answer that it had, and its document must be there.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import aiohttp
import psutil
import typer
from rich.console import Console

from operations.backup import backups
from operations.backup.restoring import restore
from operations.backup.sealing import make_key
from operations.backup.verifying import proofs
from operations.backup.wal import Archive
from operations.client import Client, Json, Refused
from operations.errors import OperationsError
from operations.founding import ITEMS, found
from operations.ports import Ports, free_ports
from operations.process import remembered
from operations.services import SERVICES, Service, var_dir
from operations.stack import Options, Stack

COMPANY = "DRILL"
CLIENTS = 4
SETTLED_AT_ONCE = 16
LINES = 200
"""Moves of one adjustment, of those that make the company large."""
REPLAYED = "idempotency-replayed"
_LEFT = ("run", "log")
"""What stays of the stack's folder in the disaster: nothing that holds data."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that was sent, and what came back."""

    key: str
    path: str
    body: Json
    answer: Json | None
    """The body of the good answer; None where none came: the key settles what happened."""


@dataclass(slots=True)
class Journal:
    """What the clients know; it is on their side, not in the stack."""

    entries: list[Entry] = field(default_factory=list[Entry])
    refused: int = 0

    @property
    def acknowledged(self) -> list[Entry]:
        """The commands that were answered well."""
        return [each for each in self.entries if each.answer is not None]


@dataclass(slots=True)
class Report:
    """What the drill found."""

    passed: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    differences: dict[str, str] = field(default_factory=dict[str, str])
    figures: dict[str, float] = field(default_factory=dict[str, float])

    def check(self, name: str, *, good: bool) -> None:
        """Note what holds and what does not."""
        (self.passed if good else self.failed).append(name)

    def document(self, seconds: float) -> Json:
        """As it is written to var/reports."""
        return {
            "passed": self.passed,
            "failed": self.failed,
            "seconds": round(seconds, 1),
            "lost": self.lost,
            "differences": self.differences,
            "figures": {name: round(value, 2) for name, value in self.figures.items()},
        }


class Load:
    """Clients that order, adjust stock and ship, until they are told to stop or the stack is gone."""

    def __init__(self, erp: Client, journal: Journal) -> None:
        self._erp = erp
        self._journal = journal
        self._numbers = itertools.count(1)
        self._stopping = False

    def stop(self) -> None:
        """End after the commands in hand."""
        self._stopping = True

    async def run(self) -> None:
        """All clients at once."""
        workers = [self._order, self._order, self._adjust, self._ship]
        await asyncio.gather(*(self._repeat(work) for work in workers[:CLIENTS]))

    async def _repeat(self, work: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping:
            try:
                await work()
            except (aiohttp.ClientError, OSError, TimeoutError):
                # The machine is gone, or going.
                await asyncio.sleep(0.1)

    async def send(self, path: str, body: Json) -> Json | None:
        """One command, once, written down whatever comes of it."""
        key = str(uuid4())
        try:
            answer = await self._erp.request("POST", path, body=body, key=key)
        except Refused as refusal:
            if refusal.status < 500:
                self._journal.refused += 1
            else:
                self._journal.entries.append(Entry(key, path, body, None))
            return None
        except (aiohttp.ClientError, OSError, TimeoutError):
            self._journal.entries.append(Entry(key, path, body, None))
            raise
        self._journal.entries.append(Entry(key, path, body, answer.body))
        return answer.body

    async def _order(self) -> None:
        number = next(self._numbers)
        lines = [
            {"item": f"DRILL-{n}", "quantity": str(1 + number % 3), "unit_price": "25.00"}
            for n in (number % ITEMS, (number + 2) % ITEMS)
        ]
        body = {"company": COMPANY, "customer": "DRILL-C", "lines": lines}
        await self.send("/sales/orders", body)

    async def _adjust(self) -> None:
        item = f"DRILL-{next(self._numbers) % ITEMS}"
        line = {"item": item, "warehouse": "DRILL-W", "quantity": "7", "unit_cost": "10.00"}
        body = {"company": COMPANY, "reason": "opening", "lines": [line]}
        await self.send("/inventory/adjustments", body)

    async def _ship(self) -> None:
        query = {"company": COMPANY, "status": "released", "limit": "5"}
        waiting = (await self._erp.get("/inventory/deliveries", **query))["items"]
        for delivery in waiting:
            await self.send(f"/inventory/deliveries/{delivery['id']}/ship", {})
        if not waiting:
            await asyncio.sleep(0.2)


async def grow(erp: Client, moves: int, *, at_once: int = 4) -> None:
    """Make the company's history larger by so many moves, through the API."""
    gate = asyncio.Semaphore(at_once)

    async def adjust(number: int) -> None:
        lines = [
            {"item": f"DRILL-{n % ITEMS}", "warehouse": "DRILL-W", "quantity": str(1 + n % 9), "unit_cost": "10.00"}
            for n in range(number, min(number + LINES, moves))
        ]  # fmt: skip
        async with gate:
            await erp.post(
                "/inventory/adjustments", {"company": COMPANY, "reason": "found", "lines": lines}
            )

    await asyncio.gather(*(adjust(number) for number in range(0, moves, LINES)))
    await erp.quiet(seconds=60 + moves / 100)


@dataclass(slots=True)
class Drill:
    """One drill in a folder of its own, which it empties first."""

    folder: Path
    seconds: float
    """How long the load runs before the backup is taken, and again after it."""
    moves: int = 0
    """So many moves are in the company's books before it starts to work."""
    services: Sequence[Service] = SERVICES
    ports: Ports = field(default_factory=free_ports)
    report: Report = field(default_factory=Report)
    say: Callable[[str], None] = print

    def run(self) -> Json:
        """Play it through; the report.

        Raises:
            OperationsError: the stack does not start, or the restore is refused.
        """
        began = time.monotonic()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        key = make_key(self.folder / "backup.key")
        archive = Archive(self.folder / "backups", key, synchronous=True)
        var = self.folder / "var"
        options = Options(services=self.services, archive=archive)

        self._tell("starting a stack whose log is kept synchronously")
        stack = Stack(var, ports=self.ports, options=options)
        stack.up(seconds=300)
        try:
            journal = asyncio.run(self._work(stack, archive))
        finally:
            kill_all(stack)
            stack.down()
        self._tell(f"the machine is gone; {len(journal.acknowledged)} commands were acknowledged")
        for path in var.iterdir():
            if path.name not in _LEFT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

        lost_at = time.monotonic()
        done = restore(var, self.ports.postgres, backups.choose(archive.directory), key)
        self.report.figures["restore_seconds"] = done.seconds
        self._tell(f"restored in {done.seconds:.1f} s; filling Kafka and starting")
        again = Stack(var, ports=self.ports, options=options)
        with again.running():
            self.report.figures["until_ready_seconds"] = time.monotonic() - lost_at
            asyncio.run(self._compare(var, journal))
            self.report.figures["until_compared_seconds"] = time.monotonic() - lost_at
        return self.report.document(time.monotonic() - began)

    def _tell(self, what: str) -> None:
        self.say(what)

    async def _work(self, stack: Stack, archive: Archive) -> Journal:
        journal = Journal()
        async with Client.of_stack(stack.var_dir) as erp:
            await found(
                erp, COMPANY, {"name": "演练公司", "name_en": "Drill"}, billing_policy="on_shipment"
            )
            if self.moves:
                self._tell(f"writing {self.moves} moves")
                began = time.monotonic()
                await grow(erp, self.moves)
                self.report.figures["moves"] = self.moves
                self.report.figures["writing_moves_seconds"] = time.monotonic() - began
            erp.retries = False
            load = Load(erp, journal)
            running = asyncio.create_task(load.run())
            self._tell("the company works")
            await asyncio.sleep(self.seconds)
            names = {row.name: row.name for row in self.services if row.database}
            secrets = stack.var_dir / "secrets.json"
            began = time.monotonic()
            taken = await asyncio.to_thread(
                backups.take, stack.server, names, secrets, archive.directory, archive.key
            )
            self.report.figures["backup_seconds"] = time.monotonic() - began
            self.report.figures["backup_bytes"] = taken.manifest.bytes
            before = len(journal.acknowledged)
            self._tell(
                f"backed up as {taken.manifest.label}; {before} commands so far; it works on"
            )
            await asyncio.sleep(self.seconds)
            # Killed while commands are on their way: some were done and never answered.
            await asyncio.to_thread(kill_all, stack)
            load.stop()
            await running
        self.report.figures["acknowledged"] = len(journal.acknowledged)
        self.report.figures["acknowledged_after_the_backup"] = len(journal.acknowledged) - before
        self.report.figures["unanswered"] = len(journal.entries) - len(journal.acknowledged)
        self.report.check(
            "commands were acknowledged after the backup", good=len(journal.acknowledged) > before
        )
        return journal

    async def _compare(self, var: Path, journal: Journal) -> None:
        self._tell("comparing")
        for company, differences in (await proofs(var)).items():
            if differences:
                self.report.differences[company] = differences
        self.report.check("the proof of every company holds", good=not self.report.differences)
        async with Client.of_stack(var) as erp:
            gate = asyncio.Semaphore(SETTLED_AT_ONCE)

            async def settle(entry: Entry) -> str:
                async with gate:
                    return await missing(erp, entry)

            told = await asyncio.gather(*(settle(each) for each in journal.acknowledged))
            self.report.lost += [each for each in told if each]
            self.report.check("no acknowledged command is lost", good=not self.report.lost)
            unknown = [each for each in journal.entries if each.answer is None]
            for entry in unknown:
                try:
                    await erp.request("POST", entry.path, body=entry.body, key=entry.key)
                except Refused as refusal:
                    self.report.check(
                        f"an unanswered command is settled by its key: {refusal.code}",
                        good=refusal.status < 500,
                    )
        again = await proofs(var)
        self.report.check("the proof holds after new commands", good=not any(again.values()))


async def missing(erp: Client, entry: Entry) -> str:
    """What is wrong with an acknowledged command; empty where all is well."""
    assert entry.answer is not None
    try:
        answer = await erp.request("POST", entry.path, body=entry.body, key=entry.key)
    except Refused as refusal:
        return f"{entry.path} {entry.key}: {refusal.status} {refusal.code}"
    if answer.headers.get(REPLAYED) != "true":
        return f"{entry.path} {entry.key}: not known any more, and done anew"
    if answer.body != entry.answer:
        return f"{entry.path} {entry.key}: another answer than then"
    if entry.path == "/sales/orders":
        order = await erp.get(f"/sales/orders/{entry.answer['id']}")
        if order["number"] != entry.answer["number"]:
            return f"order {entry.answer['number']} is {order['number']} now"
    return ""


def kill_all(stack: Stack) -> None:
    """SIGKILL for every process of the stack at once, as when the machine dies; none is started again."""
    found: list[psutil.Process] = []
    for shot in stack.snapshots():
        process = remembered(stack.var_dir / "run" / f"{shot.name}.json")
        if process is not None:
            found += [process, *process.children(recursive=True)]
    for process in found:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    for shot in stack.snapshots():
        stack.kill(shot.name, restart=False)


app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    seconds: Annotated[
        float, typer.Option(min=1, help="Of load before the backup, and after it.")
    ] = 30.0,
    moves: Annotated[
        int, typer.Option(min=0, help="In the books beforehand, to see how long a restore takes.")
    ] = 0,
) -> None:
    """Play the drill and write var/reports/drill.json; exit code 1 if anything was lost or differs."""
    messages = Console(stderr=True)
    directory = var_dir()

    def say(what: str) -> None:
        messages.print(f"drill: {what}", highlight=False)

    drill = Drill(directory / "drill", seconds, moves, say=say)
    report = drill.run()
    shutil.rmtree(directory / "drill", ignore_errors=True)
    file = directory / "reports" / "drill.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(report))
    if report["failed"]:
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        app()
    except OperationsError as error:
        sys.exit(f"drill: {error}")
