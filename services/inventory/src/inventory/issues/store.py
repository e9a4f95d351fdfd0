"""How issues are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from inventory.issues.tables import issues
from inventory.lists import by_reference, filtered
from tongheng_contracts.inventory import Issue


async def save(session: AsyncSession, fact: Issue) -> None:
    """Write an issue."""
    await session.execute(
        insert(issues).values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            cost_collector=fact.cost_collector,
            destination=fact.destination,
            cost=fact.cost,
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
        select(*issues.c), *((issues.c[name], value) for name, value in filters.items())
    )
    return await page(
        session,
        query,
        paging,
        key=[issues.c.id],
        allowed_sorts={
            "id": issues.c.id,
            "number": issues.c.number,
            "business_date": issues.c.business_date,
        },
        default_sort="-id",
        make=lambda row: _whole(dict(zip(issues.c.keys(), row, strict=False))),
    )


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    query = by_reference(select(issues), issues.c.id, issues.c.number, ref)
    row = (await session.execute(query)).mappings().first()
    return _whole(dict(row)) if row else None


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row["document"],
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
    }
