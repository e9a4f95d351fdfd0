"""What the facts of inventory and finance do to orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import UnknownReference
from sales.credit import service as credit
from sales.orders import rules, store
from sales.orders.rules import Order, Reserved, ReservedLine
from sales.orders.service.saving import save
from sales.replicas import service as replicas
from tongheng_contracts.inventory import Reservation, Shipment
from tongheng_contracts.sales import OrderStatus

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settlement:
    """That an order was invoiced, credited or paid, by a fact of finance."""

    source_event: UUID
    order: UUID
    company: str
    kind: str
    """invoice, credit_note, reduction (goods credited before they were invoiced) or payment."""
    document: UUID
    number: str
    amount: Decimal
    business_date: str
    posting_date: str


async def take_reservations(
    session: AsyncSession, answers: Sequence[tuple[datetime, Reservation]]
) -> None:
    """Take in inventory's answers: progress, promised dates, and what of a cancellation was possible."""
    newest: dict[UUID, tuple[datetime, Reservation]] = {}
    for at, reservation in answers:
        if reservation.id not in newest or newest[reservation.id][1].version < reservation.version:
            newest[reservation.id] = (at, reservation)
    found = await _lock_known(session, newest, with_lines=False)
    taken = await store.save_reservations(session, [newest[order][1] for order in sorted(newest)])
    cancelling = {
        order: found[order] for order in taken if found[order].status is OrderStatus.CANCELLING
    }
    if cancelling:
        await store.load_lines(session, cancelling)
    companies = await replicas.resolve_companies(session, (found[order].company for order in taken))
    touched: list[Order] = []
    for order_id in sorted(taken):
        at, reservation = newest[order_id]
        order = found[order_id]
        company = companies.get(order.company)
        today = replicas.day_in(company.time_zone if company is not None else "", at)
        before = (order.status, order.promised_date)
        rules.apply_reservation(order, reserved_of(reservation), today=today)
        rules.close_if_settled(order)
        if order.changed or before != (order.status, order.promised_date):
            touched.append(order)
    await save(session, touched)


def reserved_of(reservation: Reservation) -> Reserved:
    """Inventory's answer in our terms."""
    return Reserved(
        order_version=reservation.order_version,
        released=reservation.released,
        lines=tuple(
            ReservedLine(
                line=line.line,
                cancelled=line.cancelled,
                held=sum((held.quantity for held in line.held), ZERO),
                expected=tuple(
                    date.fromisoformat(supply.date) if supply.date else None
                    for supply in line.expected
                ),
                uncovered=line.uncovered,
            )
            for line in reservation.lines
        ),
    )


async def take_shipments(session: AsyncSession, shipped: Sequence[tuple[UUID, Shipment]]) -> None:
    """Count what has left: per line, in the customer's exposure, and towards completion."""
    found = await _lock_known(session, (shipment.order for _, shipment in shipped), with_lines=True)
    days = {
        day: date.fromisoformat(day)
        for _, one in shipped
        for day in (one.business_date, one.posting_date)
    }
    new = await store.insert_shipments(session, sorted(shipped, key=lambda pair: pair[1].id), days)
    fresh = [shipment for _, shipment in shipped if shipment.id in new]
    for shipment in fresh:
        order = found[shipment.order]
        quantities: dict[int, Decimal] = {}
        for line in shipment.lines:
            quantities[line.order_line] = quantities.get(line.order_line, ZERO) + line.quantity
        rules.apply_shipment(order, quantities, amount_gross=shipment.amount_gross)
    touched = [found[order] for order in sorted({shipment.order for shipment in fresh})]
    for order in touched:
        rules.close_if_settled(order)
    await credit.record_shipments(
        session,
        [
            credit.Shipped(
                one.id, (found[one.order].company, found[one.order].customer), one.amount_gross
            )
            for one in fresh
        ],
    )
    await save(session, touched, accounts_locked=True)


async def take_settlements(session: AsyncSession, settlements: Sequence[Settlement]) -> None:
    """Count what was invoiced, credited and paid; an order that is settled is closed."""
    if not settlements:
        return
    found = await _lock_known(session, (one.order for one in settlements), with_lines=False)
    new = await store.insert_settlements(session, [_settlement_row(one) for one in settlements])
    touched: dict[UUID, Order] = {}
    for one in settlements:
        if (one.source_event, one.order) in new:
            order = touched[one.order] = found[one.order]
            rules.settle(order, one.kind, one.amount)
    for order in touched.values():
        rules.close_if_settled(order)
    closed = {order.id: order for order in touched.values() if order.changed}
    if closed:
        await store.load_lines(session, closed)
    await save(session, [touched[order] for order in sorted(touched)])


def _settlement_row(one: Settlement) -> dict[str, object]:
    return {
        "source_event": one.source_event, "order_id": one.order, "company": one.company, "kind": one.kind,
        "document": one.document, "number": one.number, "amount": one.amount,
        "business_date": date.fromisoformat(one.business_date), "posting_date": date.fromisoformat(one.posting_date),
    }  # fmt: skip


async def _lock_known(
    session: AsyncSession, ids: Iterable[UUID], *, with_lines: bool
) -> dict[UUID, Order]:
    """The orders that facts tell of, locked. Sales made them all: a fact about another one cannot be right."""
    wanted = set(ids)
    found = await store.load_orders(session, wanted, lock=True, with_lines=with_lines)
    for missing in sorted(wanted - set(found)):
        raise UnknownReference(what=("sales order", "销售订单"), reference=missing)
    return found
