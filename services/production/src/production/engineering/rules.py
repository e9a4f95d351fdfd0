"""Engineering requests: from a description to an item with a bill of material. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, TypeVar
from uuid import UUID

from chassis.errors import BusinessError, InvalidState
from chassis.lifecycle import Lifecycle
from production.boms.rules import Bom, NoBom
from production.replicas.rules import ItemReplica
from production.routings.rules import Routing
from tongheng_contracts.production import EngineeringStatus as Status

ATTRIBUTES_MAX = 50
EntryT = TypeVar("EntryT", Bom, Routing)

LIFECYCLE = Lifecycle(
    {
        Status.REQUESTED: frozenset({Status.IN_ENGINEERING, Status.REJECTED, Status.CANCELLED}),
        Status.IN_ENGINEERING: frozenset({Status.DESIGNED, Status.REJECTED, Status.CANCELLED}),
        Status.DESIGNED: frozenset(
            {Status.IN_ENGINEERING, Status.RELEASED, Status.REJECTED, Status.CANCELLED}
        ),
    }
)


class NotMade(BusinessError):
    """What was engineered is to be made, not bought."""

    code: ClassVar[str] = "not-a-make-item"
    status: ClassVar[int] = 422
    en: ClassVar[str] = (
        "Item {item} is procured as {procurement}: what was engineered is an item to make."
    )
    zh: ClassVar[str] = "物料“{item}”的获取方式为 {procurement}：工程设计的结果须为自制件。"


class UnitDiffers(BusinessError):
    """The item is counted in another unit than was asked for, so the quantity would mean something else."""

    code: ClassVar[str] = "unit-differs"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Item {item} is counted in {unit}; the request asks for {wanted}."
    zh: ClassVar[str] = "物料“{item}”的计量单位为 {unit}，而需求的单位为 {wanted}。"


class AskedElsewhere(InvalidState):
    """What a quotation asks for is changed in the quotation."""

    en = "This comes from quotation {quotation}: change it there."
    zh = "此需求来自报价单 {quotation}，请在报价单中修改。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be engineered, in the words of who wants it."""

    description: str
    quantity: Decimal
    unit: str
    description_en: str = ""
    specification: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    requested_date: date | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A line of an issued quotation that has no item yet."""

    id: UUID
    """The engineering request's, as sales has given it."""
    line: int
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Request:
    """An engineering request."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    customer: str
    quotation_id: UUID | None
    quotation_number: str
    quotation_line: int | None
    order_id: UUID | None
    order_number: str
    order_line: int | None
    description: str
    description_en: str
    specification: str
    attributes: Mapping[str, str]
    quantity: Decimal
    unit: str
    requested_date: date | None
    assignee: str = ""
    due_date: date | None = None
    """When it is expected to be designed."""
    lead_time_days: int | None = None
    """How long making it is expected to take."""
    item: str = ""
    bom: str = ""
    routing: str = ""
    released_on: date | None = None
    reason: str = ""
    recorded_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be decided or engineered."""
        return not LIFECYCLE.is_final(self.status)

    @property
    def wanted(self) -> Wanted:
        """What it asks for."""
        return Wanted(
            self.description, self.quantity, self.unit, self.description_en, self.specification,
            self.attributes, self.requested_date,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """Who engineers it, until when, and how long making it may take; None leaves it as it is."""

    assignee: str | None = None
    due_date: date | None = None
    lead_time_days: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for otherwise; None leaves it as it is."""

    description: str | None = None
    description_en: str | None = None
    specification: str | None = None
    attributes: Mapping[str, str] | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    requested_date: date | None = None
    whenever: bool = False
    """No day is asked for any more."""

    def of(self, wanted: Wanted) -> Wanted:
        """What is wanted then."""
        day = self.requested_date or wanted.requested_date
        return Wanted(
            self.description or wanted.description,
            self.quantity or wanted.quantity,
            self.unit or wanted.unit,
            wanted.description_en if self.description_en is None else self.description_en,
            wanted.specification if self.specification is None else self.specification,
            wanted.attributes if self.attributes is None else self.attributes,
            None if self.whenever else day,
        )


def check_open(request: Request) -> None:
    """Refuse to change what is released, rejected or cancelled."""
    if not request.is_open:
        raise InvalidState(now=request.status)


def take(request: Request, estimate: Estimate) -> Request:
    """Somebody begins to engineer it; a design goes back to him with a reason only."""
    if request.status is not Status.REQUESTED:
        raise InvalidState(now=request.status)
    return _estimated(_advanced(request, Status.IN_ENGINEERING), estimate)


def change(request: Request, wish: Change, estimate: Estimate) -> Request:
    """Another wish, or another estimate; a wish that came from a quotation is changed there."""
    check_open(request)
    after = _estimated(replace(request, version=request.version + 1), estimate)
    if wish == Change():
        return after
    if request.status is Status.DESIGNED:
        # It was designed as it was asked for: whoever wants another thing gives it back first.
        raise InvalidState(now=request.status)
    if request.quotation_id is not None:
        raise AskedElsewhere(quotation=request.quotation_number)
    return _wanting(after, wish.of(request.wanted))


def design(request: Request, item: ItemReplica, *, lead_time_days: int | None) -> Request:
    """Engineered: this is the item."""
    after = _advanced(request, Status.DESIGNED)
    check_item(request, item, field="/item")
    estimate = Estimate(lead_time_days=lead_time_days)
    return _estimated(replace(after, item=item.code, reason=""), estimate)


def give_back(request: Request, reason: str) -> Request:
    """The design does not do: it is engineered again."""
    if request.status is not Status.DESIGNED:
        raise InvalidState(now=request.status)
    return replace(_advanced(request, Status.IN_ENGINEERING), item="", reason=reason)


def release(
    request: Request,
    item: ItemReplica | None,
    boms: Iterable[Bom],
    routings: Iterable[Routing],
    day: date,
) -> Request:
    """The item can be sold and planned from now on; it has a bill of material that is valid on the day.

    Raises:
        NotMade, UnitDiffers: the item is not what was asked for.
        NoBom: nothing says what it is made of.
    """
    after = _advanced(request, Status.RELEASED)
    assert item is not None, "what is designed has an item"
    check_item(request, item)
    bom = in_force(boms, day)
    if bom is None:
        raise NoBom(item=item.code, day=day.isoformat())
    routing = in_force(routings, day)
    return replace(
        after, bom=bom.number, routing=routing.number if routing else "", released_on=day, reason=""
    )


def in_force(known: Iterable[EntryT], day: date) -> EntryT | None:
    """One that is valid on the day: for all warehouses before one for a single warehouse, then the newest."""
    valid = [each for each in known if each.is_valid(day, each.warehouse)]
    return max(
        valid, key=lambda each: (each.warehouse == "", each.valid_from, each.revision), default=None
    )


def reject(request: Request, reason: str) -> Request:
    """It cannot be made, or not so."""
    return replace(_advanced(request, Status.REJECTED), reason=reason)


def cancel(request: Request, reason: str) -> Request:
    """Nobody wants it any more."""
    return replace(_advanced(request, Status.CANCELLED), reason=reason)


def follow(request: Request, quoted: Quoted) -> Request:
    """As its quotation asks for it now; the same where nothing is different, or it is over."""
    if not request.is_open:
        return request
    after = replace(_wanting(request, quoted.wanted), quotation_line=quoted.line)
    return request if after == request else replace(after, version=request.version + 1)


def check_item(request: Request, item: ItemReplica, *, field: str | None = None) -> None:
    """Refuse an item that is not made, or is counted in another unit."""
    if item.procurement != "make":
        raise NotMade(item=item.code, procurement=item.procurement, field=field)
    if item.base_unit != request.unit:
        raise UnitDiffers(item=item.code, unit=item.base_unit, wanted=request.unit, field=field)


def _advanced(request: Request, to: Status) -> Request:
    return replace(
        request, status=LIFECYCLE.advance(request.status, to), version=request.version + 1
    )


def _estimated(request: Request, estimate: Estimate) -> Request:
    return replace(
        request,
        assignee=request.assignee if estimate.assignee is None else estimate.assignee,
        due_date=estimate.due_date or request.due_date,
        lead_time_days=(
            request.lead_time_days if estimate.lead_time_days is None else estimate.lead_time_days
        ),
    )


def _wanting(request: Request, wanted: Wanted) -> Request:
    return replace(
        request,
        description=wanted.description,
        description_en=wanted.description_en,
        specification=wanted.specification,
        attributes=wanted.attributes,
        quantity=wanted.quantity,
        unit=wanted.unit,
        requested_date=wanted.requested_date,
    )
