"""Queries of planning runs and what they propose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, insert_rows, is_named
from production.planning.tables import exceptions, pegs, planned_orders, runs

_NEXT = text(
    "SELECT id, company FROM mrp_runs WHERE status = 'queued' ORDER BY recorded_at LIMIT 1 FOR UPDATE SKIP LOCKED"
)


async def add_run(session: AsyncSession, values: Mapping[str, object]) -> None:
    """Queue a run."""
    await session.execute(insert(runs).values(**values))


async def next_run(session: AsyncSession) -> tuple[UUID, str] | None:
    """The next queued run, locked; others look past it."""
    row = (await session.execute(_NEXT)).first()
    return None if row is None else (row[0], row[1])


async def set_run(session: AsyncSession, run: UUID, values: Mapping[str, object]) -> RowMapping:
    """Write a run's next version."""
    statement = (
        update(runs)
        .where(runs.c.id == run)
        .values(**values, version=runs.c.version + 1)
        .returning(*runs.c)
    )
    return (await session.execute(statement)).mappings().one()


async def find_run(session: AsyncSession, ref: str) -> RowMapping | None:
    """A run by id or number."""
    return (
        await session.execute(select(runs).where(is_named(runs, ref)))
    ).mappings().one_or_none()  # fmt: skip


async def replace_plan(
    session: AsyncSession,
    company: str,
    orders: Sequence[Mapping[str, object]],
    pegged: Sequence[Mapping[str, object]],
    messages: Sequence[Mapping[str, object]],
) -> None:
    """Put a company's new plan in the place of the old one; what was firmed stays."""
    for table in (pegs, exceptions):
        await session.execute(delete(table).where(table.c.company == company))
    await session.execute(
        delete(planned_orders).where(
            planned_orders.c.company == company, planned_orders.c.status == "planned"
        )
    )
    await insert_rows(session, planned_orders, orders)
    await insert_rows(session, pegs, pegged)
    await insert_rows(session, exceptions, messages)


async def lock_planned(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, RowMapping]:
    """Planned orders, locked in order of id."""
    query = (
        select(planned_orders)
        .where(planned_orders.c.id == func.any(sorted(ids)))
        .order_by(planned_orders.c.id)
        .with_for_update()
    )
    return {row["id"]: row for row in (await session.execute(query)).mappings()}


async def set_firmed(session: AsyncSession, documents: Mapping[UUID, str]) -> None:
    """These planned orders became documents."""
    for order, document in sorted(documents.items()):
        await session.execute(
            update(planned_orders)
            .where(planned_orders.c.id == order)
            .values(status="firmed", document=document)
        )


def runs_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Runs, by the columns given."""
    return filtered(select(runs), *((runs.c[n], value) for n, value in filters.items()))


def orders_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Planned orders, by the columns given."""
    table = planned_orders
    return filtered(select(table), *((table.c[n], value) for n, value in filters.items()))


def exceptions_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Exception messages, by the columns given."""
    table = exceptions
    return filtered(select(table), *((table.c[n], value) for n, value in filters.items()))


async def pegs_of_supply(session: AsyncSession, supplies: Collection[str]) -> Sequence[RowMapping]:
    """What some supplies are for."""
    query = select(pegs).where(pegs.c.supply == func.any(sorted(supplies))).order_by(pegs.c.line)
    return (await session.execute(query)).mappings().all()


async def pegs_of_need(session: AsyncSession, needs: Collection[str]) -> Sequence[RowMapping]:
    """What some needs are covered by."""
    query = select(pegs).where(pegs.c.need == func.any(sorted(needs))).order_by(pegs.c.line)
    return (await session.execute(query)).mappings().all()
