"""Collect what all services recorded; search it; say whether anything is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import insert_rows
from tongheng_contracts.audit import AuditChapter
from workflow.audit_trail.rules import is_intact
from workflow.audit_trail.tables import audit_chapters, audit_records

_COPIED = (
    "seq", "recorded_at", "actor", "client", "address", "request_id", "trace", "action", "outcome", "document_type",
    "document_id", "number", "company", "code", "shortened",
)  # fmt: skip


async def collect(session: AsyncSession, chapters: Sequence[AuditChapter]) -> None:
    """Keep chapters; one that comes twice is kept once, whatever it says the second time."""
    rows: list[dict[str, object]] = []
    heads: list[dict[str, object]] = []
    for chapter in sorted(chapters, key=lambda each: (each.service, each.first)):
        digests = [(each.seq, bytes.fromhex(each.digest)) for each in chapter.records]
        previous, hash_ = bytes.fromhex(chapter.previous_hash), bytes.fromhex(chapter.hash)
        heads.append(
            {
                "service": chapter.service,
                "first": chapter.first,
                "last": chapter.last,
                "previous_hash": previous,
                "hash": hash_,
                "intact": is_intact(chapter.first, previous, hash_, digests)
                and chapter.last == chapter.first + len(digests) - 1,
            }
        )
        for each, (_, digest) in zip(chapter.records, digests, strict=True):
            rows.append(
                {
                    **{name: getattr(each, name) for name in _COPIED},
                    "service": chapter.service,
                    "before": _json(each.before),
                    "after": _json(each.after),
                    "digest": digest,
                }
            )
    await insert_rows(
        session, audit_chapters, heads, conflict="ON CONFLICT (service, first) DO NOTHING"
    )
    await insert_rows(
        session, audit_records, rows, conflict="ON CONFLICT (service, seq) DO NOTHING"
    )


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def search(
    equal: Mapping[str, str | None],
    *,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[Any]:
    """Entries by what is known of them; an action also by its beginning (`sales.order.*`)."""
    query = select(audit_records)
    for name, value in equal.items():
        if value is not None:
            query = query.where(audit_records.c[name] == value)
    if action is not None and action.endswith("*"):
        query = query.where(audit_records.c.action.startswith(action[:-1], autoescape=True))
    elif action is not None:
        query = query.where(audit_records.c.action == action)
    if since is not None:
        query = query.where(audit_records.c.recorded_at >= since)
    return query if until is None else query.where(audit_records.c.recorded_at < until)


_CHAINS = text(
    "SELECT service, count(*) AS chapters, min(first) AS first, max(last) AS last, sum(last - first + 1) AS entries,"
    " bool_and(intact) AS intact, count(*) FILTER (WHERE follows IS FALSE) AS breaks, max(recorded_at) AS collected_at FROM ("
    "SELECT *, CASE WHEN lag(last) OVER w IS NULL THEN first = 1"
    " ELSE first = lag(last) OVER w + 1 AND previous_hash = lag(hash) OVER w END AS follows"
    " FROM audit_chapters WINDOW w AS (PARTITION BY service ORDER BY first)) AS ordered GROUP BY service ORDER BY service"
)


async def chains(session: AsyncSession) -> list[Mapping[str, Any]]:
    """Per service, what was collected and whether it holds together."""
    return [dict(row) for row in (await session.execute(_CHAINS)).mappings()]
