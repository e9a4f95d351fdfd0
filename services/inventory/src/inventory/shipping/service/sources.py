"""What was shipped, and may come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.shipping import store
from inventory.shipping.rules import ShipmentCost
from inventory.stock.rules import ItemKey


async def returnable(
    session: AsyncSession, order_id: UUID, order_lines: Collection[int]
) -> list[ShipmentCost]:
    """What may come back of an order, from the latest shipment first."""
    return await store.returnable(session, order_id, order_lines)


async def count_returned(
    session: AsyncSession, returned: Mapping[tuple[UUID, int], Decimal]
) -> None:
    """Count what came back."""
    await store.count_returned(session, returned)


def keys_of(costs: Sequence[ShipmentCost], company: str) -> set[ItemKey]:
    """The items of some shipment lines."""
    return {ItemKey(company, cost.item) for cost in costs}
