"""Queries of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import columns_of
from chassis.statements import Statement
from identity.usage.rules import KEPT_DAYS, Count
from identity.usage.tables import client_usage

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


async def keep(
    session: AsyncSession, client_id: str, gateway: UUID, counts: Sequence[Count]
) -> None:
    """Keep what a gateway counted; of a program that is not known, nothing."""
    columns = columns_of([asdict(each) for each in counts])
    await _KEEP.fetch(session, {**columns, "client_id": client_id, "gateway": gateway})


async def of_client(session: AsyncSession, client_id: str, first: date, last: date) -> list[Count]:
    """A program's days on which it asked for anything, the newest first."""
    columns = client_usage.c
    sums = [
        func.sum(each).label(each.name)
        for each in (columns.calls, columns.refused, columns.limited, columns.failed)
    ]
    query = (
        select(columns.day, *sums)
        .where(columns.client_id == client_id, columns.day.between(first, last))
        .group_by(columns.day)
        .order_by(columns.day.desc())
    )
    rows = (await session.execute(query)).all()
    return [Count(row[0], *(int(value) for value in row[1:])) for row in rows]


async def remove_old(session: AsyncSession, today: date) -> None:
    """Forget what is older than a year and a month."""
    old = client_usage.c.day < today - timedelta(days=KEPT_DAYS)
    await session.execute(delete(client_usage).where(old))
