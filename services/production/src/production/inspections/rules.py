"""Inspection plans, samples and verdicts. No I/O.

Single sampling for normal inspection follows ISO 2859-1:1999 (GB/T 2828.1-2012): table 1 gives the code letter of a lot,
table 2-A the sample and the acceptance number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, ValidationFailed

ZERO, ONE = Decimal(0), Decimal(1)


class Stage(StrEnum):
    """When a plan asks for an inspection."""

    OPERATION = "operation"
    """When pieces come through an operation (in process)."""
    FINAL = "final"
    """When pieces come through the last operation: they are handed over only after it."""


class Sampling(StrEnum):
    """How many pieces are looked at."""

    ALL = "all"
    FIXED = "fixed"
    PERCENT = "percent"
    AQL = "aql"
    """ISO 2859-1, single sampling, normal inspection, general levels."""


class CharacteristicKind(StrEnum):
    """What is looked at: seen to be right or not, or measured."""

    ATTRIBUTE = "attribute"
    VARIABLE = "variable"


class Severity(StrEnum):
    """How bad it is when a characteristic is not met."""

    CRITICAL = "critical"
    """One piece is enough to reject."""
    MAJOR = "major"
    MINOR = "minor"
    """Noted, not counted."""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """What is looked at in each piece of a sample, and within which limits it must lie."""

    code: str
    name: str
    kind: CharacteristicKind = CharacteristicKind.ATTRIBUTE
    severity: Severity = Severity.MAJOR
    unit: str = ""
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None

    def meets(self, value: Decimal) -> bool:
        """Whether a measured value lies within the limits."""
        return (self.lower is None or value >= self.lower) and (
            self.upper is None or value <= self.upper
        )


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How a sample is drawn, and how many nonconforming pieces in it are accepted."""

    sampling: Sampling = Sampling.ALL
    size: int = 0
    """Pieces of a fixed sample."""
    percent: Decimal = ZERO
    accept: int = 0
    """Of a fixed sample or a percentage: so many nonconforming pieces are accepted."""
    level: str = "II"
    aql: str = ""
    """Acceptance quality limit in percent nonconforming."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is inspected of an item, when, and how."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    item: str
    stage: Stage
    operation: int | None
    sample: SamplePlan
    characteristics: tuple[Characteristic, ...]
    business_date: date
    posting_date: date


# --- samples ---------------------------------------------------------------------------------------------------

LETTERS = "ABCDEFGHJKLMNPQR"
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
"""Pieces of a sample by code letter (table 2-A)."""
CODES = (
    (8, "A", "A", "B"), (15, "A", "B", "C"), (25, "B", "C", "D"), (50, "C", "D", "E"), (90, "C", "E", "F"),
    (150, "D", "F", "G"), (280, "E", "G", "H"), (500, "F", "H", "J"), (1200, "G", "J", "K"), (3200, "H", "K", "L"),
    (10_000, "J", "L", "M"), (35_000, "K", "M", "N"), (150_000, "L", "N", "P"), (500_000, "M", "P", "Q"),
)  # fmt: skip
"""Largest lot, and its code letter for the general levels I, II and III (table 1)."""
BEYOND = ("N", "Q", "R")
ZERO_AT = {
    "0.10": "K", "0.15": "J", "0.25": "H", "0.40": "G", "0.65": "F", "1.0": "E", "1.5": "D", "2.5": "C", "4.0": "B",
    "6.5": "A",
}  # fmt: skip
"""The code letter at which an acceptance quality limit accepts no nonconforming piece (table 2-A)."""
ACCEPTED = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21}
"""Acceptance numbers by how many letters further down the table; the letters between follow the arrows."""
LEVELS = ("I", "II", "III")


def code_letter(lot: int, level: str = "II") -> str:
    """The code letter of a lot (table 1)."""
    column = LEVELS.index(level)
    for largest, *letters in CODES:
        if lot <= largest:
            return letters[column]
    return BEYOND[column]


def single_sampling(lot: int, aql: str, level: str = "II") -> tuple[str, int, int]:
    """Code letter used, sample and acceptance number for a lot (table 2-A, its arrows followed)."""
    zero = LETTERS.index(ZERO_AT[aql])
    step = LETTERS.index(code_letter(lot, level)) - zero
    if step < 0 or step == 1:
        step = 0
    elif step == 2:
        step = 3
    step = min(step, 10)
    at = zero + step
    if at >= len(LETTERS):
        # The arrow points beyond the table: the last plan above it is used.
        step, at = 0, zero
    return LETTERS[at], SIZES[at], ACCEPTED[step]


def sample_of(plan: SamplePlan, quantity: Decimal) -> tuple[int, int]:
    """Pieces to look at of a quantity, and how many nonconforming ones are accepted; a sample as large as the lot is all."""
    lot = int(quantity.to_integral_value(rounding=ROUND_CEILING))
    match plan.sampling:
        case Sampling.ALL:
            size, accept = lot, 0
        case Sampling.FIXED:
            size, accept = plan.size, plan.accept
        case Sampling.PERCENT:
            share = quantity * plan.percent / 100
            size, accept = int(share.to_integral_value(rounding=ROUND_CEILING)), plan.accept
        case Sampling.AQL:
            _, size, accept = (
                ("", lot, 0) if lot < 2 else single_sampling(lot, plan.aql, plan.level)
            )
    return min(max(size, 1), lot), accept


def check_plan(plan: Plan) -> None:
    """Refuse a plan by which nothing can be judged."""
    sample = plan.sample
    if sample.sampling is Sampling.AQL and (
        sample.aql not in ZERO_AT or sample.level not in LEVELS
    ):
        raise ValidationFailed(
            en="Give an acceptance quality limit of {known}, and level I, II or III.",
            zh="接收质量限可取 {known}；检验水平为 I、II 或 III。",
            known=", ".join(ZERO_AT),
            field="/sampling/aql",
        )
    if sample.sampling is Sampling.FIXED and sample.size < 1:
        raise ValidationFailed(
            en="Give the size of the sample.", zh="请填写样本量。", field="/sampling/size"
        )
    if sample.sampling is Sampling.PERCENT and not ZERO < sample.percent <= 100:
        raise ValidationFailed(
            en="Give a percentage above 0 and up to 100.",
            zh="抽样比例须大于 0 且不超过 100。",
            field="/sampling/percent",
        )
    if (plan.stage is Stage.OPERATION) != (plan.operation is not None):
        raise ValidationFailed(
            en="A plan of an operation names it; a final one does not.",
            zh="工序检验须指定工序；最终检验不指定工序。",
            field="/operation",
        )
    seen: set[str] = set()
    for index, each in enumerate(plan.characteristics):
        if each.code in seen:
            raise ValidationFailed(
                en="{code} is given twice.",
                zh="检验项目 {code} 重复。",
                code=each.code,
                field=f"/characteristics/{index}/code",
            )
        seen.add(each.code)
        limits = (each.lower, each.upper)
        if each.kind is CharacteristicKind.VARIABLE and limits == (None, None):
            raise ValidationFailed(
                en="What is measured needs a limit.",
                zh="计量项目须给出上限或下限。",
                field=f"/characteristics/{index}/lower",
            )
        if each.lower is not None and each.upper is not None and each.lower > each.upper:
            raise ValidationFailed(
                en="The lower limit is above the upper.",
                zh="下限高于上限。",
                field=f"/characteristics/{index}/lower",
            )


# --- inspections -----------------------------------------------------------------------------------------------


class InspectionStatus(StrEnum):
    """Where an inspection stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class UnknownCharacteristic(BusinessError):
    """A result of something that the plan does not look at."""

    code: ClassVar[str] = "unknown-reference"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "The plan has no characteristic {characteristic}."
    zh: ClassVar[str] = "检验计划没有项目 {characteristic}。"


