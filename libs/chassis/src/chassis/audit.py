"""Who did what to which document: written in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Context, context_of
from chassis.statements import Statement

INSERT = Statement(
    "INSERT INTO audit_entries (actor, client, address, request_id, trace, action, outcome, document_type, document_id, number,"
    " company, before, after, code) SELECT a, c, w, r, t, n, o, d, i, u, m, CAST(b AS jsonb), CAST(f AS jsonb), e"
    " FROM unnest(CAST(:actor AS text[]), CAST(:client AS text[]), CAST(:address AS text[]), CAST(:request_id AS text[]),"
    " CAST(:trace AS text[]), CAST(:action AS text[]), CAST(:outcome AS text[]), CAST(:document_type AS text[]), CAST(:document_id AS text[]),"
    " CAST(:number AS text[]), CAST(:company AS text[]), CAST(:before AS text[]), CAST(:after AS text[]),"
    " CAST(:code AS text[])) AS new (a, c, w, r, t, n, o, d, i, u, m, b, f, e)"
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
        "address": context.address,
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


class Audited(Protocol):
    """A document of a service's rules: a dataclass with a number, of one company."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def company(self) -> str: ...


async def record_change(
    session: AsyncSession, action: str, before: Audited | None, after: Audited
) -> None:
    """Write that a document was made or changed, whole before and after; `action` is its type and the verb."""
    await record(
        session,
        AuditEntry(
            action=action,
            document_type=action.rpartition(".")[0],
            document_id=after.id,
            number=after.number,
            company=after.company,
            before=None if before is None else asdict(before),
            after=asdict(after),
        ),
    )


async def _insert(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    await INSERT.fetch(session, {name: [row[name] for row in rows] for name in INSERT.names})


@dataclass(frozen=True, slots=True)
class Refusal:
    """What somebody was refused."""

    action: str
    code: str
    status: int
    address: str = ""
    """From where he asked, as the gateway says."""
    times: int = 1


async def record_refusals(
    session: AsyncSession, context: Context, refusals: Sequence[Refusal]
) -> None:
    """Write refusals of one caller; in a transaction of their own, for the command's was rolled back or never began."""
    rows = [
        _row(
            context,
            AuditEntry(
                action=each.action,
                document_type="",
                document_id="",
                number="",
                company="",
                after=_shown(each),
            ),
            outcome="refused",
            code=each.code,
        )
        | {"address": each.address}
        for each in refusals
    ]
    if rows:
        await _insert(session, rows)


def _shown(refusal: Refusal) -> dict[str, object]:
    shown: dict[str, object] = {"status": refusal.status}
    if refusal.times > 1:
        shown["times"] = refusal.times
    return shown
