"""When goods may be put into a bin. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, UnknownReference

PICK_ORDER_MAX = 1_000_000


class Spot(NamedTuple):
    """A bin by its warehouse and code; an empty code: anywhere in the warehouse."""

    warehouse: str
    code: str


@dataclass(frozen=True, slots=True)
class BinAsked:
    """A new bin. `pick_order`: its place on the way through the warehouse."""

    company: str
    warehouse: str
    code: str
    zone: str = ""
    pick_order: int = 0


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin as it is kept."""

    id: UUID
    company: str
    version: int
    warehouse: str
    code: str
    zone: str
    pick_order: int
    active: bool


class BinExists(BusinessError):
    """The warehouse has a bin of this code."""

    code: ClassVar[str] = "already-exists"
    status: ClassVar[int] = 409
    en: ClassVar[str] = "{warehouse} has a bin {bin} already."
    zh: ClassVar[str] = "仓库“{warehouse}”已有库位“{bin}”。"


class BinInUse(InvalidState):
    """Goods lie in a bin that is to be closed."""

    en: ClassVar[str] = "Goods lie in bin {bin}: {items}. Move them first."
    zh: ClassVar[str] = "库位“{bin}”仍有库存：{items}，请先移出。"


def check_spots(
    wanted: Mapping[Spot, str], known: Mapping[Spot, bool], kept: frozenset[str]
) -> None:
    """Refuse bins that a warehouse does not have.

    Args:
        wanted: each bin named, with the field that named it.
        known: the bins that there are of these, and whether each is open.
        kept: the warehouses that keep a list of bins; elsewhere any code will do.

    Raises:
        UnknownReference: a warehouse that keeps a list has no such bin.
        InvalidState: the bin is closed.
    """
    for spot, field in wanted.items():
        if not spot.code or spot.warehouse not in kept:
            continue
        if spot not in known:
            raise UnknownReference(what=("bin", "库位"), reference=spot.code, field=field)
        if not known[spot]:
            raise InvalidState(
                en=f"Bin {spot.code} of {spot.warehouse} is closed.",
                zh=f"仓库“{spot.warehouse}”的库位“{spot.code}”已停用。",
                field=field,
            )
