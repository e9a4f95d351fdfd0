"""Wakes whoever sends, once what is to be sent is committed: he need not look for it several times a second.

It reaches senders in this process only; others find it at their next look.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

listeners: set[Callable[[], None]] = set()
"""Called in the loop of the session that committed."""


def ring_after(session: AsyncSession) -> None:
    """Ring when the session has committed."""
    if listeners:
        event.listen(session.sync_session, "after_commit", _ring, once=True)


def _ring(_session: object) -> None:
    for listener in list(listeners):
        listener()
