"""How adjustments are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.adjustments.tables import adjustments
from inventory.lists import document, documents
from tongheng_contracts.inventory import Adjustment


async def save(session: AsyncSession, fact: Adjustment) -> None:
    """Write an adjustment."""
    await session.execute(
        insert(adjustments).values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            reason=fact.reason,
            text=fact.text,
            document=fact.model_dump(mode="json"),
            business_date=date.fromisoformat(fact.business_date),
            posting_date=date.fromisoformat(fact.posting_date),
        )
    )


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    found = await documents(session, adjustments, paging, filters)
    return Page(items=[_whole(row) for row in found.items], next=found.next)


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    row = await document(session, adjustments, ref)
    return _whole(row) if row else None


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row["document"],
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
    }
