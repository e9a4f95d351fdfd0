"""The audit trail's chain: each entry's hash covers all before it, so that none can be changed or taken out unseen.

One sequencer per service chains what was committed, a moment later, and tells it in chapters (`<service>.AuditRecorded`). The
topic is the anchor elsewhere: who rewrites a service's database from the first entry on still has another hash than the topic.
`tongheng audit verify` compares both.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import text

from chassis.context import system_context
from chassis.database import Database
from chassis.ids import named
from chassis.outbox import emit
from tongheng_contracts.audit import AUDIT_EVENTS, AuditChapter, AuditRecord

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
TURN_SECONDS_MAX = 45.0
AT_ONCE = 500
CHAPTER_BYTES_MAX = 1024 * 1024
"""Of what is before and after: an event may have two MiB (R11)."""
GENESIS = bytes(32)
LATE_SECONDS = 300
"""No transaction is open longer: an entry with a lower id than one chained so long ago is chained, or will never be."""

_COVERED = (
    "e.id, e.actor, e.client, e.request_id, e.trace, e.action, e.outcome, e.document_type, e.document_id, e.number,"
    " e.company, e.before, e.after, e.code, extract(epoch FROM e.recorded_at)"
)
_DIGEST = "sha256(convert_to(jsonb_build_array({})::text, 'UTF8'))"
DIGEST = _DIGEST.format(f"{_COVERED}, e.address")
"""An entry's own hash. jsonb writes the same value always the same way."""
EARLIER_DIGEST = _DIGEST.format(_COVERED)
"""That of entries which were chained before they said from where."""

_HEAD = text("SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1")
_FLOOR = text(
    "SELECT entry FROM audit_chain WHERE chained_at < now() - make_interval(secs => :late) ORDER BY seq DESC LIMIT 1"
)
_NEXT = text(
    f"SELECT e.id, {DIGEST} AS digest, e.actor, e.client, e.address, e.request_id, e.trace, e.action, e.outcome,"
    " e.document_type, e.document_id, e.number, e.company, e.before::text AS before, e.after::text AS after, e.code, e.recorded_at"
    " FROM audit_entries e WHERE e.id > :floor AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.entry = e.id)"
    " ORDER BY e.id LIMIT :n"
)
_CHAIN = text(
    "INSERT INTO audit_chain (seq, entry, digest, hash) SELECT * FROM"
    " unnest(CAST(:seqs AS bigint[]), CAST(:entries AS bigint[]), CAST(:digests AS bytea[]), CAST(:hashes AS bytea[]))"
)


def link(previous: bytes, digest: bytes) -> bytes:
    """The hash of an entry in the chain: SHA-256 over the hash before it and its own digest."""
    return hashlib.sha256(previous + digest).digest()


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's place in the chain."""

    seq: int
    entry: int
    digest: bytes
    hash: bytes


def chain(head: tuple[int, bytes], entries: Sequence[tuple[int, bytes]]) -> list[Link]:
    """The next links after the head (its number and hash), for entries as (id, digest)."""
    seq, previous = head
    links: list[Link] = []
    for entry, digest in entries:
        seq, previous = seq + 1, link(previous, digest)
        links.append(Link(seq, entry, digest, previous))
    return links


class AuditChain:
    """Chains the entries of one service, and tells them."""

    def __init__(self, database: Database, *, service: str) -> None:
        self._database = database
        self._service = service
        self._event = AUDIT_EVENTS[service]
        self.turned_at = time.monotonic()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Chain no more."""
        self._stopping.set()

    async def run(self) -> None:
        """Chain until stopped."""
        while not self._stopping.is_set():
            self.turned_at = time.monotonic()
            try:
                async with asyncio.timeout(TURN_SECONDS_MAX):
                    while await self.turn() == AT_ONCE and not self._stopping.is_set():
                        self.turned_at = time.monotonic()
            except Exception as error:
                log.warning("the audit trail will be chained later", error=type(error).__name__)
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def turn(self) -> int:
        """Chain what waits, at most `AT_ONCE` entries; how many there were."""
        async with self._database.transaction(system_context(self._service)) as session:
            mine = await session.scalar(
                text("SELECT pg_try_advisory_xact_lock(hashtext('audit-chain'))")
            )
            if not mine:
                return 0
            last = (await session.execute(_HEAD)).one_or_none()
            head = (int(last.seq), bytes(last.hash)) if last is not None else (0, GENESIS)
            floor = await session.scalar(_FLOOR, {"late": LATE_SECONDS})
            rows = (await session.execute(_NEXT, {"floor": floor or 0, "n": AT_ONCE})).all()
            rows = rows[: _fitting([row.before for row in rows], [row.after for row in rows])]
            if not rows:
                return 0
            links = chain(head, [(int(row.id), bytes(row.digest)) for row in rows])
            await session.execute(
                _CHAIN,
                {
                    "seqs": [each.seq for each in links],
                    "entries": [each.entry for each in links],
                    "digests": [each.digest for each in links],
                    "hashes": [each.hash for each in links],
                },
            )
            chapter = AuditChapter(
                id=named("audit", f"{self._service}/{links[0].seq}"),
                service=self._service,
                first=links[0].seq,
                last=links[-1].seq,
                previous_hash=head[1].hex(),
                hash=links[-1].hash.hex(),
                records=[_record(each, row) for each, row in zip(links, rows, strict=True)],
            )
            await emit(session, self._event.model_validate({"chapter": chapter.model_dump()}))
            return len(links)


def _fitting(before: Sequence[str | None], after: Sequence[str | None]) -> int:
    """How many entries fit into one chapter; at least one."""
    size = 0
    for place, pair in enumerate(zip(before, after, strict=True)):
        size += sum(len(each.encode()) for each in pair if each)
        if size > CHAPTER_BYTES_MAX:
            return max(1, place)
    return len(before)


def _record(place: Link, row: Any) -> AuditRecord:
    values: tuple[str | None, str | None] = (row.before, row.after)
    too_long = sum(len(each.encode()) for each in values if each) > CHAPTER_BYTES_MAX
    before, after = (
        json.loads(each) if each is not None and not too_long else None for each in values
    )
    recorded_at: datetime = row.recorded_at
    return AuditRecord(
        seq=place.seq, recorded_at=recorded_at, actor=row.actor, client=row.client, address=row.address,
        request_id=row.request_id, trace=row.trace, action=row.action, outcome=row.outcome, document_type=row.document_type,
        document_id=row.document_id, number=row.number, company=row.company, before=before, after=after,
        code=row.code, digest=place.digest.hex(), shortened=too_long,
    )  # fmt: skip
