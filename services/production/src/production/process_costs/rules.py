"""Process costing: equivalent units, what is handed on, what stays in work. No I/O.

The elements are carried from step to step (分项结转), so that no cost of an earlier step has to be taken apart again.
Weighted average and first in, first out as in Horngren, Datar and Rajan, *Cost Accounting*, chapter 17. Pieces that are
lost bear nothing: the good ones and those still in work carry them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError
from production.costing.rules import ZERO, Costs, share

ONE = Decimal(1)
HALF = Decimal("0.5")
NOTHING = Costs()


class Method(StrEnum):
    """How what was in work at the beginning is valued."""

    WEIGHTED_AVERAGE = "weighted_average"
    FIFO = "fifo"


class CountDiffers(BusinessError):
    """The pieces counted in work are not those that the reports leave there."""

    code: ClassVar[str] = "count-differs"
    status: ClassVar[int] = 422
    en: ClassVar[str] = (
        "By the reports operation {operation} has {expected} pieces in work; {counted} were counted."
    )
    zh: ClassVar[str] = "按报工工序 {operation} 在制 {expected} 件；盘点为 {counted} 件。"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted of an operation over all orders of an item, since the first one."""

    good: Decimal = ZERO
    lost: Decimal = ZERO
    costs: Costs = NOTHING

    def since(self, before: Tally) -> Tally:
        """What was added."""
        return Tally(self.good - before.good, self.lost - before.lost, self.costs - before.costs)


@dataclass(frozen=True, slots=True)
class InWork:
    """What is in work at a step: pieces, how far they are, and what they have cost."""

    units: Decimal = ZERO
    material_degree: Decimal = ONE
    conversion_degree: Decimal = HALF
    carried: Costs = NOTHING
    """What they cost when they came from the step before."""
    own: Costs = NOTHING
    """What this step put in."""

    @property
    def costs(self) -> Costs:
        """Both together."""
        return self.carried + self.own

    def degree(self, element: str) -> Decimal:
        """How much of this step's cost of an element is in a piece."""
        return self.material_degree if element == "material" else self.conversion_degree


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an item in a period. Opening and came in sum to handed on, lost and in work, in pieces and in cents."""

    operation: int
    opening: InWork
    came: Decimal
    good: Decimal
    lost: Decimal
    closing: InWork
    carried: Costs
    """The cost of what came from the step before."""
    added: Costs
    """What this step put in."""
    handed_on: Costs
    written_off: Costs
    """Where all pieces were lost: nothing is left to carry the cost."""
    equivalent: Mapping[str, Decimal]
    """Equivalent units by element; `carried` for the cost of the step before."""
    tally: Tally


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted in work at the end: pieces (None: what the reports leave), and how far they are."""

    units: Decimal | None = None
    material_degree: Decimal = ONE
    conversion_degree: Decimal = HALF


def equivalent_units(
    good: Decimal,
    opening: tuple[Decimal, Decimal],
    closing: tuple[Decimal, Decimal],
    method: Method,
) -> Decimal:
    """Whole pieces that the work of a period makes up; `opening` and `closing` are pieces and their degree."""
    units = good + closing[0] * closing[1]
    return units - opening[0] * opening[1] if method is Method.FIFO else units


def _kept(
    opening: Decimal, added: Decimal, *, units: Decimal, in_work: Decimal, method: Method
) -> Decimal:
    # First in, first out: what is in work now came of this period's cost alone.
    pool = added if method is Method.FIFO else opening + added
    if in_work == ZERO:
        return ZERO
    return share(pool, in_work, units) if units > ZERO else pool


def step_of(
    operation: int,
    *,
    opening: InWork,
    came: Decimal,
    carried: Costs,
    tally: Tally,
    before: Tally,
    count: Count,
    method: Method,
) -> Step:
    """A step of a period; what is handed on takes all that does not stay in work.

    Raises:
        CountDiffers: other pieces are in work than the reports leave there.
    """
    new = tally.since(before)
    left = opening.units + came - new.good - new.lost
    counted = left if count.units is None else count.units
    if counted != left or left < ZERO:
        raise CountDiffers(operation=operation, expected=_plain(left), counted=_plain(counted))
    closing = InWork(left, count.material_degree, count.conversion_degree)
    equivalent: dict[str, Decimal] = {}
    own: dict[str, Decimal] = {}
    whole: dict[str, Decimal] = {}
    equivalent["carried"] = equivalent_units(new.good, (opening.units, ONE), (left, ONE), method)
    for each in fields(Costs):
        name = each.name
        units = equivalent_units(
            new.good,
            (opening.units, opening.degree(name)),
            (left, closing.degree(name)),
            method,
        )
        equivalent[name] = units
        own[name] = _kept(
            getattr(opening.own, name),
            getattr(new.costs, name),
            units=units,
            in_work=left * closing.degree(name),
            method=method,
        )
        whole[name] = _kept(
            getattr(opening.carried, name),
            getattr(carried, name),
            units=equivalent["carried"],
            in_work=left,
            method=method,
        )
    closing = replace(closing, carried=Costs(**whole), own=Costs(**own))
    out = opening.costs + carried + new.costs - closing.costs
    gone = new.good > ZERO or left > ZERO
    if new.good == ZERO and left > ZERO:
        # Nothing was handed on: what has no place in the pieces' degrees stays with them all the same.
        closing = replace(closing, own=closing.own + out)
        out = NOTHING
    return Step(
        operation=operation,
        opening=opening,
        came=came,
        good=new.good,
        lost=new.lost,
        closing=closing,
        carried=carried,
        added=new.costs,
        handed_on=out if gone else NOTHING,
        written_off=NOTHING if gone else out,
        equivalent=equivalent,
        tally=tally,
    )


def steps_of(
    tallies: Mapping[int, Tally],
    previous: Mapping[int, Step],
    counts: Mapping[int, Count],
    method: Method,
) -> list[Step]:
    """All steps of a period, each taking over what the one before handed on.

    Raises:
        CountDiffers: other pieces are in work than the reports leave there.
    """
    found: list[Step] = []
    for operation in sorted(tallies.keys() | previous.keys()):
        tally = tallies.get(operation, Tally())
        last = previous.get(operation)
        before = last.tally if last is not None else Tally()
        opening = last.closing if last is not None else InWork()
        count = counts.get(operation, Count())
        if found:
            came, carried = found[-1].good, found[-1].handed_on
        else:
            # What was begun is what came through, and what is still there.
            count = replace(count, units=count.units or ZERO)
            new = tally.since(before)
            came = max(new.good + new.lost + (count.units or ZERO) - opening.units, ZERO)
            carried = NOTHING
        found.append(
            step_of(
                operation,
                opening=opening,
                came=came,
                carried=carried,
                tally=tally,
                before=before,
                count=count,
                method=method,
            )
        )
    return found


def check_conserved(steps: Sequence[Step]) -> None:
    """Nothing is made of nothing, and nothing is lost on the way: neither a piece nor a cent."""
    for step in steps:
        cost_in = step.opening.costs + step.carried + step.added
        assert cost_in == step.handed_on + step.closing.costs + step.written_off
        assert step.opening.units + step.came == step.good + step.lost + step.closing.units


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the steps of an item have cost since the sheet before."""

    id: UUID
    number: str
    company: str
    item: str
    period: str
    method: Method
    steps: tuple[Step, ...]
    """The last one hands on what was finished."""
