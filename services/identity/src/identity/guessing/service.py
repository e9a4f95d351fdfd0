"""Guessing is stopped: an attempt counts as wrong before its password is looked at, and no more once it was right.

So no more wrong passwords are looked at than allowed, however many come at once to however many processes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from identity.guessing import store
from identity.guessing.rules import WINDOW_SECONDS, TooManyWrongPasswords


async def check(session: AsyncSession, limits: Mapping[bytes, int]) -> None:
    """Refuse where a limit is used up; nothing is counted.

    Raises:
        TooManyWrongPasswords: with the seconds after which another attempt is looked at.
    """
    seconds = await store.wait(session, limits)
    if seconds > 0:
        raise TooManyWrongPasswords(retry_after=_whole(seconds))


async def count(session: AsyncSession, limits: Mapping[bytes, int]) -> dict[bytes, datetime]:
    """Count an attempt; what `take_back` needs. The caller's transaction ends right after it.

    Raises:
        TooManyWrongPasswords: a limit is used up; then nothing may be committed.
    """
    counted = await store.count(session, limits)
    if len(counted) < len(limits):
        raise TooManyWrongPasswords(retry_after=_whole(await store.wait(session, limits)))
    return counted


async def take_back(session: AsyncSession, counted: Mapping[bytes, datetime]) -> None:
    """The password was right."""
    await store.take_back(session, counted)


async def remove_old(session: AsyncSession) -> None:
    """Forget what no limit asks for any more."""
    await store.remove_old(session)


def _whole(seconds: float) -> int:
    return min(max(1, math.ceil(seconds)), WINDOW_SECONDS)
