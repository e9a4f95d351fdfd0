"""What a service's own tables need from time to time: days of the outbox made ahead, old ones archived, old keys dropped."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import text

from chassis.context import system_context
from chassis.database import Database

log = structlog.get_logger(__name__)

EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
DAYS_AHEAD = 7
DAYS_HOT = 35
KEY_DAYS = 30
KEYS_AT_ONCE = 5000


class Upkeep:
    """Looks after the tables every hour; where several processes do, they take turns."""

    def __init__(self, database: Database, *, service: str) -> None:
        self._database = database
        self._context = system_context(service)

    async def run(self) -> None:
        """Keep on until cancelled; what was in the way once is tried again in a minute."""
        while True:
            pause = EVERY_SECONDS
            try:
                await self.turn()
            except Exception as error:
                log.warning("upkeep will be tried again", error=type(error).__name__, exc_info=True)
                pause = AGAIN_SECONDS
            await asyncio.sleep(pause)

    async def turn(self) -> None:
        """Once: partitions ahead, archive, keys. Each in a transaction of its own, so that none holds the others back."""
        async with self._database.transaction(self._context) as session:
            await session.execute(text("SELECT ensure_outbox_partitions(:n)"), {"n": DAYS_AHEAD})
        async with self._database.transaction(self._context) as session:
            query = text("SELECT archive_outbox_partitions(:n)")
            archived = await session.scalar(query, {"n": DAYS_HOT})
        if archived:
            log.info("days of the outbox were archived", days=archived)
        while await self._drop_keys() == KEYS_AT_ONCE:
            pass

    async def _drop_keys(self) -> int:
        async with self._database.transaction(self._context) as session:
            dropped = await session.execute(
                text(
                    "WITH dropped AS (DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys"
                    " WHERE recorded_at < now() - make_interval(days => :days) ORDER BY recorded_at LIMIT :n)) RETURNING 1)"
                    " SELECT count(*) FROM dropped"
                ),
                {"days": KEY_DAYS, "n": KEYS_AT_ONCE},
            )
            return int(dropped.scalar_one())
