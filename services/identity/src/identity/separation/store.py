"""How rules of separation are read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.separation.rules import Rule
from identity.separation.tables import separation_rules


async def rules(session: AsyncSession, *, active: bool | None = None) -> list[Rule]:
    """The rules, in order."""
    columns = separation_rules.c
    statement = select(
        columns.id, columns.first, columns.second, columns.name, columns.name_en, columns.active,
        columns.ready_made, columns.version, columns.recorded_at,
    ).order_by(columns.first, columns.second)  # fmt: skip
    if active is not None:
        statement = statement.where(columns.active.is_(active))
    return [Rule(*row) for row in (await session.execute(statement)).tuples()]


async def find(session: AsyncSession, which: UUID) -> Rule | None:
    """The rule with this id, locked."""
    await session.execute(
        select(separation_rules.c.id).where(separation_rules.c.id == which).with_for_update()
    )
    return next((rule for rule in await rules(session) if rule.id == which), None)


async def add(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Keep a new rule."""
    await session.execute(insert(separation_rules).values(**row))


async def add_missing(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep those rules that are new; what an administrator switched off stays off."""
    await session.execute(
        upsert(separation_rules).on_conflict_do_nothing(), [dict(row) for row in rows]
    )


async def change(session: AsyncSession, which: UUID, values: Mapping[str, object]) -> None:
    """Write the new values of a rule that is locked."""
    await session.execute(
        update(separation_rules).where(separation_rules.c.id == which).values(**values)
    )
