"""How delivery notes are written, locked and found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from inventory.database import insert_rows
from inventory.deliveries.rules import Delivery, DeliveryStatus
from inventory.deliveries.tables import deliveries
from inventory.lists import by_reference, filtered

_HEAD = (
    deliveries.c.id,
    deliveries.c.number,
    deliveries.c.company,
    deliveries.c.version,
    deliveries.c.status,
    deliveries.c.order_id,
    deliveries.c.order_number,
    deliveries.c.customer,
    deliveries.c.warehouse,
)

_ONE_RELEASED = (
    "ON CONFLICT (order_id, warehouse) WHERE status = 'released' DO NOTHING RETURNING id"
)


async def lock_released(session: AsyncSession, orders: Collection[UUID]) -> list[Delivery]:
    """The orders' released deliveries, locked in order of id."""
    query = (
        select(*_HEAD)
        .where(deliveries.c.order_id.in_(orders), deliveries.c.status == DeliveryStatus.RELEASED)
        .order_by(deliveries.c.id)
        .with_for_update()
    )
    return [Delivery(*row) for row in (await session.execute(query)).tuples()]


async def lock(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Deliveries by id, locked in order of id."""
    query = (
        select(*_HEAD).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id).with_for_update()
    )
    return {row[0]: Delivery(*row) for row in (await session.execute(query)).tuples()}


async def find(session: AsyncSession, refs: Collection[str]) -> list[Delivery]:
    """Deliveries by id or number."""
    ids: list[UUID] = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            continue
    query = select(*_HEAD).where(or_(deliveries.c.number.in_(refs), deliveries.c.id.in_(ids)))
    return [Delivery(*row) for row in (await session.execute(query)).tuples()]


async def insert(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> set[UUID]:
    """Write new deliveries; those are left out that somebody else has just released for the same place."""
    result = await insert_rows(session, deliveries, rows, conflict=_ONE_RELEASED)
    return set(result.scalars()) if result is not None else set()


async def set_status(
    session: AsyncSession, ids: Collection[UUID], status: DeliveryStatus, *, day: date | None = None
) -> None:
    """Move locked deliveries on; `day` is the day they left."""
    values: dict[str, object] = {"status": str(status), "version": deliveries.c.version + 1}
    if day is not None:
        values |= {"business_date": day, "posting_date": day}
    await session.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(values))


async def bump(session: AsyncSession, ids: Collection[UUID]) -> None:
    """One more version of locked notes."""
    values = {"version": deliveries.c.version + 1}
    await session.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(values))


def _row(row: Row[Any]) -> dict[str, Any]:
    return dict(zip(deliveries.c.keys(), row, strict=False))


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Notes' heads, the oldest first."""
    order = filters.pop("order", None)
    query = by_reference(
        select(*deliveries.c), deliveries.c.order_id, deliveries.c.order_number, order
    )
    query = filtered(query, *((deliveries.c[name], value) for name, value in filters.items()))
    return await page(
        session,
        query,
        paging,
        key=[deliveries.c.id],
        allowed_sorts={"id": deliveries.c.id, "number": deliveries.c.number},
        make=_row,
    )


async def heads(session: AsyncSession, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Some notes' heads."""
    query = select(*deliveries.c).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
    return [_row(row) for row in await session.execute(query)]
