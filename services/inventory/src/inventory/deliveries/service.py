"""Delivery notes follow from what is held: one released note per order and warehouse.

Whoever writes an order's notes holds the order's head; notes have no locks of their own.
"""

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

PlaceOfOrder = tuple[UUID, str]
"""An order and a warehouse."""


async def released(session: AsyncSession, orders: Collection[UUID]) -> dict[PlaceOfOrder, UUID]:
    """The released notes of some orders, whose heads the caller holds; goods may join them."""
    return await store.released(session, orders) if orders else {}


async def release(
    session: AsyncSession, wanted: Sequence[Release], known: Mapping[PlaceOfOrder, UUID]
) -> dict[PlaceOfOrder, UUID]:
    """A released note for each order and warehouse: the one that is known already, or a new one."""
    new = [r for r in wanted if r.place not in known]
    notes = {r.place: known[r.place] for r in wanted if r.place in known}
    return notes | await _make(session, new) if new else notes


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
    await store.insert(session, rows)
    return {each.place: note for note, each in made.items()}


async def find(session: AsyncSession, refs: Collection[str]) -> dict[str, Delivery]:
    """Delivery notes by the id or number that named them."""
    found = await store.find(session, refs)
    by_ref = {ref: d for d in found for ref in (str(d.id), d.number)}
    return {ref: by_ref[ref] for ref in refs if ref in by_ref}


async def advance(session: AsyncSession, ids: Collection[UUID], status: DeliveryStatus) -> None:
    """Move notes on."""
    if ids:
        await store.set_status(session, ids, status)


async def count_change(session: AsyncSession, ids: Collection[UUID]) -> None:
    """What is on these notes has changed: they have one more version."""
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
