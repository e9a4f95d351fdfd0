"""How second factors are kept, and a step or a recovery code is used up in one guarded statement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.factors.rules import FactorRow
from identity.factors.tables import recovery_codes, second_factors


async def find(session: AsyncSession, user: UUID, *, lock: bool = False) -> FactorRow | None:
    """The second factor of a user, confirmed or not."""
    columns = second_factors.c
    statement = select(
        columns.user, columns.secret, columns.sealed, columns.confirmed_at.isnot(None), columns.last_step,
        case((columns.locked_until > func.now(), columns.locked_until)),
    ).where(columns.user == user)  # fmt: skip
    row = await session.execute(statement.with_for_update() if lock else statement)
    found = row.tuples().one_or_none()
    return FactorRow(*found) if found is not None else None


async def keep_unconfirmed(
    session: AsyncSession, user: UUID, *, secret: bytes, sealed: bool
) -> None:
    """Keep a key that its owner has not shown to have yet; it takes the place of an earlier such one."""
    values = {"secret": secret, "sealed": sealed, "last_step": 0, "failures": 0}
    await session.execute(
        upsert(second_factors)
        .values(user=user, **values)
        .on_conflict_do_update(
            index_elements=[second_factors.c.user],
            set_=values,
            where=second_factors.c.confirmed_at.is_(None),
        )
    )


async def use_step(session: AsyncSession, user: UUID, step: int, *, confirm: bool) -> bool:
    """Use a step up; False if it, or a later one, was used before."""
    columns = second_factors.c
    values: dict[str, object] = {"last_step": step, "failures": 0, "locked_until": None}
    if confirm:
        values["confirmed_at"] = func.now()
    used = await session.execute(
        update(second_factors)
        .where(columns.user == user, columns.last_step < step)
        .values(**values)
        .returning(columns.user)
    )
    return used.first() is not None


async def count_failure(session: AsyncSession, user: UUID, *, limit: int, lock: timedelta) -> None:
    """A wrong code; so many of them in a row, and no code is looked at for a while."""
    columns = second_factors.c
    failed = columns.failures + 1
    await session.execute(
        update(second_factors)
        .where(columns.user == user)
        .values(
            failures=case((failed >= limit, 0), else_=failed),
            locked_until=case((failed >= limit, func.now() + lock), else_=columns.locked_until),
        )
    )


async def replace_recovery_codes(
    session: AsyncSession, user: UUID, hashes: Collection[bytes]
) -> None:
    """Keep new recovery codes instead of those so far."""
    await session.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
    await session.execute(insert(recovery_codes), [{"user": user, "hash": each} for each in hashes])


async def use_recovery_code(session: AsyncSession, user: UUID, hashed: bytes) -> bool:
    """Use a recovery code up."""
    columns = recovery_codes.c
    used = await session.execute(
        update(recovery_codes)
        .where(columns.user == user, columns.hash == hashed, columns.used_at.is_(None))
        .values(used_at=func.now())
        .returning(columns.user)
    )
    return used.first() is not None


async def recovery_codes_left(session: AsyncSession, user: UUID) -> int:
    """How many recovery codes he has left."""
    columns = recovery_codes.c
    counted = await session.scalar(
        select(func.count())
        .select_from(recovery_codes)
        .where(columns.user == user, columns.used_at.is_(None))
    )
    return int(counted or 0)


async def remove(session: AsyncSession, user: UUID) -> bool:
    """Forget the second factor and its recovery codes; False if there was none."""
    await session.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
    removed = await session.execute(
        delete(second_factors).where(second_factors.c.user == user).returning(second_factors.c.user)
    )
    return removed.first() is not None
