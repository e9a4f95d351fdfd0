"""How sessions are kept, and a refresh token is used up in one guarded statement."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.sessions.rules import SessionRow
from identity.sessions.tables import refresh_tokens, sessions


async def add(
    session: AsyncSession, *, id: UUID, user: UUID, client_id: str, life: timedelta
) -> SessionRow:
    """Keep a new session."""
    row = await session.execute(
        insert(sessions)
        .values(id=id, user=user, client_id=client_id, ends_at=func.now() + life)
        .returning(sessions.c.id, sessions.c.user, sessions.c.client_id, sessions.c.ends_at)
    )
    return SessionRow(*row.tuples().one())


async def add_token(
    session: AsyncSession, *, hashed: bytes, of: SessionRow, life: timedelta
) -> None:
    """Keep the hash of a refresh token, which ends with its session at the latest."""
    await session.execute(
        insert(refresh_tokens).values(
            hash=hashed, session=of.id, expires_at=func.least(func.now() + life, of.ends_at)
        )
    )


async def use_token(session: AsyncSession, hashed: bytes, *, client_id: str) -> SessionRow | None:
    """Use a refresh token up; None if it is not good, or not this client's."""
    statement = (
        update(refresh_tokens)
        .where(
            refresh_tokens.c.hash == hashed,
            refresh_tokens.c.used_at.is_(None),
            refresh_tokens.c.expires_at > func.now(),
            sessions.c.id == refresh_tokens.c.session,
            sessions.c.ended_at.is_(None),
            sessions.c.client_id == client_id,
        )
        .values(used_at=func.now())
        .returning(sessions.c.id, sessions.c.user, sessions.c.client_id, sessions.c.ends_at)
    )
    row = (await session.execute(statement)).tuples().one_or_none()
    return SessionRow(*row) if row is not None else None


async def session_of(session: AsyncSession, hashed: bytes) -> tuple[UUID, bool] | None:
    """Whose token this is or was, and whether it was used."""
    row = await session.execute(
        select(refresh_tokens.c.session, refresh_tokens.c.used_at.isnot(None)).where(
            refresh_tokens.c.hash == hashed
        )
    )
    found = row.tuples().one_or_none()
    return (found[0], found[1]) if found is not None else None


async def end(session: AsyncSession, which: UUID, *, reason: str) -> bool:
    """End a session; False if it had ended before."""
    ended = await session.execute(
        update(sessions)
        .where(sessions.c.id == which, sessions.c.ended_at.is_(None))
        .values(ended_at=func.now(), end_reason=reason)
        .returning(sessions.c.id)
    )
    return ended.first() is not None


async def end_all(session: AsyncSession, user: UUID, *, reason: str) -> None:
    """End all sessions of a user."""
    await session.execute(
        update(sessions)
        .where(sessions.c.user == user, sessions.c.ended_at.is_(None))
        .values(ended_at=func.now(), end_reason=reason)
    )


async def remove_old(session: AsyncSession, *, after: timedelta) -> None:
    """Forget sessions that ended long ago, with their tokens."""
    old = func.now() - after
    await session.execute(
        delete(sessions).where(or_(sessions.c.ended_at < old, sessions.c.ends_at < old))
    )
