"""How delivery notes are written, locked and found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import filtered, insert_rows, rows_of
from chassis.statements import Statement
from inventory.deliveries.rules import Delivery, DeliveryStatus
from inventory.deliveries.tables import deliveries
from inventory.lists import by_reference

_HEAD = (
    "SELECT id, number, company, version, status, order_id, order_number, customer, warehouse,"
    " business_date, posting_date, recorded_at FROM deliveries"
)
_RELEASED = Statement(
    "SELECT order_id, warehouse, id FROM deliveries"
    " WHERE order_id = ANY(CAST(:ids AS uuid[])) AND status = 'released'"
)
_FIND = Statement(
    f"{_HEAD} WHERE number = ANY(CAST(:numbers AS text[])) OR id = ANY(CAST(:ids AS uuid[]))"
)
_ADVANCE = Statement(
    "UPDATE deliveries SET status = :status, version = version + 1 WHERE id = ANY(CAST(:ids AS uuid[]))"
)
_BUMP = Statement(
    "UPDATE deliveries SET version = version + 1 WHERE id = ANY(CAST(:ids AS uuid[]))"
)


async def released(session: AsyncSession, orders: Collection[UUID]) -> dict[tuple[UUID, str], UUID]:
    """The orders' released deliveries, by order and warehouse."""
    found = await rows_of(session, _RELEASED, {"ids": list(orders)})
    return {(order, warehouse): note for order, warehouse, note in found}


async def find(session: AsyncSession, refs: Collection[str]) -> list[Delivery]:
    """Deliveries by id or number."""
    ids: list[UUID] = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            continue
    found = await rows_of(session, _FIND, {"numbers": list(refs), "ids": ids})
    return [Delivery(*row) for row in found]


async def insert(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Write new deliveries."""
    await insert_rows(session, deliveries, rows)


async def set_status(session: AsyncSession, ids: Collection[UUID], status: DeliveryStatus) -> None:
    """Move deliveries on."""
    await rows_of(session, _ADVANCE, {"ids": list(ids), "status": str(status)})


async def bump(session: AsyncSession, ids: Collection[UUID]) -> None:
    """One more version of some notes."""
    await rows_of(session, _BUMP, {"ids": list(ids)})


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
