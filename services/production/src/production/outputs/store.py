"""How outputs and closings are written and read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from production.outputs.tables import closings, outputs
from tongheng_contracts.production import Output, ProductionClosing


async def add(session: AsyncSession, values: Mapping[str, object]) -> None:
    """Keep an output."""
    await session.execute(insert(outputs).values(**values))


async def state(session: AsyncSession, fact: Output) -> None:
    """An output has got its cost."""
    await session.execute(
        update(outputs)
        .where(outputs.c.id == fact.id)
        .values(status="stated", cost=fact.cost, document=fact.model_dump(mode="json"))
    )


async def waiting(session: AsyncSession, order: UUID) -> Sequence[RowMapping]:
    """The outputs of an order that wait for their cost, in the order in which they came."""
    query = (
        select(outputs)
        .where(outputs.c.order_id == order, outputs.c.status == "waiting")
        .order_by(outputs.c.recorded_at, outputs.c.number)
    )
    return (await session.execute(query)).mappings().all()


async def of_orders(session: AsyncSession, orders: Collection[UUID]) -> Sequence[RowMapping]:
    """All outputs of some orders, as they came."""
    query = (
        select(outputs)
        .where(outputs.c.order_id == func.any(sorted(orders)))
        .order_by(outputs.c.recorded_at, outputs.c.number)
    )
    return (await session.execute(query)).mappings().all()


async def mark_received(session: AsyncSession, receipts: Mapping[UUID, str]) -> None:
    """Inventory has taken these outputs in."""
    for output, number in sorted(receipts.items()):
        await session.execute(
            update(outputs).where(outputs.c.id == output).values(receipt=number, status="received")
        )


async def add_closing(session: AsyncSession, fact: ProductionClosing) -> None:
    """Keep a closing."""
    values: dict[str, Any] = {
        "id": fact.id,
        "number": fact.number,
        "company": fact.company,
        "order_id": fact.order,
        "cost": fact.cost,
        "document": fact.model_dump(mode="json"),
        "business_date": date.fromisoformat(fact.business_date),
        "posting_date": date.fromisoformat(fact.posting_date),
    }
    await session.execute(insert(closings).values(**values))
