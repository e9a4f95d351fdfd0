"""Tell a person, or all who have a right; and remember who has read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Principal
from chassis.context import context_of
from chassis.errors import NotFound
from chassis.ids import uuid7
from workflow.notifications.tables import notification_reads, notifications

ADDRESSED = ("operations.parked.read",)
"""Rights whose holders are told something."""


async def tell(
    session: AsyncSession,
    *,
    kind: str,
    text_en: str,
    text_zh: str,
    recipient: str = "",
    permission: str = "",
    document_type: str = "",
    document_id: str = "",
) -> None:
    """Tell one person, or all who have a permission in all companies."""
    await session.execute(
        insert(notifications).values(
            id=uuid7(),
            recipient=recipient,
            permission=permission,
            kind=kind,
            text_en=text_en,
            text_zh=text_zh,
            document_type=document_type,
            document_id=document_id,
            company="",
        )
    )


def _rights(caller: Principal) -> Iterable[str]:
    if caller.companies is not None:
        return ()
    return [each for each in ADDRESSED if caller.may(each)]


def addressed_to(caller: Principal, *, unread: bool) -> Select[Any]:
    """What the caller is told, each with the moment when he read it."""
    mine = or_(
        notifications.c.recipient == caller.subject,
        notifications.c.permission.in_(list(_rights(caller))),
    )
    read = and_(
        notification_reads.c.notification == notifications.c.id,
        notification_reads.c.subject == caller.subject,
    )
    query = (
        select(*notifications.c, notification_reads.c.read_at)
        .select_from(notifications.outerjoin(notification_reads, read))
        .where(mine)
    )
    return query.where(notification_reads.c.read_at.is_(None)) if unread else query


async def mark_read(session: AsyncSession, caller: Principal, notification: UUID) -> None:
    """Remember that the caller has read it.

    Raises:
        NotFound: he was told no such thing.
    """
    known = addressed_to(caller, unread=False).where(notifications.c.id == notification)
    if (await session.execute(known)).first() is None:
        raise NotFound(what=("notification", "通知"))
    await session.execute(
        insert(notification_reads)
        .values(notification=notification, subject=context_of(session).actor)
        .on_conflict_do_nothing()
    )


async def unread(session: AsyncSession, caller: Principal) -> int:
    """How many he has not read."""
    query = addressed_to(caller, unread=True).subquery()
    return int((await session.execute(select(func.count()).select_from(query))).scalar_one())
