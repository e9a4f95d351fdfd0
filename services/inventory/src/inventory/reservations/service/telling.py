"""What orders have, wait for and miss, as they are told it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.outbox import emit
from inventory.parts import made
from inventory.reservations import store
from inventory.reservations.rules import (
    Demand,
    Hold,
    LineKey,
    Order,
    Peg,
)
from inventory.reservations.service.sourcing import Sourcing, sourcing_at
from inventory.stock.rules import ZERO
from tongheng_contracts.inventory import (
    Expected,
    Held,
    Reservation,
    ReservationLine,
    StockReserved,
    StockShort,
)
from tongheng_contracts.sales import OrderStatus


async def news_of(
    session: AsyncSession, ids: Collection[UUID], sourcing: Sourcing | None = None
) -> list[StockReserved | StockShort]:
    """What orders have now, one more version each, for the caller to emit."""
    return await news_for(session, await store.count_versions(session, ids), sourcing)


async def news_for(
    session: AsyncSession, orders: Mapping[UUID, Order], sourcing: Sourcing | None = None
) -> list[StockReserved | StockShort]:
    """What locked orders have now, in their versions as they are."""
    made = await reservations_of(session, orders, sourcing)
    return [event for reservation in made for event in events_of(reservation)]


async def reservations_of(
    session: AsyncSession, orders: Mapping[UUID, Order], sourcing: Sourcing | None = None
) -> list[Reservation]:
    """What orders have, wait for and miss, from what is written."""
    held: dict[LineKey, list[Hold]] = {}
    pegged: dict[LineKey, list[Peg]] = {}
    lines, holds = await store.lines_with_holds(session, list(orders))
    for demand in lines:
        orders[demand.order_id].demands[demand.line] = demand
    for hold in holds:
        held.setdefault(hold.key, []).append(hold)
    # Only what is missing waits for supply.
    missing = {demand.order_id for demand in lines if demand.missing > 0}
    for peg in await store.pegs_of_orders(session, missing) if missing else []:
        pegged.setdefault(peg.key, []).append(peg)
    if sourcing is None:
        sourcing = await sourcing_at(session, {order.company for order in orders.values()})
    return [
        reservation_for(orders[i], orders[i].version, held, pegged, sourcing)
        for i in sorted(orders)
    ]


def events_of(reservation: Reservation) -> list[StockReserved | StockShort]:
    """What is told of an order: what it has, and beside it that something is missing."""
    short = any(line.expected or line.uncovered > 0 for line in reservation.lines)
    # Built without validation: all of it is ours, and this is the path that every order line takes.
    reserved = StockReserved.model_construct(reservation=reservation)
    return [reserved, StockShort.model_construct(reservation=reservation)] if short else [reserved]


def reservation_for(
    order: Order,
    version: int,
    held: Mapping[LineKey, Sequence[Hold]],
    pegged: Mapping[LineKey, Sequence[Peg]],
    sourcing: Sourcing,
) -> Reservation:
    """What an order has, as the contract says it."""
    return made(
        Reservation,
        id=order.id,
        number=order.number,
        company=order.company,
        version=version,
        order_version=order.order_version,
        released=order.status in (OrderStatus.CANCELLING, OrderStatus.CANCELLED),
        placed_at=order.placed_at,
        lines=[
            _line(
                order.demands[n],
                held.get((order.id, n), ()),
                pegged.get((order.id, n), ()),
                sourcing,
            )
            for n in sorted(order.demands)
        ],
    )


def _line(
    demand: Demand, held: Sequence[Hold], pegged: Sequence[Peg], sourcing: Sourcing
) -> ReservationLine:
    places: dict[str, tuple[Decimal, Decimal]] = {}
    for hold in held:
        quantity, picked = places.get(hold.warehouse, (ZERO, ZERO))
        places[hold.warehouse] = (
            quantity + hold.quantity,
            picked + (hold.quantity if hold.picked else ZERO),
        )
    return made(
        ReservationLine,
        line=demand.line,
        item=demand.item,
        unit=demand.unit,
        quantity=demand.quantity,
        cancelled=demand.cancelled,
        held=[
            made(Held, warehouse=w, quantity=places[w][0], picked=places[w][1])
            for w in sorted(
                places,
                key=lambda w: (sourcing.rank.get((demand.company, w), len(sourcing.rank)), w),
            )
        ],
        shipped=demand.shipped,
        expected=[
            made(
                Expected,
                source=peg.source,
                source_id=peg.source_id,
                source_line=peg.source_line,
                warehouse=peg.warehouse,
                quantity=peg.quantity,
                date=peg.due_date.isoformat() if peg.due_date else None,
            )
            for peg in pegged
        ],
        uncovered=demand.missing - sum((peg.quantity for peg in pegged), ZERO),
        warehouse=sourcing.wanted_at(demand),
    )


async def tell(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Tell orders whose heads are locked what they have now."""
    await emit(session, *await news_of(session, ids), case_of=lambda event: event.key)


async def reservation_of(session: AsyncSession, order_id: UUID) -> Reservation | None:
    """What an order has, waits for and misses."""
    orders = await store.orders(session, [order_id])
    return (await reservations_of(session, orders))[0] if orders else None
