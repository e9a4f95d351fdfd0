"""Delivery notes follow from what is held: one released note per order and warehouse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest
from inventory.deliveries import store
from inventory.deliveries.rules import Delivery, DeliveryStatus, Release

ATTEMPTS = 5

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
    notes = {
        (r.order_id, r.warehouse): released[r.order_id, r.warehouse]
        for r in wanted
        if (r.order_id, r.warehouse) in released
    }
    for _ in range(ATTEMPTS):
        # In key order, so that two who release for the same orders queue up instead of deadlocking.
        new = sorted(
            (r for r in wanted if (r.order_id, r.warehouse) not in notes),
            key=lambda r: (r.order_id, r.warehouse),
        )
        if not new:
            return notes
        notes |= await _make(session, new)
        # Another item's stock may have come in at this moment: then its note is there now, and is joined.
        late = {r.order_id for r in new if (r.order_id, r.warehouse) not in notes}
        notes |= await lock_released(session, sorted(late))
    raise AssertionError("notes that others release at the same moment are found in the next")


async def _make(session: AsyncSession, new: Sequence[Release]) -> dict[PlaceOfOrder, UUID]:
    year = new[0].business_date.year
    drawn = await numbers.draw(session, "delivery_numbers", "DN", year, len(new))
    made = {uuid7(): each for each in new}
    rows: list[dict[str, object]] = [
        {
            "id": note,
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
        for (note, each), number in zip(made.items(), drawn, strict=True)
    ]
    written = await store.insert(session, rows)
    return {(made[note].order_id, made[note].warehouse): note for note in written}


async def find(session: AsyncSession, refs: Collection[str]) -> dict[str, Delivery]:
    """Delivery notes by the id or number that named them."""
    found = await store.find(session, refs)
    by_ref = {ref: d for d in found for ref in (str(d.id), d.number)}
    return {ref: by_ref[ref] for ref in refs if ref in by_ref}


async def advance(session: AsyncSession, ids: Collection[UUID], status: DeliveryStatus) -> None:
    """Move locked notes on."""
    if ids:
        await store.set_status(session, ids, status)


async def count_change(session: AsyncSession, ids: Collection[UUID]) -> None:
    """What is on these locked notes has changed: who read them before must read them again."""
    if ids:
        await store.bump(session, ids)


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Notes' heads, the oldest first."""
    return await store.listed(session, paging, **filters)


async def heads(session: AsyncSession, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Some notes' heads."""
    return await store.heads(session, ids) if ids else []
