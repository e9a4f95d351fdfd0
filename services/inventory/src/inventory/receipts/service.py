"""Goods arrive from suppliers: what inspection accepts is ours at the order's price, and serves who waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import UnknownReference, ValidationFailed
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.bins import service as bins
from inventory.bins.rules import Spot
from inventory.receipts import store
from inventory.receipts.rules import (
    CurrencyNotSupported,
    ReceiptAsked,
    ReceivedLine,
    check_lot,
    check_receivable,
)
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, check_quantity
from inventory.reservations import service as reservations
from inventory.stock.rules import ZERO, BalanceKey, ItemKey, Origin, Place, priced
from inventory.supplies import service as supplies
from inventory.supplies.rules import Order, check_receipt
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import GoodsReceived, InspectionFailed, Receipt, ReceiptLine


async def receive_goods(session: AsyncSession, asked: ReceiptAsked) -> Receipt:
    """Receive against a purchase order.

    Raises:
        UnknownReference: no such order, line or warehouse.
        InvalidState: the order is not approved.
        OverReceipt: more than ordered with its tolerance.
    """
    order = await _order(session, asked.purchase_order)
    _check_lines(order, asked)
    items = await replicas.resolve_items(
        session,
        {order.lines[a.line].item: f"/lines/{n}/line" for n, a in enumerate(asked.arrivals)},
    )
    warehouse = await _warehouse(session, order, asked)
    await bins.check(
        session,
        order.company,
        {Spot(warehouse, a.bin): f"/lines/{n}/bin" for n, a in enumerate(asked.arrivals)},
    )
    book = await valuation.open_book(session, {ItemKey(order.company, code) for code in items})
    locked = await supplies.find_order(session, str(order.id), lock=True)
    assert locked is not None, "purchase orders are never deleted"
    accepted = _check(locked, asked, items)

    day = await replicas.business_day(session, order.company, asked.day)
    [number] = await numbers.draw(session, "receipt_numbers", "GR", day.year)
    fact = _post(book, locked, asked, items, warehouse, day, number)
    await valuation.write(session, book)
    await supplies.count_accepted(session, order.id, accepted)
    await _save(session, fact)
    await _state(session, fact)
    await reservations.settle(
        session, book, {ItemKey(order.company, order.lines[line].item) for line in accepted}
    )
    return fact


async def _order(session: AsyncSession, ref: str) -> Order:
    order = await supplies.find_order(session, ref)
    if order is None:
        raise UnknownReference(
            what=("purchase order", "采购订单"), reference=ref, field="/purchase_order"
        )
    check_receivable(order)
    company = await replicas.resolve_company(session, order.company)
    if order.currency != company.currency:
        raise CurrencyNotSupported(
            currency=order.currency, own=company.currency, field="/purchase_order"
        )
    return order


def _check_lines(order: Order, asked: ReceiptAsked) -> None:
    for index, arrival in enumerate(asked.arrivals):
        if arrival.line not in order.lines:
            raise UnknownReference(
                what=("order line", "订单行"), reference=arrival.line, field=f"/lines/{index}/line"
            )
        if arrival.accepted == 0 and arrival.rejected == 0:
            raise ValidationFailed(
                en="Something must have arrived: give what was accepted or rejected.",
                zh="请填写合格或不合格数量。",
                field=f"/lines/{index}/accepted",
            )


async def _warehouse(session: AsyncSession, order: Order, asked: ReceiptAsked) -> str:
    ref = asked.warehouse or order.warehouse
    found = await replicas.resolve_warehouses(session, order.company, {ref: "/warehouse"})
    return found[ref].code


def _check(
    order: Order, asked: ReceiptAsked, items: Mapping[str, ItemReplica]
) -> dict[int, Decimal]:
    """What is accepted per order line, after all refusals."""
    check_receivable(order)
    accepted: dict[int, Decimal] = {}
    for index, arrival in enumerate(asked.arrivals):
        line = order.lines[arrival.line]
        item = items[line.item]
        check_quantity(item, arrival.accepted, field=f"/lines/{index}/accepted")
        check_quantity(item, arrival.rejected, field=f"/lines/{index}/rejected")
        if arrival.accepted > 0:
            check_lot(item, arrival.lot, field=f"/lines/{index}/lot")
            accepted[line.line] = accepted.get(line.line, ZERO) + arrival.accepted
            check_receipt(order, line, accepted[line.line], field=f"/lines/{index}/accepted")
    return accepted


def _post(
    book: Book,
    order: Order,
    asked: ReceiptAsked,
    items: Mapping[str, ItemReplica],
    warehouse: str,
    day: date,
    number: str,
) -> Receipt:
    fact = uuid7()
    origin = Origin("inventory.GoodsReceived", fact, number, day, day)
    lines: list[ReceiptLine] = []
    for n, arrival in enumerate(asked.arrivals, start=1):
        ordered = order.lines[arrival.line]
        item = items[ordered.item]
        amount = priced(arrival.accepted, ordered.unit_price)
        valuation_class = item.valuation_class
        if arrival.accepted > 0:
            place = BalanceKey(order.company, item.code, warehouse, arrival.bin, arrival.lot)
            value = book.receive(
                place,
                arrival.accepted,
                amount,
                source=Place.SUPPLIER,
                valuation_class=valuation_class,
                unit=item.base_unit,
                origin=origin,
                line=n,
                expiry_date=arrival.expiry,
            )
            valuation_class = value.valuation_class
        lines.append(
            ReceiptLine(
                line=n,
                order_line=arrival.line,
                item=item.code,
                accepted=arrival.accepted,
                rejected=arrival.rejected,
                unit=ordered.unit,
                unit_price=ordered.unit_price,
                amount=amount,
                valuation_class=valuation_class,
                lot=arrival.lot,
                bin=arrival.bin,
                expiry_date=arrival.expiry.isoformat() if arrival.expiry else None,
                tax_code=ordered.tax_code,
                tax_rate=ordered.tax_rate,
            )
        )
    return Receipt(
        id=fact,
        number=number,
        company=order.company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        purchase_order=order.id,
        purchase_order_number=order.number,
        supplier=order.supplier,
        warehouse=warehouse,
        currency=order.currency,
        lines=lines,
        amount=sum((line.amount for line in lines), ZERO),
    )


async def _save(session: AsyncSession, fact: Receipt) -> None:
    dates: dict[str, object] = {
        "business_date": date.fromisoformat(fact.business_date),
        "posting_date": date.fromisoformat(fact.posting_date),
    }
    head = {
        "id": fact.id,
        "number": fact.number,
        "company": fact.company,
        "purchase_order": fact.purchase_order,
        "purchase_order_number": fact.purchase_order_number,
        "supplier": fact.supplier,
        "warehouse": fact.warehouse,
        "currency": fact.currency,
        "amount": fact.amount,
        **dates,
    }
    lines = [
        {
            "receipt_id": fact.id,
            "line": line.line,
            "company": fact.company,
            "purchase_order": fact.purchase_order,
            "order_line": line.order_line,
            "item": line.item,
            "unit": line.unit,
            "accepted": line.accepted,
            "rejected": line.rejected,
            "unit_price": line.unit_price,
            "amount": line.amount,
            "valuation_class": line.valuation_class,
            "lot": line.lot,
            "bin": line.bin,
            "expiry_date": date.fromisoformat(line.expiry_date) if line.expiry_date else None,
            "tax_code": line.tax_code,
            "tax_rate": line.tax_rate,
            **dates,
        }
        for line in fact.lines
    ]
    await store.insert(session, head, lines)


async def _state(session: AsyncSession, fact: Receipt) -> None:
    accepted = sum((line.accepted for line in fact.lines), ZERO)
    if accepted > 0:
        await emit(session, GoodsReceived(receipt=fact), case=fact.purchase_order)
        await tallies.add(session, [Tally(fact.company, "received", fact.amount, accepted)])
    if any(line.rejected > 0 for line in fact.lines):
        await emit(session, InspectionFailed(receipt=fact), case=fact.purchase_order)
    await record(
        session,
        AuditEntry(
            action="inventory.receipt.create",
            document_type="receipt",
            document_id=fact.id,
            number=fact.number,
            company=fact.company,
            after={
                "purchase_order": fact.purchase_order_number,
                "amount": fact.amount,
                "accepted": accepted,
            },
        ),
    )


async def lines_of(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of some receipts."""
    return await store.lines_of(session, ids) if ids else {}


async def returnable(
    session: AsyncSession, order_id: UUID, order_lines: Sequence[int]
) -> list[ReceivedLine]:
    """What may go back to the supplier, from the latest receipt first."""
    return await store.returnable(session, order_id, order_lines)


async def count_returned(
    session: AsyncSession, returned: Mapping[tuple[UUID, int], Decimal]
) -> None:
    """Count what went back."""
    await store.count_returned(session, returned)


async def list_receipts(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Receipts with their lines, the newest first."""
    found = await store.listed(session, paging, **filters)
    lines = await lines_of(session, [row["id"] for row in found.items])
    return Page(items=[{**row, "lines": lines[row["id"]]} for row in found.items], next=found.next)


async def find_receipt(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One receipt with its lines, by id or number."""
    row = await store.find(session, ref)
    return {**row, "lines": (await lines_of(session, [row["id"]]))[row["id"]]} if row else None
