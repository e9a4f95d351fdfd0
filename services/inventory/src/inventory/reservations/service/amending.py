"""What sales says of orders, as a difference to what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from inventory.reservations.rules import (
    Demand,
    Hold,
    LineKey,
    Order,
    Want,
    cancelled_of,
    plan_release,
)
from inventory.stock.rules import ZERO, ItemKey
from inventory.valuation.rules import Book
from tongheng_contracts.sales import OrderStatus, SalesOrder, SalesOrderLine


@dataclass(slots=True)
class Batch:
    """What a batch of orders changes, before anything is written."""

    new: list[Order] = field(default_factory=list[Order])
    changed: dict[UUID, Order] = field(default_factory=dict[UUID, Order])
    """As they will be; `demands` included."""
    touched: dict[UUID, SalesOrder] = field(default_factory=dict[UUID, SalesOrder])
    """Only their heads change."""
    released: list[tuple[Hold, Decimal]] = field(default_factory=list[tuple[Hold, Decimal]])
    tell: set[UUID] = field(default_factory=set[UUID])
    """Known orders that are to be told anew."""


def changes_service(before: Order, document: SalesOrder) -> bool:
    """Whether what sales says changes what an order is served, and not only its head."""
    if document.status == OrderStatus.CANCELLING or len(document.lines) != len(before.demands):
        return True
    after = new_order(document)
    if before.active != after.active:
        return any(d.quantity > d.cancelled + d.shipped for d in before.demands.values())
    return any(
        line not in before.demands or _asked(before.demands[line]) != _asked(demand)
        for line, demand in after.demands.items()
    )


def _asked(demand: Demand) -> tuple[object, ...]:
    return (
        demand.quantity,
        demand.cancel_requested,
        demand.warehouse,
        demand.amount_net,
        demand.amount_tax,
        demand.tax_code,
        demand.tax_rate,
    )


def new_order(document: SalesOrder) -> Order:
    """An order that is heard of for the first time."""
    order = Order(
        id=document.id,
        number=document.number,
        company=document.company,
        customer=document.customer,
        currency=document.currency,
        status=document.status,
        priority=document.priority,
        requested_date=date.fromisoformat(document.requested_date)
        if document.requested_date
        else None,
        placed_at=datetime.fromisoformat(document.placed_at),
        order_version=document.version,
        version=0,
        business_date=date.fromisoformat(document.business_date),
    )
    active = order.active
    order.version = 1 if active else 0
    for line in document.lines:
        order.demands[line.line] = _new_demand(order, line, active)
    return order


def _new_demand(order: Order, line: SalesOrderLine, active: bool) -> Demand:
    demand = Demand(
        order.id,
        line.line,
        order.company,
        line.item,
        line.unit,
        line.warehouse,
        line.quantity,
        ZERO,
        ZERO,
        ZERO,
        line.quantity_cancelled,
        line.amount_net,
        line.amount_tax,
        line.tax_code,
        line.tax_rate,
        active,
    )
    demand.cancelled = cancelled_of(order, demand, ZERO)
    return demand


def apply_document(
    order: Order, document: SalesOrder, holds: Mapping[LineKey, Sequence[Hold]], batch: Batch
) -> bool:
    """Change the order to what sales says; whether there is anything to tell."""
    take_head(order, document)
    stated = {line.line: line for line in document.lines}
    before = {line: _served(demand) for line, demand in order.demands.items()}
    for line in stated.values():
        known = order.demands.get(line.line)
        if known is None:
            order.demands[line.line] = _new_demand(order, line, order.active)
            continue
        assert known.item == line.item, "the item of an order line never changes"
        own = holds.get(known.key, [])
        picked = sum((hold.quantity for hold in own if hold.picked), ZERO)
        assert line.quantity >= known.shipped + picked, "less is ordered than has left"
        known.quantity, known.cancel_requested, known.warehouse = (
            line.quantity,
            line.quantity_cancelled,
            line.warehouse,
        )
        known.amount_net, known.amount_tax = line.amount_net, line.amount_tax
        known.tax_code, known.tax_rate, known.active = line.tax_code, line.tax_rate, order.active
        known.cancelled = cancelled_of(order, known, picked)
        _release_surplus(known, own, picked, batch)
    for number, demand in order.demands.items():
        if number not in stated:
            own = holds.get(demand.key, [])
            picked = sum((hold.quantity for hold in own if hold.picked), ZERO)
            demand.cancelled = demand.quantity - demand.shipped - picked
            _release_surplus(demand, own, picked, batch)
    return document.status == OrderStatus.CANCELLING or (
        (order.version > 0 or order.active)
        and before != {line: _served(demand) for line, demand in order.demands.items()}
    )


def _served(demand: Demand) -> tuple[object, ...]:
    return (demand.quantity, demand.cancelled, demand.held, demand.missing, demand.warehouse)


def take_head(order: Order, document: SalesOrder) -> None:
    """Bring a head to what sales says."""
    order.status = document.status
    order.priority = document.priority
    order.requested_date = (
        date.fromisoformat(document.requested_date) if document.requested_date else None
    )
    order.order_version = document.version


def _release_surplus(demand: Demand, own: Sequence[Hold], picked: Decimal, batch: Batch) -> None:
    keep = demand.quantity - demand.cancelled - demand.shipped if demand.active else picked
    surplus = demand.held - keep
    left = list(own)
    if demand.active and demand.warehouse is not None:
        for hold in own:
            if hold.warehouse != demand.warehouse and not hold.picked:
                left.remove(hold)
                batch.released.append((hold, hold.quantity))
                demand.held -= hold.quantity
                surplus -= hold.quantity
    if surplus > 0:
        released = plan_release(left, surplus)
        demand.held -= sum((quantity for _, quantity in released), ZERO)
        batch.released.extend(released)


def let_go(book: Book, released: Iterable[tuple[Hold, Decimal]]) -> set[ItemKey]:
    """Make released stock available in the book; the items that it is of."""
    by_id = {balance.id: balance for balance in book.balances.values()}
    freed: set[ItemKey] = set()
    for hold, quantity in released:
        book.hold(by_id[hold.balance_id], -quantity)
        freed.add(hold.item_key)
    return freed


def wants_of(order: Order) -> list[Want]:
    """What an order misses."""
    return [
        Want(order.queue_key(d.line), d.key, d.item_key, d.warehouse, d.missing)
        for d in order.demands.values()
        if d.missing > 0
    ]
