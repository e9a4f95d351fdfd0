"""`tongheng audit verify`: whether any entry of the audit trail was changed, taken out or put in afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.audit_chain import DIGEST, EARLIER_DIGEST, GENESIS, link
from tongheng_contracts.audit import AUDIT_EVENTS
from tongheng_contracts.cloudevents import Unreadable, read

WAITING_SECONDS = 60
"""An entry older than this is chained, if the service runs."""
READ_SECONDS = 120.0

_TRAIL = (
    f"SELECT c.seq, c.entry, c.digest AS kept, c.hash, {DIGEST} AS found, {EARLIER_DIGEST} AS found_earlier, e.id, e.actor, e.action, e.document_type,"
    " e.number, e.recorded_at FROM audit_chain c LEFT JOIN audit_entries e ON e.id = c.entry ORDER BY c.seq"
)
_UNCHAINED = (
    "SELECT count(*) FROM audit_entries e WHERE NOT EXISTS (SELECT FROM audit_chain c WHERE c.entry = e.id)"
    " AND e.recorded_at < now() - make_interval(secs => $1)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one service's trail."""

    service: str
    entries: int
    head: str
    """The last entry's hash, hexadecimal."""
    anchored: int
    """Entries whose hashes the topic confirms."""
    problem: str = ""
    """The first thing that is wrong, naming the row; empty where all is well."""
    waiting: int = 0
    """Entries that were not chained though they are old: the service may be down."""


@dataclass(slots=True)
class _Trail:
    entries: int = 0
    head: bytes = GENESIS
    problem: str = ""
    hashes: dict[int, str] = field(default_factory=dict[int, str])


Chapters = Mapping[int, tuple[int, str]]
"""Last entry of a chapter → its first entry, and the hash at its end."""


async def verify(service: str, database_url: str, kafka: str) -> Verdict:
    """Check a service's trail against itself and against what its topic says.

    Raises:
        OSError, asyncpg.PostgresError, KafkaError: the database or Kafka cannot be read.
    """
    chapters = await _chapters(service, kafka)
    connection: Any = await cast("Any", asyncpg).connect(database_url)
    try:
        trail = await _walk(connection, set(chapters))
        waiting = int(await connection.fetchval(_UNCHAINED, WAITING_SECONDS))
    finally:
        await connection.close()
    anchored, problem = _compare(trail, chapters)
    return Verdict(
        service, trail.entries, trail.head.hex(), anchored, trail.problem or problem, waiting
    )


async def _walk(connection: Any, wanted: set[int]) -> _Trail:
    trail = _Trail()
    async with connection.transaction(readonly=True):
        async for row in connection.cursor(_TRAIL, prefetch=2000):
            trail.problem = _wrong(trail, row)
            if trail.problem:
                break
            trail.entries, trail.head = row["seq"], row["hash"]
            if row["seq"] in wanted:
                trail.hashes[row["seq"]] = row["hash"].hex()
    return trail


def _wrong(trail: _Trail, row: Mapping[str, Any]) -> str:
    if row["seq"] != trail.entries + 1:
        return f"entry {trail.entries + 1} was taken out of the chain"
    if row["id"] is None:
        return f"entry {row['seq']} (row {row['entry']}) was deleted"
    if row["kept"] not in (row["found"], row["found_earlier"]):
        return (
            f"entry {row['seq']} (row {row['entry']}) was changed: {row['action']} {row['document_type']} {row['number']}"
            f" by {row['actor']} at {row['recorded_at'].isoformat()}"
        )
    if link(trail.head, row["kept"]) != row["hash"]:
        return (
            f"entry {row['seq']} (row {row['entry']}): its hash does not follow from the one before"
        )
    return ""


def _compare(trail: _Trail, chapters: Chapters) -> tuple[int, str]:
    anchored = 0
    for last in sorted(chapters):
        first, said = chapters[last]
        if last > trail.entries:
            return (
                anchored,
                f"entries {max(first, trail.entries + 1)} to {last} are in the topic and not in the database",
            )
        if trail.hashes.get(last) != said:
            return (
                anchored,
                f"entries {first} to {last} differ from what the topic says: the trail was written anew",
            )
        anchored = last
    return anchored, ""


async def _chapters(service: str, kafka: str) -> Chapters:
    """What the service told of its trail."""
    topic = AUDIT_EVENTS[service].contract.topic
    found: dict[int, tuple[int, str]] = {}
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        described = await admin.describe_topics([topic])
    finally:
        await admin.close()
    places = [
        TopicPartition(topic, each["partition"]) for each in described[0].get("partitions", ())
    ]
    if described[0]["error_code"] or not places:
        return found
    async with _consumer(kafka) as consumer, asyncio.timeout(READ_SECONDS):
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        left = {place for place in places if ends[place] > 0}
        while left:
            batches = await consumer.getmany(timeout_ms=500)
            for records in batches.values():
                for record in records:
                    with contextlib.suppress(Unreadable):
                        chapter = cast("Any", read(record)).chapter
                        found[chapter.last] = (chapter.first, chapter.hash)
            left = {place for place in left if await consumer.position(place) < ends[place]}
    return found


@contextlib.asynccontextmanager
async def _consumer(kafka: str) -> AsyncGenerator[Any]:
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
