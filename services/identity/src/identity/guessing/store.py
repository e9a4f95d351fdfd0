"""How attempts are counted, taken back and forgotten: each for all its keys at once, by PostgreSQL's clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.statements import Statement
from identity.guessing.rules import WINDOW_SECONDS
from identity.guessing.tables import wrong_passwords

_RECENT = (
    "ARRAY(SELECT t FROM unnest(kept.times) AS t"
    f" WHERE t > clock_timestamp() - interval '{WINDOW_SECONDS} s' ORDER BY t)"
)
_WAIT = Statement(
    f"SELECT coalesce(max(extract(epoch FROM last_allowed - clock_timestamp()) + {WINDOW_SECONDS}), 0)::float8 AS wait"
    " FROM unnest(CAST(:keys AS bytea[]), CAST(:limits AS integer[])) AS given(key, allowed)"
    " JOIN wrong_passwords AS kept ON kept.key = given.key"
    f" CROSS JOIN LATERAL (SELECT {_RECENT} AS times) AS recent"
    " CROSS JOIN LATERAL (SELECT recent.times[cardinality(recent.times) - given.allowed + 1] AS last_allowed) AS ends"
)
# The row is locked before its times are looked at: whoever comes at the same time waits, and sees what was counted.
_COUNT = Statement(
    "INSERT INTO wrong_passwords AS kept (key, times)"
    " SELECT k, ARRAY[clock_timestamp()] FROM unnest(CAST(:keys AS bytea[])) AS given(k) ORDER BY k"
    f" ON CONFLICT (key) DO UPDATE SET times = {_RECENT} || clock_timestamp()"
    f" WHERE cardinality({_RECENT}) < (SELECT g.allowed FROM"
    " unnest(CAST(:keys AS bytea[]), CAST(:limits AS integer[])) AS g(key, allowed) WHERE g.key = kept.key)"
    " RETURNING kept.key AS key, kept.times[cardinality(kept.times)] AS counted"
)
_LOCK = Statement(
    "SELECT key FROM wrong_passwords WHERE key = ANY (CAST(:keys AS bytea[])) ORDER BY key FOR UPDATE"
)
_TAKE_BACK = Statement(
    "UPDATE wrong_passwords AS kept SET times = array_remove(kept.times, mine.counted)"
    " FROM unnest(CAST(:keys AS bytea[]), CAST(:counted AS timestamptz[])) AS mine(key, counted)"
    " WHERE kept.key = mine.key"
)


async def wait(session: AsyncSession, limits: Mapping[bytes, int]) -> float:
    """Seconds until another attempt is allowed for all keys; 0 or less: now."""
    rows = await _WAIT.fetch(session, {"keys": list(limits), "limits": list(limits.values())})
    return float(rows[0]["wait"])


async def count(session: AsyncSession, limits: Mapping[bytes, int]) -> dict[bytes, datetime]:
    """Count an attempt for the keys that are below their limit: which, and under what time it is kept."""
    rows = await _COUNT.fetch(session, {"keys": list(limits), "limits": list(limits.values())})
    return {bytes(row["key"]): row["counted"] for row in rows}


async def take_back(session: AsyncSession, counted: Mapping[bytes, datetime]) -> None:
    """An attempt was no wrong one."""
    await _LOCK.fetch(session, {"keys": list(counted)})
    await _TAKE_BACK.fetch(session, {"keys": list(counted), "counted": list(counted.values())})


async def remove_old(session: AsyncSession) -> None:
    """Forget the keys that nothing was counted for within the window."""
    times = wrong_passwords.c.times
    last = times[func.cardinality(times)]
    began = func.clock_timestamp() - timedelta(seconds=WINDOW_SECONDS)
    await session.execute(
        delete(wrong_passwords).where((func.cardinality(times) == 0) | (last < began))
    )
