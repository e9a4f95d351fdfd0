"""What an order has, waits for and misses, over HTTP."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, requires
from inventory.reservations import service
from tongheng_contracts.inventory import Reservation

router = commands("inventory", "reservations")


class ReservationList(BaseModel):
    """The reservation asked for."""

    items: list[Reservation]
    next: str | None = None


@router.get("", response_model=ReservationList)
async def list_reservations(
    session: Session,
    caller: Annotated[Principal, requires("inventory.reservation.read")],
    order: Annotated[str, Query(description="Id or number of a sales order.", max_length=64)],
) -> ReservationList:
    """What a sales order has, waits for and misses."""
    found = await service.find_order(session, order)
    reservation = await service.reservation_of(session, found) if found else None
    return ReservationList(items=[reservation] if reservation else [])


@router.get("/{order}", response_model=Reservation)
async def get_reservation(
    order: str,
    session: Session,
    caller: Annotated[Principal, requires("inventory.reservation.read")],
) -> Reservation:
    """The same, of an order by id or number."""
    found = await service.find_order(session, order)
    reservation = await service.reservation_of(session, found) if found else None
    if reservation is None:
        raise NotFound(what=("order", "订单"))
    return reservation
