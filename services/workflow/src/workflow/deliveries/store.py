"""Events and deliveries as they are written, taken, settled and listed: many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import columns_of, insert_rows
from chassis.statements import Statement
from workflow.deliveries.rules import PING, Waiting
from workflow.deliveries.tables import deliveries, delivery_attempts, webhook_events

LOOK_BYTES_MAX = 8 * 1024 * 1024

# Whoever pulls by sequence must not pass a row that commits later with a smaller one.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('deliveries'))")


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery to be made now, with its event."""

    waiting: Waiting
    event: Mapping[str, Any]
    data: bytes
    attempts: int
    first_attempt_at: datetime | None


async def add(
    session: AsyncSession,
    events: Sequence[Mapping[str, object]],
    rows: Sequence[Mapping[str, object]],
    *,
    new: bool = False,
) -> None:
    """Keep events, and a delivery of each to each subscriber, in the order given. `new`: they cannot be there yet."""
    # Who looks for a conflict must be allowed to see the row; of a new event nobody sees it yet.
    conflict = "" if new else "ON CONFLICT (id) DO NOTHING"
    await insert_rows(session, webhook_events, events, conflict=conflict)
    if rows:
        await session.execute(_ONE_AT_A_TIME)
        await insert_rows(
            session, deliveries, rows, conflict="ON CONFLICT (webhook, event) DO NOTHING"
        )


_SEEN = Statement(
    "SELECT key, version FROM webhook_documents WHERE key = ANY(CAST(:keys AS uuid[]))"
)
_SEE = Statement(
    "INSERT INTO webhook_documents (key, version) SELECT * FROM unnest(CAST(:keys AS uuid[]), CAST(:versions AS int[]))"
    " ON CONFLICT (key) DO UPDATE SET version = greatest(webhook_documents.version, excluded.version), seen_at = now()"
)


async def see(session: AsyncSession, versions: Mapping[UUID, int]) -> dict[UUID, int]:
    """Remember the newest versions of documents; and which were the newest before."""
    keys = sorted(versions)
    if not keys:
        return {}
    before = await _SEEN.fetch(session, {"keys": keys})
    await _SEE.fetch(session, {"keys": keys, "versions": [versions[key] for key in keys]})
    return {row["key"]: row["version"] for row in before}


# A lane in which anything waits for a later moment waits as a whole.
_DUE = Statement(
    "SELECT * FROM (SELECT d.id, d.sequence, d.lane, d.key, d.version, d.time, d.attempts, d.first_attempt_at,"
    " e.id AS event, e.topic, e.company, e.subject, e.actor, e.correlation_id, e.causation_id, e.data,"
    " sum(octet_length(e.data)) OVER (ORDER BY d.sequence) - octet_length(e.data) AS before"
    " FROM (SELECT * FROM deliveries d WHERE d.webhook = CAST(:webhook AS uuid) AND d.status = 'waiting' AND d.due_at <= now()"
    f" AND (CAST(:pings AS boolean) IS NOT TRUE OR d.topic = '{PING}')"
    " AND NOT EXISTS (SELECT 1 FROM deliveries l WHERE l.webhook = d.webhook AND l.lane = d.lane"
    " AND l.status = 'waiting' AND l.due_at > now())"
    " ORDER BY d.sequence LIMIT CAST(:n AS int)) AS d JOIN webhook_events e ON e.id = d.event) AS looked"
    " WHERE before < CAST(:bytes AS bigint) ORDER BY sequence"
)


