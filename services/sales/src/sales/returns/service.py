"""What can be done with customers' returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import Forbidden, NotFound, UnknownReference
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from chassis.paging import Page, PageRequest, page
from chassis.replicas import as_id
from sales.orders import service as orders
from sales.orders.rules import Order
from sales.replicas import service as replicas
from sales.returns import rules, store
from sales.returns.rules import Return, ReturnStatus, WantedReturnLine
from sales.returns.tables import returns as returns_table
from tongheng_contracts.inventory import GoodsReturn
from tongheng_contracts.sales import ReturnAuthorised, SalesReturn, SalesReturnLine

BACKDATE = "sales.return.backdate"
CUSTOMER_RETURN = "from_customer"


async def draft_return(
    session: AsyncSession, caller: Principal, *, order: str, lines: Sequence[WantedReturnLine], reason: str,
    business_date: date | None,
) -> Return:  # fmt: skip
    """Note what a customer wants to send back; refused when it was not shipped, or is returned already."""
    try:
        sold = await orders.lock_order(session, await orders.resolve_id(session, order))
    except NotFound:
        raise UnknownReference(
            what=("sales order", "销售订单"), reference=order, field="/order"
        ) from None
    company = (await replicas.resolve_companies(session, [sold.company])).get(sold.company)
    today = replicas.day_in(company.time_zone if company is not None else "")
    if business_date is not None and business_date < today and not caller.may(BACKDATE):
        raise Forbidden(permission=BACKDATE, field="/business_date")
    day = business_date or today
    items = await replicas.resolve_items(session, {line.item for line in sold.lines})
    drafted = rules.draft_lines(sold, lines, items=items)
    await _price(session, sold, drafted)
    (number,) = await draw(session, "return_numbers", "RMA", day.year, 1)
    document = Return(
        id=uuid7(), number=number, company=sold.company, version=1, status=ReturnStatus.DRAFT, business_date=day,
        posting_date=day, recorded_at=datetime.now(UTC), order_id=sold.id, order_number=sold.number,
        customer=sold.customer, currency=sold.currency, reason=reason, lines=drafted,
    )  # fmt: skip
    await store.insert_return(session, document)
    await record(session, _audit("draft", document, before=None))
    return document


async def authorise_return(
    session: AsyncSession, reference: str, *, expected: int | None
) -> Return:
    """Let the customer send the goods back; checked anew, for others may have been authorised meanwhile."""
    return_id = await _resolve(session, reference)
    unlocked = (await store.load_returns(session, [return_id], lock=False)).get(return_id)
    if unlocked is None:
        raise _not_found()
    # The order first: whoever authorises returns of it waits here.
    sold = await orders.lock_order(session, unlocked.order_id)
    document = (await store.load_returns(session, [return_id], lock=True))[return_id]
    check_version(expected, document.version)
    before = _told(document)
    rules.authorise(document)
    await _price(session, sold, document.lines)
    await store.save_returns(session, [document])
    await record(session, _audit("authorise", document, before=before))
    await emit(
        session, ReturnAuthorised(sales_return=document_of(document)), case=document.order_id
    )
    return document


async def cancel_return(session: AsyncSession, reference: str, *, expected: int | None) -> Return:
    """Give a return up that nothing has come back of."""
    return_id = await _resolve(session, reference)
    document = (await store.load_returns(session, [return_id], lock=True)).get(return_id)
    if document is None:
        raise _not_found()
    check_version(expected, document.version)
    before = _told(document)
    known_outside = document.status is ReturnStatus.AUTHORISED
    rules.cancel(document)
    await store.save_returns(session, [document])
    await record(session, _audit("cancel", document, before=before))
    if known_outside:
        # The same document at its next version: its status tells that nothing may come back any more.
        await emit(
            session, ReturnAuthorised(sales_return=document_of(document)), case=document.order_id
        )
    return document


async def take_goods(session: AsyncSession, came: Sequence[tuple[UUID, GoodsReturn]]) -> None:
    """Count what customers sent back; the return is received."""
    mine = sorted(
        ((event, one) for event, one in came if one.direction == CUSTOMER_RETURN),
        key=lambda pair: pair[1].id,
    )
    if not mine:
        return
    found = await store.load_returns(session, (one.authorisation for _, one in mine), lock=True)
    for _, one in mine:
        if one.authorisation not in found:
            raise UnknownReference(what=("sales return", "销售退货"), reference=one.authorisation)
    new = await store.insert_receipts(session, mine)
    touched: dict[UUID, Return] = {}
    for _, one in mine:
        if one.id in new:
            document = touched[one.authorisation] = found[one.authorisation]
            rules.receive(
                document, [(line.order_line, line.shipment, line.quantity) for line in one.lines]
            )
    await store.save_returns(session, list(touched.values()))


async def _price(session: AsyncSession, sold: Order, lines: Sequence[rules.ReturnLine]) -> None:
    rules.price_lines(
        sold,
        lines,
        taken=await store.load_taken(session, sold.id),
        shipped=await orders.shipped_of(session, sold.id),
    )


async def get_return(session: AsyncSession, reference: str) -> Return:
    """A return by id or number."""
    return_id = await _resolve(session, reference)
    document = (await store.load_returns(session, [return_id], lock=False)).get(return_id)
    if document is None:
        raise _not_found()
    return document


async def list_returns(
    session: AsyncSession, paging: PageRequest, *, company: str | None, customer: str | None, order: str | None,
    status: Sequence[str], number: str | None,
) -> Page[Return]:  # fmt: skip
    """Returns with their lines, newest first."""
    order_id: UUID | None = None
    if order is not None:
        try:
            order_id = await orders.resolve_id(session, order)
        except NotFound:
            return Page[Return].model_construct(items=[], next=None)
    query = store.returns_query(
        company=company, customer=customer, order=order_id, status=status, number=number
    )
    sorts = {
        "business_date": returns_table.c.business_date, "number": returns_table.c.number, "id": returns_table.c.id,
    }  # fmt: skip
    found = await page(
        session, query, paging, key=[returns_table.c.id], allowed_sorts=sorts, default_sort="-id",
        make=store.return_of,
    )  # fmt: skip
    await store.load_lines(session, {document.id: document for document in found.items})
    return found


async def _resolve(session: AsyncSession, reference: str) -> UUID:
    return_id = as_id(reference) or await store.find_id(session, number=reference)
    if return_id is None:
        raise _not_found()
    return return_id


def _not_found() -> NotFound:
    return NotFound(what=("sales return", "销售退货"))


def document_of(document: Return) -> SalesReturn:
    """The return as it is published."""
    return SalesReturn(
        id=document.id, number=document.number, company=document.company, version=document.version,
        status=document.status.value, business_date=document.business_date.isoformat(), order=document.order_id,
        order_number=document.order_number, customer=document.customer, currency=document.currency,
        reason=document.reason,
        lines=[
            SalesReturnLine(
                line=line.line, order_line=line.order_line, item=line.item, quantity=line.quantity, unit=line.unit,
                shipment=line.shipment, amount_net=line.amount_net, amount_tax=line.amount_tax,
                amount_gross=line.amount_gross, tax_code=line.tax_code, tax_rate=line.tax_rate,
            )
            for line in document.lines
        ],
    )  # fmt: skip


def _told(document: Return) -> dict[str, object]:
    return {
        "version": document.version, "status": document.status.value,
        "lines": {str(line.order_line): str(line.quantity) for line in document.lines},
        "amount_gross": str(document.amount_net + document.amount_tax),
    }  # fmt: skip


def _audit(action: str, document: Return, *, before: Mapping[str, object] | None) -> AuditEntry:
    return AuditEntry(
        action=f"sales.return.{action}", document_type="sales.return", document_id=document.id,
        number=document.number, company=document.company, before=before, after=_told(document),
    )  # fmt: skip
