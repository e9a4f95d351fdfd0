"""`make upgrade-test`: a company works while every service goes from the last release to this checkout; no request fails.

The last release is checked out and installed beside this one and started on a stack of its own. Clients order, ship and
invoice through the gateway, each request on a connection of its own and sent once. Under that load the new topics and
data models are made, then the services are rolled one by one, the gateway first: the new process becomes ready beside
the old one on the same database and in the same consumer groups, then the old one is told to end. A door before the
gateway stands for the cluster's Service. At the end all that was acknowledged is there, and the proof is at zero.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import aiohttp
import typer
from rich.console import Console

from operations.backup.verifying import proofs
from operations.client import Client, Json, Refused
from operations.door import Door
from operations.errors import OperationsError
from operations.founding import ITEMS, found
from operations.ports import free_ports
from operations.services import SERVICES, Release, repository, this_release, var_dir
from operations.stack import Options, Rolled, Stack

COMPANY = "ROLL"
CUSTOMER = "ROLL-C"
READY_SECONDS_MAX = 10.0
"""On the core that a pod has for itself: for as long as the load and the old processes had the cores, it does not count."""
END_SECONDS_MAX = 30.0
OLD_ON_NEW_SECONDS = 8.0
"""How long the old release works on the new data model before the first service is rolled."""
PAUSE = 0.25
"""Of each client between two commands: the machine also starts every service meanwhile."""
SETTLE_SECONDS = 180.0
UNINVOICED_MAX = 20
"""Shipments that may wait for their invoices before no more goods leave: one client invoices what two order."""
DRAIN_SECONDS = "5"
TOLD_MAX = 20


@dataclass(slots=True)
class Report:
    """What the test found."""

    passed: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    failures: list[str] = field(default_factory=list[str])
    """Of requests, the first of them in words."""
    failed_requests: int = 0
    requests: Counter[str] = field(default_factory=Counter[str])
    rolled: dict[str, Rolled] = field(default_factory=dict[str, Rolled])

    def check(self, name: str, *, good: bool) -> None:
        """Note what holds and what does not."""
        (self.passed if good else self.failed).append(name)

    def note_failure(self, what: str) -> None:
        """A request that failed."""
        self.failed_requests += 1
        if len(self.failures) < TOLD_MAX:
            self.failures.append(what)

    def document(self, release: str, seconds: float) -> Json:
        """As it is written to var/reports."""
        return {
            "passed": self.passed,
            "failed": self.failed,
            "seconds": round(seconds, 1),
            "from": release,
            "failed_requests": self.failed_requests,
            "failures": self.failures,
            "requests": dict(self.requests),
            "ready_seconds": {
                name: round(each.ready_seconds, 1) for name, each in self.rolled.items()
            },
            "held_up_seconds": {
                name: round(each.held_up_seconds, 1) for name, each in self.rolled.items()
            },
            "ended_seconds": {
                name: round(each.ended_seconds, 1) for name, each in self.rolled.items()
            },
        }


class Load:
    """Clients that order, ship and invoice until they are told to stop."""

    def __init__(self, erp: Client, report: Report) -> None:
        self._erp = erp
        self._report = report
        self._numbers = itertools.count(1)
        self._stopping = False
        self._to_invoice: asyncio.Queue[str] = asyncio.Queue()
        self.orders: list[str] = []
        """The ids of those acknowledged."""
        self.shipped: set[str] = set()
        """Numbers of orders."""
        self.invoiced: set[str] = set()

    def stop(self) -> None:
        """End after the commands in hand."""
        self._stopping = True

    async def run(self) -> None:
        """All clients at once."""
        await asyncio.gather(
            *(self._repeat(work) for work in (self._order, self._order, self._ship, self._invoice))
        )

    async def _repeat(self, work: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping:
            await work()
            await asyncio.sleep(PAUSE)

    async def finish(self) -> None:
        """Invoice what was shipped and is not invoiced yet."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.shipped - self.invoiced and time.monotonic() < deadline:
            await self._invoice()
            await asyncio.sleep(PAUSE)

    async def _ask(self, name: str, method: str, path: str, **given: Json) -> Json | None:
        """One request, sent once. A refusal that says what it is waiting for is for the caller."""
        self._report.requests[name] += 1
        params = {key: str(value) for key, value in given.get("params", {}).items()}
        try:
            answer = await self._erp.request(
                method, path, body=given.get("body"), key=str(uuid4()), params=params
            )
        except Refused as refusal:
            if refusal.status >= 500 or refusal.status == 429:
                self._report.note_failure(f"{name}: {refusal}")
                return None
            raise
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._report.note_failure(f"{name}: {error!r}")
            return None
        return answer.body

    async def _order(self) -> None:
        number = next(self._numbers)
        lines = [
            {"item": f"ROLL-{n}", "quantity": str(1 + number % 3), "unit_price": "25.00"}
            for n in (number % ITEMS, (number + 2) % ITEMS)
        ]
        body = {"company": COMPANY, "customer": CUSTOMER, "lines": lines}
        try:
            order = await self._ask("order", "POST", "/sales/orders", body=body)
        except Refused as refusal:
            self._report.note_failure(f"order: {refusal}")
            return
        if order is not None:
            self.orders.append(order["id"])

    async def _ship(self) -> None:
        if self._to_invoice.qsize() > UNINVOICED_MAX:
            return
        params = {"company": COMPANY, "status": "released", "limit": "10"}
        try:
            listed = await self._ask("list", "GET", "/inventory/deliveries", params=params)
            for delivery in listed["items"] if listed else ():
                done = await self._ask(
                    "ship", "POST", f"/inventory/deliveries/{delivery['id']}/ship", body={}
                )
                if done is not None:
                    self.shipped.add(delivery["order_number"])
                    self._to_invoice.put_nowait(delivery["order_number"])
        except Refused as refusal:
            self._report.note_failure(f"ship: {refusal}")

    async def _invoice(self) -> None:
        if self._to_invoice.empty():
            return
        order = self._to_invoice.get_nowait()
        try:
            done = await self._ask("invoice", "POST", "/finance/invoices", body={"order": order})
        except Refused as refusal:
            if refusal.status not in (404, 409, 422):
                self._report.note_failure(f"invoice: {refusal}")
                return
            # Finance has not heard of the order or its shipment yet: rightly refused, asked for again.
            self._report.requests["invoice asked for too early"] += 1
            self._to_invoice.put_nowait(order)
            return
        if done is None:
            self._to_invoice.put_nowait(order)
        else:
            self.invoiced.add(order)


