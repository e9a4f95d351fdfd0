"""Returns to suppliers: drafted, authorised, and followed until the goods have left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from purchasing.orders import service as orders
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas
from purchasing.returns import rules, store
from purchasing.returns.rules import NewLine, Return, Status
from tongheng_contracts.envelope import Event
from tongheng_contracts.purchasing import (
    PurchaseReturn,
    PurchaseReturnAuthorised,
    PurchaseReturnLine,
)

SEQUENCE, PREFIX = "purchase_return_numbers", "RTS"


def document_of(returning: Return) -> PurchaseReturn:
    """The return as others see it."""
    return PurchaseReturn(
        id=returning.id,
        number=returning.number,
        company=returning.company,
        version=returning.version,
        status=returning.status.value,
        business_date=returning.business_date.isoformat(),
        purchase_order=returning.purchase_order,
        purchase_order_number=returning.purchase_order_number,
        supplier=returning.supplier,
        warehouse=returning.warehouse,
        currency=returning.currency,
        reason=returning.reason,
        lines=[
            PurchaseReturnLine(
                line=line.line,
                order_line=line.order_line,
                item=line.item,
                quantity=line.quantity,
                unit=line.unit,
                unit_price=line.unit_price,
                amount_net=line.amount_net,
                amount_tax=line.amount_tax,
                tax_code=line.tax_code,
                tax_rate=line.tax_rate,
            )
            for line in returning.lines
        ],
    )


async def create_return(
    session: AsyncSession,
    *,
    purchase_order: str,
    lines: Sequence[NewLine],
    reason: str,
    warehouse: str | None = None,
    business_date: date | None = None,
) -> Return:
    """Draft a return of received goods to their supplier."""
    order = await orders.find(session, purchase_order, field="/purchase_order")
    items = await replicas.find_items(session, {line.item for line in order.lines})
    for index, asked in enumerate(lines):
        at = f"/lines/{index}"
        item = items.get(order.line(asked.line, field=f"{at}/line").item)
        if item is not None:
            masters.base_quantity(item, asked.quantity, None, field=f"{at}/quantity")
    place = order.warehouse
    if warehouse is not None:
        found = masters.find(
            await replicas.find_warehouses(session, [warehouse]),
            warehouse,
            masters.WAREHOUSE,
            "/warehouse",
        )
        masters.check_warehouse(found, order.company, field="/warehouse")
        place = found.code
    companies = await replicas.find_companies(session, [order.company])
    owner = masters.find(companies, order.company, masters.COMPANY, None)
    day = business_date or masters.local_day(owner, await replicas.now(session))
    (number,) = await numbers.draw(session, SEQUENCE, PREFIX, day.year)
    draft = rules.plan_return(
        order,
        tuple(lines),
        id=uuid7(),
        number=number,
        warehouse=place,
        reason=reason,
        business_date=day,
    )
    rules.check_returnable(order, draft, await store.authorised(session, order.id))
    await store.add(session, draft)
    await _record(session, "create", [(None, draft)])
    return await get(session, str(draft.id))


async def authorise_return(
    session: AsyncSession, ref: str, *, expected: int | None = None
) -> Return:
    """Let the goods leave; no more than was received, not yet returned and not promised to another return."""
    order_id = (await get(session, ref)).purchase_order
    # The order's lock: two returns of the same goods are authorised one after the other.
    order = await orders.lock(session, str(order_id))
    before = await _locked(session, ref, expected)
    after = rules.step(before, Status.AUTHORISED)
    rules.check_returnable(order, after, await store.authorised(session, order.id, but=after.id))
    await _save(session, "authorise", [(before, after)])
    return after


async def cancel_return(session: AsyncSession, ref: str, *, expected: int | None = None) -> Return:
    """Give up a return that has not left."""
    before = await _locked(session, ref, expected)
    after = rules.cancel(before)
    await _save(session, "cancel", [(before, after)], tell=before.status is not Status.DRAFT)
    return after


async def count_left(session: AsyncSession, left: Mapping[UUID, Mapping[int, Decimal]]) -> None:
    """Count goods that left, by return and order line."""
    changes = [
        (before, rules.count_returned(before, left[before.id]))
        for before in await store.load_many(session, left.keys(), lock=True)
    ]
    await _save(session, "return", changes)


async def _locked(session: AsyncSession, ref: str, expected: int | None) -> Return:
    found = await store.load(session, store.is_named(ref), lock=True)
    if not found:
        raise NotFound(what=("return to a supplier", "采购退货"))
    check_version(expected, found[0].version)
    return found[0]


async def _save(
    session: AsyncSession,
    action: str,
    changes: Sequence[tuple[Return, Return]],
    *,
    tell: bool = True,
) -> None:
    await store.save(session, changes)
    newer = [(before, after) for before, after in changes if before.version != after.version]
    if tell:
        await emit(
            session,
            *(PurchaseReturnAuthorised(purchase_return=document_of(after)) for _, after in newer),
            case_of=_case,
        )
    await _record(session, action, newer)


def _case(event: Event) -> object:
    """A return belongs to its order's case."""
    assert isinstance(event, PurchaseReturnAuthorised)
    return event.purchase_return.purchase_order


async def _record(
    session: AsyncSession, action: str, changes: Sequence[tuple[Return | None, Return]]
) -> None:
    await record(
        session,
        *(
            AuditEntry(
                action=f"purchasing.return.{action}",
                document_type="purchasing.return",
                document_id=after.id,
                number=after.number,
                company=after.company,
                before=None if before is None else document_of(before).model_dump(mode="json"),
                after=document_of(after).model_dump(mode="json"),
            )
            for before, after in changes
        ),
    )


async def get(session: AsyncSession, ref: str) -> Return:
    """One return by id or number."""
    found = await store.load(session, store.is_named(ref))
    if not found:
        raise NotFound(what=("return to a supplier", "采购退货"))
    return found[0]


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Return]:
    """The listed returns with their lines."""
    return await store.with_lines(session, heads)


async def listing(
    session: AsyncSession,
    *,
    company: str | None = None,
    supplier: str | None = None,
    status: str | None = None,
    number: str | None = None,
    order: str | None = None,
) -> Select[tuple[object, ...]]:
    """Returns by what a buyer looks for."""
    order_id = None if order is None else (await orders.get(session, order)).id
    return store.listing(
        company=company, supplier=supplier, status=status, number=number, order=order_id
    )
