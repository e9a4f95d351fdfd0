"""Events to deliveries, a test, a repetition, a pull; and what is settled after attempts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.ids import derived, uuid7
from tongheng_contracts.envelope import Event
from workflow.deliveries import bell, store
from workflow.deliveries.rules import (
    GAP_SECONDS,
    PING,
    Outcome,
    cloud_event,
    due_after,
    gate_after,
)
from workflow.deliveries.sending import Answer
from workflow.deliveries.store import Due
from workflow.webhooks import service as webhooks
from workflow.webhooks.rules import OffBecause, Scope, Told, lane_of, sees, topics_of, wants
from workflow.webhooks.service import Subscription


async def record_events(session: AsyncSession, events: Sequence[Event]) -> int:
    """Keep each event for each webhook that wants it and whose owner may see it; how many deliveries were made."""
    subscriptions = await webhooks.subscriptions(session)
    if not subscriptions:
        return 0
    by_topic: dict[str, list[Subscription]] = {}
    for each in subscriptions:
        for topic in topics_of(each.types):
            by_topic.setdefault(topic, []).append(each)
    kept: list[dict[str, object]] = []
    made: list[dict[str, object]] = []
    now = datetime.now(UTC)
    late = await _ahead_of_others(session, events)
    for event in sorted(events, key=lambda one: (one.envelope.time, one.version)):
        envelope = event.envelope
        wanting = by_topic.get(envelope.topic)
        if not wanting:
            continue
        data = event.__pydantic_serializer__.to_json(event)
        told = Told(envelope.topic, envelope.company, envelope.actor, json.loads(data))
        readers = [each for each in wanting if wants(each.filter, told) and sees(each.scope, told)]
        if not readers:
            continue
        key = UUID(event.key)
        kept.append(
            {
                "id": envelope.id,
                "topic": envelope.topic,
                "key": key,
                "version": event.version,
                "company": envelope.company,
                "subject": envelope.subject,
                "actor": envelope.actor,
                "time": envelope.time,
                "correlation_id": envelope.correlation_id,
                "causation_id": envelope.causation_id,
                "data": data,
            }
        )
        due_at = now + timedelta(seconds=GAP_SECONDS if envelope.id in late else 0)
        lane = lane_of(key, told.document)
        made.extend(
            {
                "id": derived(envelope.id, "webhook", each.webhook),
                "webhook": each.webhook,
                "event": envelope.id,
                "topic": envelope.topic,
                "subject": envelope.subject,
                "company": envelope.company,
                "key": key,
                "version": event.version,
                "lane": lane,
                "time": envelope.time,
                "status": "waiting",
                "due_at": due_at,
            }
            for each in readers
        )
    await store.add(session, kept, made)
    if made:
        bell.ring_after(session)
    return len(made)


async def _ahead_of_others(session: AsyncSession, events: Sequence[Event]) -> set[UUID]:
    """The events whose document's version before has not come yet: it comes by another topic, perhaps a moment later."""
    versions: dict[UUID, set[int]] = {}
    for event in events:
        if event.version:
            versions.setdefault(UUID(event.key), set()).add(event.version)
    before = await store.see(session, {key: max(found) for key, found in versions.items()})
    return {
        event.envelope.id
        for event in events
        if event.version > before.get(UUID(event.key), 0) + 1
        and event.version - 1 not in versions[UUID(event.key)]
    }


async def ping(session: AsyncSession, webhook: UUID, actor: str) -> UUID:
    """Have a test's event sent; the delivery to look at."""
    event, delivery = uuid7(), uuid7()
    now = datetime.now(UTC)
    data = json.dumps({"webhook": str(webhook), "sent_by": actor}).encode()
    common = {
        "topic": PING,
        "key": event,
        "version": 0,
        "company": "",
        "subject": str(webhook),
        "time": now,
    }
    await store.add(
        session,
        [
            {
                **common, "id": event, "actor": actor, "correlation_id": str(event), "causation_id": "", "data": data,
            }
        ],
        [
            {
                **common, "id": delivery, "webhook": webhook, "event": event, "lane": event, "status": "waiting",
                "due_at": now,
            }
        ],
        new=True,
    )  # fmt: skip
    bell.ring_after(session)
    return delivery


async def redeliver(
    session: AsyncSession,
    webhook: UUID,
    *,
    delivery: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    types: frozenset[str] | None = None,
    failed_only: bool = False,
) -> int:
    """Have what was delivered, or failed, made once more, in the order in which it happened; how many."""
    count = await store.again(
        session,
        webhook,
        delivery=delivery,
        since=since,
        until=until,
        types=types,
        failed_only=failed_only,
    )
    await record(
        session,
        AuditEntry(
            action="workflow.webhook.redeliver",
            document_type="webhook",
            document_id=webhook,
            number="",
            company="",
            after={"deliveries": count, "delivery": delivery, "since": since, "until": until},
        ),
    )
    bell.ring_after(session)
    return count


