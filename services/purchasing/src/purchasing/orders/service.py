"""Purchase orders: entered, approved, changed, and followed by what is received, returned and billed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import BusinessError, NotFound, SelfApproval, UnknownReference
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from purchasing.agreements import rules as agreement_rules
from purchasing.agreements import service as agreements
from purchasing.approvals import service as approvals
from purchasing.orders import rules, store
from purchasing.orders.rules import Known, NewOrder, Order, OrderChange
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas
from purchasing.requisitions import service as requisitions
from purchasing.supplier_items import service as supplier_items
from tongheng_contracts.envelope import Event
from tongheng_contracts.finance import Bill
from tongheng_contracts.purchasing import (
    PurchaseOrder,
    PurchaseOrderApproved,
    PurchaseOrderChanged,
    PurchaseOrderLine,
)
from tongheng_contracts.purchasing import PurchaseOrderStatus as Status

SEQUENCE, PREFIX = "purchase_order_numbers", "PO"
BILL_VOID = frozenset({"blocked", "cancelled", "rejected"})


def document_of(order: Order) -> PurchaseOrder:
    """The order as others see it."""
    return PurchaseOrder(
        id=order.id,
        number=order.number,
        company=order.company,
        version=order.version,
        status=order.status.value,
        business_date=order.business_date.isoformat(),
        supplier=order.supplier,
        warehouse=order.warehouse,
        currency=order.currency,
        tolerance=order.tolerance,
        payment_days=order.payment_days,
        lines=[
            PurchaseOrderLine(
                line=line.line,
                item=line.item,
                quantity=line.quantity,
                unit=line.unit,
                unit_price=line.unit_price,
                amount_net=line.amount_net,
                amount_tax=line.amount_tax,
                tax_code=line.tax_code,
                tax_rate=line.tax_rate,
                due_date=line.due_date.isoformat(),
                quantity_cancelled=line.quantity_cancelled,
            )
            for line in order.lines
        ],
        amount_net=order.amount_net,
        amount_tax=order.amount_tax,
        amount_gross=order.amount_net + order.amount_tax,
    )


def _entry(action: str, before: Order | None, after: Order) -> AuditEntry:
    return AuditEntry(
        action=f"purchasing.order.{action}",
        document_type="purchasing.order",
        document_id=after.id,
        number=after.number,
        company=after.company,
        before=None if before is None else document_of(before).model_dump(mode="json"),
        after=document_of(after).model_dump(mode="json"),
    )


def _event(before: Order, after: Order) -> Event:
    if after.status is Status.APPROVED and before.status is not Status.APPROVED:
        return PurchaseOrderApproved(order=document_of(after))
    return PurchaseOrderChanged(order=document_of(after))


# --- drafts ----------------------------------------------------------------------------------------------------


async def create_orders(
    session: AsyncSession, caller: Principal, asked: Sequence[NewOrder | BusinessError]
) -> list[Order | BusinessError]:
    """Draft orders; each is stored, or refused with its reason. Drafts are nobody else's business."""
    known = await _known(session, [each for each in asked if isinstance(each, NewOrder)])
    left = agreements.by_id(known.agreements)
    results: list[Order | BusinessError] = []
    for each in asked:
        if isinstance(each, BusinessError):
            results.append(each)
            continue
        try:
            company = masters.find(known.companies, each.company, masters.COMPANY, "/company")
            caller.check_company(company.code)
            order = rules.plan_order(each, known, id=uuid7())
            caller.check_partner(order.supplier, field="/supplier")
            left = agreement_rules.draw(left, order.drawn)
            results.append(replace(order, recorded_at=known.now))
        except BusinessError as refusal:
            results.append(refusal)
    planned = [each for each in results if isinstance(each, Order)]
    numbered = dict(zip((o.id for o in planned), await _numbers(session, planned), strict=True))
    results = [
        replace(each, number=numbered[each.id]) if isinstance(each, Order) else each
        for each in results
    ]
    drafts = [each for each in results if isinstance(each, Order)]
    await store.add(session, drafts)
    await agreements.count(
        session, agreements.total([draw for each in drafts for draw in each.drawn.items()])
    )
    await record(session, *(_entry("create", None, order) for order in drafts))
    return results


async def create_order(session: AsyncSession, caller: Principal, asked: NewOrder) -> Order:
    """Draft one order."""
    (outcome,) = await create_orders(session, caller, [asked])
    if isinstance(outcome, BusinessError):
        raise outcome
    return outcome


async def _numbers(session: AsyncSession, orders: Sequence[Order]) -> list[str]:
    drawn: dict[UUID, str] = {}
    for year in sorted({order.business_date.year for order in orders}):
        ids = [order.id for order in orders if order.business_date.year == year]
        found = await numbers.draw(session, SEQUENCE, PREFIX, year, len(ids))
        drawn |= zip(ids, found, strict=True)
    return [drawn[order.id] for order in orders]


