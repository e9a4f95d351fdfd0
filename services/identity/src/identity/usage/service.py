"""Take what the gateways counted, and show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients import service as clients
from identity.clients.rules import ClientRow
from identity.usage import rules, store
from identity.usage.rules import Count


async def take(
    session: AsyncSession, client_id: str, gateway: UUID, counts: Sequence[Count]
) -> None:
    """Keep a gateway's sums of a program's days."""
    today = datetime.now(UTC).date()
    plausible = [each for each in counts if rules.is_plausible(each.day, today)]
    if plausible:
        await store.keep(session, client_id, gateway, plausible)


async def of_client(
    session: AsyncSession, reference: str, since: date | None, until: date | None
) -> tuple[ClientRow, list[Count]]:
    """A program, by id or client_id, and its days.

    Raises:
        NotFound: there is none within the caller's scope.
        InvalidQuery: the days are the wrong way round.
    """
    first, last = rules.shown(since, until, datetime.now(UTC).date())
    client = await clients.get_client(session, reference)
    return client, await store.of_client(session, client.client_id, first, last)


async def remove_old(session: AsyncSession) -> None:
    """Forget what nobody asks for any more."""
    await store.remove_old(session, datetime.now(UTC).date())
