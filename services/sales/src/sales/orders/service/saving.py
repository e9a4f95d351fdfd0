"""Writing changed orders back, and telling of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.models import trusted
from chassis.outbox import emit
from sales.credit import service as credit
from sales.orders import store
from sales.orders.rules import Line, Order
from tongheng_contracts.envelope import Event
from tongheng_contracts.sales import (
    OrderCancelled,
    OrderChanged,
    OrderStatus,
    SalesOrder,
    SalesOrderLine,
)


async def save(
    session: AsyncSession,
    orders: Sequence[Order],
    *,
    audit: AuditEntry | None = None,
    accounts_locked: bool = False,
) -> None:
    """Write changed orders back, book what they count against credit, and tell of new versions."""
    await store.save_orders(session, orders)
    await store.save_lines(
        session,
        [
            (order.id, line)
            for order in orders
            for line in order.lines
            if line.progress != line.loaded
        ],
    )
    await credit.move_exposure(session, moves_of(orders), locked=accounts_locked)
    if audit is not None:
        await record(session, audit)
    await emit(session, *(_event(order) for order in orders if order.changed), case_of=case_of)


def _event(order: Order) -> Event:
    if order.status is OrderStatus.CANCELLED:
        return OrderCancelled(order=document_of(order))
    return OrderChanged(order=document_of(order))


def case_of(event: Event) -> object:
    """Each order is a business case of its own."""
    return event.key


def moves_of(orders: Sequence[Order]) -> list[credit.Move]:
    """By how much each order counts more or less against its customer's credit."""
    return [
        credit.Move(
            (order.company, order.customer),
            order.id,
            order.amount_open - order.loaded_open,
            int(order.counting) - int(order.loaded_counting),
        )
        for order in orders
    ]


def document_of(order: Order) -> SalesOrder:
    """The order as it is published."""
    return trusted(
        SalesOrder,
        {
            "id": order.id, "number": order.number, "company": order.company, "version": order.version,
            "status": order.status.value, "business_date": order.business_date.isoformat(),
            "customer": order.customer, "currency": order.currency, "priority": order.priority,
            "requested_date": order.requested_date.isoformat() if order.requested_date is not None else None,
            "placed_at": order.placed_at.isoformat(), "hold_reasons": list(order.hold_reasons),
            "lines": [_line_of(line) for line in order.lines],
            "amount_net": order.amount_net, "amount_tax": order.amount_tax, "amount_gross": order.amount_gross,
        },
    )  # fmt: skip


def _line_of(line: Line) -> SalesOrderLine:
    return trusted(
        SalesOrderLine,
        {
            "line": line.line, "item": line.item, "quantity": line.quantity, "unit": line.unit,
            "warehouse": line.warehouse, "unit_price": line.unit_price, "amount_net": line.amount_net,
            "amount_tax": line.amount_tax, "amount_gross": line.amount_net + line.amount_tax,
            "tax_code": line.tax_code, "tax_rate": line.tax_rate,
            "quantity_cancelled": line.cancelled + line.cancel_requested,
        },
    )  # fmt: skip


def told(order: Order) -> dict[str, object]:
    """What of an order a person would compare before and after."""
    return {
        "version": order.version, "status": order.status.value, "hold_reasons": list(order.hold_reasons),
        "priority": order.priority, "requested_date": order.requested_date,
        "cancelled": {
            str(line.line): str(line.cancelled + line.cancel_requested)
            for line in order.lines
            if line.cancelled or line.cancel_requested
        },
    }  # fmt: skip


def audit_of(action: str, order: Order, *, before: Mapping[str, object] | None) -> AuditEntry:
    """The audit entry of a command on an order."""
    after = told(order)
    if before is None:
        after |= {
            "customer": order.customer,
            "amount_gross": str(order.amount_gross),
            "lines": len(order.lines),
        }
    return AuditEntry(
        action=f"sales.order.{action}", document_type="sales.order", document_id=order.id, number=order.number,
        company=order.company, before=before, after=after,
    )  # fmt: skip