async def _known(session: AsyncSession, asked: Iterable[NewOrder]) -> Known:
    """The master records that these orders refer to, each kind in one statement."""
    orders = list(asked)
    items = await replicas.find_items(
        session, {line.item for order in orders for line in order.lines}
    )
    partners = await replicas.find_partners(session, {order.supplier for order in orders})
    codes = {line.tax_code for order in orders for line in order.lines if line.tax_code}
    pairs = {
        (partners[order.supplier].code, items[line.item].code)
        for order in orders
        if order.supplier in partners
        for line in order.lines
        if line.item in items
    }
    return Known(
        now=await replicas.now(session),
        companies=await replicas.find_companies(session, {order.company for order in orders}),
        partners=partners,
        warehouses=await replicas.find_warehouses(session, {o.warehouse for o in orders}),
        items=items,
        tax_codes=await replicas.find_tax_codes(
            session, codes | {item.tax_code for item in items.values()}
        ),
        offers=await supplier_items.offers(session, pairs),
        agreements=await agreements.lock(
            session, {line.agreement for order in orders for line in order.lines if line.agreement}
        ),
    )


async def amend_order(
    session: AsyncSession, ref: str, change: OrderChange, *, expected: int | None
) -> Order:
    """Change a draft in any way, or days of delivery later on."""
    before = await _locked(session, ref, expected)
    lines = [
        rules.NewLine(
            line.item or _item_of(before, line.line),
            line.quantity or rules.ZERO,
            tax_code=line.tax_code or _tax_code_of(before, line.line),
            agreement=line.agreement,
        )
        for line in change.lines
        if not line.is_due_date_only
    ]
    if before.status is Status.DRAFT:
        # Locked with the others, so that what is drawn more is checked against what is left.
        lines += [
            rules.NewLine(
                line.item, line.quantity, tax_code=line.tax_code, agreement=line.agreement_number
            )
            for line in before.lines
            if line.agreement_number is not None
        ]
    asked = NewOrder(
        before.company, before.supplier, change.warehouse or before.warehouse, tuple(lines)
    )
    known = await _known(session, [asked])
    after = rules.amend(before, change, known)
    agreement_rules.draw(agreements.by_id(known.agreements), rules.changed_draws(before, after))
    await _save(session, "change", [(before, after)], tell=before.status is not Status.DRAFT)
    if before.status is Status.DRAFT:
        quantities = {line.line: line.quantity for line in after.lines}
        await requisitions.order_lines_changed(session, after.id, quantities)
    return after


def _item_of(order: Order, line: int | None) -> str:
    return next((each.item for each in order.lines if each.line == line), "")


def _tax_code_of(order: Order, line: int | None) -> str | None:
    return next((each.tax_code for each in order.lines if each.line == line), None)


# --- steps -----------------------------------------------------------------------------------------------------


async def submit_order(session: AsyncSession, ref: str, *, expected: int | None = None) -> Order:
    """Ask for approval; from now on others see the order."""
    before = await _locked(session, ref, expected)
    bought = [(line.item, line.amount_net) for line in before.lines]
    needed = await approvals.approvals_needed(session, before.company, bought)
    after = rules.submit(before, approvals=needed)
    await _check_supplier(session, before)
    await _save(session, "submit", [(before, after)])
    return after


async def approve_order(
    session: AsyncSession, ref: str, *, expected: int | None = None, not_by: str | None = None
) -> Order:
    """Let the order go to the supplier, with the last approval that it needs: goods may be received.

    `not_by`: who must not have entered it, because he approves it.
    """
    before = await _locked(session, ref, expected)
    if not_by is not None and await store.entered_by(session, before.id) == not_by:
        raise SelfApproval
    after = rules.approve(before)
    if before.approvals_given and await store.approved_by_caller(session, before.id):
        raise rules.ApprovedAlready
    await _check_supplier(session, before)
    await store.add_approval(session, after)
    await _save(session, "approve", [(before, after)])
    return after


async def cancel_order(session: AsyncSession, ref: str, *, expected: int | None = None) -> Order:
    """Give up what was not received."""
    before = await _locked(session, ref, expected)
    after = rules.cancel(before)
    await _save(session, "cancel", [(before, after)], tell=before.status is not Status.DRAFT)
    await requisitions.order_lines_changed(session, after.id, {})
    return after


async def close_order(session: AsyncSession, ref: str, *, expected: int | None = None) -> Order:
    """End the order; what was not received is not expected any more."""
    before = await _locked(session, ref, expected)
    after = rules.close(before)
    await _save(session, "close", [(before, after)])
    await requisitions.order_lines_changed(session, after.id, {})
    return after


async def _locked(session: AsyncSession, ref: str, expected: int | None) -> Order:
    found = await store.load(session, store.is_named(ref), lock=True)
    if not found:
        raise NotFound(what=("purchase order", "采购订单"))
    check_version(expected, found[0].version)
    return found[0]


