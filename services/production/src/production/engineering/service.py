"""What can be done with engineering requests, and what quotations do to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import NotFound, UnknownReference
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from production.boms import service as boms
from production.engineering import rules, store
from production.engineering.rules import Change, Estimate, Quoted, Request, Wanted
from production.outlook import service as outlook
from production.replicas import service as replicas
from production.replicas.rules import ItemReplica
from production.routings import service as routings
from tongheng_contracts.production import (
    EngineeringRequest,
    EngineeringRequestChanged,
    EngineeringStatus,
)
from tongheng_contracts.sales import Quotation

DOCUMENT = "production.engineering_request"
NO_LONGER_QUOTED = "报价单已不再需要 / the quotation no longer asks for it"
QUOTE_CANCELLED = "报价单已取消 / the quotation was cancelled"


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it was entered; references are codes, ids or numbers."""

    company: str
    wanted: Wanted
    customer: str | None = None
    order: str | None = None
    order_line: int | None = None


def document_of(request: Request) -> EngineeringRequest:
    """The request as others see it."""
    return EngineeringRequest(
        id=request.id, number=request.number, company=request.company, version=request.version,
        status=request.status.value, business_date=request.business_date.isoformat(), customer=request.customer,
        quotation=request.quotation_id, quotation_number=request.quotation_number,
        quotation_line=request.quotation_line, order=request.order_id, order_number=request.order_number,
        order_line=request.order_line, description=request.description, description_en=request.description_en,
        specification=request.specification, attributes=dict(request.attributes), quantity=request.quantity,
        unit=request.unit, requested_date=_day(request.requested_date), assignee=request.assignee,
        due_date=_day(request.due_date), lead_time_days=request.lead_time_days, item=request.item, bom=request.bom,
        routing=request.routing, released_on=_day(request.released_on), reason=request.reason,
    )  # fmt: skip


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


async def raise_request(session: AsyncSession, caller: Principal, asked: NewRequest) -> Request:
    """Ask for something that nobody has made yet."""
    company = await replicas.resolve_company(session, asked.company)
    caller.check_company(company.code)
    customer = ""
    if asked.customer is not None:
        found = await replicas.resolve_customer(session, asked.customer, field="/customer")
        customer = found.code
        caller.check_partner(customer, field="/customer")
    order_id, order_number = None, ""
    if asked.order is not None:
        order_id, order_number = await _order(session, company.code, asked.order, asked.order_line)
    today = await replicas.today(session, company.code)
    (number,) = await numbers.draw(session, "engineering_request_numbers", "ER", today.year)
    wanted = asked.wanted
    made = Request(
        id=uuid7(), number=number, company=company.code, version=1, status=EngineeringStatus.REQUESTED,
        business_date=today, posting_date=today, customer=customer, quotation_id=None, quotation_number="",
        quotation_line=None, order_id=order_id, order_number=order_number, order_line=asked.order_line,
        description=wanted.description, description_en=wanted.description_en, specification=wanted.specification,
        attributes=wanted.attributes, quantity=wanted.quantity, unit=wanted.unit,
        requested_date=wanted.requested_date,
    )  # fmt: skip
    (stored,) = await store.add(session, [made])
    await _tell(session, "raise", [(None, stored)])
    return stored


async def _order(
    session: AsyncSession, company: str, ref: str, line: int | None
) -> tuple[UUID, str]:
    known = await outlook.find_order(session, company, ref)
    if known is None:
        raise UnknownReference(what=("sales order", "销售订单"), reference=ref, field="/order")
    order, number, lines = known
    if line is not None and line not in lines:
        raise UnknownReference(
            what=(f"line of order {number}:", f"订单 {number} 的行"),
            reference=line,
            field="/order_line",
        )
    return order, number


async def change_request(
    session: AsyncSession,
    ref: str,
    wish: Change,
    estimate: Estimate,
    *,
    expected: int | None,
) -> Request:
    """Change what is asked for, where it was asked by hand, or what is estimated."""
    before = await _locked(session, ref, expected)
    return await _save(session, "change", before, rules.change(before, wish, estimate))


async def take_request(
    session: AsyncSession, caller: Principal, ref: str, estimate: Estimate, *, expected: int | None
) -> Request:
    """Begin to engineer it; whoever is not named is the caller."""
    before = await _locked(session, ref, expected)
    by = estimate.assignee or caller.name or caller.subject
    after = rules.take(before, replace(estimate, assignee=by))
    return await _save(session, "take", before, after)


async def design_request(
    session: AsyncSession,
    ref: str,
    item: str,
    *,
    lead_time_days: int | None,
    expected: int | None,
) -> Request:
    """Name the item that it became."""
    before = await _locked(session, ref, expected)
    known = (await replicas.resolve_items(session, {item: "/item"}))[item]
    after = rules.design(before, known, lead_time_days=lead_time_days)
    return await _save(session, "design", before, after)


async def give_back(
    session: AsyncSession, ref: str, reason: str, *, expected: int | None
) -> Request:
    """Let it be engineered again."""
    before = await _locked(session, ref, expected)
    return await _save(session, "give_back", before, rules.give_back(before, reason))


async def release_request(session: AsyncSession, ref: str, *, expected: int | None) -> Request:
    """Let the item be sold and planned.

    Raises:
        NoBom: no bill of material is valid for it today.
    """
    before = await _locked(session, ref, expected)
    item = await _item(session, before.item) if before.item else None
    after = rules.release(
        before, item, await boms.boms_of(session, before.company, [before.item]),
        await routings.routings_of(session, before.company, [before.item]),
        await replicas.today(session, before.company),
    )  # fmt: skip
    return await _save(session, "release", before, after)


