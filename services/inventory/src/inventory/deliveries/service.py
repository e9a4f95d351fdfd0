"""Delivery notes follow from what is held: one released note per order and warehouse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest
from inventory.deliveries import store
from inventory.deliveries.rules import Delivery, DeliveryStatus, Release

PlaceOfOrder = tuple[UUID, str]
"""An order and a warehouse."""


async def lock_released(
    session: AsyncSession, orders: Collection[UUID]
) -> dict[PlaceOfOrder, UUID]:
    """The released notes of some orders, locked; goods may join them."""
    if not orders:
        return {}
    found = await store.lock_released(session, orders)
    return {(delivery.order_id, delivery.warehouse): delivery.id for delivery in found}


async def release(
    session: AsyncSession, wanted: Sequence[Release], released: Mapping[PlaceOfOrder, UUID]
) -> dict[PlaceOfOrder, UUID]:
    """A released note for each order and warehouse: the one that is there already, or a new one."""
    notes = {(r.order_id, r.warehouse): released.get((r.order_id, r.warehouse)) for r in wanted}
    new = [r for r in wanted if notes[r.order_id, r.warehouse] is None]
    if new:
        drawn = await numbers.draw(
            session, "delivery_numbers", "DN", new[0].business_date.year, len(new)
        )
        rows: list[dict[str, object]] = []
        for each, number in zip(new, drawn, strict=True):
            made = notes[each.order_id, each.warehouse] = uuid7()
            rows.append(
                {
                    "id": made,
                    "number": number,
                    "company": each.company,
                    "version": 1,
                    "status": str(DeliveryStatus.RELEASED),
                    "order_id": each.order_id,
                    "order_number": each.order_number,
                    "customer": each.customer,
                    "warehouse": each.warehouse,
                    "business_date": each.business_date,
                    "posting_date": each.business_date,
                }
            )
        await store.insert(session, rows)
    return {place: note for place, note in notes.items() if note is not None}


async def find(session: AsyncSession, refs: Collection[str]) -> dict[str, Delivery]:
    """Delivery notes by the id or number that named them."""
    found = await store.find(session, refs)
    by_ref = {ref: d for d in found for ref in (str(d.id), d.number)}
    return {ref: by_ref[ref] for ref in refs if ref in by_ref}


async def lock(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Lock notes; their items are locked before."""
    return await store.lock(session, ids) if ids else {}


async def advance(
    session: AsyncSession, ids: Collection[UUID], status: DeliveryStatus, *, day: date | None = None
) -> None:
    """Move locked notes on."""
    if ids:
        await store.set_status(session, ids, status, day=day)


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Notes' heads, the oldest first."""
    return await store.listed(session, paging, **filters)


async def heads(session: AsyncSession, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Some notes' heads."""
    return await store.heads(session, ids) if ids else []
