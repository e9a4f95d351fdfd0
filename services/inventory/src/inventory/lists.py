"""What the lists of all features share: documents by id or number, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import filtered


def by_reference(
    query: Select[Any], id_column: Column[Any], number_column: Column[Any], ref: str | None
) -> Select[Any]:
    """The query for one document, given by id or number."""
    if ref is None:
        return query
    try:
        return query.where(id_column == UUID(ref))
    except ValueError:
        return query.where(number_column == ref)


async def documents(
    session: AsyncSession, table: Table, paging: PageRequest, filters: Mapping[str, object]
) -> Page[dict[str, Any]]:
    """Documents' rows, the newest first."""
    query = filtered(select(*table.c), *((table.c[name], value) for name, value in filters.items()))
    return await page(
        session,
        query,
        paging,
        key=[table.c.id],
        allowed_sorts={name: table.c[name] for name in ("id", "number", "business_date")},
        default_sort="-id",
        make=lambda row: dict(zip(table.c.keys(), row, strict=False)),
    )


async def document(session: AsyncSession, table: Table, ref: str) -> dict[str, Any] | None:
    """One document's row, by id or number."""
    query = by_reference(select(table), table.c.id, table.c.number, ref)
    row = (await session.execute(query)).mappings().first()
    return dict(row) if row else None


async def recorded_at(session: AsyncSession) -> datetime:
    """When what this transaction writes is recorded."""
    moment = await session.scalar(select(func.now()))
    assert isinstance(moment, datetime)
    return moment
