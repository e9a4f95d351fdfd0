"""What others ask of orders."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.reservations import store
from inventory.reservations.rules import (
    Demand,
    LineKey,
)


async def demands_of(session: AsyncSession, orders: Collection[UUID]) -> dict[LineKey, Demand]:
    """The lines of some orders."""
    return {demand.key: demand for demand in await store.demands_of(session, orders)}


async def find_order(session: AsyncSession, ref: str) -> UUID | None:
    """The id of an order given by id or number."""
    return await store.find_order(session, ref)


async def reserved_totals(session: AsyncSession) -> dict[str, tuple[Decimal, int]]:
    """What is held per company, and by how many holds."""
    return await store.reserved_totals(session)
