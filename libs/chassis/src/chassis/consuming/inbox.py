"""Applies batches: each effect once, in one transaction with what is remembered of it; poison found by halving."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import failpoints
from chassis.consuming import parking
from chassis.consuming.causes import causes_of, traced
from chassis.consuming.consumers import Consumers
from chassis.consuming.decoder import Message, Unreadable, decode
from chassis.consuming.troubles import is_transient, name_of, ran_out_of_time, reason_of
from chassis.consuming.versions import newest
from chassis.context import Context
from chassis.database import Database
from tongheng_contracts.envelope import Event

log = structlog.get_logger(__name__)

BATCH_SECONDS_MAX = 60.0
POLL_SECONDS = 0.5
RETRY_SECONDS = (0.1, 30.0)
TRIES_WHOLE = 2
"""A batch that runs out of time so often is halved: a smaller one may fit."""

RECORD = text(
    "INSERT INTO inbox (event_id, topic, outcome) SELECT i, t, 'applied'"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:topics AS text[])) AS new (i, t)"
    " ON CONFLICT (event_id) DO NOTHING RETURNING event_id"
)

CONSUMED = Counter(
    "tongheng_events_consumed", "Events by what became of them", ["topic", "outcome"]
)
RETRIES = Counter("tongheng_batches_retried", "Batches tried again after a passing trouble")
SECONDS = Histogram(
    "tongheng_batch_seconds", "Time of one batch", buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60)
)


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
                        "batch will be tried again", error=name_of(error), messages=len(messages)
                    )
                    too_slow += ran_out_of_time(error)
                    if too_slow < TRIES_WHOLE or len(messages) == 1:
                        await self._pause(delay * random.uniform(0.5, 1.0), stopping)
                        delay = min(delay * 2, high)
                        continue
                elif len(messages) == 1:
                    return await self._park(messages[0], error, stopping)
                failpoints.reach("F10")
                log.warning("batch is halved", error=name_of(error), messages=len(messages))
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
            failpoints.reach("F7")
            fresh = await self._record(session, messages)
            failpoints.reach("F8")
            behind = await parking.keys_behind_parked(session, messages)
            events: list[Event] = []
            for message, event, trouble in read:
                if message.id not in fresh:
                    continue
                fresh.discard(message.id)  # the same event twice in one batch counts once
                if event is None:
                    await self._store(session, message, "parked", "unreadable", trouble)
                    if message.key:
                        behind.add(message.key)
                elif message.key in behind:
                    why = "waits behind a parked message of its document"
                    await self._store(session, message, "waiting", why, "")
                else:
                    events.append(event)
            fit = await newest(session, events)
            with traced(fit) as spans:
                session.info["causes"] = causes_of(fit, spans)
                await self._consumers.handle(session, fit, every=events)
            failpoints.reach("F6")
        self.counts.applied += len(fit)
        self.counts.superseded += len(events) - len(fit)
        for event in fit:
            self.counts.by_topic[event.contract.topic] += 1
            CONSUMED.labels(event.contract.topic, "applied").inc()

    async def _record(self, session: AsyncSession, messages: Sequence[Message]) -> set[UUID]:
        # Sorted, for two batches that insert the same ids in another order would deadlock.
        rows = sorted({message.id: message.topic for message in messages}.items())
        result = await session.execute(
            RECORD, {"ids": [i for i, _ in rows], "topics": [t for _, t in rows]}
        )
        fresh = {UUID(str(row[0])) for row in result}
        dropped = len(messages) - len(fresh)
        if dropped:
            self.counts.duplicates += dropped
            CONSUMED.labels("", "duplicate").inc(dropped)
        return fresh

    async def _store(
        self, session: AsyncSession, message: Message, status: str, reason: str, detail: str
    ) -> None:
        self.counts.parked += 1
        CONSUMED.labels(message.topic, "parked").inc()
        await parking.store(session, message, status=status, reason=reason, detail=detail)

    async def _park(self, message: Message, error: Exception, stopping: Callable[[], bool]) -> bool:
        """Whether it is stored: what is neither applied nor parked may not be passed over."""
        log.error(
            "message is parked",
            topic=message.topic,
            offset=message.offset,
            key=message.key,
            error=name_of(error),
        )
        delay = RETRY_SECONDS[0]
        while True:
            self.turned()
            try:
                async with self._database.transaction(
                    Context(actor=f"system:{self._service}")
                ) as session:
                    if message.id in await self._record(session, [message]):
                        await self._store(
                            session, message, "parked", name_of(error), reason_of(error)
                        )
                    failpoints.reach("F11")
                return True
            except Exception as trouble:
                if stopping():
                    return False
                log.warning("parking will be tried again", error=name_of(trouble))
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
        taken = await parking.open_with(session, event_id)
        events = [decode(message) for _, message in taken]
        fit = await newest(session, events)
        session.info["causes"] = causes_of(fit)
        await self._consumers.handle(session, fit, every=events)
        ids = [i for i, _ in taken]
        return await parking.settle(session, ids, status="released", actor=actor, reason=reason)

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
        await session.execute(parking.LOCK_PARKED)
        if not await parking.settle(
            session, [event_id], status="dropped", actor=actor, reason=reason
        ):
            raise LookupError(str(event_id))
