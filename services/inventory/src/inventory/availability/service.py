"""An item's stock by warehouse: on hand, reserved, available, promised, on its way, on order, and its value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.availability import store
from inventory.replicas import service as replicas
from inventory.reservations import service as reservations
from inventory.stock import service as stock
from inventory.stock.rules import ZERO, Status, StockRow, stock_rows
from inventory.supplies import service as supplies
from inventory.valuation import service as valuation


@dataclass(frozen=True, slots=True)
class Availability:
    """One item in one warehouse."""

    company: str
    item: str
    name: str
    unit: str
    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    quarantine: Decimal
    blocked: Decimal
    promised: Decimal
    in_transit: Decimal
    on_order: Decimal
    value: Decimal


async def stock_of(
    session: AsyncSession,
    paging: PageRequest,
    *,
    company: str | None,
    item: str | None,
    warehouse: str | None,
) -> Page[Availability]:
    """Rows per item and warehouse; a page holds whole items."""
    if item is not None:
        known = (await replicas.find_items(session, [item])).get(item)
        item = known.code if known else item
    if warehouse is not None:
        place = await replicas.find_warehouse(session, warehouse)
        warehouse = place.code if place else warehouse
    found = await store.items(session, paging, company=company, item=item, warehouse=warehouse)
    keys = list(found.items)
    if not keys:
        return Page(items=[], next=None)
    rows = stock_rows(
        await stock.balances_of(session, keys), await valuation.values_of(session, keys)
    )
    by_place = {(row.company, row.item, row.warehouse): row for row in rows}
    on_order = await supplies.on_order(session, keys)
    promised = await reservations.promised(session, keys)
    for place in (*on_order, *promised):
        by_place.setdefault(place, StockRow(*place))
    known_items = await replicas.find_items(session, {key.item for key in keys})
    made: list[Availability] = []
    for place in sorted(by_place):
        if warehouse is not None and place[2] != warehouse:
            continue
        row = by_place[place]
        record = known_items.get(row.item)
        made.append(
            Availability(
                row.company,
                row.item,
                record.name if record else "",
                record.base_unit if record else "",
                row.warehouse,
                row.on_hand,
                row.reserved,
                row.available,
                row.quarantine,
                row.blocked,
                promised.get(place, ZERO),
                row.in_transit,
                on_order.get(place, ZERO),
                row.value,
            )
        )
    return Page(items=made, next=found.next)


async def places_of(
    session: AsyncSession,
    paging: PageRequest,
    *,
    item: str | None,
    warehouse: str | None,
    **filters: str | None,
) -> Page[dict[str, Any]]:
    """Stock where it lies, by warehouse, bin, item and lot."""
    if item is not None:
        known = (await replicas.find_items(session, [item])).get(item)
        item = known.code if known else item
    if warehouse is not None:
        place = await replicas.find_warehouse(session, warehouse)
        warehouse = place.code if place else warehouse
    found = await store.places(session, paging, item=item, warehouse=warehouse, **filters)
    units = await replicas.find_items(session, {row["item"] for row in found.items})
    for row in found.items:
        row["unit"] = units[row["item"]].base_unit if row["item"] in units else ""
        row["available"] = (
            row["on_hand"] - row["reserved"] if row["status"] == Status.AVAILABLE else ZERO
        )
    return found
