"""Messages set aside with their reason, and those of the same document that wait behind them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming.decoder import Message, plain

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
STORE = text(
    'INSERT INTO parked (event_id, topic, partition, "offset", key, company, headers, value, status, reason, detail)'
    " VALUES (:event_id, :topic, :partition, :offset, :key, :company, CAST(:headers AS jsonb), :value, :status,"
    " :reason, :detail) ON CONFLICT DO NOTHING"
)
SET_ASIDE = text("UPDATE inbox SET outcome = 'parked' WHERE event_id = :id")
SETTLE = text(
    "UPDATE parked SET status = :status, settled_at = now(), settled_by = :actor, settled_because = :reason"
    " WHERE event_id = ANY(:ids) AND status IN ('parked', 'waiting') RETURNING event_id"
)
SETTLE_INBOX = text(
    "UPDATE inbox SET outcome = :status WHERE event_id = ANY(:ids) AND outcome = 'parked'"
)


class SettleEarlierFirst(Exception):
    """Another parked message of the same key came first; its id is the argument."""


async def keys_behind_parked(session: AsyncSession, messages: Sequence[Message]) -> set[str]:
    """The documents of which an earlier message is parked."""
    # Nothing waits behind a message without a key: of which document it is, nobody knows.
    keys = sorted({message.key for message in messages if message.key})
    found = await session.scalars(BEHIND, {"keys": keys})
    if not found.first():
        return set()
    # A release may be under way: either it is seen done, or it sees what is made to wait here.
    await session.execute(LOCK_PARKED)
    return {str(key) for key in await session.scalars(BEHIND, {"keys": keys})}


async def store(
    session: AsyncSession, message: Message, *, status: str, reason: str, detail: str
) -> None:
    """Set a message aside."""
    await session.execute(
        STORE,
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
            "detail": plain(detail),
        },
    )
    await session.execute(SET_ASIDE, {"id": message.id})


async def open_with(session: AsyncSession, event_id: UUID) -> list[tuple[UUID, Message]]:
    """A parked message and those that wait behind it up to the next that is itself parked, locked, in their order.

    Raises:
        LookupError: nothing is parked under this id.
        SettleEarlierFirst: another parked message of its key came before it.
    """
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
    return list(zip(ids[:end], map(_message_of, rows[:end]), strict=True))


async def settle(
    session: AsyncSession, ids: Sequence[UUID], *, status: str, actor: str, reason: str
) -> int:
    """Write what was done about parked messages; how many there were."""
    done = await session.execute(
        SETTLE, {"status": status, "actor": actor, "reason": reason, "ids": list(ids)}
    )
    settled = [row[0] for row in done]
    await session.execute(SETTLE_INBOX, {"status": status, "ids": settled})
    return len(settled)


def _message_of(row: RowMapping) -> Message:
    return Message(
        row["topic"],
        row["partition"],
        row["offset"],
        row["key"],
        dict(row["headers"]),
        bytes(row["value"]),
    )
