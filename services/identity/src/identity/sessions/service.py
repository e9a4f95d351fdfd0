"""What can be done with sessions."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.ids import uuid7
from identity.sessions import store
from identity.sessions.rules import SessionRow

KEPT_AFTER_END = timedelta(days=30)

end_all = store.end_all


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a session lasts in all, and how long each refresh token waits for its use."""

    session: timedelta
    token: timedelta


async def begin(session: AsyncSession, user: UUID, *, client_id: str, lives: Lives) -> str:
    """Begin a session; its first refresh token."""
    row = await store.add(session, id=uuid7(), user=user, client_id=client_id, life=lives.session)
    return await _issue(session, row, lives)


async def go_on(
    session: AsyncSession, token: str, *, client_id: str, lives: Lives
) -> tuple[UUID, str] | None:
    """The user of a refresh token and the token that takes its place; None if it is no good.

    A token that comes a second time was copied: its session ends, whoever holds the newer one.
    """
    hashed = _hash(token)
    row = await store.use_token(session, hashed, client_id=client_id)
    if row is not None:
        return row.user, await _issue(session, row, lives)
    known = await store.session_of(session, hashed)
    if (
        known is not None
        and known[1]
        and await store.end(session, known[0], reason="token used twice")
    ):
        await record(
            session,
            AuditEntry(
                action="identity.session.end", document_type="identity.session", document_id=known[0], number="",
                company="", after={"reason": "token used twice"},
            ),
        )  # fmt: skip
    return None


async def end_by_token(session: AsyncSession, token: str) -> None:
    """Sign out: end the session of this refresh token, if there is one."""
    known = await store.session_of(session, _hash(token))
    if known is not None:
        await store.end(session, known[0], reason="signed out")


async def remove_old(session: AsyncSession) -> None:
    """Forget what ended long ago."""
    await store.remove_old(session, after=KEPT_AFTER_END)


async def _issue(session: AsyncSession, row: SessionRow, lives: Lives) -> str:
    token = secrets.token_urlsafe(32)
    await store.add_token(session, hashed=_hash(token), of=row, life=lives.token)
    return token


def _hash(token: str) -> bytes:
    # 256 random bits need no slow hash
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
