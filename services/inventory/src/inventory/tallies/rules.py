"""What a tally entry says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tally:
    """An addition to one of the company's running sums."""

    company: str
    name: str
    amount: Decimal
    quantity: Decimal
    key: str = ""
    count: int = 1


def summed(entries: Sequence[Tally]) -> list[Tally]:
    """One entry per company, name and key."""
    sums: dict[tuple[str, str, str], Tally] = {}
    for entry in entries:
        place = (entry.company, entry.name, entry.key)
        known = sums.get(place)
        sums[place] = (
            entry
            if known is None
            else Tally(
                entry.company,
                entry.name,
                known.amount + entry.amount,
                known.quantity + entry.quantity,
                entry.key,
                known.count + entry.count,
            )
        )
    return [sums[place] for place in sorted(sums)]
