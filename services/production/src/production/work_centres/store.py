"""Queries of work centres and calendars."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import RowMapping, Select, Table, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, is_named


async def add(
    session: AsyncSession, table: Table, values: Mapping[str, object]
) -> RowMapping | None:
    """Insert a record; None when its code is taken."""
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(*table.c)
    return (await session.execute(statement)).mappings().one_or_none()


async def find(
    session: AsyncSession, table: Table, ref: str, *, lock: bool = False
) -> RowMapping | None:
    """A record by id or code."""
    query = select(table).where(is_named(table, ref, "code")).order_by(table.c.company)
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).mappings().first()


async def change(
    session: AsyncSession, table: Table, record: UUID, values: Mapping[str, object]
) -> RowMapping:
    """Write changed fields and the next version of a locked record."""
    statement = (
        update(table)
        .where(table.c.id == record)
        .values(**values, version=table.c.version + 1)
        .returning(*table.c)
    )
    return (await session.execute(statement)).mappings().one()


async def of_company(
    session: AsyncSession, table: Table, company: str, codes: Collection[str] | None = None
) -> dict[str, RowMapping]:
    """A company's records by code."""
    query = select(table).where(table.c.company == company).order_by(table.c.code)
    if codes is not None:
        query = query.where(table.c.code == func.any(sorted(codes)))
    return {row["code"]: row for row in (await session.execute(query)).mappings()}


def listing(table: Table, filters: Mapping[str, object]) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    return filtered(select(table), *((table.c[name], value) for name, value in filters.items()))
