"""Orders as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.paging import Page, PageRequest, page
from chassis.replicas import as_id
from sales.orders import store
from sales.orders.rules import Order
from sales.orders.tables import orders as orders_table
from sales.outlook import store as outlook

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """An order with what inventory says of it."""

    order: Order
    reserved: Sequence[Mapping[str, Any]] = ()
    shipments: Sequence[Any] = ()
    promises: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    """What production told last of when a line can be delivered, by line."""


async def resolve_id(session: AsyncSession, reference: str) -> UUID:
    """The id of an order given by id or number."""
    order_id = as_id(reference) or await store.find_id(session, number=reference)
    if order_id is None:
        raise not_found()
    return order_id


def not_found() -> NotFound:
    """There is no such order, or not for this caller."""
    return NotFound(what=("sales order", "销售订单"))


async def get_order(session: AsyncSession, reference: str) -> OrderDetails:
    """An order with what inventory holds, expects and has shipped of it."""
    order_id = await resolve_id(session, reference)
    order = (await store.load_orders(session, [order_id], lock=False)).get(order_id)
    if order is None:
        raise not_found()
    reserved = (await store.load_reservations(session, [order_id])).get(order_id, [])
    shipments = await store.load_shipments(session, order_id)
    promises = await outlook.changes_of(session, order_id)
    return OrderDetails(order, reserved, shipments, promises)


async def shipped_of(session: AsyncSession, order: UUID) -> dict[UUID, dict[int, Decimal]]:
    """What each of an order's shipments brought, by order line."""
    brought: dict[UUID, dict[int, Decimal]] = {}
    for row in await store.load_shipments(session, order):
        quantities = brought.setdefault(row.id, {})
        for line in row.lines:
            number = int(line["order_line"])
            quantities[number] = quantities.get(number, ZERO) + Decimal(str(line["quantity"]))
    return brought


async def list_orders(
    session: AsyncSession, paging: PageRequest, *, company: str | None = None, customer: str | None = None,
    status: Sequence[str] = (), number: str | None = None, item: str | None = None,
    channel_number: str | None = None, placed_from: date | None = None, placed_to: date | None = None,
    promise_moved: bool | None = None,
) -> Page[Order]:  # fmt: skip
    """Orders without their lines, by the filters given, newest first."""
    query = store.orders_query(
        company=company, customer=customer, status=status, number=number, item=item, channel_number=channel_number,
        placed_from=placed_from, placed_to=placed_to, promise_moved=promise_moved,
    )  # fmt: skip
    sorts = {
        "placed_at": orders_table.c.placed_at, "business_date": orders_table.c.business_date,
        "amount_gross": orders_table.c.amount_gross, "priority": orders_table.c.priority,
        "number": orders_table.c.number, "id": orders_table.c.id,
    }  # fmt: skip
    return await page(
        session,
        query,
        paging,
        key=[orders_table.c.id],
        allowed_sorts=sorts,
        default_sort="-id",
        make=store.order_of,
    )


async def shipped_after(session: AsyncSession, cut: datetime) -> dict[str, tuple[Decimal, int]]:
    """Per company, gross and number of shipments recorded after a cut."""
    return await store.shipped_after(session, cut)
