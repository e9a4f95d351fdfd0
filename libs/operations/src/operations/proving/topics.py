"""Outboxes, topics and inboxes: what was told is in its topic, and each subscriber has done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from chassis.consuming.decoder import Message

READ_SECONDS = 600.0
SILENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """One event of an outbox."""

    id: UUID
    key: str
    version: int


@dataclass(slots=True)
class Found:
    """What a comparison looked at, and what was wrong there."""

    checked: int = 0
    wrong: list[str] = field(default_factory=list[str])


async def read(kafka: str, topics: Sequence[str]) -> dict[str, list[UUID]]:
    """The ids of every message of these topics, each partition's in its order.

    Raises:
        TimeoutError: Kafka went silent, or it took over ten minutes.
    """
    found: dict[str, list[UUID]] = {topic: [] for topic in topics}
    if not topics:
        return found
    consumer: Any = AIOKafkaConsumer(
        *topics, bootstrap_servers=kafka, group_id=None, enable_auto_commit=False,
        auto_offset_reset="earliest", max_partition_fetch_bytes=8 * 1024 * 1024,
    )  # fmt: skip
    await consumer.start()
    try:
        async with asyncio.timeout(READ_SECONDS):
            places: list[Any] = list(consumer.assignment())
            ends: dict[Any, int] = await consumer.end_offsets(places)
            firsts: dict[Any, int] = await consumer.beginning_offsets(places)
            left: set[Any] = {place for place in places if ends[place] > firsts[place]}
            silent_since = asyncio.get_running_loop().time()
            while left:
                batches: dict[Any, list[Any]] = await consumer.getmany(timeout_ms=500)
                now = asyncio.get_running_loop().time()
                if batches:
                    silent_since = now
                elif now - silent_since > SILENCE_SECONDS:
                    raise TimeoutError(f"{len(left)} partitions could not be read to their ends")
                for place, records in batches.items():
                    found[place.topic] += [
                        Message.of(record).id for record in records if record.offset < ends[place]
                    ]
                left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
    return found


def published(told: Sequence[Told], there: Iterable[UUID], topic: str) -> Found:
    """A3: every event of the outbox is in its topic."""
    known = set(there)
    missing = [one for one in told if one.id not in known]
    return Found(len(told), [f"{topic} {one.key} version {one.version}" for one in missing])


def in_order(told: Sequence[Told], there: Iterable[UUID], topic: str) -> Found:
    """A3: of each document the versions come in order; what comes again after that is a repetition."""
    by_id = {one.id: one for one in told}
    highest: dict[str, int] = {}
    seen: set[UUID] = set()
    found = Found()
    for event_id in there:
        one = by_id.get(event_id)
        if one is None or event_id in seen or one.version == 0:
            continue
        seen.add(event_id)
        found.checked += 1
        if one.version <= highest.get(one.key, 0):
            found.wrong.append(f"{topic} {one.key} version {one.version} after {highest[one.key]}")
        highest[one.key] = max(one.version, highest.get(one.key, 0))
    return found


def strangers(told: Sequence[Told], there: Iterable[UUID], settled: Set[UUID], topic: str) -> Found:
    """A3: a topic holds what its outbox holds, and what an operator has looked at and settled."""
    known = {one.id for one in told}
    ids = set(there)
    return Found(len(ids), [f"{topic} {one}" for one in sorted(ids - known - settled, key=str)])


def unread(told: Sequence[Told], inbox: Set[UUID]) -> list[Told]:
    """A4, A5: the events of a topic that are not in the subscriber's inbox, with what became of them."""
    return [one for one in told if one.id not in inbox]


def repetitions(there: Mapping[str, Sequence[UUID]]) -> int:
    """How many messages came once more."""
    return sum(len(ids) - len(set(ids)) for ids in there.values())


async def outbox(connection: Any, hot: str) -> dict[str, list[Told]]:
    """A service's published events by topic, in the order of their ids."""
    rows = await connection.fetch(
        f"SELECT topic, event_id, key, version FROM outbox WHERE published_at IS NOT NULL AND {hot} ORDER BY id"
    )
    found: dict[str, list[Told]] = {}
    for topic, event_id, key, version in rows:
        found.setdefault(str(topic), []).append(Told(UUID(str(event_id)), str(key), int(version)))
    return found


async def inbox(connection: Any) -> dict[str, set[UUID]]:
    """What a service has done with, by topic."""
    rows = await connection.fetch("SELECT topic, event_id FROM proof.applied")
    found: dict[str, set[UUID]] = {}
    for topic, event_id in rows:
        found.setdefault(str(topic), set()).add(UUID(str(event_id)))
    return found


async def arrived(connection: Any, ids: Set[UUID]) -> set[UUID]:
    """Which of these events a service has done with by now."""
    rows = await connection.fetch(
        "SELECT event_id FROM proof.applied WHERE event_id = ANY($1::uuid[])", list(ids)
    )
    return {UUID(str(row[0])) for row in cast("Sequence[Any]", rows)}


async def settled(connection: Any) -> set[UUID]:
    """Messages that an operator released or gave up."""
    rows = await connection.fetch(
        "SELECT event_id FROM proof.parked WHERE status IN ('released', 'dropped')"
    )
    return {UUID(str(row[0])) for row in cast("Sequence[Any]", rows)}
