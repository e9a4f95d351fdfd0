"""Who did what to which document: written in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Context, context_of
from chassis.statements import Statement

if TYPE_CHECKING:
    from chassis.database import Database

INSERT = Statement(
    "INSERT INTO audit_entries (actor, client, request_id, trace, action, outcome, document_type, document_id, number,"
    " company, before, after, code) SELECT a, c, r, t, n, o, d, i, u, m, CAST(b AS jsonb), CAST(f AS jsonb), e"
    " FROM unnest(CAST(:actor AS text[]), CAST(:client AS text[]), CAST(:request_id AS text[]), CAST(:trace AS text[]),"
    " CAST(:action AS text[]), CAST(:outcome AS text[]), CAST(:document_type AS text[]), CAST(:document_id AS text[]),"
    " CAST(:number AS text[]), CAST(:company AS text[]), CAST(:before AS text[]), CAST(:after AS text[]),"
    " CAST(:code AS text[])) AS new (a, c, r, t, n, o, d, i, u, m, b, f, e)"
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of one document. `before` and `after` are what a person would compare."""

    action: str
    document_type: str
    document_id: object
    number: str
    company: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _row(context: Context, entry: AuditEntry, *, outcome: str, code: str) -> dict[str, object]:
    return {
        "actor": context.actor,
        "client": context.client,
        "request_id": context.request_id,
        "trace": context.traceparent,
        "action": entry.action,
        "outcome": outcome,
        "document_type": entry.document_type,
        "document_id": str(entry.document_id),
        "number": entry.number,
        "company": entry.company,
        "before": _json(entry.before),
        "after": _json(entry.after),
        "code": code,
    }


async def record(session: AsyncSession, *entries: AuditEntry) -> None:
    """Write audit entries with the change that they tell of."""
    if entries:
        context = context_of(session)
        rows = [_row(context, entry, outcome="done", code="") for entry in entries]
        await _insert(session, rows)


async def _insert(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    await INSERT.fetch(session, {name: [row[name] for row in rows] for name in INSERT.names})


async def record_refusal(
    database: Database, context: Context, *, method: str, path: str, code: str, status: int
) -> None:
    """Write that a command was refused; in a transaction of its own, for the command's has been rolled back."""
    entry = AuditEntry(
        action=f"{method} {path}",
        document_type="",
        document_id="",
        number="",
        company="",
        after={"status": status},
    )
    async with database.transaction(context) as session:
        await _insert(session, [_row(context, entry, outcome="refused", code=code)])
