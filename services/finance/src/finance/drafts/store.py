"""How drafts of vouchers are written, locked and found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import drafts


async def add(session: AsyncSession, row: Mapping[str, object]) -> None:
    """Write a draft."""
    await session.execute(insert(drafts).values(**row))


async def find(session: AsyncSession, reference: str, *, lock: bool = False) -> Row[Any] | None:
    """A draft by id or number; for this transaction alone on demand."""
    try:
        which = drafts.c.id == UUID(reference)
    except ValueError:
        which = drafts.c.number == reference
    query = select(drafts).where(which)
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).one_or_none()


async def change(session: AsyncSession, draft: UUID, values: Mapping[str, object]) -> None:
    """Change a locked draft; its version rises by one."""
    await session.execute(
        update(drafts).where(drafts.c.id == draft).values(**values, version=drafts.c.version + 1)
    )


def selected(*, company: str | None, status: str | None, number: str | None) -> Select[Any]:
    """Drafts as a list shows them."""
    query = select(drafts)
    for column, value in (
        (drafts.c.company, company),
        (drafts.c.status, status),
        (drafts.c.number, number),
    ):
        if value is not None:
            query = query.where(column == value)
    return query
