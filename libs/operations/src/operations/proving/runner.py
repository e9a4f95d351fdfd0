"""Ask everything, and say what was found: invariant, rows looked at, differences."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncGenerator, Mapping, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from operations import audit
from operations.client import Client
from operations.errors import OperationsError
from operations.proving import topics
from operations.proving.across import Agreement, agreements
from operations.proving.checks import HOT, Check, within
from operations.secrets import read_json, write_private
from tongheng_contracts.audit import AUDIT_EVENTS
from tongheng_contracts.catalogue import contracts
from tongheng_contracts.envelope import Kind

_asyncpg: Any = importlib.import_module("asyncpg")  # it has no complete types
EXAMPLES_MAX = 5
ARRIVAL_SECONDS = 30.0
LOOK_SECONDS = 0.5

NOT_FROM_OUTSIDE: Mapping[str, str] = {
    "A1": "what a client was answered is known to the client: `make chaos` keeps its journal",
    "A7": "a rebuild writes: `tongheng replay --service finance`, and `make chaos` after its faults",
    "A8": "how long a process has been in the middle, beyond what waits in finance: /status and the alerts",
    "B3": "periods are stored as their movements: a closing balance is the next opening balance by construction",
    "E1": "takes users of several companies: `make hostile`",
    "E3": "logs and answers are searched by `make hostile` and the services' tests",
}
"""Invariants that a look at data cannot decide, or only in part, and who does."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One question, and what came of it."""

    invariant: str
    says: str
    where: str
    checked: int
    differences: int
    examples: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Proof:
    """All findings of one run."""

    at: str
    findings: list[Finding] = field(default_factory=list[Finding])
    repetitions: int = 0
    """Messages that are in a topic more than once; allowed, for delivery is at least once."""

    @property
    def differences(self) -> int:
        """Rows that are wrong, over all questions."""
        return sum(one.differences for one in self.findings)

    def by_invariant(self) -> dict[str, tuple[int, int]]:
        """Rows looked at and differences of each invariant."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.findings:
            checked, wrong = found.get(one.invariant, (0, 0))
            found[one.invariant] = (checked + one.checked, wrong + one.differences)
        return dict(sorted(found.items()))

    def as_dict(self) -> dict[str, object]:
        """For the report."""
        return {
            "at": self.at,
            "differences": self.differences,
            "repetitions": self.repetitions,
            "invariants": {
                name: {"checked": checked, "differences": wrong}
                for name, (checked, wrong) in self.by_invariant().items()
            },
            "not_from_outside": dict(NOT_FROM_OUTSIDE),
            "findings": [asdict(one) for one in self.findings],
        }


async def ask(connection: Any, check: Check) -> Finding:
    """Put one question to its database."""
    row = await connection.fetchrow(
        f"SELECT count(*) AS checked, count(*) FILTER (WHERE bad) AS wrong, (array_agg(what) FILTER (WHERE bad))[1:{EXAMPLES_MAX}]"
        f" AS examples FROM ({check.rows}) AS looked (what, bad)"
    )
    return Finding(
        check.invariant, check.says, check.service, row["checked"], row["wrong"],
        [str(each) for each in row["examples"] or ()],
    )  # fmt: skip


def compare(agreed: Agreement, left: Mapping[str, str], right: Mapping[str, str]) -> Finding:
    """Two services' answers to the same question."""
    wrong: list[str] = []
    for key in sorted(left.keys() | right.keys()):
        mine, theirs = left.get(key), right.get(key)
        if (theirs is None and not agreed.all_of_left) or (
            mine is None and not agreed.all_of_right
        ):
            continue
        if mine != theirs:
            wrong.append(f"{key}: {agreed.left} {mine}, {agreed.right} {theirs}")
    return Finding(
        agreed.invariant, agreed.says, f"{agreed.left}, {agreed.right}",
        len(left.keys() | right.keys()), len(wrong), wrong[:EXAMPLES_MAX],
    )  # fmt: skip


