"""Every query of price lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from sales.prices.rules import ListPrice, PriceList, PriceListStatus
from sales.prices.tables import price_lists, prices
from sales.pricing.rules import Offer

OFFERS = Statement(
    "SELECT l.company, p.item, l.code, l.customer, l.valid_from, l.valid_until, p.from_quantity, p.unit_price"
    " FROM price_list_prices p JOIN price_lists l ON l.id = p.price_list_id"
    " WHERE p.item = ANY(CAST(:items AS text[])) AND l.company = ANY(CAST(:companies AS text[]))"
    " AND l.customer = ANY(CAST(:customers AS text[])) AND l.status = 'active'"
)


async def offers(
    session: AsyncSession,
    *,
    companies: Sequence[str],
    customers: Sequence[str],
    items: Sequence[str],
) -> dict[tuple[str, str], list[Offer]]:
    """What active lists ask for these items, by company and item; an empty customer is everybody."""
    rows = await OFFERS.fetch(
        session, {"companies": companies, "customers": customers, "items": items}
    )
    found: dict[tuple[str, str], list[Offer]] = {}
    for company, item, *offer in (row.values() for row in rows):
        found.setdefault((company, item), []).append(Offer(*offer))
    return found


def list_of(row: Row[Any]) -> PriceList:
    """The list of a row, without its prices."""
    return PriceList(
        id=row.id, company=row.company, code=row.code, name=row.name, version=row.version,
        status=PriceListStatus(row.status), customer=row.customer, valid_from=row.valid_from,
        valid_until=row.valid_until, recorded_at=row.recorded_at,
    )  # fmt: skip


async def load(session: AsyncSession, id: UUID, *, lock: bool = False) -> PriceList | None:
    """A list with its prices, within the caller's scope."""
    chosen = select(price_lists).where(price_lists.c.id == id)
    row = (await session.execute(chosen.with_for_update() if lock else chosen)).one_or_none()
    if row is None:
        return None
    (found,) = await with_prices(session, [list_of(row)])
    return found


async def with_prices(session: AsyncSession, found: Sequence[PriceList]) -> list[PriceList]:
    """The same lists with their prices, by item and quantity."""
    if not found:
        return []
    rows = await session.execute(
        select(prices)
        .where(prices.c.price_list_id.in_([one.id for one in found]))
        .order_by(prices.c.price_list_id, prices.c.item, prices.c.from_quantity)
    )
    by_list: dict[UUID, list[ListPrice]] = {}
    for row in rows:
        by_list.setdefault(row.price_list_id, []).append(
            ListPrice(row.item, row.from_quantity, row.unit_price)
        )
    return [replace(one, prices=tuple(by_list.get(one.id, ()))) for one in found]


async def add(session: AsyncSession, new: PriceList) -> PriceList | None:
    """Write a new list as it was recorded; None: the company has one with this code."""
    result = await session.execute(
        upsert(price_lists)
        .values(
            id=new.id, company=new.company, code=new.code, customer=new.customer, **_changing(new)
        )
        .on_conflict_do_nothing(index_elements=["company", "code"])
        .returning(price_lists.c.recorded_at)
    )
    recorded_at = result.scalar_one_or_none()
    if recorded_at is None:
        return None
    recorded = replace(new, recorded_at=recorded_at)
    await _add_prices(session, recorded)
    return recorded


async def save(session: AsyncSession, before: PriceList, after: PriceList) -> None:
    """Write the next version of a locked list; prices are replaced as a whole."""
    await session.execute(
        update(price_lists).where(price_lists.c.id == after.id).values(**_changing(after))
    )
    if after.prices != before.prices:
        await session.execute(delete(prices).where(prices.c.price_list_id == after.id))
        await _add_prices(session, after)


def _changing(one: PriceList) -> dict[str, object]:
    return {
        "name": one.name, "version": one.version, "status": one.status.value, "valid_from": one.valid_from,
        "valid_until": one.valid_until,
    }  # fmt: skip


async def _add_prices(session: AsyncSession, one: PriceList) -> None:
    await session.execute(
        insert(prices),
        [
            {
                "price_list_id": one.id, "company": one.company, "item": price.item,
                "from_quantity": price.from_quantity, "unit_price": price.unit_price,
            }
            for price in one.prices
        ],
    )  # fmt: skip


def query(filters: Mapping[str, str | None], *, item: str | None) -> Select[Any]:
    """Lists by the filters given."""
    found = select(price_lists)
    for name, value in filters.items():
        if value is not None:
            found = found.where(price_lists.c[name] == value)
    if item is not None:
        of_item = select(prices.c.item).where(
            prices.c.price_list_id == price_lists.c.id, prices.c.item == item
        )
        found = found.where(of_item.exists())
    return found
