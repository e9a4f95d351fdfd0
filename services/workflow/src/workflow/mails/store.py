"""How mails are kept, taken in hand and settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import column, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import insert_rows
from workflow.mails.tables import mail_names, mail_partners, mails


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is taken in hand; `attempts` counts this one."""

    id: UUID
    number: str
    company: str
    partner: str
    content: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """A partner as mails need him."""

    code: str
    name: str
    name_en: str
    language: str
    email: str


async def add(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep what is to be sent; a document's mail of a kind exists once."""
    await insert_rows(session, mails, rows, conflict="ON CONFLICT (kind, document_id) DO NOTHING")


async def keep_partners(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Partners as they are now."""
    await insert_rows(
        session,
        mail_partners,
        rows,
        conflict="ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,"
        " language = excluded.language, email = excluded.email",
    )


async def keep_names(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Items and companies as they are called now."""
    await insert_rows(
        session,
        mail_names,
        rows,
        conflict="ON CONFLICT (kind, code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en",
    )


_TAKE = text(
    "UPDATE mails SET attempts = attempts + 1, due_at = now() + make_interval(secs => :lease) WHERE id IN"
    " (SELECT id FROM mails WHERE status = 'waiting' AND due_at <= now() ORDER BY due_at, id LIMIT :limit"
    " FOR UPDATE SKIP LOCKED) RETURNING id, number, company, partner, content, attempts"
).columns(
    column("id"),
    column("number"),
    column("company"),
    column("partner"),
    column("content", JSONB),
    column("attempts"),
)


async def take(session: AsyncSession, *, limit: int, lease: float) -> list[Waiting]:
    """Take in hand what is due; nobody else does before `lease` seconds are over."""
    found = (await session.execute(_TAKE, {"limit": limit, "lease": lease})).all()
    return [Waiting(*row) for row in found]


async def addressees(session: AsyncSession, codes: Iterable[str]) -> dict[str, Addressee]:
    """Those of the partners that are known."""
    query = select(mail_partners).where(mail_partners.c.code == func.any(sorted(set(codes))))
    return {row.code: Addressee(*row) for row in (await session.execute(query)).all()}


async def names(
    session: AsyncSession, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Chinese and English names by kind and code."""
    keys = sorted(set(wanted))
    if not keys:
        return {}
    query = select(mail_names).where(tuple_(mail_names.c.kind, mail_names.c.code).in_(keys))
    return {
        (row.kind, row.code): (row.name, row.name_en)
        for row in (await session.execute(query)).all()
    }


_SETTLE = text(
    "UPDATE mails SET status = :status, reason = :reason, recipient = :recipient, language = :language,"
    " message_id = :message_id, answer_code = :code, answer = :answer,"
    " due_at = CASE WHEN :wait >= 0 THEN now() + make_interval(secs => :wait) ELSE due_at END,"
    " sent_at = CASE WHEN :status = 'sent' THEN now() END WHERE id = :id AND status = 'waiting'"
)


async def settle(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Write down what came of mails that were in hand."""
    if rows:
        await session.execute(_SETTLE, list(rows))


async def again(session: AsyncSession, mail: UUID) -> None:
    """Have a mail sent at once, as if for the first time."""
    await session.execute(
        update(mails)
        .where(mails.c.id == mail)
        .values(status="waiting", reason="", attempts=0, due_at=func.now(), sent_at=None)
    )


async def one(session: AsyncSession, mail: UUID, *, lock: bool = False) -> Mapping[str, Any] | None:
    """A mail that the caller sees."""
    query = select(mails).where(mails.c.id == mail)
    found = await session.execute(query.with_for_update() if lock else query)
    return cast("Mapping[str, Any] | None", found.mappings().first())