def last_release(root: Path) -> str:
    """The newest tag `v…` before this commit.

    Raises:
        OperationsError: there is none; then the test wants to be told a commit.
    """
    told = subprocess.run(
        ["git", "describe", "--tags", "--match", "v*", "--abbrev=0"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if told.returncode != 0:
        raise OperationsError(
            'nothing was released yet (no tag v…): name a commit, make upgrade-test ARGS="--since COMMIT"'
        )
    return told.stdout.strip()


def check_out(root: Path, folder: Path, release: str) -> Release:
    """The release with its packages in a folder of its own; one that is there already is used again.

    Raises:
        OperationsError: there is no such commit, or it cannot be installed.
    """
    if not (folder / ".git").exists():
        _run("git", "clone", "--quiet", "--shared", str(root), str(folder), directory=root)
    # From where the checkout is now: it may have been moved since the folder was cloned.
    _run("git", "fetch", "--quiet", "--tags", str(root), "HEAD", directory=folder)
    _run("git", "checkout", "--quiet", "--detach", release, directory=folder)
    _run("make", "setup", directory=folder)
    return Release(folder, str(folder / ".venv" / "bin" / "python"))


def _run(*command: str, directory: Path) -> None:
    ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        last = (ended.stderr.strip() or ended.stdout.strip()).splitlines()[-1:]
        raise OperationsError(f"`{' '.join(command[:3])}` failed: {' '.join(last)}")


@dataclass(slots=True)
class Upgrade:
    """One upgrade in a folder of its own, which it empties first."""

    folder: Path
    old: Release
    new: Release
    seconds: float
    """How long the company works before the first step, and after the last."""
    report: Report = field(default_factory=Report)
    say: Callable[[str], None] = print
    _advancing: bool = False

    def run(self) -> None:
        """Play it through.

        Raises:
            OperationsError: the old release does not start, or a new process does not become ready.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        ports = free_ports(rolling=True)
        options = Options(
            release=self.old,
            create_topics=self._make_topics,
            environment={"TONGHENG_DRAIN_SECONDS": DRAIN_SECONDS},
        )
        stack = Stack(self.folder, ports=ports, options=options)
        gateways = (ports.services["gateway"], ports.standby["gateway"])
        with Door(ports.door, gateways):
            self.say("starting the old release")
            stack.up(seconds=300)
            try:
                asyncio.run(self._work(stack))
            finally:
                stack.down()

    def _make_topics(self, bootstrap: str) -> None:
        release = self.new if self._advancing else self.old
        _run(
            release.python, "-m", "operations", "topics", "--kafka", bootstrap,
            directory=release.root,
        )  # fmt: skip

    async def _work(self, stack: Stack) -> None:
        async with Client.of_stack(stack.var_dir) as erp:
            await found(erp, COMPANY, {"name": "升级", "name_en": "Roll"})
        erp = Client.of_stack(stack.var_dir)
        # Sent once, and not on a connection that a gateway may be about to close: what fails was the upgrade's fault.
        erp.retries = erp.keeps = False
        async with erp:
            load = Load(erp, self.report)
            running = asyncio.create_task(load.run())
            self.say("the company works on the old release")
            await asyncio.sleep(self.seconds)
            try:
                await self._upgrade(stack)
                await asyncio.sleep(self.seconds)
            finally:
                load.stop()
                await running
            self.say("looking at what became of it")
            await load.finish()
        await self._compare(stack, load)

    async def _upgrade(self, stack: Stack) -> None:
        self.say("topics and data models of the new release, under the old one")
        self._advancing = True
        await asyncio.to_thread(stack.advance, self.new)
        await asyncio.sleep(OLD_ON_NEW_SECONDS)
        for row in SERVICES:
            failed_before = self.report.failed_requests
            rolled = await asyncio.to_thread(stack.roll, row.name, seconds=120)
            self.report.rolled[row.name] = rolled
            failed = self.report.failed_requests - failed_before
            self.say(
                f"{row.name}: ready after {rolled.ready_seconds:.1f} s, the old one ended within"
                f" {rolled.ended_seconds:.1f} s ({rolled.exit_code}), {failed} requests failed"
            )

    async def _compare(self, stack: Stack, load: Load) -> None:
        check = self.report.check
        rolled = self.report.rolled.values()
        check("no request failed", good=not self.report.failed_requests)
        check("every old process ended in good order", good=all(r.exit_code == 0 for r in rolled))
        check(
            f"every old process ended within {END_SECONDS_MAX:.0f} s",
            good=all(r.ended_seconds <= END_SECONDS_MAX for r in rolled),
        )
        check(
            f"every new process was ready within {READY_SECONDS_MAX:.0f} s of having a core",
            good=all(r.ready_seconds - r.held_up_seconds <= READY_SECONDS_MAX for r in rolled),
        )
        check("work was done", good=bool(load.orders and load.shipped and load.invoiced))
        check("all that was shipped is invoiced", good=load.shipped == load.invoiced)
        differences = await proofs(stack.var_dir)
        check("the proof of every company is at zero", good=not any(differences.values()))
        async with Client.of_stack(stack.var_dir) as erp:
            there = {each["id"] for each in await erp.items("/sales/orders", company=COMPANY)}
        check("the orders are those acknowledged", good=there == set(load.orders))


app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    since: Annotated[
        str, typer.Option(help="The release to come from, a tag or commit; the newest tag v….")
    ] = "",
    seconds: Annotated[
        float, typer.Option(min=1, help="Of work before the first step, and after the last.")
    ] = 15.0,
) -> None:
    """Roll a working stack to this checkout and write var/reports/upgrade.json; exit code 1 if anything failed."""
    messages = Console(stderr=True)

    def say(what: str) -> None:
        messages.print(f"upgrade: {what}", highlight=False)

    root, directory = repository(), var_dir()
    release = since or last_release(root)
    folder = directory / "upgrade"
    folder.mkdir(parents=True, exist_ok=True)
    say(f"installing {release}")
    old = check_out(root, folder / "release", release)
    began = time.monotonic()
    upgrade = Upgrade(folder / "var", old, this_release(), seconds, say=say)
    upgrade.run()
    report = upgrade.report.document(release, time.monotonic() - began)
    file = directory / "reports" / "upgrade.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    Console().print_json(json.dumps(report))
    if report["failed"]:
        raise typer.Exit(1)
    shutil.rmtree(folder / "var", ignore_errors=True)


if __name__ == "__main__":
    try:
        app()
    except OperationsError as error:
        sys.exit(f"upgrade: {error}")
