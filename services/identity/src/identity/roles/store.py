"""How roles are read, locked and written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.roles.rules import RoleRow
from identity.roles.tables import roles


def query() -> Select[tuple[UUID, str, str, str, list[str], bool, bool, int, datetime, bool]]:
    """All roles, for a list."""
    return select(
        roles.c.id, roles.c.code, roles.c.name, roles.c.name_en, roles.c.permissions,
        roles.c.ready_made, roles.c.edited, roles.c.version, roles.c.recorded_at,
        roles.c.second_factor,
    )  # fmt: skip


async def by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, RoleRow]:
    """The roles of these codes that exist."""
    rows = await session.execute(query().where(roles.c.code.in_(sorted(codes))))
    found = [RoleRow(*row) for row in rows.tuples()]
    return {role.code: role for role in found}


async def find(session: AsyncSession, reference: str, *, lock: bool = False) -> RoleRow | None:
    """The role with this code or id."""
    try:
        condition = roles.c.id == UUID(reference)
    except ValueError:
        condition = roles.c.code == reference
    statement = query().where(condition)
    row = (
        (await session.execute(statement.with_for_update() if lock else statement))
        .tuples()
        .one_or_none()
    )
    return RoleRow(*row) if row is not None else None


async def add(session: AsyncSession, role: Mapping[str, object]) -> None:
    """Keep a new role."""
    await session.execute(insert(roles), [dict(role)])


async def add_missing(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep those roles whose code is new."""
    await session.execute(
        upsert(roles).on_conflict_do_nothing(index_elements=[roles.c.code]),
        [dict(row) for row in rows],
    )


async def change(session: AsyncSession, role: UUID, values: Mapping[str, object]) -> None:
    """Write the new values of a role that is locked."""
    await session.execute(update(roles).where(roles.c.id == role).values(**values))


async def lock_administration(session: AsyncSession) -> None:
    """Changes that may take an administrator away queue up, so that two of them cannot take the last two."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('identity.administration'))"))
