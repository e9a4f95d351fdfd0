"""How receipts from production are written and read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from inventory.lists import by_reference, filtered
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
    table = production_receipts
    query = filtered(select(*table.c), *((table.c[name], value) for name, value in filters.items()))
    return await page(
        session,
        query,
        paging,
        key=[table.c.id],
        allowed_sorts={
            "id": table.c.id,
            "number": table.c.number,
            "business_date": table.c.business_date,
        },
        default_sort="-id",
        make=lambda row: _whole(dict(zip(table.c.keys(), row, strict=False))),
    )


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    table = production_receipts
    query = by_reference(select(table), table.c.id, table.c.number, ref)
    row = (await session.execute(query)).mappings().first()
    return _whole(dict(row)) if row else None


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row["document"],
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
    }
