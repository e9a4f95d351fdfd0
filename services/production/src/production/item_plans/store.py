"""Queries of planning parameters."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered
from production.item_plans.rules import ItemPlan
from production.item_plans.tables import item_plans


def plan_of(row: RowMapping) -> ItemPlan:
    """A row as the rules see it."""
    return ItemPlan(**{name: row[name] for name in ItemPlan.__slots__})


async def add(session: AsyncSession, values: Mapping[str, object]) -> RowMapping | None:
    """Insert parameters; None when the item has them there."""
    statement = (
        insert(item_plans).values(**values).on_conflict_do_nothing().returning(*item_plans.c)
    )
    return (await session.execute(statement)).mappings().one_or_none()


async def find(session: AsyncSession, ref: UUID, *, lock: bool = False) -> RowMapping | None:
    """One set of parameters."""
    query = select(item_plans).where(item_plans.c.id == ref)
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).mappings().one_or_none()


async def change(session: AsyncSession, ref: UUID, values: Mapping[str, object]) -> RowMapping:
    """Write changed fields and the next version of a locked row."""
    statement = (
        update(item_plans)
        .where(item_plans.c.id == ref)
        .values(**values, version=item_plans.c.version + 1)
        .returning(*item_plans.c)
    )
    return (await session.execute(statement)).mappings().one()


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    return filtered(
        select(item_plans), *((item_plans.c[name], value) for name, value in filters.items())
    )


async def of_company(session: AsyncSession, company: str) -> list[ItemPlan]:
    """A company's parameters."""
    query = select(item_plans).where(item_plans.c.company == company)
    return [plan_of(row) for row in (await session.execute(query)).mappings()]
