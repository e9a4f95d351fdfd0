"""How signing keys are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from identity.keys.rules import KeyLife, KeyRow
from identity.keys.tables import signing_keys


async def lock(session: AsyncSession) -> None:
    """Those who make keys do so one after the other."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('identity.keys'))"))


async def now(session: AsyncSession) -> datetime:
    """The transaction's time, by the database's clock."""
    at = await session.scalar(select(func.now()))
    assert isinstance(at, datetime)
    return at


async def unexpired(session: AsyncSession) -> list[KeyRow]:
    """The keys whose signatures are honoured."""
    columns = signing_keys.c
    rows = await session.execute(
        select(
            columns.kid, columns.created_at, columns.honoured_until,
            columns.private_key, columns.sealed, columns.public_key,
        )
        .where(columns.honoured_until.is_(None) | (columns.honoured_until > func.now()))
        .order_by(columns.created_at, columns.kid)
    )  # fmt: skip
    return [
        KeyRow(
            KeyLife(kid, created_at, until), private_key=private, sealed=sealed, public_key=public
        )
        for kid, created_at, until, private, sealed, public in rows.tuples()
    ]


async def add(
    session: AsyncSession, *, kid: str, private_key: bytes, sealed: bool, public_key: bytes
) -> None:
    """Keep a new key."""
    await session.execute(
        insert(signing_keys).values(
            kid=kid, private_key=private_key, sealed=sealed, public_key=public_key
        )
    )


async def honour_until(session: AsyncSession, until: datetime) -> None:
    """Say until when the keys so far are honoured; one that ends earlier keeps its end."""
    columns = signing_keys.c
    await session.execute(
        update(signing_keys)
        .where(columns.honoured_until.is_(None) | (columns.honoured_until > until))
        .values(honoured_until=until)
    )


async def forget_private_halves(session: AsyncSession, *, before: datetime) -> None:
    """Forget the private halves of the keys that are honoured until a moment before this one."""
    await session.execute(
        update(signing_keys)
        .where(signing_keys.c.honoured_until < before)
        .values(private_key=b"", sealed=False)
    )
