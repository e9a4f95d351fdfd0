"""The stock ledger as other features use it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.stock import store
from inventory.stock.rules import Balance, ItemKey, Move, insufficient


async def balances_of(session: AsyncSession, keys: Collection[ItemKey]) -> list[Balance]:
    """Where the items lie; empty places are left out."""
    return await store.balances_of(session, keys) if keys else []


async def write(session: AsyncSession, changed: Sequence[Balance], moves: Sequence[Move]) -> None:
    """Append moves, and change the balances that they sum to.

    Raises:
        InsufficientStock: a balance would go below what is reserved there.
    """
    if not await store.change(session, changed):
        # Callers look before they take, under the item's lock: this is the guard of last resort.
        worst = min(changed, key=lambda balance: balance.available)
        raise insufficient(
            item=worst.key.item,
            warehouse=worst.key.warehouse,
            wanted=abs(worst.moved),
            on_hand=worst.on_hand,
            reserved=worst.reserved,
            field=None,
        )
    await store.append(session, moves)


async def transit_totals(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, Decimal, Decimal]]:
    """Value and quantity on the road per company, by the ledger."""
    return await store.transit_totals(session, cut)


async def reserved_totals(session: AsyncSession) -> dict[str, Decimal]:
    """What the balances say is reserved, per company."""
    return await store.reserved_totals(session)


async def list_moves(
    session: AsyncSession,
    paging: PageRequest,
    *,
    company: str | None,
    item: str | None,
    warehouse: str | None,
    lot: str | None,
    document: UUID | None,
) -> Page[dict[str, Any]]:
    """The ledger's entries, the newest first."""
    return await store.listed(
        session, paging, company=company, item=item, warehouse=warehouse, lot=lot, document=document
    )
