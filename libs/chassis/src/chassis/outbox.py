"""Events leave through here: stored with the change that they report, published by the one relay."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from chassis import brokers, failpoints
from chassis.context import context_of
from chassis.database import Database
from chassis.errors import PayloadTooLarge
from chassis.ids import derived, uuid7
from chassis.statements import Statement
from tongheng_contracts.catalogue import contracts, event_type
from tongheng_contracts.envelope import Envelope, Event

log = structlog.get_logger(__name__)

EVENT_BYTES_MAX = 2 * 1024 * 1024
BATCH_MAX = 500
SENDING_BYTES_MAX = 4 * 1024 * 1024
PACKED_FROM, NOT_PACKED = 16 * 1024, 0
BATCH_BYTES_MAX = 8 * 1024 * 1024
"""Enough for any usual batch; 500 of the largest events would be a gigabyte, and too much for one sending."""
SEND_SECONDS_MAX = 20.0
TURN_SECONDS_MAX = 45.0
IDLE_SECONDS = 0.2
LINGER_SECONDS = 0.005
"""Between waking and looking: what commits meanwhile goes in the same batch."""
LOCK = 0x7468_6F75_7462  # one active relay per database

_partitioner = DefaultPartitioner()

PUBLISHED = Counter("tongheng_outbox_published", "Events published", ["topic"])
AGE = Gauge("tongheng_outbox_age_seconds", "Age of the oldest unpublished event")

STRANDED_EVENTS = Gauge(
    "tongheng_outbox_stranded", "Events that no contract names any more: not published", ["topic"]
)
STRANDED = text(
    "SELECT topic, count(*) FROM outbox WHERE published_at IS NULL AND NOT (topic = ANY(:topics)) GROUP BY topic"
)

# In the order given: whoever reads by id reads what came first, first.
INSERT = Statement(
    "INSERT INTO outbox (event_id, topic, key, version, company, subject, actor, correlation_id, causation_id,"
    " traceparent, value) SELECT * FROM unnest(CAST(:event_id AS uuid[]), CAST(:topic AS text[]), CAST(:key AS text[]),"
    " CAST(:version AS int[]), CAST(:company AS text[]), CAST(:subject AS text[]), CAST(:actor AS text[]),"
    " CAST(:correlation_id AS text[]), CAST(:causation_id AS text[]), CAST(:traceparent AS text[]),"
    " CAST(:value AS bytea[]))"
)


# Not `id > last`: a transaction that commits late has a smaller id, and would be skipped.
OLDEST = text(
    "SELECT * FROM (SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS before FROM ("
    "SELECT id, event_id, topic, key, company, subject, actor, correlation_id, causation_id, traceparent, value, recorded_at"
    " FROM outbox WHERE published_at IS NULL AND topic = ANY(:topics) ORDER BY id LIMIT :n) AS oldest) AS counted WHERE before < :bytes ORDER BY id"
)


def _cause_of(event: Event, causes: Mapping[UUID, Envelope]) -> Envelope | None:
    # The received event that this one follows from is the one about a document that this one names.
    if not causes:
        return None
    if len(causes) == 1:
        return next(iter(causes.values()))
    body = event.body
    for name in type(body).model_fields:
        value = getattr(body, name)
        if isinstance(value, UUID) and value in causes:
            return causes[value]
    return None


_muted: ContextVar[bool] = ContextVar("muted", default=False)


@contextlib.contextmanager
def muted() -> Generator[None]:
    """Within it nothing is told: state is made again of what was told before."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


async def emit(
    session: AsyncSession,
    *events: Event,
    case: object = None,
    case_of: Callable[[Event], object] | None = None,
) -> None:
    """Store events with the change that they report; the relay publishes them after the commit.

    `case` is the business case (correlation id): by default that of the cause, or of the request. A batch of
    documents, each its own case, gives `case_of` instead.

    Raises:
        PayloadTooLarge: an event is over 2 MiB.
    """
    if not events or _muted.get():
        return
    context = context_of(session)
    causes: Mapping[UUID, Envelope] = session.info.get("causes", {})
    rows: list[dict[str, object]] = []
    for event in events:
        value = event.__pydantic_serializer__.to_json(event)
        if len(value) > EVENT_BYTES_MAX:
            raise PayloadTooLarge(limit=EVENT_BYTES_MAX)
        cause = _cause_of(event, causes)
        topic = event.contract.topic
        rows.append(
            {
                # What follows from an event has an id that follows from it: the same at every attempt.
                "event_id": derived(cause.id, topic, event.key, event.version)
                if cause
                else uuid7(),
                "topic": topic,
                "key": event.key,
                "version": event.version,
                "company": event.company,
                "subject": event.subject,
                "actor": cause.actor if cause else context.actor,
                "correlation_id": str(
                    (case_of(event) if case_of else case)
                    or (cause.correlation_id if cause else context.correlation_id)
                ),
                "causation_id": str(cause.id if cause else context.causation_id),
                "traceparent": (cause.traceparent if cause else "") or context.traceparent,
                "value": value,
            }
        )
    await INSERT.fetch(session, {name: [row[name] for row in rows] for name in INSERT.names})
    session.info["emitted"] = True


