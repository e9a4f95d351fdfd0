"""Where each company takes from first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.replicas import service as replicas
from inventory.replicas.rules import Around
from inventory.reservations.rules import (
    Demand,
)


@dataclass(slots=True)
class Sourcing:
    """Which warehouses of each company are taken from, and in which order."""

    rank: dict[tuple[str, str], int]
    first: dict[str, str]

    def wanted_at(self, demand: Demand) -> str | None:
        """Where a missing quantity is wanted."""
        return demand.warehouse or self.first.get(demand.company)


async def sourcing_at(session: AsyncSession, companies: Collection[str]) -> Sourcing:
    """Where some companies take from."""
    return sourcing_of(await replicas.around(session, companies))


def sourcing_of(around: Mapping[str, Around]) -> Sourcing:
    """Where each company takes from first."""
    return Sourcing(
        rank={(c, code): n for c, seat in around.items() for n, code in enumerate(seat.warehouses)},
        first={c: seat.warehouses[0] for c, seat in around.items() if seat.warehouses},
    )