async def due(
    session: AsyncSession, webhook: UUID, *, limit: int, pings_only: bool = False
) -> list[Due]:
    """What can be sent to a webhook now, oldest first."""
    found = await _DUE.fetch(
        session,
        {"webhook": webhook, "n": limit, "bytes": LOOK_BYTES_MAX, "pings": pings_only},
    )
    return [
        Due(
            waiting=Waiting(
                row["id"], row["lane"], row["key"], row["version"], row["time"], row["sequence"]
            ),
            event={
                "id": row["event"],
                **{
                    name: row[name]
                    for name in (
                        "topic", "company", "subject", "actor", "time", "correlation_id", "causation_id",
                    )
                },
            },
            data=bytes(row["data"]),
            attempts=row["attempts"],
            first_attempt_at=row["first_attempt_at"],
        )
        for row in found
    ]  # fmt: skip


# A receiver that is left alone (retry_at), and one that is off, still get a test's event.
_WITH_WORK = text(
    "SELECT w.id FROM webhooks w JOIN webhook_health h ON h.webhook = w.id WHERE w.status <> 'deleted'"
    " AND NOT (w.id = ANY(:busy))"
    " AND (EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = w.id AND d.status = 'waiting' AND d.due_at <= now()"
    " AND w.status = 'on' AND (h.retry_at IS NULL OR h.retry_at <= now()))"
    f" OR EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = w.id AND d.status = 'waiting' AND d.topic = '{PING}'"
    " AND d.due_at <= now()))"
)


async def with_work(session: AsyncSession, busy: Sequence[UUID]) -> list[UUID]:
    """The webhooks for which something is due."""
    return list((await session.scalars(_WITH_WORK, {"busy": list(busy)})).all())


async def lanes_held(session: AsyncSession, webhook: UUID) -> int:
    """How many documents wait because an attempt failed."""
    query = select(func.count(func.distinct(deliveries.c.lane))).where(
        deliveries.c.webhook == webhook,
        deliveries.c.status == "waiting",
        deliveries.c.attempts > 0,
    )
    return int((await session.execute(query)).scalar_one())


_SETTLE = Statement(
    "UPDATE deliveries d SET status = n.status, attempts = d.attempts + n.tried,"
    " first_attempt_at = CASE WHEN n.tried = 1 THEN coalesce(d.first_attempt_at, n.at) ELSE d.first_attempt_at END,"
    " due_at = n.due_at, last_status = n.answered,"
    " settled_at = CASE WHEN n.status = 'waiting' THEN NULL ELSE n.at END"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:tried AS int[]), CAST(:ats AS timestamptz[]),"
    " CAST(:dues AS timestamptz[]), CAST(:answered AS int[])) AS n (id, status, tried, at, due_at, answered)"
    " WHERE d.id = n.id AND d.status = 'waiting'"
)
_ATTEMPTS = Statement(
    "INSERT INTO delivery_attempts (delivery, webhook, at, status, error, milliseconds, answer)"
    " SELECT * FROM unnest(CAST(:delivery AS uuid[]), CAST(:webhook AS uuid[]), CAST(:at AS timestamptz[]),"
    " CAST(:status AS int[]), CAST(:error AS text[]), CAST(:milliseconds AS int[]), CAST(:answer AS text[]))"
)


async def settle(
    session: AsyncSession,
    rows: Sequence[Mapping[str, object]],
    attempts: Sequence[Mapping[str, object]],
) -> None:
    """Write what became of deliveries, and the attempts that were made."""
    if rows:
        names = ("ids", "statuses", "tried", "ats", "dues", "answered")
        await _SETTLE.fetch(session, {name: [row[name] for row in rows] for name in names})
    if attempts:
        await _ATTEMPTS.fetch(session, columns_of(attempts))


async def release(session: AsyncSession, webhook: UUID, *, failed_too: bool) -> None:
    """Have everything that waits for a webhook sent at once; with `failed_too` from its first attempt again."""
    wanted = ("waiting", "failed") if failed_too else ("waiting",)
    values: dict[str, object] = {"due_at": func.now(), "status": "waiting"}
    if failed_too:
        values |= {"attempts": 0, "first_attempt_at": None, "settled_at": None}
    await session.execute(
        update(deliveries)
        .where(deliveries.c.webhook == webhook, deliveries.c.status.in_(wanted))
        .values(**values)
    )