def headers_of(row: Mapping[str, Any], service: str) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 attributes in Kafka's binary content mode."""
    agreed = event_type(str(row["topic"])).contract
    recorded_at: datetime = row["recorded_at"]
    pairs = {
        "ce_specversion": "1.0",
        "ce_id": str(row["event_id"]),
        "ce_source": f"/tongheng/{service}",
        "ce_type": str(row["topic"]),
        "ce_subject": str(row["subject"]),
        "ce_time": recorded_at.isoformat(),
        "ce_dataschema": agreed.dataschema,
        "ce_correlationid": str(row["correlation_id"]),
        "ce_causationid": str(row["causation_id"]),
        "ce_actor": str(row["actor"]),
        "ce_company": str(row["company"]),
        "content-type": "application/json",
    }
    if row["traceparent"]:
        pairs["traceparent"] = str(row["traceparent"])
    return [(name, value.encode()) for name, value in pairs.items()]


def _new_batch(producer: AIOKafkaProducer, rows: Sequence[Mapping[str, Any]]) -> Any:
    # Packing a few small events costs more than it saves, here, in the broker and in each reader.
    size = 0
    for row in rows:
        size += len(row["value"])
        if size > PACKED_FROM:
            return producer.create_batch()
    return BatchBuilder(SENDING_BYTES_MAX, NOT_PACKED)


async def send(
    producer: AIOKafkaProducer, rows: Sequence[Mapping[str, Any]], *, service: str
) -> dict[tuple[str, int], int]:
    """Publish rows of an outbox in their order and wait for the broker; the last offset of each topic and partition."""
    # One batch per partition keeps the order of each document and costs a fifth of single sends.
    groups: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for row in rows:
        topic = str(row["topic"])
        partitions = sorted(await cast("Any", producer).partitions_for(topic))
        chosen = cast("Any", _partitioner)(str(row["key"]).encode(), partitions, partitions)
        groups.setdefault((topic, int(chosen)), []).append(row)
    offsets: dict[tuple[str, int], int] = {}
    waiting: list[tuple[tuple[str, int], asyncio.Future[Any], int]] = []
    for (topic, partition), members in groups.items():
        index = 0
        while index < len(members):
            batch = _new_batch(producer, members[index:])
            count = 0
            while index < len(members):
                row = members[index]
                added = batch.append(
                    key=str(row["key"]).encode(),
                    value=bytes(row["value"]),
                    timestamp=int(row["recorded_at"].timestamp() * 1000),
                    headers=headers_of(row, service),
                )
                if added is None:
                    break
                index += 1
                count += 1
            if not count:
                raise PayloadTooLarge(limit=EVENT_BYTES_MAX)
            batch.close()
            future: asyncio.Future[Any] = await cast("Any", producer).send_batch(
                batch, topic, partition=partition
            )
            waiting.append(((topic, partition), future, count))
    for place, future, count in waiting:
        metadata = await future
        offsets[place] = max(offsets.get(place, -1), int(metadata.offset) + count - 1)
    return offsets


def new_producer(kafka: str, *, client: str) -> AIOKafkaProducer:
    """A producer as R7 wants it, not started."""
    return AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        compression_type="gzip",
        linger_ms=0,
        max_batch_size=SENDING_BYTES_MAX,
        max_request_size=SENDING_BYTES_MAX,
        request_timeout_ms=15_000,
        client_id=client,
        **brokers.connection(),
    )