async def _item(session: AsyncSession, code: str) -> ItemReplica:
    return replicas.known_item(await replicas.find_items(session, [code]), code, field="/item")


async def reject_request(
    session: AsyncSession, ref: str, reason: str, *, expected: int | None
) -> Request:
    """Say that it cannot be made, and why."""
    before = await _locked(session, ref, expected)
    return await _save(session, "reject", before, rules.reject(before, reason))


async def cancel_request(
    session: AsyncSession, ref: str, reason: str, *, expected: int | None
) -> Request:
    """Give it up."""
    before = await _locked(session, ref, expected)
    return await _save(session, "cancel", before, rules.cancel(before, reason))


async def follow_quotations(session: AsyncSession, quotations: Sequence[Quotation]) -> None:
    """Raise what issued quotations ask for, follow what they change, give up what they no longer ask for.

    A quotation that is drafted anew changes nothing: it may be issued with the same line.
    """
    told = {each.id: each for each in quotations if each.status in ("issued", "cancelled")}
    asked = {
        quoted.id: (quotation, quoted)
        for quotation in told.values()
        if quotation.status == "issued"
        for quoted in _quoted(quotation)
    }
    if not told:
        return
    known = {each.id: each for each in await store.of_quotations(session, told, asked)}
    changes: list[tuple[Request, Request]] = []
    for before in known.values():
        if before.id in asked:
            changes.append((before, rules.follow(before, asked[before.id][1])))
        elif before.is_open:
            cancelled = told[_quotation_of(before)].status == "cancelled"
            reason = QUOTE_CANCELLED if cancelled else NO_LONGER_QUOTED
            changes.append((before, rules.cancel(before, reason)))
    changes = [(before, after) for before, after in changes if after is not before]
    await store.save(session, [after for _, after in changes])
    made = await _raised(session, [each for key, each in sorted(asked.items()) if key not in known])
    await _tell(session, "follow", [*changes, *((None, each) for each in made)])


def _quotation_of(request: Request) -> UUID:
    assert request.quotation_id is not None, "what was raised by hand is of no quotation"
    return request.quotation_id


def _quoted(quotation: Quotation) -> list[Quoted]:
    requested = quotation.requested_date
    day = date.fromisoformat(requested) if requested else None
    return [
        Quoted(
            asked.engineering_request, line.line,
            Wanted(
                asked.description, line.quantity, line.unit, asked.description_en, asked.specification,
                asked.attributes, day,
            ),
        )
        for line in quotation.lines
        if line.item is None and (asked := line.non_standard) is not None
    ]  # fmt: skip


async def _raised(
    session: AsyncSession, asked: Sequence[tuple[Quotation, Quoted]]
) -> list[Request]:
    made: list[Request] = []
    for quotation, quoted in asked:
        today = await replicas.today(session, quotation.company)
        (number,) = await numbers.draw(session, "engineering_request_numbers", "ER", today.year)
        wanted = quoted.wanted
        made.append(
            Request(
                id=quoted.id, number=number, company=quotation.company, version=1,
                status=EngineeringStatus.REQUESTED, business_date=today, posting_date=today,
                customer=quotation.customer, quotation_id=quotation.id, quotation_number=quotation.number,
                quotation_line=quoted.line, order_id=None, order_number="", order_line=None,
                description=wanted.description, description_en=wanted.description_en,
                specification=wanted.specification, attributes=wanted.attributes, quantity=wanted.quantity,
                unit=wanted.unit, requested_date=wanted.requested_date,
            )
        )  # fmt: skip
    return await store.add(session, made)


async def get(session: AsyncSession, ref: str) -> Request:
    """One request by id or number."""
    found = await store.find(session, ref)
    if found is None:
        raise _not_found()
    return found


def of_row(row: RowMapping) -> Request:
    """The request of a listed row."""
    return store.request_of(row)


def listing(
    filters: Mapping[str, object | None], statuses: Sequence[str]
) -> Select[tuple[object, ...]]:
    """Requests by what an engineer or planner looks for."""
    return store.listing(filters, statuses)


async def by_ids(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Request]:
    """The requests with these ids, within the caller's scope."""
    return {each.id: each for each in await store.by_ids(session, ids)}


async def of_order(session: AsyncSession, order: UUID) -> list[Request]:
    """What was raised by hand for a sales order."""
    return await store.of_order(session, order)


async def _locked(session: AsyncSession, ref: str, expected: int | None) -> Request:
    found = await store.find(session, ref, lock=True)
    if found is None:
        raise _not_found()
    check_version(expected, found.version)
    return found


async def _save(session: AsyncSession, action: str, before: Request, after: Request) -> Request:
    await store.save(session, [after])
    await _tell(session, action, [(before, after)])
    return after


async def _tell(
    session: AsyncSession, action: str, changes: Sequence[tuple[Request | None, Request]]
) -> None:
    cases = {
        str(after.id): after.quotation_id or after.order_id or after.id for _, after in changes
    }
    await emit(
        session,
        *(
            EngineeringRequestChanged(engineering_request=document_of(after))
            for _, after in changes
        ),
        case_of=lambda event: cases[event.key],
    )
    for before, after in changes:
        await record_change(session, f"{DOCUMENT}.{action}", before, after)


def _not_found() -> NotFound:
    return NotFound(what=("engineering request", "工程需求"))