async def resume(session: AsyncSession, webhook: UUID) -> None:
    """Have what waits for a webhook that is on again sent, and what was given up too."""
    await store.release(session, webhook, failed_too=True)
    bell.ring_after(session)


def body_of(due: Due, scope: Scope | None) -> bytes | None:
    """What a delivery's reader gets; None where he may not see it any more."""
    data = cast("Mapping[str, Any]", json.loads(due.data))
    topic = str(due.event["topic"])
    if topic != PING:
        if scope is None:
            return None
        told = Told(topic, str(due.event["company"]), str(due.event["actor"]), data)
        if not sees(scope, told):
            return None
    to_partner = scope is None or scope.sees_papers_only
    told_as = cloud_event(due.event, data, to_partner=to_partner)
    return json.dumps(told_as, ensure_ascii=False, separators=(",", ":")).encode()


def shown(event: Mapping[str, Any], scope: Scope | None) -> dict[str, Any] | None:
    """The same for whoever pulls it."""
    if scope is None:
        return None
    data = cast("Mapping[str, Any]", json.loads(bytes(event["data"])))
    told = Told(str(event["topic"]), str(event["company"]), str(event["actor"]), data)
    if not sees(scope, told):
        return None
    return cloud_event(event, data, to_partner=scope.sees_papers_only)


@dataclass(frozen=True, slots=True)
class Tried:
    """One delivery, and what came of it. `answer` is None where nothing was sent."""

    due: Due
    outcome: Outcome
    at: datetime
    answer: Answer | None


async def settle(session: AsyncSession, webhook: UUID, tried: Sequence[Tried]) -> None:
    """Write what came of a webhook's deliveries; turn it off when it is to get nothing any more."""
    rows: list[dict[str, object]] = []
    attempts: list[dict[str, object]] = []
    off: OffBecause | None = None
    for each in tried:
        waiting = each.due.waiting
        status, due_at = each.outcome.value, each.at
        if each.outcome is Outcome.RETRY:
            is_ping = each.due.event["topic"] == PING
            again = None if is_ping else _again(each)
            status, due_at = ("failed", each.at) if again is None else ("waiting", again)
            if again is None and not is_ping:
                off = off or OffBecause.FAILING
        elif each.outcome is Outcome.GONE:
            status, off = "waiting", OffBecause.GONE
            if each.due.event["topic"] == PING:
                status = "failed"
        rows.append(
            {
                "ids": waiting.id,
                "statuses": status,
                "tried": 0 if each.answer is None else 1,
                "ats": each.at,
                "dues": due_at,
                "answered": None if each.answer is None else each.answer.status,
            }
        )
        if each.answer is not None:
            attempts.append(
                {
                    "delivery": waiting.id,
                    "webhook": webhook,
                    "at": each.at,
                    "status": each.answer.status,
                    "error": each.answer.error,
                    "milliseconds": each.answer.milliseconds,
                    "answer": each.answer.text,
                }
            )
    await store.settle(session, rows, attempts)
    await _set_health(session, webhook, tried)
    if off is not None:
        await webhooks.turn_off(session, webhook, off)


def _again(tried: Tried) -> datetime | None:
    due = tried.due
    assert tried.answer is not None
    return due_after(
        due.attempts + 1,
        due.first_attempt_at or tried.at,
        tried.at,
        retry_after=tried.answer.retry_after,
    )


async def _set_health(session: AsyncSession, webhook: UUID, tried: Sequence[Tried]) -> None:
    before = await webhooks.health(session, webhook)
    now = max(each.at for each in tried)
    if any(each.outcome is Outcome.DELIVERED for each in tried):
        was_alone = before.retry_at is not None
        answers_a_test = any(
            each.outcome is Outcome.DELIVERED and each.due.event["topic"] == PING for each in tried
        )
        if before.failures or was_alone or answers_a_test:
            await webhooks.set_health(
                session, webhook, failures=0, failing_since=None, retry_at=None, succeeded_at=now
            )
        else:
            await webhooks.set_health(session, webhook, succeeded_at=now)
        if was_alone or answers_a_test:
            await store.release(session, webhook, failed_too=False)
        return
    failed = sum(each.outcome in (Outcome.RETRY, Outcome.GONE) for each in tried)
    if failed:
        failures = before.failures + failed
        since = before.failing_since or min(each.at for each in tried)
        held = await store.lanes_held(session, webhook)
        await webhooks.set_health(
            session,
            webhook,
            failures=failures,
            failing_since=since,
            retry_at=gate_after(failures, held, since, now),
        )