class NotLooked(InvalidState):
    """A verdict before the whole sample was looked at."""

    en = "{characteristic} was looked at in {found} of {wanted} pieces."
    zh = "项目 {characteristic} 已检 {found} 件，应检 {wanted} 件。"


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in one piece of the sample (1…n)."""

    piece: int
    characteristic: str
    value: Decimal | None = None
    """What was measured."""
    conforms: bool = True
    """Of an attribute: whether it was right. Of what is measured it follows from the limits."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Pieces of an order that wait for a verdict, or have it."""

    id: UUID
    number: str
    company: str
    version: int
    status: InspectionStatus
    order_id: UUID
    order_number: str
    item: str
    operation: int
    plan_id: UUID
    quantity: Decimal
    sample_size: int
    accept: int
    characteristics: tuple[Characteristic, ...]
    """As the plan had them when the pieces came."""
    results: tuple[Result, ...]
    nonconforming: int
    rejected: Decimal
    """Pieces that are set aside."""
    inspector: str
    text: str
    decided_on: date | None
    business_date: date
    posting_date: date

    def characteristic(self, code: str, *, field: str | None = None) -> Characteristic:
        """The characteristic with this code."""
        for each in self.characteristics:
            if each.code == code:
                return each
        raise UnknownCharacteristic(characteristic=code, field=field)


