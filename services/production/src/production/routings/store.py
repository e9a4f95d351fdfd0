"""Queries of routings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, insert_rows, is_named, lines_by
from production.routings.rules import Routing, Step
from production.routings.tables import routings, steps


async def save(session: AsyncSession, made: Sequence[Routing]) -> set[UUID]:
    """Insert routings; the ids of those whose revision was not there yet."""
    heads = [
        {
            "id": r.id,
            "number": r.number,
            "company": r.company,
            "version": r.version,
            "status": r.status,
            "item": r.item,
            "warehouse": r.warehouse,
            "revision": r.revision,
            "valid_from": r.valid_from,
            "valid_to": r.valid_to,
            "business_date": r.business_date,
            "posting_date": r.business_date,
        }
        for r in made
    ]
    stored = {
        row[0]
        for row in await insert_rows(
            session, routings, heads, conflict="ON CONFLICT DO NOTHING RETURNING id"
        )
    }
    await insert_rows(
        session,
        steps,
        [
            {"routing_id": r.id, "company": r.company, **asdict(s)}
            for r in made
            if r.id in stored
            for s in r.steps
        ],
    )
    return stored


async def end(session: AsyncSession, routing: UUID, valid_to: date, status: str) -> None:
    """Let a routing end."""
    await session.execute(
        update(routings)
        .where(routings.c.id == routing)
        .values(valid_to=valid_to, status=status, version=routings.c.version + 1)
    )


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Routing]:
    """Routings with their steps."""
    query = select(routings).where(condition).order_by(routings.c.id)
    if lock:
        query = query.with_for_update()
    return await with_steps(session, (await session.execute(query)).mappings().all())


async def with_steps(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Routing]:
    """The routings of these rows, in the order given."""
    lines = await lines_by(session, steps, "routing_id", [h["id"] for h in heads], "operation")
    return [
        Routing(
            id=head["id"],
            number=head["number"],
            company=head["company"],
            item=head["item"],
            warehouse=head["warehouse"],
            revision=head["revision"],
            version=head["version"],
            status=head["status"],
            valid_from=head["valid_from"],
            valid_to=head["valid_to"],
            business_date=head["business_date"],
            steps=tuple(_step(row) for row in lines[head["id"]]),
        )
        for head in heads
    ]


def _step(row: RowMapping) -> Step:
    return Step(
        operation=row["operation"],
        work_centre=row["work_centre"],
        description=row["description"],
        setup_hours=row["setup_hours"],
        run_hours=row["run_hours"],
        queue_hours=row["queue_hours"],
        setup_family=row["setup_family"],
        supplier=row["supplier"],
    )


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Routing | None:
    """A routing by id or number."""
    found = await load(session, is_named(routings, ref), lock=lock)
    return found[0] if found else None


async def of_items(session: AsyncSession, company: str, items: Iterable[str]) -> list[Routing]:
    """All active routings of some items."""
    wanted = sorted(set(items))
    if not wanted:
        return []
    return await load(
        session,
        (routings.c.company == company)
        & (routings.c.item == func.any(wanted))
        & (routings.c.status == "active"),
    )


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    return filtered(
        select(routings), *((routings.c[name], value) for name, value in filters.items())
    )
