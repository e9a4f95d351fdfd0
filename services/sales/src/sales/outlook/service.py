"""What production says of our quotations, as others use it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sales.outlook import store
from sales.outlook.rules import Engineering


async def requests_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Engineering]:
    """What was told last of these engineering requests, as far as it was heard."""
    return await store.requests_of(session, ids)
