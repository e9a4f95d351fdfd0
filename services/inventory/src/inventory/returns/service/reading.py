"""Returns as they are shown, with how they were judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.returns import store
from inventory.returns.rules import (
    GoodsReturnLine,
)


async def lines_of(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[GoodsReturnLine]]:
    """The lines of some returns."""
    return await store.lines_of(session, ids) if ids else {}


async def list_returns(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Returns with how they were judged, the newest first."""
    found = await store.listed(session, paging, **filters)
    lines = await lines_of(session, [row["id"] for row in found.items])
    return Page(items=[_whole(row, lines[row["id"]]) for row in found.items], next=found.next)


async def find_view(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One return with how it was judged, by id or number."""
    row = await store.find_head(session, ref)
    return _whole(row, (await lines_of(session, [row["id"]]))[row["id"]]) if row else None


def _whole(row: dict[str, Any], lines: Sequence[GoodsReturnLine]) -> dict[str, Any]:
    judged = {line.line: line for line in lines}
    document: dict[str, Any] = row["document"]
    return {
        **document,
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
        "lines": [
            {
                **line,
                "accepted": judged[line["line"]].accepted,
                "rejected": judged[line["line"]].rejected,
            }
            for line in document["lines"]
        ],
    }
