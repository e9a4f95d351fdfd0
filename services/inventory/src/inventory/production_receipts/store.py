"""How receipts from production are written and read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.lists import document, documents
from inventory.production_receipts.tables import production_receipts
from tongheng_contracts.inventory import ProductionReceipt


async def known(session: AsyncSession, outputs: Collection[UUID]) -> set[UUID]:
    """Which of these outputs have been taken in."""
    query = select(production_receipts.c.output).where(
        production_receipts.c.output == func.any(sorted(outputs))
    )
    return set((await session.execute(query)).scalars())


async def save(session: AsyncSession, facts: Sequence[ProductionReceipt]) -> None:
    """Write receipts."""
    await session.execute(
        insert(production_receipts),
        [
            {
                "id": fact.id,
                "number": fact.number,
                "company": fact.company,
                "output": fact.output,
                "production_order": fact.production_order,
                "production_order_number": fact.production_order_number,
                "warehouse": fact.lines[0].warehouse,
                "cost": fact.cost,
                "document": fact.model_dump(mode="json"),
                "business_date": date.fromisoformat(fact.business_date),
                "posting_date": date.fromisoformat(fact.posting_date),
            }
            for fact in facts
        ],
    )


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    found = await documents(session, production_receipts, paging, filters)
    return Page(items=[_whole(row) for row in found.items], next=found.next)


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    row = await document(session, production_receipts, ref)
    return _whole(row) if row else None


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row["document"],
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
    }
