"""What can be done with sessions."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.audit import AuditEntry, record
from chassis.ids import uuid7
from chassis.outbox import emit
from identity.sessions import rules, store
from identity.sessions.rules import Code, Origin, SessionRow
from tongheng_contracts.identity import Session, SessionEnded

KEPT_AFTER_END = timedelta(days=30)

open_of = store.open_of


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a session lasts in all, and how long it waits for its next use."""

    session: timedelta
    token: timedelta


@dataclass(frozen=True, slots=True)
class GoneOn:
    """A session that goes on with a new refresh token."""

    session: SessionRow
    scope: str
    token: str


async def begin(
    session: AsyncSession,
    user: UUID,
    *,
    client_id: str,
    lives: Lives,
    origin: Origin,
    methods: Sequence[str] = ("pwd",),
) -> tuple[SessionRow, str]:
    """Begin a session of a program; its first refresh token."""
    row = await _begin(session, user, client_id, lives, origin, methods, None)
    return row, await issue(session, row, client_id=client_id, scope="", lives=lives)


async def begin_in_browser(
    session: AsyncSession,
    user: UUID,
    *,
    client_id: str,
    lives: Lives,
    origin: Origin,
    methods: Sequence[str],
) -> tuple[SessionRow, str]:
    """Begin a session that a browser is known by: the value of its cookie is new, whatever it had before."""
    cookie = secrets.token_urlsafe(32)
    row = await _begin(session, user, client_id, lives, origin, methods, _hash(cookie))
    return row, cookie


async def of_cookie(session: AsyncSession, cookie: str, *, lives: Lives) -> SessionRow | None:
    """The session of a browser's cookie, if it still goes on."""
    return await store.by_cookie(session, _hash(cookie), idle=lives.token)


async def issue(
    session: AsyncSession, row: SessionRow, *, client_id: str, scope: str, lives: Lives
) -> str:
    """A refresh token of this session."""
    token = secrets.token_urlsafe(32)
    await store.add_token(
        session, hashed=_hash(token), of=row, client_id=client_id, scope=scope, life=lives.token
    )
    return token


async def go_on(
    session: AsyncSession, token: str, *, client_id: str, lives: Lives
) -> GoneOn | None:
    """The session of a refresh token and the token that takes its place; None if it is no good.

    A token that comes a second time was copied: its session ends, whoever holds the newer one.
    """
    hashed = _hash(token)
    used = await store.use_token(session, hashed, client_id=client_id)
    if used is not None:
        row, scope = used
        return GoneOn(
            row, scope, await issue(session, row, client_id=client_id, scope=scope, lives=lives)
        )
    known = await store.session_of(session, hashed)
    if known is not None and known[1]:
        await end(session, known[0], reason="token used twice")
    return None


async def hand_out_code(session: AsyncSession, code: Code) -> str:
    """A code for a browser to carry to its program; good once, for a minute."""
    given = secrets.token_urlsafe(32)
    await store.add_code(
        session, hashed=_hash(given), code=code, life=timedelta(seconds=rules.CODE_SECONDS)
    )
    return given


async def redeem_code(
    session: AsyncSession, given: str, *, client_id: str, redirect_uri: str, verifier: str
) -> Code | None:
    """What a code stands for; None if it is no good, or the one who brings it did not ask for it.

    The code is used up in either case. One that comes twice from somebody who knows the verifier was copied with it: its
    session ends. Without the verifier it is worth nothing, and ends nothing.
    """
    hashed = _hash(given)
    code = await store.use_code(session, hashed, client_id=client_id)
    if code is None:
        used = await store.used_code(session, hashed, client_id=client_id)
        if used is not None and rules.answers(verifier, used[1]):
            await end(session, used[0], reason="code used twice")
        return None
    if code.redirect_uri != redirect_uri or not rules.answers(verifier, code.code_challenge):
        return None
    return code


async def end_by_token(session: AsyncSession, token: str) -> None:
    """Sign out: end the session of this refresh token, if there is one."""
    known = await store.session_of(session, _hash(token))
    if known is not None:
        await end(session, known[0], reason="signed out")


async def end(session: AsyncSession, which: UUID, *, reason: str) -> bool:
    """End a session: its cookie and refresh tokens at once, its access tokens everywhere within seconds."""
    user = await store.end(session, which, reason=reason)
    if user is None:
        return False
    await _tell(session, user, [which], reason)
    return True


async def end_all(session: AsyncSession, user: UUID, *, reason: str) -> None:
    """End all sessions of a user."""
    await _tell(session, user, await store.end_all(session, user, reason=reason), reason)


async def remove_old(session: AsyncSession) -> None:
    """Forget what ended long ago."""
    await store.remove_old(session, after=KEPT_AFTER_END)


async def _begin(
    session: AsyncSession, user: UUID, client_id: str, lives: Lives, origin: Origin, methods: Sequence[str],
    cookie_hash: bytes | None,
) -> SessionRow:  # fmt: skip
    shown = Origin(origin.address[:100], origin.agent[: rules.AGENT_LONGEST])
    row = await store.add(
        session, id=uuid7(), user=user, client_id=client_id, life=lives.session, origin=shown,
        methods=methods, cookie_hash=cookie_hash,
    )  # fmt: skip
    after: dict[str, object] = {"client": client_id, "address": shown.address, "agent": shown.agent, "methods": list(methods)}  # fmt: skip
    await _record(session, "begin", row.id, after)
    return row


async def _tell(session: AsyncSession, user: UUID, ended: Sequence[UUID], reason: str) -> None:
    if not ended:
        return
    events = [
        SessionEnded(session=Session(id=each, subject=str(user), reason=reason)) for each in ended
    ]
    await emit(session, *events)
    # this service's own replica follows at once
    await access.on_sessions_ended(session, events)
    for each in ended:
        await _record(session, "end", each, {"user": str(user), "reason": reason})


async def _record(session: AsyncSession, verb: str, which: UUID, after: dict[str, object]) -> None:
    await record(
        session,
        AuditEntry(
            action=f"identity.session.{verb}", document_type="identity.session", document_id=which, number="",
            company="", after=after,
        ),
    )  # fmt: skip


def _hash(token: str) -> bytes:
    # 256 random bits need no slow hash
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