def with_results(found: Inspection, results: Sequence[Result]) -> Inspection:
    """The inspection with what was found; a piece looked at again counts anew.

    Raises:
        UnknownCharacteristic: the plan does not look at it.
        InvalidState: it has its verdict.
    """
    if found.status is not InspectionStatus.OPEN:
        raise InvalidState(now=found.status)
    known = {(r.piece, r.characteristic): r for r in found.results}
    for index, each in enumerate(results):
        what = found.characteristic(each.characteristic, field=f"/results/{index}/characteristic")
        if each.piece > found.sample_size:
            raise ValidationFailed(
                en="The sample has {size} pieces.",
                zh="样本量为 {size} 件。",
                size=found.sample_size,
                field=f"/results/{index}/piece",
            )
        measured = what.kind is CharacteristicKind.VARIABLE
        if measured != (each.value is not None):
            raise ValidationFailed(
                en="Give a value of what is measured, and of nothing else.",
                zh="仅计量项目填写测量值。",
                field=f"/results/{index}/value",
            )
        conforms = what.meets(each.value) if each.value is not None else each.conforms
        known[each.piece, each.characteristic] = replace(each, conforms=conforms)
    kept = tuple(known[key] for key in sorted(known))
    return replace(
        found, results=kept, nonconforming=len(_bad(found, kept)), version=found.version + 1
    )


def _bad(found: Inspection, results: Sequence[Result]) -> dict[int, Severity]:
    # Pieces that do not conform, with the worst that was found in each; what is minor is noted only.
    worst: dict[int, Severity] = {}
    of = {c.code: c.severity for c in found.characteristics}
    for each in results:
        severity = of[each.characteristic]
        if each.conforms or severity is Severity.MINOR:
            continue
        if worst.get(each.piece) is not Severity.CRITICAL:
            worst[each.piece] = severity
    return worst


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sample says of all pieces."""

    accepted: bool
    rejected: Decimal
    """Pieces to set aside: all of a rejected lot, of an accepted one those that were found."""
    defect: str


def judge(found: Inspection) -> Verdict:
    """The verdict by the plan: too many nonconforming pieces, or a critical one, reject the lot.

    Where every piece was looked at, the bad ones are sorted out and the others are good.

    Raises:
        NotLooked: the sample was not looked at completely.
    """
    if found.status is not InspectionStatus.OPEN:
        raise InvalidState(now=found.status)
    for what in found.characteristics:
        seen = sum(1 for r in found.results if r.characteristic == what.code)
        if seen < found.sample_size:
            raise NotLooked(characteristic=what.code, found=seen, wanted=found.sample_size)
    worst = _bad(found, found.results)
    count = len(worst)
    names = {c.code: c.name for c in found.characteristics}
    defects = sorted({
        names[r.characteristic] for r in found.results if not r.conforms and r.piece in worst
    })  # fmt: skip
    everything = found.sample_size >= found.quantity
    critical = Severity.CRITICAL in worst.values()
    accepted = count <= found.accept and not critical
    set_aside = Decimal(count) if accepted or everything else found.quantity
    return Verdict(accepted, min(set_aside, found.quantity), ", ".join(defects)[:500])


@dataclass(frozen=True, slots=True)
class Measured:
    """What a certificate says of a characteristic."""

    characteristic: Characteristic
    pieces: int
    nonconforming: int
    lowest: Decimal | None
    highest: Decimal | None
    mean: Decimal | None


def summary(found: Inspection) -> list[Measured]:
    """What was found of each characteristic, for a certificate."""
    made: list[Measured] = []
    for what in found.characteristics:
        mine = [r for r in found.results if r.characteristic == what.code]
        values = [r.value for r in mine if r.value is not None]
        made.append(
            Measured(
                what,
                len(mine),
                sum(1 for r in mine if not r.conforms),
                min(values, default=None),
                max(values, default=None),
                round(sum(values, ZERO) / len(values), 6) if values else None,
            )
        )
    return made


def choose(plans: Mapping[UUID, Plan], operation: int, *, last: bool) -> list[Plan]:
    """The plans that ask for pieces coming through an operation, the older first."""
    return sorted(
        (
            p
            for p in plans.values()
            if (p.stage is Stage.OPERATION and p.operation == operation)
            or (p.stage is Stage.FINAL and last)
        ),
        key=lambda p: p.number,
    )
