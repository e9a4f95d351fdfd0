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
from inventory.stock.rules import Balance, InsufficientStock, ItemKey, insufficient


async def balances_of(session: AsyncSession, keys: Collection[ItemKey]) -> list[Balance]:
    """Where the items lie; empty places are left out."""
    return await store.balances_of(session, keys) if keys else []


async def hold(session: AsyncSession, changed: Sequence[Balance]) -> None:
    """Write what was set aside, or let go.

    Raises:
        InsufficientStock: more than lies there.
    """
    if changed and not await store.change(session, changed):
        raise refusal(changed)


async def make_places(session: AsyncSession, changed: Sequence[Balance]) -> None:
    """Write the balances of places where nothing lay.

    Raises:
        InsufficientStock: something is to be taken from one of them.
    """
    new = [balance for balance in changed if balance.id is None and balance.moved]
    if any(balance.moved < 0 for balance in new):
        raise refusal(new)
    await store.add(session, new)


def refusal(changed: Sequence[Balance]) -> InsufficientStock:
    """The guard of last resort: callers look before they take, under the item's lock."""
    worst = min(changed, key=lambda balance: balance.available)
    return insufficient(
        item=worst.key.item,
        warehouse=worst.key.warehouse,
        wanted=abs(worst.moved),
        on_hand=worst.on_hand,
        reserved=worst.reserved,
        field=None,
    )


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
