"""The live stream: events as they are published, to everyone who may see them, resumable after a break.

Each gateway reads the topics for itself, without a group, from where they end now on. It keeps the last events in
memory; who comes back after more than that is given the difference from the topics themselves. Delivery is at least
once: somebody who resumes at another gateway may see again what happened within the last seconds before.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis import fetching
from chassis.brokers import connection
from chassis.errors import InvalidHeader
from chassis.telemetry import counter, gauge, logger
from gateway.audience import Audience, streamed_topics
from tongheng_contracts.catalogue import event_types

KEPT_MAX = 20_000
"""Events in memory, for those who come back soon."""
AGAIN_MAX = 100_000
"""Events that are read again from the topics for one who comes back late; beyond, he is told to begin anew."""
OVERLAP_MS = 5_000
"""Clocks of different producers differ by less."""
WAITING_MAX = 5_000
"""Events that may wait for a slow reader; with one more he is let go, and resumes where he was."""
REFRESH_SECONDS = 30.0
READ_SECONDS = 30.0
FETCH_MS = 1_000
"""How long the broker may keep a fetch that finds nothing."""
GATHER_SECONDS = 0.05
"""After reading: what is published meanwhile is read together."""

_ID = re.compile(r"(\d{1,15})\.([0-9a-f-]{36})")
_NOTHING: Mapping[str, Any] = {}
fetching.install()
_log = logger("gateway.live")
_told = counter("tongheng_stream_events", "Events sent on live streams.")
_streams = gauge("tongheng_streams", "Live streams that are open.")


class BeginAnew(Exception):
    """What was missed is more than is read again: load what you show, and follow from now on."""


@dataclass(frozen=True)
class Told:
    """One event as it stands in its topic."""

    moment: int
    """When it was published, in milliseconds: for resuming only."""
    id: str
    topic: str
    company: str
    actor: str
    subject: str
    time: str
    case: str
    key: str
    value: bytes = field(repr=False)

    @classmethod
    def of(cls, record: ConsumerRecord[Any, Any]) -> Told | None:
        """Read a record; None for one without the marks of an event."""
        headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
        if (
            "ce_id" not in headers
            or record.value is None
            or not _ID.fullmatch("0." + headers["ce_id"])
        ):
            return None  # fmt: skip
        key = cast("bytes | None", record.key) or b""
        return cls(
            moment=record.timestamp,
            id=headers["ce_id"],
            topic=record.topic,
            company=headers.get("ce_company", ""),
            actor=headers.get("ce_actor", ""),
            subject=headers.get("ce_subject", ""),
            time=headers.get("ce_time", ""),
            case=headers.get("ce_correlationid", ""),
            key=key.decode("utf-8", "replace"),
            value=cast("bytes", record.value),
        )

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The event's data; empty where they cannot be read."""
        try:
            said: object = json.loads(self.value)
        except ValueError:
            return {}
        return cast("Mapping[str, Any]", said) if isinstance(said, dict) else {}

    @cached_property
    def frame(self) -> bytes:
        """As server-sent events want it. The document itself is not in it: whoever may read it asks for it."""
        document = self.data.get(event_types()[self.topic].contract.part)
        version: object = (
            cast("Mapping[str, object]", document).get("version")
            if isinstance(document, dict)
            else None
        )
        said = {
            "id": self.id,
            "type": self.topic,
            "subject": self.subject,
            "document_id": self.key,
            "version": version,
            "company": self.company,
            "case": self.case,
            "time": self.time,
        }
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.moment}.{self.id}\nevent: {self.topic}\ndata: {text}\n\n".encode()


