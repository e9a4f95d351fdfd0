"""Take what the gateways counted, and show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients import service as clients
from identity.clients.rules import ClientRow
from identity.usage import rules, store
from identity.usage.rules import HOURS_SHOWN, Count, HourCount


async def take(
    session: AsyncSession,
    client_id: str,
    gateway: UUID,
    counts: Sequence[Count],
    hours: Sequence[HourCount] = (),
) -> None:
    """Keep a gateway's sums of a program's days and hours."""
    today = datetime.now(UTC).date()
    plausible = [each for each in counts if rules.is_plausible(each.day, today)]
    if plausible:
        await store.keep(session, client_id, gateway, plausible)
    told = [
        each
        for each in hours
        if rules.is_whole(each.hour) and rules.is_plausible(each.hour.astimezone(UTC).date(), today)
    ]
    if told:
        await store.keep_hours(session, client_id, gateway, told)


async def of_client(
    session: AsyncSession, reference: str, since: date | None, until: date | None
) -> tuple[ClientRow, list[Count], list[HourCount]]:
    """A program, by id or client_id, its days, and its last two days by hour.

    Raises:
        NotFound: there is none within the caller's scope.
        InvalidQuery: the days are the wrong way round.
    """
    now = datetime.now(UTC)
    first, last = rules.shown(since, until, now.date())
    client = await clients.get_client(session, reference)
    days = await store.of_client(session, client.client_id, first, last)
    hours = await store.hours_of_client(
        session, client.client_id, now - timedelta(hours=HOURS_SHOWN)
    )
    return client, days, hours


def totals(since: date | None, until: date | None) -> Select[Any]:
    """Every program within the caller's scope with what it asked for, for a list.

    Raises:
        InvalidQuery: the days are the wrong way round.
    """
    return store.totals(*rules.shown(since, until, datetime.now(UTC).date()))


async def remove_old(session: AsyncSession) -> None:
    """Forget what nobody asks for any more."""
    await store.remove_old(session, datetime.now(UTC).date())
