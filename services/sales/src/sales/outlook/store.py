"""Queries of when order lines can be delivered, and of engineering requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from sales.outlook.rules import Engineering
from sales.outlook.tables import changes, requests
from tongheng_contracts.production import EngineeringRequest, PromiseChange

KEY = (changes.c.order_id, changes.c.line)


async def keep_changes(session: AsyncSession, told: Sequence[PromiseChange]) -> None:
    """Keep what was told last of each line; an older word changes nothing."""
    newest = {
        (one.order, one.order_line): one for one in sorted(told, key=lambda one: one.sequence)
    }
    if not newest:
        return
    statement = insert(changes)
    heard = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=KEY,
            set_={c.name: heard[c.name] for c in changes.c if c not in KEY},
            where=heard["sequence"] > changes.c.sequence,
        ),
        [
            {
                "order_id": one.order, "line": one.order_line, "company": one.company, "sequence": one.sequence,
                "told_on": date.fromisoformat(one.business_date), "wanted_date": date.fromisoformat(one.wanted_date),
                "old_date": _day(one.old_date), "new_date": _day(one.new_date), "cause": one.cause,
                "waiting_item": one.waiting_item, "waiting_document": one.waiting_document, "reason": one.reason,
                "reason_en": one.reason_en,
            }
            for _, one in sorted(newest.items())
        ],
    )  # fmt: skip


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


async def changes_of(session: AsyncSession, order: UUID) -> dict[int, Mapping[str, Any]]:
    """What was told last of an order's lines, by line."""
    rows = await session.execute(select(changes).where(changes.c.order_id == order))
    return {row["line"]: {**row} for row in rows.mappings()}


async def keep_requests(session: AsyncSession, told: Sequence[EngineeringRequest]) -> None:
    """Keep how far production is with what quotations asked for; what was raised there by hand is not ours."""
    rows = [
        {
            "id": one.id, "company": one.company, "customer": one.customer, "number": one.number,
            "status": one.status, "item": one.item, "due_date": _day(one.due_date),
            "lead_time_days": one.lead_time_days, "reason": one.reason,
        }
        for one in sorted(told, key=lambda one: one.id)
        if one.quotation is not None
    ]  # fmt: skip
    if not rows:
        return
    statement = insert(requests)
    heard = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[requests.c.id],
            set_={c.name: heard[c.name] for c in requests.c if c.name != "id"},
        ),
        rows,
    )


async def requests_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Engineering]:
    """What was told last of these engineering requests."""
    if not ids:
        return {}
    rows = await session.execute(select(requests).where(requests.c.id == func.any(sorted(ids))))
    return {
        row.id: Engineering(
            row.id, row.number, row.status, row.item, row.due_date, row.lead_time_days, row.reason
        )
        for row in rows
    }
