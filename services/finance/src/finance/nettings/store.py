"""How nettings are written and found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import nettings


async def add(session: AsyncSession, row: Mapping[str, object]) -> None:
    """Write a netting."""
    await session.execute(insert(nettings).values(**row))


async def find(session: AsyncSession, reference: str) -> Row[Any] | None:
    """A netting by id or number."""
    try:
        which = nettings.c.id == UUID(reference)
    except ValueError:
        which = nettings.c.number == reference
    return (await session.execute(select(nettings).where(which))).one_or_none()


def selected(*, company: str | None, partner: str | None, number: str | None) -> Select[Any]:
    """Nettings as a list shows them."""
    query = select(nettings)
    for column, value in (
        (nettings.c.company, company), (nettings.c.partner, partner), (nettings.c.number, number),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    return query
