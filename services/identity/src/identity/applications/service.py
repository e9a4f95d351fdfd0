"""What can be done with applications."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from identity.applications import rules, store

find = store.find


async def seed(session: AsyncSession) -> None:
    """The applications that come with the stack."""
    await store.add_missing(session, rules.READY_MADE)
