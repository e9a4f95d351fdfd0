"""What can be done with quotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import BusinessError, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from chassis.paging import Page, PageRequest, page
from chassis.replicas import as_id
from sales.orders import service as orders
from sales.orders.rules import Order
from sales.orders.service import WantedOrder
from sales.outlook import service as outlook
from sales.outlook.rules import Engineering
from sales.quotations import rules, store
from sales.quotations.rules import Offer, Quotation, QuotationLine, Wanted, WantedNonStandard
from sales.quotations.tables import quotations as table
from sales.replicas import service as replicas
from tongheng_contracts.sales import NonStandard as NonStandardDocument
from tongheng_contracts.sales import Quotation as QuotationDocument
from tongheng_contracts.sales import QuotationLine as QuotationLineDocument
from tongheng_contracts.sales import QuoteChanged, QuoteIssued

DOCUMENT = "sales.quotation"


@dataclass(frozen=True, slots=True)
class Change:
    """What a PATCH asks for; `given` names the fields that it has."""

    given: frozenset[str]
    valid_until: date | None = None
    requested_date: date | None = None
    lines: tuple[Wanted, ...] | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """A revision as the customer has it."""

    revision: int
    recorded_at: datetime
    document: Mapping[str, Any]


async def draft_quotation(
    session: AsyncSession,
    caller: Principal,
    head: WantedOrder,
    lines: Sequence[Wanted],
    *,
    valid_until: date,
) -> Quotation:
    """Draft an offer, priced as an order of today would be; the lines are given apart, for not each has an item."""
    priced, offer = await _priced(session, caller, head, lines)
    rules.check_last_day(valid_until, priced.business_date)
    (number,) = await draw(session, "quotation_numbers", "QT", priced.business_date.year)
    drafted = rules.draft(priced, offer, id=uuid7(), number=number, valid_until=valid_until)
    recorded = await store.add(session, drafted)
    await record_change(session, f"{DOCUMENT}.draft", None, recorded)
    return recorded


async def change_quotation(
    session: AsyncSession, caller: Principal, ref: str, asked: Change, *, expected: int | None
) -> Quotation:
    """Change what is drafted or issued; it is a draft again until it is issued anew."""
    before = await _locked(session, ref, expected)
    rules.check_changeable(before)
    valid_until = asked.valid_until or before.valid_until
    if asked.valid_until is not None:
        rules.check_last_day(valid_until, await _today(session, before))
    requested = asked.requested_date if "requested_date" in asked.given else before.requested_date
    offer = None
    if asked.lines is not None:
        head = WantedOrder(before.company, before.customer, (), before.currency)
        _, offer = await _priced(session, caller, head, asked.lines, before.lines)
    after = rules.change(before, valid_until=valid_until, requested_date=requested, offer=offer)
    return await _save(session, "change", before, after)


async def _priced(
    session: AsyncSession,
    caller: Principal,
    head: WantedOrder,
    lines: Sequence[Wanted],
    before: Sequence[QuotationLine] = (),
) -> tuple[Order, Offer]:
    priced = await orders.price_order(session, caller, replace(head, lines=rules.standard(lines)))
    codes = {line.tax_code for line in lines if isinstance(line, WantedNonStandard)}
    offer = rules.offer_of(priced, lines, await replicas.tax_rates(session, codes))
    known = rules.requested_as_before(before, offer.lines, iter(uuid7, None))
    return priced, replace(offer, lines=known)


async def issue_quotation(session: AsyncSession, ref: str, *, expected: int | None) -> Quotation:
    """Offer it to the customer; what he gets is kept as this revision."""
    before = await _locked(session, ref, expected)
    after = rules.issue(before, today=await _today(session, before))
    await store.add_issue(session, after, _document(after))
    return await _save(session, "issue", before, after)


async def accept_quotation(
    session: AsyncSession,
    caller: Principal,
    ref: str,
    *,
    expected: int | None,
    channel_number: str | None = None,
    business_date: date | None = None,
    priority: int = 100,
) -> Quotation:
    """Make an order of it, at its prices; the order is asked for credit like any other.

    Raises:
        QuotationExpired: the order's day is after the last one.
        BusinessError: the order is refused; then the quotation stays as it was.
    """
    before = await _locked(session, ref, expected)
    wanted = rules.order_of(
        before,
        day=business_date or await _today(session, before),
        business_date=business_date,
        channel_number=channel_number,
        priority=priority,
    )
    (placed,) = await orders.place_orders(session, caller, [wanted])
    if isinstance(placed, BusinessError):
        raise placed
    return await _save(session, "accept", before, rules.accept(before, placed))


async def name_items(session: AsyncSession, items: Mapping[UUID, str]) -> None:
    """Give lines the items that their engineering requests have become; what is accepted or cancelled stays as it is."""
    for before in await store.lock_with(session, items):
        after = rules.name_items(before, items)
        if after is not before:
            await _save(session, "name_items", before, after)


async def cancel_quotation(
    session: AsyncSession, ref: str, *, expected: int | None, reason: str
) -> Quotation:
    """Give it up."""
    before = await _locked(session, ref, expected)
    return await _save(session, "cancel", before, rules.cancel(before, reason=reason))


async def get_quotation(session: AsyncSession, ref: str) -> Quotation:
    """A quotation by id or number."""
    found = await store.load(session, await _resolve(session, ref))
    if found is None:
        raise _not_found()
    return found


async def list_quotations(
    session: AsyncSession,
    paging: PageRequest,
    filters: Mapping[str, str | None],
    *,
    status: Sequence[str],
    item: str | None,
) -> Page[Quotation]:
    """Quotations with their lines, newest first."""
    sorts = {
        "business_date": table.c.business_date, "valid_until": table.c.valid_until, "number": table.c.number,
        "amount_net": table.c.amount_net, "id": table.c.id,
    }  # fmt: skip
    found = await page(
        session, store.query(filters, status=status, item=item), paging, key=[table.c.id],
        allowed_sorts=sorts, default_sort="-id", make=store.quotation_of,
    )  # fmt: skip
    items = await store.with_lines(session, found.items)
    return Page[Quotation].model_construct(items=items, next=found.next)


async def issues_of(session: AsyncSession, ref: str) -> list[Issue]:
    """Each revision that the customer was offered, the first one first."""
    quotation = await get_quotation(session, ref)
    rows = await store.load_issues(session, quotation.id)
    return [Issue(row.revision, row.recorded_at, row.document) for row in rows]


async def engineering_of(
    session: AsyncSession, found: Sequence[Quotation]
) -> Mapping[UUID, Engineering]:
    """How far production is with what these quotations offer without an item."""
    asked = {line.engineering_request for one in found for line in one.lines}
    return await outlook.requests_of(session, {each for each in asked if each is not None})


async def days(session: AsyncSession, found: Sequence[Quotation]) -> Mapping[str, date]:
    """The day it is at the companies of these quotations."""
    return await replicas.days_at(session, {one.company for one in found})


async def _today(session: AsyncSession, quotation: Quotation) -> date:
    return (await days(session, [quotation]))[quotation.company]


async def _resolve(session: AsyncSession, ref: str) -> UUID:
    found = as_id(ref) or await store.find_id(session, number=ref)
    if found is None:
        raise _not_found()
    return found


def _not_found() -> NotFound:
    return NotFound(what=("quotation", "报价单"))


async def _locked(session: AsyncSession, ref: str, expected: int | None) -> Quotation:
    found = await store.load(session, await _resolve(session, ref), lock=True)
    if found is None:
        raise _not_found()
    check_version(expected, found.version)
    return found


async def _save(
    session: AsyncSession, action: str, before: Quotation, after: Quotation
) -> Quotation:
    await store.save(session, before, after)
    await record_change(session, f"{DOCUMENT}.{action}", before, after)
    if after.revision > before.revision:
        await emit(session, QuoteIssued(quotation=document_of(after)), case=after.id)
    elif after.revision:
        # What the customer never had is nobody else's business.
        await emit(session, QuoteChanged(quotation=document_of(after)), case=after.id)
    return after


def document_of(quotation: Quotation) -> QuotationDocument:
    """The quotation as others see it."""
    requested = quotation.requested_date
    return QuotationDocument(
        id=quotation.id, number=quotation.number, company=quotation.company, version=quotation.version,
        status=quotation.status.value, business_date=quotation.business_date.isoformat(), customer=quotation.customer,
        currency=quotation.currency, valid_until=quotation.valid_until.isoformat(),
        requested_date=requested and requested.isoformat(), revision=quotation.revision, order=quotation.order_id,
        order_number=quotation.order_number or "", reason=quotation.reason, amount_net=quotation.amount_net,
        amount_tax=quotation.amount_tax, amount_gross=quotation.amount_gross,
        lines=[
            QuotationLineDocument(
                line=line.line, item=line.item, quantity=line.quantity, unit=line.unit, warehouse=line.warehouse,
                unit_price=line.unit_price, amount_net=line.amount_net, amount_tax=line.amount_tax,
                amount_gross=line.amount_gross, tax_code=line.tax_code, tax_rate=line.tax_rate,
                non_standard=_thing(line),
            )
            for line in quotation.lines
        ],
    )  # fmt: skip


def _thing(line: QuotationLine) -> NonStandardDocument | None:
    if line.non_standard is None or line.engineering_request is None:
        return None
    return NonStandardDocument(
        engineering_request=line.engineering_request, **asdict(line.non_standard)
    )


def _document(issued: Quotation) -> dict[str, Any]:
    """What the customer is offered; figures as strings, as everywhere in JSON."""
    return {
        "valid_until": issued.valid_until.isoformat(),
        "requested_date": issued.requested_date and issued.requested_date.isoformat(),
        "amount_net": str(issued.amount_net),
        "amount_tax": str(issued.amount_tax),
        "amount_gross": str(issued.amount_gross),
        "lines": [
            {
                "line": line.line, "item": line.item, "quantity": str(line.quantity), "unit": line.unit,
                "warehouse": line.warehouse, "unit_price": str(line.unit_price),
                "amount_net": str(line.amount_net), "amount_tax": str(line.amount_tax),
                "amount_gross": str(line.amount_gross), "tax_code": line.tax_code, "tax_rate": str(line.tax_rate),
                "price_source": line.price_source, "quoted_quantity": str(line.quoted_quantity),
                "quoted_unit": line.quoted_unit, "quoted_price": str(line.quoted_price),
                "price_list": line.price_list,
                "non_standard": None if line.non_standard is None else {
                    "engineering_request": str(line.engineering_request), **asdict(line.non_standard),
                },
                "price_from": None if line.price_from is None else str(line.price_from),
            }
            for line in issued.lines
        ],
    }  # fmt: skip
