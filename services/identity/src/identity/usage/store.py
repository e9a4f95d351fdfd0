"""Queries of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import columns_of
from chassis.statements import Statement
from identity.clients.tables import clients
from identity.usage.rules import HOURS_KEPT_DAYS, KEPT_DAYS, Count, HourCount
from identity.usage.tables import client_usage, client_usage_hours

_COUNTED = ("calls", "refused", "limited", "failed")

# What a gateway says is its sum of the day: said twice, or late, it counts once.
_KEEP = Statement(
    "INSERT INTO client_usage (client_id, day, gateway, calls, refused, limited, failed)"
    " SELECT c.client_id, n.d, CAST(:gateway AS uuid), n.c, n.r, n.l, n.f FROM clients c,"
    " unnest(CAST(:day AS date[]), CAST(:calls AS bigint[]), CAST(:refused AS bigint[]), CAST(:limited AS bigint[]),"
    " CAST(:failed AS bigint[])) AS n (d, c, r, l, f) WHERE c.client_id = CAST(:client_id AS text)"
    " ON CONFLICT (client_id, day, gateway) DO UPDATE SET calls = greatest(client_usage.calls, excluded.calls),"
    " refused = greatest(client_usage.refused, excluded.refused),"
    " limited = greatest(client_usage.limited, excluded.limited),"
    " failed = greatest(client_usage.failed, excluded.failed)"
)
_KEEP_HOURS = Statement(
    "INSERT INTO client_usage_hours (client_id, hour, gateway, calls, refused, limited, failed)"
    " SELECT c.client_id, n.h, CAST(:gateway AS uuid), n.c, n.r, n.l, n.f FROM clients c,"
    " unnest(CAST(:hour AS timestamptz[]), CAST(:calls AS bigint[]), CAST(:refused AS bigint[]), CAST(:limited AS bigint[]),"
    " CAST(:failed AS bigint[])) AS n (h, c, r, l, f) WHERE c.client_id = CAST(:client_id AS text)"
    " ON CONFLICT (client_id, hour, gateway) DO UPDATE SET calls = greatest(client_usage_hours.calls, excluded.calls),"
    " refused = greatest(client_usage_hours.refused, excluded.refused),"
    " limited = greatest(client_usage_hours.limited, excluded.limited),"
    " failed = greatest(client_usage_hours.failed, excluded.failed)"
)


async def keep(
    session: AsyncSession, client_id: str, gateway: UUID, counts: Sequence[Count]
) -> None:
    """Keep what a gateway counted; of a program that is not known, nothing."""
    columns = columns_of([asdict(each) for each in counts])
    await _KEEP.fetch(session, {**columns, "client_id": client_id, "gateway": gateway})


async def keep_hours(
    session: AsyncSession, client_id: str, gateway: UUID, counts: Sequence[HourCount]
) -> None:
    """Keep what a gateway counted by hour; of a program that is not known, nothing."""
    columns = columns_of([asdict(each) for each in counts])
    await _KEEP_HOURS.fetch(session, {**columns, "client_id": client_id, "gateway": gateway})


async def of_client(session: AsyncSession, client_id: str, first: date, last: date) -> list[Count]:
    """A program's days on which it asked for anything, the newest first."""
    columns = client_usage.c
    query = (
        select(columns.day, *_sums(columns))
        .where(columns.client_id == client_id, columns.day.between(first, last))
        .group_by(columns.day)
        .order_by(columns.day.desc())
    )
    rows = (await session.execute(query)).all()
    return [Count(row[0], *(int(value) for value in row[1:])) for row in rows]


async def hours_of_client(
    session: AsyncSession, client_id: str, since: datetime
) -> list[HourCount]:
    """A program's hours from then on in which it asked for anything, the newest first."""
    columns = client_usage_hours.c
    query = (
        select(columns.hour, *_sums(columns))
        .where(columns.client_id == client_id, columns.hour >= since)
        .group_by(columns.hour)
        .order_by(columns.hour.desc())
    )
    rows = (await session.execute(query)).all()
    return [HourCount(row[0], *(int(value) for value in row[1:])) for row in rows]


def totals(first: date, last: date) -> Select[Any]:
    """Each program within the scope with what it asked for on these days, for a list."""
    columns = client_usage.c
    within = and_(columns.client_id == clients.c.client_id, columns.day.between(first, last))
    sums = (
        select(*_sums(columns), func.max(columns.day).label("last_day")).where(within).lateral("u")
    )
    return select(
        clients.c.id, clients.c.client_id, clients.c.name, clients.c.active, clients.c.requests_per_second,
        *(sums.c[name].label(name) for name in (*_COUNTED, "last_day")),
    ).select_from(clients).join(sums, sums.c.calls >= 0)  # fmt: skip


def _sums(columns: Any) -> list[ColumnElement[int]]:
    return [
        func.coalesce(func.sum(columns[name]), 0).cast(BigInteger).label(name) for name in _COUNTED
    ]


async def remove_old(session: AsyncSession, today: date) -> None:
    """Forget days that are older than a year and a month, and hours that are older than a week."""
    old = client_usage.c.day < today - timedelta(days=KEPT_DAYS)
    await session.execute(delete(client_usage).where(old))
    late = client_usage_hours.c.hour < func.now() - timedelta(days=HOURS_KEPT_DAYS)
    await session.execute(delete(client_usage_hours).where(late))