async def _check_supplier(session: AsyncSession, order: Order) -> None:
    partners = await replicas.find_partners(session, [order.supplier])
    masters.check_supplier(
        masters.find(partners, order.supplier, masters.PARTNER, None, active=False)
    )


async def _save(
    session: AsyncSession,
    action: str,
    changes: Sequence[tuple[Order, Order]],
    *,
    tell: bool = True,
) -> None:
    """Write changed orders, and tell of those whose version has grown."""
    await store.save(session, changes)
    draws = [
        draw for before, after in changes for draw in rules.changed_draws(before, after).items()
    ]
    await agreements.count(session, agreements.total(draws))
    newer = [(before, after) for before, after in changes if after.version != before.version]
    if tell:
        await emit(
            session,
            *(_event(before, after) for before, after in newer),
            case_of=lambda event: event.key,
        )
    await record(session, *(_entry(action, before, after) for before, after in newer))


# --- reading ---------------------------------------------------------------------------------------------------


async def get(session: AsyncSession, ref: str) -> Order:
    """One order by id or number."""
    found = await store.load(session, store.is_named(ref))
    if not found:
        raise NotFound(what=("purchase order", "采购订单"))
    return found[0]


async def find(session: AsyncSession, ref: str, *, field: str) -> Order:
    """The order that a field of a request names."""
    found = await store.load(session, store.is_named(ref))
    if not found:
        raise UnknownReference(what=("purchase order", "采购订单"), reference=ref, field=field)
    return found[0]


async def lock(session: AsyncSession, ref: str) -> Order:
    """One order by id or number, locked against every other change of it."""
    return await _locked(session, ref, None)


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Order]:
    """The listed orders with their lines."""
    return await store.with_lines(session, heads)


def listing(
    *,
    company: str | None = None,
    supplier: str | None = None,
    warehouse: str | None = None,
    status: str | None = None,
    number: str | None = None,
    item: str | None = None,
    due_before: date | None = None,
    agreement: str | None = None,
) -> Select[tuple[object, ...]]:
    """Orders by what a buyer looks for."""
    return store.listing(
        company=company,
        supplier=supplier,
        warehouse=warehouse,
        status=status,
        number=number,
        item=item,
        due_before=due_before,
        agreement=agreement,
    )


async def open_values(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, Decimal, Decimal, int]]:
    """Per company what suppliers owed at the cut: net amount, quantity, number of orders."""
    return await store.open_values(session, cut)


# --- facts of others -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a receipt, or of a return to the supplier, as inventory told of it."""

    source_event: UUID
    source_id: UUID
    source_number: str
    line: int
    company: str
    order: UUID
    order_line: int
    quantity: Decimal
    business_date: date
    posting_date: date


async def count_received(session: AsyncSession, lines: Sequence[Movement]) -> None:
    """Count accepted goods on the orders' lines; the orders become partly or wholly received."""
    orders = await store.load_many(session, {line.order for line in lines}, lock=True)
    counted = await _count(session, "received", lines)
    changes = [
        (order, rules.receive(order, counted[order.id])) for order in orders if order.id in counted
    ]
    await _save(session, "receive", changes)


async def count_returned(session: AsyncSession, lines: Sequence[Movement]) -> None:
    """Count goods that went back to the supplier on the orders' lines."""
    orders = await store.load_many(session, {line.order for line in lines}, lock=True)
    counted = await _count(session, "returned", lines)
    changes = [
        (order, rules.count_returned(order, counted[order.id]))
        for order in orders
        if order.id in counted
    ]
    await _save(session, "return", changes)


async def _count(
    session: AsyncSession, kind: str, lines: Sequence[Movement]
) -> dict[UUID, dict[int, Decimal]]:
    """Keep the facts' lines; the sums by order and line of those that were not counted before."""
    rows = [
        {
            "source_event": line.source_event,
            "line": line.line,
            "kind": kind,
            "source_id": line.source_id,
            "source_number": line.source_number,
            "company": line.company,
            "order_id": line.order,
            "order_line": line.order_line,
            "quantity": line.quantity,
            "business_date": line.business_date,
            "posting_date": line.posting_date,
        }
        for line in lines
    ]
    sums: dict[UUID, dict[int, Decimal]] = {}
    for order, number, quantity in await store.count_movements(session, rows):
        of_order = sums.setdefault(order, {})
        of_order[number] = of_order.get(number, rules.ZERO) + quantity
    return sums


async def count_billed(session: AsyncSession, bills: Sequence[Bill]) -> None:
    """Keep what is billed of the orders' lines, and at which price last."""
    rows = [
        {
            "bill_id": bill.id,
            "line": line.line,
            "company": bill.company,
            "order_id": line.purchase_order,
            "order_line": line.order_line,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "business_date": date.fromisoformat(bill.business_date),
        }
        for bill in bills
        if bill.status not in BILL_VOID
        for line in bill.lines
    ]
    await store.replace_bills(session, [bill.id for bill in bills], rows)
