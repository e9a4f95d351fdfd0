"""Which items have anything to show: a read model over the features below."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import filtered
from inventory.stock.rules import ItemKey, Place
from inventory.stock.tables import balances
from inventory.supplies.tables import purchase_order_lines as lines
from inventory.valuation.tables import stock_values as values


async def items(
    session: AsyncSession,
    paging: PageRequest,
    *,
    company: str | None,
    item: str | None,
    warehouse: str | None,
) -> Page[ItemKey]:
    """Items by company and code; with a warehouse those that lie there, come there or are ordered for it."""
    query = select(values.c.company, values.c.item)
    if company is not None:
        query = query.where(values.c.company == company)
    if item is not None:
        query = query.where(values.c.item == item)
    if warehouse is not None:
        road = and_(balances.c.warehouse == str(Place.TRANSIT), balances.c.bin == warehouse)
        lying = exists().where(
            balances.c.company == values.c.company,
            balances.c.item == values.c.item,
            or_(balances.c.warehouse == warehouse, road),
        )
        ordered = exists().where(
            lines.c.company == values.c.company,
            lines.c.item == values.c.item,
            lines.c.warehouse == warehouse,
            lines.c.active,
        )
        query = query.where(or_(lying, ordered))
    return await page(
        session,
        query,
        paging,
        key=[values.c.company, values.c.item],
        make=lambda row: ItemKey(row[0], row[1]),
    )


async def places(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What lies where; neither the road nor empty places."""
    columns = balances.c
    query = filtered(
        select(*columns), *((columns[name], value) for name, value in filters.items())
    ).where(columns.on_hand > 0, columns.warehouse.not_like("@%"))
    return await page(
        session,
        query,
        paging,
        key=[columns.id],
        allowed_sorts={name: columns[name] for name in ("warehouse", "bin", "item", "lot")},
        default_sort="warehouse,bin,item,lot",
        make=lambda row: dict(zip(columns.keys(), row, strict=False)),
    )
