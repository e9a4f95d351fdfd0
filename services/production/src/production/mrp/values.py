"""Words and whole numbers of the planning engine.

Quantities are int64 counts of millionths of a unit, because contracts and tables carry six decimals: sums
and comparisons are then exact and as fast as the machine adds. A float loses the sixth decimal beyond nine
billion units and makes two runs differ by the order of their additions; a Decimal costs a hundred times more.
Everything that could pass 64 bits is checked and refused with the item-site's name, never wrapped.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

MICRO = 1_000_000
QUANTITY_MAX = 4_000_000_000_000_000_000
"""The largest quantity in millionths that may ever appear, below 2^62: two of them still add."""

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
Int16s = NDArray[np.int16]
Int8s = NDArray[np.int8]
Bools = NDArray[np.bool_]


class Source(IntEnum):
    """Where an item-site's supply comes from."""

    BUY = 0
    MAKE = 1
    TRANSFER = 2
    PHANTOM = 3


class LotRule(IntEnum):
    """How net requirements become orders."""

    LOT_FOR_LOT = 0
    FIXED = 1
    PERIOD = 2
    ECONOMIC = 3
    UP_TO = 4


class Role(IntEnum):
    """What an edge of the supply graph means."""

    COMPONENT = 0
    CO_PRODUCT = 1
    SUBSTITUTE = 2


class ReceiptKind(IntEnum):
    """What a receipt that is already arranged is."""

    PURCHASE = 0
    PRODUCTION = 1
    TRANSFER = 2
    FIRM = 3


class Message(IntEnum):
    """What a planner should look at."""

    EXPEDITE = 0
    POSTPONE = 1
    CANCEL = 2
    PAST_DUE = 3
    BELOW_SAFETY = 4
    START_IN_PAST = 5
    NO_BOM = 6
    DEMAND_PAST_DUE = 7


class InvalidInput(ValueError):
    """A row that cannot be planned, named by its table and position."""

    def __init__(self, table: str, row: int, reason: str) -> None:
        super().__init__(f"{table}[{row}]: {reason}")
        self.table = table
        self.row = row
        self.reason = reason


class CycleFound(ValueError):
    """Item-sites that need each other in a circle; the first is repeated at the end."""

    def __init__(self, items: tuple[int, ...]) -> None:
        super().__init__("cycle: " + " → ".join(map(str, items)))
        self.items = items


class QuantityOverflow(ArithmeticError):
    """An item-site whose quantities pass what the engine can hold exactly."""

    def __init__(self, item: int) -> None:
        super().__init__(f"the quantities of item-site {item} exceed {QUANTITY_MAX // MICRO} units")
        self.item = item


def micro(quantity: Decimal | int | str) -> int:
    """A quantity in millionths; more than six decimals are refused."""
    scaled = Decimal(quantity) * MICRO
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{quantity} has more than six decimals")
    return whole


def micros(quantities: Iterable[Decimal | int | str]) -> Int64s:
    """Many quantities in millionths."""
    return np.array([micro(one) for one in quantities], dtype=np.int64)


def decimal_of(quantity: int | np.integer) -> Decimal:
    """The quantity that millionths stand for."""
    return Decimal(int(quantity)).scaleb(-6)
