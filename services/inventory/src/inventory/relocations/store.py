"""How relocations are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.lists import document, documents
from inventory.relocations.tables import relocations
from tongheng_contracts.inventory import Relocation


async def save(session: AsyncSession, fact: Relocation) -> None:
    """Write a relocation."""
    await session.execute(
        insert(relocations).values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            warehouse=fact.warehouse,
            document=fact.model_dump(mode="json"),
            business_date=date.fromisoformat(fact.business_date),
            posting_date=date.fromisoformat(fact.posting_date),
        )
    )


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    found = await documents(session, relocations, paging, filters)
    return Page(items=[_whole(row) for row in found.items], next=found.next)


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    row = await document(session, relocations, ref)
    return _whole(row) if row else None


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row["document"],
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
    }
