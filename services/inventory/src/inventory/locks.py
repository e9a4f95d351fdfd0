"""The one order in which a transaction takes its locks; every store asks here before it locks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from enum import IntEnum

from sqlalchemy.ext.asyncio import AsyncSession


class Rank(IntEnum):
    """What is locked, in the order in which it is locked: each rank once per transaction, all of it in key order."""

    ITEMS = 1
    """Rows of `stock_values`: whoever holds one owns the item's balances, demands, holds, pegs and supply lines."""
    DOCUMENTS = 2
    """The purchase orders, the transfer, the stocktake or the returned goods that are worked on."""
    ORDERS = 3
    """Heads in `demand_orders`: whoever holds one owns the order's delivery notes."""
    AUTHORISATIONS = 4
    """What may be returned."""
    SOURCES = 5
    """Lines of shipments and receipts that goods come back from."""


def enter(session: AsyncSession, rank: Rank, keys: Iterable[Hashable]) -> None:
    """State what is about to be locked: two transactions can wait for each other only where this is not kept.

    What the transaction holds already may be asked for again.
    """
    taken: dict[Rank, set[Hashable]] = session.info.setdefault("locks", {})
    wanted = set(keys)
    if wanted <= taken.get(rank, set()):
        return
    latest = max(taken, default=None)
    assert latest is None or rank > latest, f"{rank.name} are locked before {latest!r}, all at once"
    taken[rank] = wanted