class Reader:
    """One open stream: what waits to be sent."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Told | None] = asyncio.Queue()
        """None: end."""

    def offer(self, event: Told) -> bool:
        """Let it wait to be sent; False for a reader that is too slow."""
        if self.waiting.qsize() >= WAITING_MAX:
            self.waiting.put_nowait(None)
            return False
        self.waiting.put_nowait(event)
        return True


class Live:
    """Follows the topics and tells the readers."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._kept: deque[Told] = deque(maxlen=KEPT_MAX)
        self._readers: set[Reader] = set()
        self._positions: dict[TopicPartition, int] = {}
        self._again = asyncio.Semaphore(2)
        self.following = asyncio.Event()
        """Set while the topics are read."""

    def end(self) -> None:
        """End all streams; their readers resume elsewhere."""
        for reader in self._readers:
            reader.waiting.put_nowait(None)

    @contextlib.contextmanager
    def open(self, reader: Reader) -> Generator[None]:
        """Have what comes given to the reader."""
        self._readers.add(reader)
        _streams.set(len(self._readers))
        try:
            yield
        finally:
            self._readers.discard(reader)
            _streams.set(len(self._readers))

    # --- following the topics ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follow the topics, until cancelled; without Kafka, wait for it."""
        delay = 0.5
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("the stream waits for Kafka", error=type(error).__name__)
            finally:
                self.following.clear()
            await asyncio.sleep(delay)
            delay = min(delay * 2, 10.0)

    async def _follow(self) -> None:
        async with self._consumer() as consumer:
            refresh_at = 0.0
            loop = asyncio.get_running_loop()
            while True:
                if loop.time() >= refresh_at:
                    await self._assign(consumer)
                    refresh_at = loop.time() + REFRESH_SECONDS
                    self.following.set()
                if not consumer.assignment():
                    await asyncio.sleep(1.0)
                    continue
                batches = await consumer.getmany(timeout_ms=1000, max_records=1000)
                for partition, records in batches.items():
                    self._positions[partition] = records[-1].offset + 1
                if batches:
                    self._tell(_in_order(batches))
                    await asyncio.sleep(GATHER_SECONDS)

    async def _assign(self, consumer: Any) -> None:
        """Read every partition that there is: those known from where we are, new ones from their end."""
        partitions = await _partitions(self._kafka)
        if set(partitions) == consumer.assignment():
            return
        # assigned first: the client then learns of all topics at once, not of one after the other
        consumer.assign(partitions)
        new = [each for each in partitions if each not in self._positions]
        if new:
            self._positions |= await consumer.end_offsets(new)
        for partition in partitions:
            consumer.seek(partition, self._positions[partition])

    def _tell(self, events: Sequence[Told]) -> None:
        self._kept.extend(events)
        slow = [
            reader
            for reader in self._readers
            if not all(reader.offer(event) for event in events)
        ]  # fmt: skip
        self._readers.difference_update(slow)

    # --- coming back -------------------------------------------------------------------------------------------

    async def missed(self, last: str) -> list[Told]:
        """What came after the event that a reader saw last. Open his reader first: nothing is lost in between.

        Raises:
            BeginAnew: too much has happened since.
        """
        moment, _, event_id = last.partition(".")
        for place, event in enumerate(self._kept):
            if event.id == event_id:
                return list(self._kept)[place + 1 :]
        async with self._again:
            return await self._read_again(int(moment) - OVERLAP_MS, event_id)

    async def _read_again(self, since: int, last: str) -> list[Told]:
        events: list[Told] = []
        async with asyncio.timeout(READ_SECONDS), self._consumer() as consumer:
            partitions = await _partitions(self._kafka)
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found = await consumer.offsets_for_times({each: max(0, since) for each in partitions})
            begins = {
                each: begin.offset
                for each, begin in found.items()
                if begin is not None and begin.offset < ends[each]
            }
            if sum(ends[each] - begin for each, begin in begins.items()) > AGAIN_MAX:
                raise BeginAnew
            consumer.assign(list(begins))
            for partition, offset in begins.items():
                consumer.seek(partition, offset)
            left = set(begins)
            while left:
                batches = await consumer.getmany(timeout_ms=500, max_records=5000)
                events.extend(_in_order(batches))
                for partition in list(left):
                    if await consumer.position(partition) >= ends[partition]:
                        left.discard(partition)
                        consumer.pause(partition)
        events.sort(key=lambda event: (event.moment, event.id))
        return [event for event in events if event.id != last]

    @contextlib.asynccontextmanager
    async def _consumer(self) -> AsyncGenerator[Any]:
        consumer: Any = AIOKafkaConsumer(  # its stubs leave most types unknown
            bootstrap_servers=self._kafka,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=FETCH_MS,
            request_timeout_ms=20_000,
            **connection(),
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await consumer.stop()


def check_id(last: str) -> None:
    """Refuse a Last-Event-ID that no stream ever gave.

    Raises:
        InvalidHeader: it reads otherwise.
    """
    if last and _ID.fullmatch(last) is None:
        raise InvalidHeader(header="Last-Event-ID")


def frames(events: Iterable[Told], audience: Audience) -> bytes:
    """What of the events this audience is sent."""
    parts: list[bytes] = []
    for event in events:
        data = event.data if audience.looks_inside else _NOTHING
        if audience.sees(event.topic, event.company, event.actor, data):
            parts.append(event.frame)
    if parts:
        _told.inc(len(parts))
    return b"".join(parts)


async def _partitions(kafka: str) -> list[TopicPartition]:
    """The partitions of those of the streamed topics that exist."""
    admin: Any = AIOKafkaAdminClient(
        bootstrap_servers=kafka, request_timeout_ms=20_000, **connection()
    )
    try:
        await admin.start()
        described = await admin.describe_topics(list(streamed_topics()))
    finally:
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(5):
                await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        if not topic["error_code"]
        for partition in topic["partitions"]
    ]


def _in_order(batches: Mapping[TopicPartition, Sequence[ConsumerRecord[Any, Any]]]) -> list[Told]:
    found = [
        event
        for records in batches.values()
        for event in map(Told.of, records)
        if event is not None
    ]
    found.sort(key=lambda event: (event.moment, event.id))
    return found