async def prove(
    directory: Path, *, strangers: Set[UUID] = frozenset(), quiet_seconds: float = 60
) -> Proof:
    """Prove a running stack, when it has become quiet; `strangers` are messages that are known not to be its own.

    That it does not become quiet is a finding like others: what is under way may then look like a difference.

    Raises:
        OperationsError: the stack is not there.
    """
    stack = read_json(directory / "stack.json")
    if stack is None:
        raise OperationsError("the stack has no description yet: start it with `make up`")
    databases = cast("dict[str, str]", stack["databases"])
    kafka = str(stack["kafka"])
    async with Client.of_stack(directory) as erp:
        proof = Proof(datetime.now(UTC).isoformat(timespec="seconds"))
        proof.findings.append(await _quiet(erp, quiet_seconds))
        async with _snapshots(databases) as connections:
            await _within(proof, connections)
            await _across(proof, connections)
            await _delivery(proof, connections, databases, kafka, strangers)
        proof.findings.append(await _books(erp))
    for service in databases:
        if service in AUDIT_EVENTS:
            said = await audit.verify(service, databases[service], kafka)
            wrong = [said.problem] if said.problem else []
            if said.waiting:
                wrong.append(f"{said.waiting} entries are not chained")
            proof.findings.append(
                Finding("E2", "the chain of audit records verifies", service, said.entries, len(wrong), wrong)
            )  # fmt: skip
    write_private(directory / "reports" / "prove.json", proof.as_dict())
    return proof


async def _quiet(erp: Client, seconds: float) -> Finding:
    wrong: list[str] = []
    try:
        await erp.quiet(seconds=seconds)
    except OperationsError as error:
        wrong.append(str(error))
    says = "outboxes are published, topics are read, nothing is parked or being written"
    return Finding("A8", says, "gateway", 1, len(wrong), wrong)


@asynccontextmanager
async def _snapshots(databases: Mapping[str, str]) -> AsyncGenerator[Mapping[str, Any]]:
    # Read only, and each database as of one moment.
    async with AsyncExitStack() as stack:
        found: dict[str, Any] = {}
        for service, url in databases.items():
            connection = await _asyncpg.connect(url)
            stack.push_async_callback(connection.close)
            await stack.enter_async_context(
                connection.transaction(isolation="repeatable_read", readonly=True)
            )
            await connection.fetchval("SELECT pg_current_snapshot()")  # BEGIN alone takes none
            found[service] = connection
        yield found


async def _within(proof: Proof, connections: Mapping[str, Any]) -> None:
    for check in within(list(connections)):
        proof.findings.append(await ask(connections[check.service], check))


async def _across(proof: Proof, connections: Mapping[str, Any]) -> None:
    async def answer(service: str, rows: str) -> dict[str, str]:
        found: Sequence[Any] = await connections[service].fetch(rows)
        return {str(row[0]): str(row[1]) for row in found}

    for agreed in agreements():
        if agreed.left in connections and agreed.right in connections:
            left = await answer(agreed.left, agreed.left_rows)
            right = await answer(agreed.right, agreed.right_rows)
            proof.findings.append(compare(agreed, left, right))