class Relay:
    """Publishes what is not yet published, oldest first; one active per database, the others wait for its lock."""

    def __init__(
        self, database: Database, *, kafka: str, service: str, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._database = database
        self._idle_seconds = idle_seconds
        self._kafka = kafka
        self._service = service
        self._wake = asyncio.Event()
        self._stopping = False
        # What no contract names any more stays, is counted in /status and told; it does not hold the others back.
        self._topics = [agreed.topic for agreed in contracts()]
        self.active = False
        """Whether this relay holds the lock."""
        self.turned_at = time.monotonic()
        database.on_emit = self.wake

    def wake(self) -> None:
        """Look now: something was emitted."""
        self._wake.set()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Publish until stopped. Any error ends the run: the process ends with it and starts anew."""
        self.turned_at = time.monotonic()
        producer = await self._producer()
        try:
            async with self._database.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                try:
                    await self._tell_stranded(connection)
                    await self._turn(connection, producer)
                finally:
                    # Back in the pool, the connection would keep the lock.
                    await connection.invalidate()
        finally:
            self.active = False
            await self._close(producer)

    async def _tell_stranded(self, connection: AsyncConnection) -> None:
        found = await connection.execute(STRANDED, {"topics": self._topics})
        for topic, count in found.all():
            STRANDED_EVENTS.labels(topic).set(count)
            log.error("events of no contract are not published", topic=topic, events=count)

    async def _turn(self, connection: AsyncConnection, producer: AIOKafkaProducer) -> None:
        while not self._stopping:
            self.turned_at = time.monotonic()
            if not await self._locked(connection):
                await self._idle(0.5)
                continue
            async with asyncio.timeout(TURN_SECONDS_MAX):
                sent = await self._publish_batch(connection, producer)
            if sent < BATCH_MAX:
                await self._idle(self._idle_seconds)
                await asyncio.sleep(LINGER_SECONDS)

    async def _producer(self) -> AIOKafkaProducer:
        delay = 0.2
        while True:
            producer = new_producer(self._kafka, client=f"{self._service}-relay")
            try:
                async with asyncio.timeout(SEND_SECONDS_MAX):
                    await producer.start()
                return producer
            except Exception as error:
                await self._close(producer)
                if self._stopping:
                    raise
                log.info("kafka is not there yet", error=type(error).__name__)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
                self.turned_at = time.monotonic()

    async def _close(self, producer: AIOKafkaProducer) -> None:
        try:
            async with asyncio.timeout(5.0):
                await producer.stop()
        except Exception as error:
            log.warning("the producer did not stop in time", error=type(error).__name__)

    async def _idle(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _locked(self, connection: AsyncConnection) -> bool:
        if not self.active:
            self.active = bool(
                await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK})
            )
        return self.active

    async def _publish_batch(self, connection: AsyncConnection, producer: AIOKafkaProducer) -> int:
        """How many were published; BATCH_MAX when there may be more."""
        rows = (
            (
                await connection.execute(
                    OLDEST, {"n": BATCH_MAX, "bytes": BATCH_BYTES_MAX, "topics": self._topics}
                )
            )
            .mappings()
            .all()
        )
        if not rows:
            AGE.set(0)
            return 0
        failpoints.reach("F4")
        AGE.set(max(0.0, time.time() - min(row["recorded_at"] for row in rows).timestamp()))
        async with asyncio.timeout(SEND_SECONDS_MAX):
            offsets = await send(producer, [dict(row) for row in rows], service=self._service)
        failpoints.reach("F5")
        await self._mark(connection, rows, offsets)
        for row in rows:
            PUBLISHED.labels(row["topic"]).inc()
        full = sum(len(row["value"]) for row in rows) >= BATCH_BYTES_MAX
        return BATCH_MAX if full else len(rows)

    async def _mark(
        self,
        connection: AsyncConnection,
        rows: Sequence[Any],
        offsets: Mapping[tuple[str, int], int],
    ) -> None:
        times = [row["recorded_at"] for row in rows]
        await connection.execute(
            text(
                "WITH marked AS (UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY(:ids)"
                " AND recorded_at BETWEEN :first AND :last)"
                ' INSERT INTO outbox_offsets (topic, partition, "offset")'
                " SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]))"
                ' ON CONFLICT (topic, partition) DO UPDATE SET "offset" = greatest(outbox_offsets."offset", excluded."offset")'
            ),
            {
                "ids": [row["id"] for row in rows],
                "first": min(times),
                "last": max(times),
                "topics": [topic for topic, _ in offsets],
                "partitions": [partition for _, partition in offsets],
                "offsets": list(offsets.values()),
            },
        )
