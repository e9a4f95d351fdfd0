"""Events arrive through here: in batches, each effect once, nothing skipped, poison parked."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import structlog
from aiokafka import (
    AIOKafkaConsumer,
    ConsumerRebalanceListener,
    ConsumerRecord,
    ConsumerStoppedError,
    TopicPartition,
)
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import Counter, Histogram
from pydantic import ValidationError
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import telemetry
from chassis.context import Context
from chassis.database import Database
from chassis.errors import OutcomeUnknown, TransientError
from chassis.ids import named
from chassis.sqlstates import sqlstate_of
from tongheng_contracts.catalogue import event_type
from tongheng_contracts.envelope import Envelope, Event, Kind

log = structlog.get_logger(__name__)

BATCH_MAX = 500
BATCH_FULL = 100
LINGER_SECONDS = 0.015
POLL_SECONDS = 0.5
BATCH_SECONDS_MAX = 60.0
RETRY_SECONDS = (0.1, 30.0)
TRANSIENT_SQLSTATES = ("08", "25P03", "25P04", "40", "53", "57", "55P03")
TRIES_WHOLE = 2
"""A batch that runs out of time so often is halved: a smaller one may fit."""
KEY_MAX = 200

BEHIND = text(
    "SELECT DISTINCT key FROM parked WHERE status IN ('parked', 'waiting') AND key = ANY(:keys)"
)
LOCK_PARKED = text("SELECT pg_advisory_xact_lock(hashtext('parked'))")
OPEN_OF_KEY = text(
    'SELECT event_id, topic, partition, "offset", key, status, coalesce(repaired_headers, headers) AS headers,'
    " coalesce(repaired_value, value) AS value FROM parked WHERE status IN ('parked', 'waiting')"
    " AND (event_id = :id OR key <> '' AND key = (SELECT key FROM parked WHERE event_id = :id))"
    " ORDER BY arrival FOR UPDATE"
)

CONSUMED = Counter(
    "tongheng_events_consumed", "Events by what became of them", ["topic", "outcome"]
)
RETRIES = Counter("tongheng_batches_retried", "Batches tried again after a passing trouble")
SECONDS = Histogram(
    "tongheng_batch_seconds", "Time of one batch", buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60)
)

EventT = TypeVar("EventT", bound=Event)
Handler = Callable[[AsyncSession, Sequence[Event]], Awaitable[None]]


class Consumers:
    """A feature's handlers of events. `join` makes one list of all features': one consumer group per service."""

    def __init__(self) -> None:
        self.handlers: list[tuple[frozenset[str], Handler]] = []

    def on(
        self, *types: type[EventT]
    ) -> Callable[
        [Callable[[AsyncSession, Sequence[EventT]], Awaitable[None]]],
        Callable[..., Awaitable[None]],
    ]:
        """Register a handler of one or several event types; it is given a batch's events of all of them."""
        topics = frozenset(one.contract.topic for one in types)

        def register(
            handler: Callable[[AsyncSession, Sequence[EventT]], Awaitable[None]],
        ) -> Callable[..., Awaitable[None]]:
            self.handlers.append((topics, cast("Handler", handler)))
            return handler

        return register

    @classmethod
    def join(cls, *parts: Consumers) -> Consumers:
        """All handlers of all features, in the order given."""
        joined = cls()
        for part in parts:
            joined.handlers.extend(part.handlers)
        return joined

    @property
    def topics(self) -> list[str]:
        """Every topic that has a handler."""
        return sorted({topic for topics, _ in self.handlers for topic in topics})


