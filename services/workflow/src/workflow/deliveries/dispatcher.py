"""The loop that sends: many receivers at once, each document's events one after the other. One active per database."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import system_context
from chassis.database import Database
from workflow.deliveries import bell, service, store
from workflow.deliveries.rules import Outcome, in_order, outcome_of, signature
from workflow.deliveries.sending import CONTENT_TYPE, Sender
from workflow.deliveries.service import Tried
from workflow.deliveries.store import Due
from workflow.webhooks import service as webhooks
from workflow.webhooks.rules import Scope, Status
from workflow.webhooks.sealing import Sealing, bytes_of
from workflow.webhooks.store import Webhook

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
"""Between two looks when nobody rings: for what has become due, and for what other processes made."""
STANDBY_SECONDS = 2.0
LOOK_MAX = 200
"""Deliveries of one receiver that are taken in hand together."""
LOOK_SECONDS = 5.0
"""After so long a look begins no further delivery: others of the same receiver may have become due."""
FORGET_SECONDS = 600.0
FORGET_AT_ONCE = 2000
LOCK = 0x7765_6268_6F6F  # one active dispatcher per database

SENT = Counter("tongheng_webhook_deliveries", "Attempts by what came of them", ["outcome"])
BUSY = Gauge("tongheng_webhook_receivers_busy", "Receivers that are being served")
SECONDS = Histogram(
    "tongheng_webhook_seconds", "Time of one attempt", buckets=(0.01, 0.05, 0.2, 1, 3, 10)
)


class Dispatcher:
    """Sends what is due."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        sealing: Sealing,
        *,
        connections: int,
        receivers: int,
        kept: timedelta,
    ) -> None:
        self._database = database
        self._sender = sender
        self._sealing = sealing
        self._connections = connections
        self._receivers = receivers
        self._kept = kept
        self._context = system_context("workflow")
        # The pool serves consumers too.
        self._room = asyncio.Semaphore(3)
        self._serving: dict[UUID, asyncio.Task[None]] = {}
        self._served_at: dict[UUID, float] = {}
        self._forgot_at = 0.0
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled; whoever cannot get the lock stands by."""
        bell.listeners.add(self._woken.set)
        try:
            async with self._database.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                try:
                    while not await _locked(connection):  # noqa: ASYNC110 - asked of the database
                        await asyncio.sleep(STANDBY_SECONDS)
                    while True:
                        # The lock is this connection's: without it another one sends.
                        await connection.execute(text("SELECT 1"))
                        self._woken.clear()
                        if not await self.turn():
                            with contextlib.suppress(TimeoutError):
                                async with asyncio.timeout(IDLE_SECONDS):
                                    await self._woken.wait()
                finally:
                    await self._end_serving()
                    # Back in the pool, the connection would keep the lock.
                    with contextlib.suppress(Exception):
                        await connection.invalidate()
        finally:
            bell.listeners.discard(self._woken.set)
            await self._sender.close()

    async def turn(self) -> bool:
        """Serve each receiver for whom something is due, if there is room; whether there was any."""
        async with self._room, self._database.read(self._context) as session:
            found = await store.with_work(session, list(self._serving))
        # Whoever was served longest ago comes first.
        found.sort(key=lambda webhook: self._served_at.get(webhook, 0.0))
        for webhook in found[: max(0, self._receivers - len(self._serving))]:
            task = asyncio.create_task(self._serve(webhook), name=f"webhook-{webhook}")
            self._serving[webhook] = task
            task.add_done_callback(lambda _, webhook=webhook: self._served(webhook))
        BUSY.set(len(self._serving))
        if time.monotonic() - self._forgot_at > FORGET_SECONDS:
            self._forgot_at = time.monotonic()
            await self._forget()
        if found:
            await asyncio.sleep(0.01)
        return bool(found)

    def _served(self, webhook: UUID) -> None:
        task = self._serving.pop(webhook, None)
        self._served_at[webhook] = time.monotonic()
        self._woken.set()  # it may have more
        if task is not None and not task.cancelled() and task.exception() is not None:
            log.error(
                "a webhook was not served", webhook=str(webhook), error=repr(task.exception())
            )
            # Not at once again: what went wrong may last.
            self._serving[webhook] = asyncio.create_task(asyncio.sleep(1.0))
            self._serving[webhook].add_done_callback(lambda _: self._serving.pop(webhook, None))

    async def _end_serving(self) -> None:
        serving = list(self._serving.values())
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _forget(self) -> None:
        while True:
            async with self._room, self._database.transaction(self._context) as session:
                if not await store.forget(session, kept=self._kept, at_once=FORGET_AT_ONCE):
                    return

    # --- one receiver ------------------------------------------------------------------------------------------

    async def _serve(self, webhook_id: UUID) -> None:
        now = datetime.now(UTC)
        async with self._room, self._database.read(self._context) as session:
            webhook = await webhooks.one(session, webhook_id)
            if webhook is None:
                return
            health = await webhooks.health(session, webhook_id)
            scope = await webhooks.scope_now(session, webhook)
            alone = webhook.status is not Status.ON or (
                health.retry_at is not None and health.retry_at > now
            )
            # A receiver that takes nothing is tried with one event, its oldest.
            limit = 1 if health.retry_at is not None and not alone else LOOK_MAX
            due = await store.due(session, webhook_id, limit=limit, pings_only=alone)
        if not due:
            return
        secrets = [bytes_of(each) for each in webhooks.opened(webhook, self._sealing, now)]
        tried = await self._send_all(webhook, scope, secrets, due)
        if tried:
            async with self._room, self._database.transaction(self._context) as session:
                await service.settle(session, webhook_id, tried)

    async def _send_all(
        self, webhook: Webhook, scope: Scope | None, secrets: Sequence[bytes], due: Sequence[Due]
    ) -> list[Tried]:
        lanes: dict[UUID, dict[UUID, Due]] = {}
        for each in due:
            lanes.setdefault(each.waiting.lane, {})[each.waiting.id] = each
        tried: list[Tried] = []
        slots = asyncio.Semaphore(self._connections)
        until = time.monotonic() + LOOK_SECONDS
        gone = asyncio.Event()

        async def send_lane(lane: dict[UUID, Due]) -> None:
            async with slots:
                for waiting in in_order([each.waiting for each in lane.values()]):
                    if gone.is_set() or time.monotonic() > until:
                        return
                    one = await self._send(webhook, scope, secrets, lane[waiting.id])
                    tried.append(one)
                    if one.outcome is Outcome.GONE:
                        gone.set()
                    if one.outcome in (Outcome.RETRY, Outcome.GONE):
                        # What comes after it in its document waits for it.
                        return

        await asyncio.gather(*(send_lane(lane) for lane in lanes.values()))
        return tried

    async def _send(
        self, webhook: Webhook, scope: Scope | None, secrets: Sequence[bytes], due: Due
    ) -> Tried:
        at = datetime.now(UTC)
        body = service.body_of(due, scope)
        if body is None:
            SENT.labels(Outcome.WITHHELD.value).inc()
            return Tried(due, Outcome.WITHHELD, at, None)
        message_id, timestamp = str(due.event["id"]), int(time.time())
        answer = await self._sender.send(
            webhook.url,
            body,
            {
                "Content-Type": CONTENT_TYPE,
                "webhook-id": message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature(secrets, message_id, timestamp, body),
            },
        )
        outcome = (
            Outcome.RETRY if answer.status is None or answer.error else outcome_of(answer.status)
        )
        SENT.labels(outcome.value).inc()
        SECONDS.observe(answer.milliseconds / 1000)
        return Tried(due, outcome, at, answer)


async def _locked(connection: AsyncConnection) -> bool:
    found = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK})
    return bool(found)