async def _delivery(
    proof: Proof,
    connections: Mapping[str, Any],
    databases: Mapping[str, str],
    kafka: str,
    known: Set[UUID],
) -> None:
    chosen = [
        one for one in contracts() if one.kind is not Kind.CONTROL and one.owner in connections
    ]
    told: dict[str, list[topics.Told]] = {}
    for connection in connections.values():
        told |= await topics.outbox(connection, HOT)
    inboxes = {service: await topics.inbox(each) for service, each in connections.items()}
    settled = set(known)
    for connection in connections.values():
        settled |= await topics.settled(connection)
    there = await topics.read(kafka, [one.topic for one in chosen])
    proof.repetitions = topics.repetitions(there)
    # What was told since the snapshots, such as the audit trail's next chapter.
    outboxes = {one.id for each in told.values() for one in each}
    unknown = {one for ids in there.values() for one in ids} - outboxes - settled
    settled |= await _told_since(databases, unknown)

    questions = ("every published event is in its topic", "a document's versions come in order",
                 "a topic holds nothing that no outbox holds")  # fmt: skip
    sums = [topics.Found() for _ in questions]
    readers = {service: topics.Found() for service in connections}
    missing: dict[str, dict[UUID, str]] = {service: {} for service in connections}
    for one in chosen:
        mine, ids = told.get(one.topic, []), there[one.topic]
        found = (
            topics.published(mine, ids, one.topic),
            topics.in_order(mine, ids, one.topic),
            topics.strangers(mine, ids, settled, one.topic),
        )
        for total, part in zip(sums, found, strict=True):
            _add(total, part)
        for reader in one.consumers:
            if reader in readers:
                done = inboxes[reader].get(one.topic, set[UUID]())
                readers[reader].checked += len(mine)
                for each in topics.unread(mine, done):
                    missing[reader][each.id] = f"{reader}: {one.topic} {each.key} {each.id}"
    await _arrive(databases, missing)
    for says, total in zip(questions, sums, strict=True):
        proof.findings.append(_finding("A3", says, "topics", total))
    for reader, total in readers.items():
        total.wrong += missing[reader].values()
        says = "every event of its topics is in the inbox, once"
        proof.findings.append(_finding("A4", says, reader, total))


async def _arrive(databases: Mapping[str, str], missing: Mapping[str, dict[UUID, str]]) -> None:
    # A quiet stack still tells of itself (the audit trail's chapters, the hour's usage): what was
    # told between one snapshot and the next is given the time to arrive.
    deadline = time.monotonic() + ARRIVAL_SECONDS
    for service, left in missing.items():
        if not left:
            continue
        connection = await _asyncpg.connect(databases[service])
        try:
            while True:
                for one in await topics.arrived(connection, left.keys()):
                    del left[one]
                if not left or time.monotonic() > deadline:
                    break
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await connection.close()


async def _told_since(databases: Mapping[str, str], ids: Set[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for url in databases.values() if ids else ():
        connection = await _asyncpg.connect(url)
        try:
            query = "SELECT event_id FROM outbox WHERE event_id = ANY($1::uuid[])"
            found |= {UUID(str(row[0])) for row in await connection.fetch(query, list(ids))}
        finally:
            await connection.close()
    return found


def _add(total: topics.Found, part: topics.Found) -> None:
    total.checked += part.checked
    total.wrong += part.wrong


def _finding(invariant: str, says: str, where: str, found: topics.Found) -> Finding:
    examples = found.wrong[:EXAMPLES_MAX]
    return Finding(invariant, says, where, found.checked, len(found.wrong), examples)


async def _books(erp: Client) -> Finding:
    # The totals follow the last fact by seconds: until then the gateway names it as in flight.
    def wrong(proofs: list[dict[str, Any]]) -> list[str]:
        return [
            f"{one['company']} {row['name']}: {row['left']} and {row['right']}{' (in flight)' if row['in_flight'] else ''}"
            for one in proofs
            for row in one["equalities"]
            if row["difference"] != "0.00" or row["in_flight"]
        ]

    async def proofs() -> list[dict[str, Any]]:
        companies = [row["code"] for row in await erp.items("/masterdata/companies")]
        return [await erp.get("/finance/proof", company=code) for code in companies]

    try:
        last = await erp.eventually(proofs, lambda found: not wrong(found), seconds=45)
    except OperationsError:
        last = await proofs()
    found = wrong(last)
    checked = sum(len(one["equalities"]) for one in last)
    says = "goods and books tie out, per company, by the control totals (`/api/v1/finance/proof`)"
    return Finding("B7", says, "gateway", checked, len(found), found[:EXAMPLES_MAX])
