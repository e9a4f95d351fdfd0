"""Cost sheets as other features use them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from production.costing import store
from production.costing.rules import CostEntry, Costs

ZERO = Decimal(0)


async def enter(session: AsyncSession, entries: Sequence[CostEntry]) -> None:
    """Write what came to orders, or left them; the caller has locked the orders."""
    await store.insert(session, entries)


async def in_work(session: AsyncSession, orders: Collection[UUID]) -> dict[UUID, Costs]:
    """What is in work for each order: all that came less all that left."""
    found = {order: Costs() for order in orders}
    if orders:
        for order, _, element, amount in await store.sums(session, orders):
            found[order] = found[order] + Costs(**{element: amount})
    return found


async def sheet(session: AsyncSession, order: UUID) -> dict[str, Costs]:
    """An order's cost by how it came or left."""
    found: dict[str, Costs] = {}
    for _, kind, element, amount in await store.sums(session, [order]):
        found[kind] = found.get(kind, Costs()) + Costs(**{element: amount})
    return found


async def entries(session: AsyncSession, order: UUID) -> Sequence[RowMapping]:
    """All entries of an order, as they came."""
    return await store.entries(session, order)


async def totals(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, str, str, Decimal, Decimal, int]]:
    """Company, kind, element, amount, quantity and count up to the cut."""
    return await store.totals(session, cut)
