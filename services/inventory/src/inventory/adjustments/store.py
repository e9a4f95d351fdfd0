"""How adjustments are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from inventory.adjustments.tables import adjustments
from inventory.lists import by_reference, filtered
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
    query = filtered(
        select(*adjustments.c), *((adjustments.c[name], value) for name, value in filters.items())
    )
    return await page(
        session,
        query,
        paging,
        key=[adjustments.c.id],
        allowed_sorts={
            "id": adjustments.c.id,
            "number": adjustments.c.number,
            "business_date": adjustments.c.business_date,
        },
        default_sort="-id",
        make=lambda row: _whole(dict(zip(adjustments.c.keys(), row, strict=False))),
    )


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    query = by_reference(select(adjustments), adjustments.c.id, adjustments.c.number, ref)
    row = (await session.execute(query)).mappings().first()
    return _whole(dict(row)) if row else None


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row["document"],
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
    }
