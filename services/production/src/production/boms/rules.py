"""Bills of material: what is valid when, what goes into what, and that nothing goes into itself. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from chassis.errors import BusinessError, ValidationFailed

ZERO, ONE = Decimal(0), Decimal(1)
LEVELS_MAX = 50
LINES_MAX = 2_000
OutputKind = Literal["co", "by"]


class BomCycle(BusinessError):
    """An item would go into itself."""

    code: ClassVar[str] = "bom-cycle"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "An item would go into itself: {cycle}."
    zh: ClassVar[str] = "物料清单循环：{cycle}。"


class NoBom(BusinessError):
    """Nothing says what the item is made of on that day."""

    code: ClassVar[str] = "no-bom"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Item {item} has no bill of material that is valid on {day}."
    zh: ClassVar[str] = "物料“{item}”在 {day} 没有有效的物料清单。"


class CostShares(ValidationFailed):
    """Co-products take the whole cost, or more."""

    en: ClassVar[str] = (
        "The co-products' shares of the cost sum to {total}; something must be left for the item."
    )
    zh: ClassVar[str] = "联产品成本分摊率合计为 {total}，必须小于 1。"


@dataclass(frozen=True, slots=True)
class Component:
    """What goes into the base quantity of an item."""

    line: int
    item: str
    quantity: Decimal
    unit: str = ""
    scrap_rate: Decimal = ZERO
    operation: int | None = None
    backflush: bool = False
    alternate_of: int | None = None
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid(self, day: date) -> bool:
        """Whether it is used on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Output:
    """What comes out beside the item."""

    line: int
    item: str
    quantity: Decimal
    unit: str = ""
    kind: str = "by"
    cost_share: Decimal = ZERO
    unit_value: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Bom:
    """One revision of what an item is made of."""

    id: UUID
    number: str
    company: str
    item: str
    warehouse: str
    revision: str
    version: int
    status: str
    valid_from: date
    valid_to: date | None
    base_quantity: Decimal
    yield_rate: Decimal
    business_date: date
    components: tuple[Component, ...]
    outputs: tuple[Output, ...] = ()

    def is_valid(self, day: date, warehouse: str = "") -> bool:
        """Whether it says what the item is made of there and then."""
        return (
            self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
            and self.warehouse in ("", warehouse)
        )


def check_outputs(outputs: Iterable[Output]) -> None:
    """Refuse co-products that leave no cost for the item itself."""
    total = sum((each.cost_share for each in outputs), ZERO)
    if total >= ONE:
        raise CostShares(total=format(total.normalize(), "f"), field="/outputs")


def check_alternates(components: Sequence[Component]) -> None:
    """Refuse an alternate of a line that is not there, or is an alternate itself."""
    primary = {each.line for each in components if each.alternate_of is None}
    for index, each in enumerate(components):
        if each.alternate_of is not None and each.alternate_of not in primary:
            raise ValidationFailed(
                en="Line {line} is not a line that could be replaced.",
                zh="第 {line} 行不是可被替代的行。",
                line=each.alternate_of,
                field=f"/components/{index}/alternate_of",
            )


def choose(boms: Iterable[Bom], day: date, warehouse: str = "") -> Bom | None:
    """The bill in force: one of the warehouse before one for all, then the newest."""
    valid = [bom for bom in boms if bom.is_valid(day, warehouse)]
    return max(
        valid, key=lambda bom: (bom.warehouse != "", bom.valid_from, bom.revision), default=None
    )


def find_cycle(item: str, edges: Mapping[str, Iterable[str]]) -> tuple[str, ...] | None:
    """The way from an item back to itself, if there is one."""
    path: list[str] = [item]
    waiting = [iter(sorted(edges.get(item, ())))]
    seen: set[str] = set()
    while waiting:
        below = next(waiting[-1], None)
        if below is None:
            waiting.pop()
            path.pop()
        elif below == item:
            return (*path, item)
        elif below not in seen:
            seen.add(below)
            path.append(below)
            waiting.append(iter(sorted(edges.get(below, ()))))
    return None


def refuse_cycle(item: str, edges: Mapping[str, Iterable[str]]) -> None:
    """Refuse a bill by which an item goes into itself, naming the way round."""
    cycle = find_cycle(item, edges)
    if cycle is not None:
        raise BomCycle(cycle=" → ".join(cycle), field="/components")


@dataclass(frozen=True, slots=True)
class Need:
    """A component that an order needs, phantoms blown through."""

    item: str
    quantity: Decimal
    operation: int | None
    backflush: bool
    via: tuple[str, ...] = ()
    """The phantoms on the way."""


def explode(
    bom: Bom,
    quantity: Decimal,
    day: date,
    *,
    phantoms: Mapping[str, Bom],
    via: tuple[str, ...] = (),
) -> list[Need]:
    """What a started quantity needs; a phantom is replaced by what it is made of."""
    needs: list[Need] = []
    for each in bom.components:
        if each.alternate_of is not None or not each.is_valid(day):
            continue
        wanted = quantity * each.quantity / bom.base_quantity / (ONE - each.scrap_rate)
        inner = phantoms.get(each.item)
        if inner is not None:
            needs.extend(
                explode(
                    inner,
                    wanted / inner.yield_rate,
                    day,
                    phantoms=phantoms,
                    via=(*via, each.item),
                )
            )
        else:
            needs.append(Need(each.item, wanted, each.operation, each.backflush, via))
    return needs
