"""What is missing waits for supply."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.reservations import store
from inventory.reservations.rules import (
    Peg,
    plan_pegs,
)
from inventory.reservations.service.amending import Batch, wants_of
from inventory.stock.rules import ZERO, ItemKey
from inventory.supplies import service as supplies
from inventory.supplies.rules import Supply


async def peg_batch(
    session: AsyncSession, batch: Batch, keys: Collection[ItemKey], freed: Collection[ItemKey]
) -> list[Peg]:
    """Let what is missing wait for supply; the pegs of the new orders.

    New orders wait behind the others for supply that nobody waits for; where something else changed, the whole
    queue of the item is pegged anew.
    """
    again = {d.item_key for o in batch.changed.values() for d in o.demands.values()} | set(freed)
    new = {order.id for order in batch.new}
    pegs = [
        peg for peg in await repeg(session, again, batch.tell, exclude=new) if peg.key[0] in new
    ]
    wants = [w for o in batch.new for w in wants_of(o) if w.item_key not in again]
    if wants:
        wants.sort(key=lambda want: want.queue_key)
        missing = {want.item_key for want in wants}
        open_supplies = await supplies.open_supplies(session, missing)
        if open_supplies:
            taken: dict[tuple[UUID, int], Decimal] = {}
            for peg in await store.pegs_of_items(session, missing):
                place = (peg.source_id, peg.source_line)
                taken[place] = taken.get(place, ZERO) + peg.quantity
            by_item: dict[ItemKey, list[Supply]] = {}
            for supply in open_supplies:
                supply.quantity -= taken.get((supply.order_id, supply.line), ZERO)
                by_item.setdefault(supply.item_key, []).append(supply)
            fresh = plan_pegs(wants, by_item)
            await store.replace_pegs(session, [], fresh)
            pegs += fresh
    return pegs


async def repeg(
    session: AsyncSession,
    keys: Collection[ItemKey],
    tell: set[UUID],
    *,
    exclude: Collection[UUID] = (),
) -> list[Peg]:
    """Peg the whole queue of some items anew; orders that now wait for something else are to be told."""
    if not keys:
        return []
    before = {
        (p.key, p.source_id, p.source_line): p for p in await store.pegs_of_items(session, keys)
    }
    by_item: dict[ItemKey, list[Supply]] = {}
    for supply in await supplies.open_supplies(session, keys):
        by_item.setdefault(supply.item_key, []).append(supply)
    wants = await store.waiting(session, by_item) if by_item else []
    planned = plan_pegs(wants, by_item)
    after = {(p.key, p.source_id, p.source_line): p for p in planned}
    gone = [peg for place, peg in before.items() if after.get(place) != peg]
    new = [peg for place, peg in after.items() if before.get(place) != peg]
    await store.replace_pegs(session, gone, new)
    tell |= {peg.key[0] for peg in (*gone, *new)} - set(exclude)
    return planned


async def promised(
    session: AsyncSession, keys: Collection[ItemKey]
) -> dict[tuple[str, str, str], Decimal]:
    """Expected supply of some items that orders wait for, by company, item and warehouse."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    for peg in await store.pegs_of_items(session, keys) if keys else []:
        place = (peg.item_key.company, peg.item_key.item, peg.warehouse)
        sums[place] = sums.get(place, ZERO) + peg.quantity
    return sums