async def again(
    session: AsyncSession,
    webhook: UUID,
    *,
    delivery: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    types: frozenset[str] | None = None,
    failed_only: bool = False,
) -> int:
    """Have deliveries made once more: one, or those of events of a time; how many."""
    chosen = ["failed"] if failed_only else ["delivered", "failed", "withheld"]
    query = update(deliveries).where(
        deliveries.c.webhook == webhook,
        deliveries.c.status.in_(chosen),
        deliveries.c.topic != PING,
    )
    if delivery is not None:
        query = query.where(deliveries.c.id == delivery)
    if since is not None:
        query = query.where(deliveries.c.time >= since)
    if until is not None:
        query = query.where(deliveries.c.time < until)
    if types is not None:
        query = query.where(deliveries.c.topic.in_(sorted(types)))
    done = await session.execute(
        query.values(
            status="waiting", due_at=func.now(), attempts=0, first_attempt_at=None, settled_at=None
        ).returning(deliveries.c.id)
    )
    return len(done.all())


def listed(
    webhook: UUID,
    *,
    status: str | None,
    types: frozenset[str] | None,
    since: datetime | None,
    until: datetime | None,
) -> Select[Any]:
    """A webhook's log."""
    query = select(deliveries).where(deliveries.c.webhook == webhook)
    if status is not None:
        query = query.where(deliveries.c.status == status)
    if types is not None:
        query = query.where(deliveries.c.topic.in_(sorted(types)))
    if since is not None:
        query = query.where(deliveries.c.time >= since)
    return query if until is None else query.where(deliveries.c.time < until)


def pulled(webhook: UUID) -> Select[Any]:
    """A webhook's events in the order in which they came."""
    return (
        select(deliveries.c.sequence, *(c for c in webhook_events.c if c.name != "recorded_at"))
        .join(webhook_events, webhook_events.c.id == deliveries.c.event)
        .where(deliveries.c.webhook == webhook, deliveries.c.topic != PING)
    )


async def attempts_of(session: AsyncSession, delivery: UUID) -> list[Mapping[str, Any]]:
    """Every attempt of a delivery, oldest first."""
    query = (
        select(delivery_attempts)
        .where(delivery_attempts.c.delivery == delivery)
        .order_by(delivery_attempts.c.id)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


_FORGET = text(
    "WITH gone AS (DELETE FROM deliveries WHERE id = ANY (ARRAY(SELECT d.id FROM deliveries d JOIN webhooks w ON w.id = d.webhook"
    " WHERE d.recorded_at < now() - CAST(:kept AS interval) OR w.status = 'deleted' LIMIT :n)) RETURNING 1) SELECT count(*) FROM gone"
)
_FORGET_EVENTS = text(
    "WITH gone AS (DELETE FROM webhook_events WHERE id = ANY (ARRAY(SELECT e.id FROM webhook_events e"
    " WHERE e.recorded_at < now() - CAST(:kept AS interval) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.id)"
    " LIMIT :n)) RETURNING 1) SELECT count(*) FROM gone"
)


_FORGET_DOCUMENTS = text(
    "DELETE FROM webhook_documents WHERE key = ANY (ARRAY(SELECT key FROM webhook_documents"
    " WHERE seen_at < now() - CAST(:kept AS interval) LIMIT :n))"
)


async def forget(session: AsyncSession, *, kept: timedelta, at_once: int) -> int:
    """Drop what is older than what is kept; how many deliveries and events."""
    told = {"kept": kept, "n": at_once}
    dropped = int((await session.execute(_FORGET, told)).scalar_one())
    # An event that a delivery is just being written for is newer than an hour.
    events = await session.execute(_FORGET_EVENTS, {**told, "kept": max(kept, timedelta(hours=1))})
    await session.execute(_FORGET_DOCUMENTS, told)
    return dropped + int(events.scalar_one())
