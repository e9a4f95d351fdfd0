"""How downtimes and kept schedules are written and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, insert_rows, is_named
from chassis.statements import Statement
from production.shop_floor.rules import Bar, Downtime, Kept
from production.shop_floor.tables import downtimes, schedules, slots

_LOCK = Statement("SELECT pg_advisory_xact_lock(1935894132, hashtext(:company))")


async def lock_company(session: AsyncSession, company: str) -> None:
    """One schedule of a company is made after the other."""
    await _LOCK.fetch(session, {"company": company})


async def add_downtime(session: AsyncSession, made: Downtime) -> None:
    """Keep a downtime."""
    await session.execute(insert(downtimes).values(**asdict(made)))


async def save_downtime(session: AsyncSession, changed: Downtime) -> None:
    """Write what changed."""
    await session.execute(
        update(downtimes)
        .where(downtimes.c.id == changed.id)
        .values(
            version=changed.version,
            status=changed.status,
            starts_at=changed.starts_at,
            ends_at=changed.ends_at,
            reason=changed.reason,
        )
    )


async def find_downtime(session: AsyncSession, ref: str, *, lock: bool = False) -> Downtime | None:
    """A downtime by id or number."""
    query = select(downtimes).where(is_named(downtimes, ref))
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else downtime_of(row)


def downtime_of(row: RowMapping) -> Downtime:
    """A row as the rules see it."""
    return Downtime(**{name: row[name] for name in Downtime.__slots__})


async def downtimes_of(session: AsyncSession, company: str, since: datetime) -> list[Downtime]:
    """What is or was down in a company since a moment."""
    query = (
        select(downtimes)
        .where(
            downtimes.c.company == company,
            downtimes.c.status == "active",
            downtimes.c.ends_at > since,
        )
        .order_by(downtimes.c.starts_at, downtimes.c.number)
    )
    return [downtime_of(row) for row in (await session.execute(query)).mappings()]


def downtimes_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Downtimes, by the columns given."""
    return filtered(select(downtimes), *((downtimes.c[n], value) for n, value in filters.items()))


async def newest(session: AsyncSession, company: str) -> RowMapping | None:
    """The schedule that was kept last."""
    query = (
        select(schedules)
        .where(schedules.c.company == company)
        .order_by(schedules.c.number.desc())
        .limit(1)
    )
    return (await session.execute(query)).mappings().one_or_none()


async def slots_of(session: AsyncSession, schedule: UUID) -> list[Kept]:
    """The slots of a schedule, as they come."""
    query = (
        select(slots)
        .where(slots.c.schedule_id == schedule)
        .order_by(slots.c.work_centre, slots.c.unit, slots.c.starts_at, slots.c.order_id)
    )
    rows = (await session.execute(query)).mappings()
    return [Kept(**{name: row[name] for name in Kept.__slots__}) for row in rows]


async def keep(
    session: AsyncSession,
    head: dict[str, object],
    bars: Sequence[Bar],
) -> None:
    """Keep a schedule."""
    await session.execute(insert(schedules).values(**head))
    await insert_rows(
        session,
        slots,
        [
            {
                "schedule_id": head["id"],
                "order_id": bar.job.order.id,
                "operation": bar.job.operation.operation,
                "company": head["company"],
                "work_centre": bar.job.operation.work_centre,
                "unit": bar.unit,
                "setup_start": bar.setup_start,
                "starts_at": bar.start,
                "ends_at": bar.end,
                "frozen": bar.frozen,
            }
            for bar in bars
        ],
    )


def head_of(
    *, id: UUID, number: str, company: str, as_of: datetime, freeze_until: datetime, day: date
) -> dict[str, object]:
    """The head of a schedule."""
    return {
        "id": id,
        "number": number,
        "company": company,
        "as_of": as_of,
        "freeze_until": freeze_until,
        "business_date": day,
        "posting_date": day,
    }
