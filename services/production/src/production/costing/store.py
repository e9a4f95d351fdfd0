"""How cost entries are written and summed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import insert_rows
from production.costing.rules import CostEntry
from production.costing.tables import cost_entries


async def insert(session: AsyncSession, entries: Sequence[CostEntry]) -> None:
    """Write entries; one that is there already stays."""
    rows = [
        {
            "source": e.source,
            "line": e.line,
            "element": e.element,
            "order_id": e.order,
            "company": e.company,
            "kind": e.kind,
            "amount": e.amount,
            "number": e.number,
            "item": e.item,
            "quantity": e.quantity,
            "operation": e.operation,
        }
        for e in entries
    ]
    await insert_rows(session, cost_entries, rows, conflict="ON CONFLICT DO NOTHING")


async def sums(
    session: AsyncSession, orders: Collection[UUID]
) -> list[tuple[UUID, str, str, Decimal]]:
    """Order, kind, element and amount."""
    query = (
        select(
            cost_entries.c.order_id,
            cost_entries.c.kind,
            cost_entries.c.element,
            func.sum(cost_entries.c.amount),
        )
        .where(cost_entries.c.order_id == func.any(sorted(orders)))
        .group_by(cost_entries.c.order_id, cost_entries.c.kind, cost_entries.c.element)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(query)]


async def entries(session: AsyncSession, order: UUID) -> Sequence[RowMapping]:
    """All entries of an order, as they came."""
    query = (
        select(cost_entries)
        .where(cost_entries.c.order_id == order)
        .order_by(cost_entries.c.recorded_at, cost_entries.c.source, cost_entries.c.line)
    )
    return (await session.execute(query)).mappings().all()


async def totals(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, str, str, Decimal, Decimal, int]]:
    """Company, kind, element, amount, quantity and count of all entries up to the cut."""
    query = (
        select(
            cost_entries.c.company,
            cost_entries.c.kind,
            cost_entries.c.element,
            func.sum(cost_entries.c.amount),
            func.sum(cost_entries.c.quantity),
            func.count(),
        )
        .where(cost_entries.c.recorded_at <= cut)
        .group_by(cost_entries.c.company, cost_entries.c.kind, cost_entries.c.element)
        .order_by(cost_entries.c.company, cost_entries.c.kind, cost_entries.c.element)
    )
    return [
        (row[0], row[1], row[2], row[3], row[4], row[5]) for row in await session.execute(query)
    ]
