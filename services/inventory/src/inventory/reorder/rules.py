"""When stock is low, and how much is missing then. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError
from inventory.stock.rules import ZERO


class RuleExists(BusinessError):
    """The item has a reorder rule in this warehouse already."""

    code: ClassVar[str] = "already-exists"
    status: ClassVar[int] = 409
    en: ClassVar[str] = "{item} has a reorder rule in {warehouse} already: change that one."
    zh: ClassVar[str] = "物料 {item} 在仓库 {warehouse} 已有补货规则，请修改原规则。"


class MaximumBelowMinimum(BusinessError):
    """Ordering up to less than the point of reordering would never end."""

    code: ClassVar[str] = "validation-failed"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "The maximum {maximum} is below the minimum {minimum}."
    zh: ClassVar[str] = "最高库存 {maximum} 低于最低库存 {minimum}。"


@dataclass(frozen=True, slots=True)
class Position:
    """What there is of an item in a warehouse for demand that is still to come, in base units.

    Free stock, what is on the road to it, and what is on order; without what orders hold or wait for.
    `counted`: the purchase orders in it.
    """

    free: Decimal = ZERO
    in_transit: Decimal = ZERO
    on_order: Decimal = ZERO
    promised: Decimal = ZERO
    counted: tuple[UUID, ...] = ()

    @property
    def quantity(self) -> Decimal:
        """The inventory position."""
        return self.free + self.in_transit + max(ZERO, self.on_order - self.promised)


def missing(position: Decimal, *, minimum: Decimal, maximum: Decimal, active: bool) -> Decimal:
    """What is to be ordered: up to the maximum when the position is below the minimum, else nothing.

    Source: the (s, S) policy of inventory control, Silver, Pyke and Thomas, Inventory and Production Management in
    Supply Chains, 4th ed., section 6.4; below, not at, the minimum.
    """
    return maximum - position if active and position < minimum else ZERO