def _plain(text: str) -> str:
    """Text that PostgreSQL takes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "")


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "backslashreplace").replace("\x00", "")


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka record, before anything is believed of it."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes

    @classmethod
    def of(cls, record: ConsumerRecord[Any, Any]) -> Message:
        """Read a record without ever failing: bytes that are no text are kept visibly."""
        key = _text(cast("bytes | None", record.key))
        if len(key) > KEY_MAX:  # no index takes more than a third of a page
            key = f"{key[:100]}…{hashlib.sha256(key.encode()).hexdigest()}"
        headers = cast("Sequence[tuple[str, bytes | None]]", record.headers)
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=key,
            headers={_plain(name): _text(value) for name, value in headers},
            value=cast("bytes | None", record.value) or b"",
        )

    @property
    def id(self) -> UUID:
        """The event's id, or one made from its place where it has none."""
        try:
            return UUID(self.headers.get("ce_id", ""))
        except ValueError:
            return named("message", self.topic, self.partition, self.offset)


class SettleEarlierFirst(Exception):
    """Another parked message of the same key came first; its id is the argument."""


class Unreadable(Exception):
    """The message is not what its topic's contract says."""


def decode(message: Message) -> Event:
    """The event of a message, with its envelope.

    Raises:
        Unreadable: unknown type, another major version, or content that does not fit the contract.
    """
    try:
        kind = event_type(message.topic)
    except KeyError as error:
        raise Unreadable(f"no contract for {message.topic}") from error
    stated = message.headers.get("ce_type", message.topic)
    schema = message.headers.get("ce_dataschema", "")
    if stated != message.topic or (schema and schema != kind.contract.dataschema):
        raise Unreadable(f"the message says it is {stated} {schema}")
    try:
        event = kind.model_validate_json(message.value)
        when = datetime.fromisoformat(message.headers.get("ce_time", ""))
        # An id made from the message's place would be another one when the topic is refilled.
        UUID(message.headers.get("ce_id", ""))
        if when.tzinfo is None:
            raise Unreadable("the envelope has no zoned time")
        when = when.astimezone(UTC)
    except (ValidationError, ValueError, OverflowError) as error:
        raise Unreadable(str(error)[:2000]) from error
    headers = message.headers
    return event.with_envelope(
        Envelope(
            id=message.id,
            topic=message.topic,
            time=when,
            subject=headers.get("ce_subject", ""),
            company=headers.get("ce_company", ""),
            actor=headers.get("ce_actor", ""),
            correlation_id=headers.get("ce_correlationid", ""),
            causation_id=headers.get("ce_causationid", ""),
            traceparent=headers.get("traceparent", ""),
            partition=message.partition,
            offset=message.offset,
        )
    )


def is_transient(error: BaseException) -> bool:
    """Whether trying the same again may help: connections, deadlocks, serialisation, timeouts."""
    if isinstance(
        error,
        TransientError | OutcomeUnknown | ConnectionError | TimeoutError | PoolTimeout | OSError,
    ):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, InterfaceError | asyncpg.InterfaceError):
        # The connection's trouble passes; too many arguments of a statement are so at every attempt.
        return "argument" not in str(error)
    if _plan_is_old(error):
        return True
    # Whoever ran the statement: SQLAlchemy wraps the driver's error, a `Statement` does not.
    return (sqlstate_of(error) or "").startswith(TRANSIENT_SQLSTATES)


def _plan_is_old(error: BaseException) -> bool:
    # After a migration beside the running worker: the next attempt prepares its statements anew.
    old = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, old):
            return True
        seen = getattr(seen, "orig", None) or seen.__cause__
    return False


