"""Queries of supplier items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.supplier_items.rules import Offer
from purchasing.supplier_items.tables import supplier_items as table


def offer_of(row: RowMapping) -> Offer:
    """A row as the rules see it."""
    return Offer(
        supplier=row["supplier"],
        item=row["item"],
        unit=row["unit"],
        unit_price=row["unit_price"],
        currency=row["currency"],
        lead_time_days=row["lead_time_days"],
        minimum_quantity=row["minimum_quantity"],
        multiple_quantity=row["multiple_quantity"],
        maximum_quantity=row["maximum_quantity"],
        preferred=row["preferred"],
        active=row["active"],
    )


async def add(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> list[RowMapping]:
    """Insert rows and give back those that were new."""
    if not rows:
        return []
    # In order of id, so that two batches with the same offers queue up instead of deadlocking.
    ordered = sorted((dict(row) for row in rows), key=lambda row: str(row["id"]))
    stored = await session.execute(
        insert(table).on_conflict_do_nothing().returning(*table.c), ordered
    )
    return list(stored.mappings())


async def get(session: AsyncSession, ref: UUID, *, lock: bool = False) -> RowMapping | None:
    """One supplier item."""
    query = select(table).where(table.c.id == ref)
    if lock:
        query = query.with_for_update()
    return (await session.execute(query)).mappings().one_or_none()


async def change(session: AsyncSession, ref: UUID, values: Mapping[str, object]) -> RowMapping:
    """Write the changed fields and the next version of a locked row."""
    statement = (
        update(table)
        .where(table.c.id == ref)
        .values(**values, version=table.c.version + 1)
        .returning(*table.c)
    )
    return (await session.execute(statement)).mappings().one()


async def offers(
    session: AsyncSession, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Offer]:
    """Active offers by (supplier, item)."""
    if not pairs:
        return {}
    query = select(table).where(
        tuple_(table.c.supplier, table.c.item).in_(sorted(set(pairs))), table.c.active
    )
    rows = (await session.execute(query)).mappings()
    return {(row["supplier"], row["item"]): offer_of(row) for row in rows}


async def offers_of_items(session: AsyncSession, items: Collection[str]) -> dict[str, list[Offer]]:
    """All active offers of these items."""
    if not items:
        return {}
    query = (
        select(table)
        .where(table.c.item == func.any(sorted(set(items))), table.c.active)
        .order_by(table.c.item, table.c.supplier)
    )
    found: dict[str, list[Offer]] = {}
    for row in (await session.execute(query)).mappings():
        found.setdefault(row["item"], []).append(offer_of(row))
    return found


def listing(filters: Mapping[str, object]) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    query = select(table)
    for name, value in filters.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return query
