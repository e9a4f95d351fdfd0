"""How sessions are kept, and a refresh token or a code is used up in one guarded statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.sessions.rules import Code, Origin, SessionRow, ShownSession
from identity.sessions.tables import authorization_codes, refresh_tokens, sessions

_ROW = (
    sessions.c.id,
    sessions.c.user,
    sessions.c.client_id,
    sessions.c.ends_at,
    sessions.c.recorded_at,
    sessions.c.methods,
)


def _row(
    id: UUID, user: UUID, client_id: str, ends_at: datetime, began_at: datetime, methods: Sequence[str]
) -> SessionRow:  # fmt: skip
    return SessionRow(id, user, client_id, ends_at, began_at, tuple(methods))


async def add(
    session: AsyncSession,
    *,
    id: UUID,
    user: UUID,
    client_id: str,
    life: timedelta,
    origin: Origin,
    methods: Sequence[str],
    cookie_hash: bytes | None = None,
) -> SessionRow:
    """Keep a new session."""
    row = await session.execute(
        insert(sessions)
        .values(
            id=id, user=user, client_id=client_id, ends_at=func.now() + life, address=origin.address,
            agent=origin.agent, methods=list(methods), cookie_hash=cookie_hash,
        )
        .returning(*_ROW)
    )  # fmt: skip
    return _row(*row.tuples().one())


async def by_cookie(
    session: AsyncSession, cookie_hash: bytes, *, idle: timedelta
) -> SessionRow | None:
    """The session of a browser's cookie, if it still goes on; it has been seen now."""
    statement = (
        update(sessions)
        .where(
            sessions.c.cookie_hash == cookie_hash,
            sessions.c.ended_at.is_(None),
            sessions.c.ends_at > func.now(),
            sessions.c.seen_at > func.now() - idle,
        )
        .values(seen_at=func.now())
        .returning(*_ROW)
    )
    row = (await session.execute(statement)).tuples().one_or_none()
    return _row(*row) if row is not None else None


async def open_of(session: AsyncSession, user: UUID) -> list[ShownSession]:
    """The sessions of a user that go on, the one seen last first."""
    columns = sessions.c
    rows = await session.execute(
        select(
            columns.id, columns.client_id, columns.recorded_at, columns.seen_at, columns.ends_at,
            columns.address, columns.agent, columns.methods,
        )
        .where(columns.user == user, columns.ended_at.is_(None), columns.ends_at > func.now())
        .order_by(columns.seen_at.desc(), columns.id)
        .limit(200)
    )  # fmt: skip
    return [ShownSession(*row[:7], methods=tuple(row[7])) for row in rows.tuples()]


async def add_token(
    session: AsyncSession,
    *,
    hashed: bytes,
    of: SessionRow,
    client_id: str,
    scope: str,
    life: timedelta,
) -> None:
    """Keep the hash of a refresh token, which ends with its session at the latest."""
    await session.execute(
        insert(refresh_tokens).values(
            hash=hashed, session=of.id, client_id=client_id, scope=scope,
            expires_at=func.least(func.now() + life, of.ends_at),
        )
    )  # fmt: skip


async def use_token(
    session: AsyncSession, hashed: bytes, *, client_id: str
) -> tuple[SessionRow, str] | None:
    """Use a refresh token up: its session and scope; None if it is not good, or not this client's."""
    statement = (
        update(refresh_tokens)
        .where(
            refresh_tokens.c.hash == hashed,
            refresh_tokens.c.used_at.is_(None),
            refresh_tokens.c.expires_at > func.now(),
            refresh_tokens.c.client_id == client_id,
            sessions.c.id == refresh_tokens.c.session,
            sessions.c.ended_at.is_(None),
        )
        .values(used_at=func.now())
        .returning(*_ROW, refresh_tokens.c.scope)
    )
    row = (await session.execute(statement)).tuples().one_or_none()
    if row is None:
        return None
    await session.execute(
        update(sessions).where(sessions.c.id == row[0]).values(seen_at=func.now())
    )
    return _row(*row[:6]), row[6]


async def session_of(session: AsyncSession, hashed: bytes) -> tuple[UUID, bool] | None:
    """Whose token this is or was, and whether it was used."""
    row = await session.execute(
        select(refresh_tokens.c.session, refresh_tokens.c.used_at.isnot(None)).where(
            refresh_tokens.c.hash == hashed
        )
    )
    found = row.tuples().one_or_none()
    return (found[0], found[1]) if found is not None else None


async def add_code(
    session: AsyncSession, *, hashed: bytes, code: Code, life: timedelta
) -> None:  # fmt: skip
    """Keep the hash of a code."""
    await session.execute(
        insert(authorization_codes).values(
            hash=hashed, session=code.session.id, client_id=code.client_id, redirect_uri=code.redirect_uri,
            code_challenge=code.code_challenge, nonce=code.nonce, scope=code.scope, expires_at=func.now() + life,
        )
    )  # fmt: skip


async def use_code(session: AsyncSession, hashed: bytes, *, client_id: str) -> Code | None:
    """Use a code up; None if it is not good, or not this client's."""
    codes = authorization_codes.c
    statement = (
        update(authorization_codes)
        .where(
            codes.hash == hashed,
            codes.client_id == client_id,
            codes.used_at.is_(None),
            codes.expires_at > func.now(),
            sessions.c.id == codes.session,
            sessions.c.ended_at.is_(None),
        )
        .values(used_at=func.now())
        .returning(*_ROW, codes.client_id, codes.redirect_uri, codes.code_challenge, codes.nonce, codes.scope)
    )  # fmt: skip
    row = (await session.execute(statement)).tuples().one_or_none()
    return Code(_row(*row[:6]), *row[6:]) if row is not None else None


async def used_code(
    session: AsyncSession, hashed: bytes, *, client_id: str
) -> tuple[UUID, str] | None:
    """The session and the challenge of a code that was used before."""
    codes = authorization_codes.c
    row = await session.execute(
        select(codes.session, codes.code_challenge).where(
            codes.hash == hashed, codes.client_id == client_id, codes.used_at.isnot(None)
        )
    )
    return row.tuples().one_or_none()


async def end(session: AsyncSession, which: UUID, *, reason: str) -> UUID | None:
    """End a session: whose it was; None if it had ended before."""
    ended = await session.execute(
        update(sessions)
        .where(sessions.c.id == which, sessions.c.ended_at.is_(None))
        .values(ended_at=func.now(), end_reason=reason)
        .returning(sessions.c.user)
    )
    return ended.scalar_one_or_none()


async def end_all(session: AsyncSession, user: UUID, *, reason: str) -> list[UUID]:
    """End all sessions of a user: those that would still have gone on."""
    ended = await session.execute(
        update(sessions)
        .where(
            sessions.c.user == user, sessions.c.ended_at.is_(None), sessions.c.ends_at > func.now()
        )
        .values(ended_at=func.now(), end_reason=reason)
        .returning(sessions.c.id)
    )
    return sorted(ended.scalars())


async def remove_old(session: AsyncSession, *, after: timedelta) -> None:
    """Forget sessions that ended long ago, with their tokens; codes when they are worth nothing more."""
    old = func.now() - after
    await session.execute(
        delete(sessions).where(or_(sessions.c.ended_at < old, sessions.c.ends_at < old))
    )
    await session.execute(
        delete(authorization_codes).where(
            authorization_codes.c.expires_at < func.now() - timedelta(days=1)
        )
    )