def _ran_out_of_time(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or sqlstate_of(error) == "57014"


@dataclass(slots=True)
class Counts:
    """What became of the messages since the start."""

    applied: int = 0
    superseded: int = 0
    duplicates: int = 0
    parked: int = 0
    retries: int = 0
    batches: int = 0
    by_topic: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Inbox:
    """Applies batches of messages to the database; knows nothing of Kafka."""

    def __init__(self, database: Database, consumers: Consumers, *, service: str) -> None:
        self._database = database
        self._consumers = consumers
        self._service = service
        self.counts = Counts()
        self.turned: Callable[[], None] = lambda: None
        """Called at each attempt: the loop turns, though a batch is long in trouble."""

    async def apply(
        self, messages: Sequence[Message], *, stopping: Callable[[], bool] = lambda: False
    ) -> bool:
        """Apply a batch whole; on a permanent error halve it until the one message is found, and park that.

        Returns when everything is applied or parked; False when asked to stop before.
        """
        low, high = RETRY_SECONDS
        delay = low
        too_slow = 0
        while True:
            self.turned()
            try:
                with SECONDS.time():
                    async with asyncio.timeout(BATCH_SECONDS_MAX):
                        await self._apply_once(messages)
                self.counts.batches += 1
                return True
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if is_transient(error):
                    if stopping():
                        return False
                    self.counts.retries += 1
                    RETRIES.inc()
                    log.warning(
                        "batch will be tried again", error=_named(error), messages=len(messages)
                    )
                    too_slow += _ran_out_of_time(error)
                    if too_slow < TRIES_WHOLE or len(messages) == 1:
                        await self._pause(delay * random.uniform(0.5, 1.0), stopping)
                        delay = min(delay * 2, high)
                        continue
                elif len(messages) == 1:
                    return await self._park(messages[0], error, stopping)
                log.warning("batch is halved", error=_named(error), messages=len(messages))
                middle = len(messages) // 2
                return await self.apply(messages[:middle], stopping=stopping) and await self.apply(
                    messages[middle:], stopping=stopping
                )

    async def _pause(self, seconds: float, stopping: Callable[[], bool]) -> None:
        # In slices: who is asked to end does not sit out a long back-off, and the loop turns meanwhile.
        until = time.monotonic() + seconds
        while not stopping() and (left := until - time.monotonic()) > 0:
            self.turned()
            await asyncio.sleep(min(left, POLL_SECONDS))

    async def _apply_once(self, messages: Sequence[Message]) -> None:
        read: list[tuple[Message, Event | None, str]] = []
        for message in messages:
            try:
                read.append((message, decode(message), ""))
            except Unreadable as error:
                read.append((message, None, str(error)))
        context = Context(actor=f"system:{self._service}", client=self._service)
        async with self._database.transaction(context) as session:
            fresh = await self._record(session, messages)
            behind = await self._keys_behind_parked(session, messages)
            events: list[Event] = []
            for message, event, trouble in read:
                if message.id not in fresh:
                    continue
                fresh.discard(message.id)  # the same event twice in one batch counts once
                if event is None:
                    await self._store_parked(session, message, "parked", "unreadable", trouble)
                    if message.key:
                        behind.add(message.key)
                elif message.key in behind:
                    await self._store_parked(
                        session,
                        message,
                        "waiting",
                        "waits behind a parked message of its document",
                        "",
                    )
                else:
                    events.append(event)
            newest = await self._newest(session, events)
            with _traced(newest) as spans:
                session.info["causes"] = _causes(newest, spans)
                for topics, handler in self._consumers.handlers:
                    mine = [event for event in newest if event.contract.topic in topics]
                    if mine:
                        await handler(session, mine)
        self.counts.applied += len(newest)
        self.counts.superseded += len(events) - len(newest)
        for event in newest:
            self.counts.by_topic[event.contract.topic] += 1
            CONSUMED.labels(event.contract.topic, "applied").inc()

    async def _record(self, session: AsyncSession, messages: Sequence[Message]) -> set[UUID]:
        # Sorted, for two batches that insert the same ids in another order would deadlock.
        rows = sorted({message.id: message.topic for message in messages}.items())
        result = await session.execute(
            text(
                "INSERT INTO inbox (event_id, topic, outcome) SELECT i, t, 'applied'"
                " FROM unnest(CAST(:ids AS uuid[]), CAST(:topics AS text[])) AS new (i, t)"
                " ON CONFLICT (event_id) DO NOTHING RETURNING event_id"
            ),
            {"ids": [i for i, _ in rows], "topics": [t for _, t in rows]},
        )
        fresh = {UUID(str(row[0])) for row in result}
        dropped = len(messages) - len(fresh)
        if dropped:
            self.counts.duplicates += dropped
            CONSUMED.labels("", "duplicate").inc(dropped)
        return fresh

    async def _keys_behind_parked(
        self, session: AsyncSession, messages: Sequence[Message]
    ) -> set[str]:
        # Nothing waits behind a message without a key: of which document it is, nobody knows.
        keys = sorted({message.key for message in messages if message.key})
        found = await session.scalars(BEHIND, {"keys": keys})
        if not found.first():
            return set()
        # A release may be under way: either it is seen done, or it sees what is made to wait here.
        await session.execute(LOCK_PARKED)
        return {str(key) for key in await session.scalars(BEHIND, {"keys": keys})}

    async def _newest(self, session: AsyncSession, events: Sequence[Event]) -> list[Event]:
        """Facts as they are; of each document the newest version, if it is newer than what was seen before."""
        documents: dict[tuple[str, UUID], Event] = {}
        for event in events:
            if event.contract.kind is Kind.FACT:
                continue
            place = (event.contract.document, UUID(event.key))
            if place not in documents or documents[place].version < event.version:
                documents[place] = event
        newer: set[tuple[str, UUID]] = set()
        if documents:
            places = sorted(documents)
            result = await session.execute(
                text(
                    "INSERT INTO document_versions (document, id, version)"
                    " SELECT * FROM unnest(CAST(:documents AS text[]), CAST(:ids AS uuid[]), CAST(:versions AS int[]))"
                    " ON CONFLICT (document, id) DO UPDATE SET version = excluded.version"
                    " WHERE document_versions.version < excluded.version RETURNING document, id"
                ),
                {
                    "documents": [document for document, _ in places],
                    "ids": [i for _, i in places],
                    "versions": [documents[place].version for place in places],
                },
            )
            newer = {(str(row[0]), UUID(str(row[1]))) for row in result}
        kept: list[Event] = []
        superseded: list[UUID] = []
        for event in events:
            place = (event.contract.document, UUID(event.key))
            if event.contract.kind is Kind.FACT or (place in newer and documents[place] is event):
                kept.append(event)
            else:
                superseded.append(event.envelope.id)
        if superseded:
            await session.execute(
                text("UPDATE inbox SET outcome = 'superseded' WHERE event_id = ANY(:ids)"),
                {"ids": superseded},
            )
        return kept

    async def _store_parked(
        self, session: AsyncSession, message: Message, status: str, reason: str, detail: str
    ) -> None:
        self.counts.parked += 1
        CONSUMED.labels(message.topic, "parked").inc()
        await session.execute(
            text(
                'INSERT INTO parked (event_id, topic, partition, "offset", key, company, headers, value, status, reason, detail)'
                " VALUES (:event_id, :topic, :partition, :offset, :key, :company, CAST(:headers AS jsonb), :value, :status,"
                " :reason, :detail) ON CONFLICT DO NOTHING"
            ),
            {
                "event_id": message.id,
                "topic": message.topic,
                "partition": message.partition,
                "offset": message.offset,
                "key": message.key,
                "company": message.headers.get("ce_company", ""),
                "headers": json.dumps(message.headers),
                "value": message.value,
                "status": status,
                "reason": reason,
                "detail": _plain(detail),
            },
        )
        await session.execute(
            text("UPDATE inbox SET outcome = 'parked' WHERE event_id = :id"), {"id": message.id}
        )

    async def _park(self, message: Message, error: Exception, stopping: Callable[[], bool]) -> bool:
        """Whether it is stored: what is neither applied nor parked may not be passed over."""
        log.error(
            "message is parked",
            topic=message.topic,
            offset=message.offset,
            key=message.key,
            error=_named(error),
        )
        delay = RETRY_SECONDS[0]
        while True:
            self.turned()
            try:
                async with self._database.transaction(
                    Context(actor=f"system:{self._service}")
                ) as session:
                    if message.id in await self._record(session, [message]):
                        await self._store_parked(
                            session, message, "parked", _named(error), reason_of(error)
                        )
                return True
            except Exception as trouble:
                if stopping():
                    return False
                log.warning("parking will be tried again", error=_named(trouble))
                await self._pause(delay, stopping)
                delay = min(delay * 2, RETRY_SECONDS[1])

    async def release(self, event_id: UUID, *, actor: str) -> int:
        """Apply a parked message and those that wait behind it, in their order; the number applied.

        Raises:
            LookupError: nothing is parked under this id.
            SettleEarlierFirst: another parked message of its key came before it.
            Exception: the first one's own error, when it can't be applied still; everything stays parked.
        """
        async with self._database.transaction(
            Context(actor=actor, client=self._service)
        ) as session:
            return await self.release_in(session, event_id, actor=actor)

    async def release_in(
        self, session: AsyncSession, event_id: UUID, *, actor: str, reason: str = ""
    ) -> int:
        """`release` within a transaction of the worker's role."""
        await session.execute(LOCK_PARKED)
        found = await session.execute(OPEN_OF_KEY, {"id": event_id})
        rows = found.mappings().all()
        ids = [UUID(str(row["event_id"])) for row in rows]
        if event_id not in ids:
            raise LookupError(str(event_id))
        place = ids.index(event_id)
        for row in rows[:place]:
            if row["status"] == "parked":
                raise SettleEarlierFirst(str(row["event_id"]))
        # What is itself parked behind this one has a trouble of its own, and keeps back what waits behind it.
        end = next((n for n in range(place + 1, len(rows)) if rows[n]["status"] == "parked"), None)
        taken = rows[:end]
        events = [decode(_message_of(row)) for row in taken]
        newest = await self._newest(session, events)
        session.info["causes"] = _causes(newest)
        for topics, handler in self._consumers.handlers:
            mine = [event for event in newest if event.contract.topic in topics]
            if mine:
                await handler(session, mine)
        return await self._settle(session, ids[:end], "released", actor, reason)

    async def drop(self, event_id: UUID, *, actor: str) -> None:
        """Give a parked message up; those that wait behind it stay for a release of their own.

        Raises:
            LookupError: nothing is parked under this id.
        """
        async with self._database.transaction(
            Context(actor=actor, client=self._service)
        ) as session:
            await self.drop_in(session, event_id, actor=actor)

    async def drop_in(
        self, session: AsyncSession, event_id: UUID, *, actor: str, reason: str = ""
    ) -> None:
        """`drop` within a transaction of the worker's role."""
        await session.execute(LOCK_PARKED)
        if not await self._settle(session, [event_id], "dropped", actor, reason):
            raise LookupError(str(event_id))

    async def _settle(
        self, session: AsyncSession, ids: Sequence[object], status: str, actor: str, reason: str
    ) -> int:
        done = await session.execute(
            text(
                "UPDATE parked SET status = :status, settled_at = now(), settled_by = :actor, settled_because = :reason"
                " WHERE event_id = ANY(:ids) AND status IN ('parked', 'waiting') RETURNING event_id"
            ),
            {"status": status, "actor": actor, "reason": reason, "ids": list(ids)},
        )
        settled = [row[0] for row in done]
        await session.execute(
            text(
                "UPDATE inbox SET outcome = :status WHERE event_id = ANY(:ids) AND outcome = 'parked'"
            ),
            {"status": status, "ids": settled},
        )
        return len(settled)


def reason_of(error: BaseException) -> str:
    """What a person needs to know of an error: no statement, no parameters."""
    found = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return _plain(str(found)).strip()[:2000] or _named(error)


def _message_of(row: RowMapping) -> Message:
    return Message(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        dict(row["headers"]),
        bytes(row["value"]),
    )


@contextmanager
def _traced(events: Sequence[Event]) -> Generator[Mapping[UUID, Span]]:
    """A span for each event whose trace is recorded: a batch holds many traces, and each goes on in its own."""
    spans: dict[UUID, Span] = {}
    for event in events:
        envelope = event.envelope
        if envelope.traceparent.endswith("-01"):
            spans[envelope.id] = telemetry.tracer().start_span(
                f"process {envelope.topic}",
                context=telemetry.remote_context(envelope.traceparent),
                kind=SpanKind.CONSUMER,
                attributes={
                    "messaging.system": "kafka",
                    "messaging.destination.name": envelope.topic,
                    "messaging.batch.message_count": len(events),
                    "tongheng.document": envelope.subject,
                },
            )
    try:
        yield spans
    except Exception as error:
        for span in spans.values():
            span.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        for span in spans.values():
            span.end()


def _causes(
    events: Sequence[Event], spans: Mapping[UUID, Span] = MappingProxyType({})
) -> dict[UUID, Envelope]:
    causes: dict[UUID, Envelope] = {}
    for event in events:
        envelope = event.envelope
        if envelope.id in spans:
            # What follows from it hangs below the span that made it.
            envelope = replace(envelope, traceparent=telemetry.traceparent_of(spans[envelope.id]))
        causes[UUID(event.key)] = envelope
        causes[envelope.id] = envelope
        order = getattr(event.body, "order", None)
        if isinstance(order, UUID):
            causes.setdefault(order, envelope)
    return causes


def _named(error: BaseException) -> str:
    return type(error).__name__


class _Assignments(ConsumerRebalanceListener):
    """Forgets how far a partition was: while it was away, another worker may have gone on."""

    def __init__(self, done: dict[TopicPartition, int]) -> None:
        self._done = done

    def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing: the batch in hand ends by itself, and its effects are there once."""

    def on_partitions_assigned(self, assigned: object) -> None:
        self._done.clear()


class Worker:
    """The one subscriber of a service: all its topics in one consumer group, in batches, offsets committed by hand."""

    def __init__(self, inbox: Inbox, consumers: Consumers, *, kafka: str, service: str) -> None:
        self._inbox = inbox
        self._service = service
        self.topics = consumers.topics
        self.turned_at = time.monotonic()
        self._stopping = False
        self._halted = False  # after a batch that was not applied nothing later may be committed
        self._done: dict[TopicPartition, int] = {}
        self._failed = asyncio.Event()
        self._kafka = kafka
        self._probe: Any = None
        inbox.turned = self._turned
        self._connect()

    def _turned(self) -> None:
        self.turned_at = time.monotonic()

    def _connect(self) -> None:
        self.broker = KafkaBroker(
            self._kafka, client_id=f"{self._service}-worker", logger=None, graceful_timeout=20.0
        )
        self._subscribe()

    def _subscribe(self) -> None:
        # The only place where a subscriber is made: the library's defaults acknowledge before the handler has run,
        # and start at the end of a topic.
        self.subscriber = self.broker.subscriber(
            *self.topics,
            group_id=f"tongheng-{self._service}",
            batch=True,
            max_records=BATCH_MAX,
            batch_timeout_ms=500,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            max_poll_interval_ms=300_000,
            parser=self._parse,
            decoder=self._bytes,
            listener=_Assignments(self._done),
        )
        self.subscriber(self._handle)
        cast("Any", self.subscriber).get_msg = self._take

    async def _take(self, consumer: Any) -> tuple[ConsumerRecord[Any, Any], ...]:
        # In place of the library's own: that one sleeps another half second after an empty poll.
        self._turned()
        if self._halted:
            await asyncio.sleep(POLL_SECONDS)
            return ()
        try:
            found = await consumer.getmany(
                timeout_ms=int(POLL_SECONDS * 1000), max_records=BATCH_MAX
            )
        except (KafkaError, ConsumerStoppedError):
            raise
        except Exception as error:
            log.exception("the worker ends: what Kafka sent is no record", error=_named(error))
            self._fail()
            return ()
        return tuple(record for records in found.values() for record in records)

    def _fail(self) -> None:
        self._halted = True
        self._failed.set()

    async def _parse(self, records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaAckableMessage:
        consumer = self.subscriber.consumer
        assert consumer is not None
        return KafkaAckableMessage(
            body=b"",
            headers={},
            raw_message=records,
            consumer=consumer,
            message_id="",
            correlation_id="batch",
        )

    async def _bytes(self, message: KafkaMessage) -> bytes:
        return b""

    async def _handle(self, message: KafkaMessage) -> None:
        if self._halted:
            return
        records = cast("tuple[ConsumerRecord[Any, Any], ...]", message.raw_message)
        try:
            done = await self._inbox.apply(
                [Message.of(record) for record in records], stopping=lambda: self._stopping
            )
        except Exception as error:
            # Nothing may be skipped: without this, the next batch's commit would pass over this one.
            log.exception("the worker ends", error=_named(error))
            self._fail()
            return
        if not done:
            self._halted = True
            return
        self._turned()
        offsets: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            offsets[place] = max(offsets.get(place, 0), record.offset + 1)
        for place, offset in offsets.items():
            # Back from another worker, the partition may be further than the batch in hand.
            self._done[place] = max(self._done.get(place, 0), offset)
        consumer = self.subscriber.consumer
        if consumer is not None:
            try:
                await asyncio.wait_for(cast("Any", consumer).commit(offsets), 10.0)
            except Exception as error:
                # Whoever owns the partitions now gets the messages again, and drops them by their ids.
                log.info("offsets were not committed", error=_named(error))
        if len(records) < BATCH_FULL:
            # Under load the next messages gather meanwhile: one transaction for many of them.
            await asyncio.sleep(LINGER_SECONDS)

    async def run(self) -> None:
        """Consume until stopped; waits for Kafka as long as it takes."""
        if not self.topics:
            return
        if self._failed.is_set():
            await self._begin_anew()
        delay = 0.2
        while not self._stopping:
            self._turned()
            try:
                await self.broker.start()
                break
            except Exception as error:
                log.info("kafka is not there yet", error=_named(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
        await self._failed.wait()
        raise RuntimeError("a batch could be neither applied nor parked")

    async def _begin_anew(self) -> None:
        # From the committed offsets, with nothing kept of what the failed run had in hand.
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self.broker.stop(), 25.0)
        self._done.clear()
        self._connect()
        self._halted = False
        self._failed.clear()

    async def stop(self) -> None:
        """Leave the group after the batch in hand."""
        self._stopping = True
        if self._probe is not None:
            await self._probe.stop()
        try:
            await asyncio.wait_for(self.broker.stop(), 25.0)
        except Exception as error:
            log.warning("the consumer did not stop in time", error=_named(error))

    async def lag(self) -> dict[str, int]:
        """Messages not yet applied, by topic; empty while partitions are not assigned yet.

        Raises:
            TransientError: there is no consumer, or Kafka does not answer.
        """
        if not self.topics:
            return {}
        consumer = cast("Any", self.subscriber.consumer)  # aiokafka has no complete types
        if consumer is None or not consumer.assignment():
            raise TransientError("no partitions are assigned yet")
        assigned: list[TopicPartition] = sorted(consumer.assignment())
        # Through a connection of its own: on the consumer's the question would wait behind the long poll.
        probe = await self._offsets()
        ends: dict[TopicPartition, int] = await asyncio.wait_for(probe.end_offsets(assigned), 5.0)
        lag: dict[str, int] = defaultdict(int)
        for place in assigned:
            if place not in self._done:
                committed = await asyncio.wait_for(consumer.committed(place), 5.0)
                self._done.setdefault(place, int(committed or 0))
            lag[place.topic] += max(0, int(ends[place]) - self._done.get(place, 0))
        return dict(lag)

    async def _offsets(self) -> Any:
        if self._probe is None:
            probe = AIOKafkaConsumer(
                bootstrap_servers=self._kafka, group_id=None, enable_auto_commit=False
            )
            try:
                await asyncio.wait_for(probe.start(), 5.0)
            except BaseException:
                await probe.stop()
                raise
            self._probe = probe
        return self._probe
