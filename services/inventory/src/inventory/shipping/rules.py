"""What leaves with a delivery, and the order line's amounts that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from inventory.reservations.rules import Demand, Hold
from inventory.stock.rules import ZERO, cumulative_share, insufficient


def choose_holds(
    holds: Sequence[Hold], asked: Mapping[int, Decimal] | None, *, warehouse: str, field: str
) -> list[tuple[Hold, Decimal]]:
    """Which held quantities leave: all, or per order line what is asked for.

    Raises:
        InsufficientStock: more is asked for than the delivery holds.
    """
    if asked is None:
        return [(hold, hold.quantity) for hold in holds]
    chosen: list[tuple[Hold, Decimal]] = []
    for line, wanted in asked.items():
        missing = wanted
        own = [hold for hold in holds if hold.line == line]
        for hold in own:
            taken = min(missing, hold.quantity)
            if taken > 0:
                chosen.append((hold, taken))
                missing -= taken
        if missing > 0:
            held = sum((hold.quantity for hold in own), ZERO)
            raise insufficient(
                item=own[0].item_key.item if own else f"#{line}",
                warehouse=warehouse,
                wanted=wanted,
                on_hand=held,
                reserved=ZERO,
                field=field,
            )
    return chosen


def shares_of(demand: Demand, before: Decimal, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """Net and tax of the part that leaves after `before`: all parts of a line sum to the line."""
    return (
        cumulative_share(demand.amount_net, before, quantity, demand.quantity),
        cumulative_share(demand.amount_tax, before, quantity, demand.quantity),
    )


@dataclass(frozen=True, slots=True)
class ShipmentCost:
    """A shipment line that goods may come back from."""

    shipment: UUID
    line: int
    order_line: int
    item: str
    lot: str
    quantity: Decimal
    returned: Decimal
    valuation_class: str
    cost: Decimal
