"""What the lists of all features share: filters over columns, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession


def filtered(query: Select[Any], *filters: tuple[Column[Any], object | None]) -> Select[Any]:
    """The query with those filters that were given."""
    for column, value in filters:
        if value is not None:
            query = query.where(column == value)
    return query


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


async def recorded_at(session: AsyncSession) -> datetime:
    """When what this transaction writes is recorded."""
    moment = await session.scalar(select(func.now()))
    assert isinstance(moment, datetime)
    return moment
