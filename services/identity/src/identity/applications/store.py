"""How applications are read and written."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.applications.rules import Application
from identity.applications.tables import applications


async def find(session: AsyncSession, client_id: str) -> Application | None:
    """The application of this name."""
    columns = applications.c
    row = await session.execute(
        select(
            columns.client_id, columns.name, columns.name_en, columns.redirect_uris,
            columns.post_logout_redirect_uris,
        ).where(columns.client_id == client_id)
    )  # fmt: skip
    found = row.tuples().one_or_none()
    if found is None:
        return None
    return Application(*found[:3], tuple(found[3]), tuple(found[4]))


async def add_missing(session: AsyncSession, rows: Sequence[Application]) -> None:
    """Keep those that are new; one that an administrator changed stays as he left it."""
    await session.execute(
        upsert(applications).on_conflict_do_nothing(),
        [
            {
                "client_id": each.client_id, "name": each.name, "name_en": each.name_en,
                "redirect_uris": list(each.redirect_uris),
                "post_logout_redirect_uris": list(each.post_logout_redirect_uris),
            }
            for each in rows
        ],
    )  # fmt: skip
