"""How advances are written, locked and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import advances, applications


async def add(session: AsyncSession, row: Mapping[str, object]) -> None:
    """Write an advance."""
    await session.execute(insert(advances).values(**row))


async def find(session: AsyncSession, reference: str, *, lock: bool = False) -> Row[Any] | None:
    """An advance by id or number; for this transaction alone on demand."""
    try:
        which = advances.c.id == UUID(reference)
    except ValueError:
        which = advances.c.number == reference
    query = select(advances).where(which)
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).one_or_none()


async def take(session: AsyncSession, advance: UUID, amount: Decimal) -> bool:
    """Take an amount out of what is left of an advance; False when less is left."""
    taken = await session.execute(
        update(advances)
        .where(advances.c.id == advance, advances.c.open_amount >= amount)
        .values(open_amount=advances.c.open_amount - amount, version=advances.c.version + 1)
        .returning(advances.c.id)
    )
    return taken.one_or_none() is not None


async def add_application(session: AsyncSession, row: Mapping[str, object]) -> None:
    """Write what was applied."""
    await session.execute(insert(applications).values(**row))


async def applications_of(
    session: AsyncSession, ids: Sequence[UUID]
) -> Mapping[UUID, list[Row[Any]]]:
    """What was applied of each of these advances, in order."""
    grouped: dict[UUID, list[Row[Any]]] = {one: [] for one in ids}
    query = select(applications).where(applications.c.advance.in_(ids))
    for row in await session.execute(query.order_by(applications.c.recorded_at, applications.c.id)):
        grouped[row.advance].append(row)
    return grouped


def selected(
    *,
    company: str | None,
    direction: str | None,
    partner: str | None,
    number: str | None,
    open_only: bool,
) -> Select[Any]:
    """Advances as a list shows them."""
    query = select(advances)
    for column, value in (
        (advances.c.company, company), (advances.c.direction, direction), (advances.c.partner, partner),
        (advances.c.number, number),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    return query.where(advances.c.open_amount > 0) if open_only else query
