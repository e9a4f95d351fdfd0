"""What of a process nobody would see otherwise: measured for Prometheus, whoever asks or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import QueuePool

from chassis.consuming import Worker
from chassis.context import system_context
from chassis.database import Database
from chassis.outbox import AGE

log = structlog.get_logger(__name__)

EVERY_SECONDS = 15.0
ANSWER_SECONDS_MAX = 8.0

OLDEST = text(
    "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0) FROM outbox WHERE published_at IS NULL"
)
IN_USE = Gauge("tongheng_pool_in_use", "Connections to the database that are in use", ["pool"])
MOST = Gauge("tongheng_pool_max", "Connections that the pool may hold", ["pool"])


def show_pool(name: str, database: Database, *, most: int) -> None:
    """Show a pool's connections; they are counted when Prometheus asks."""
    pool = database.engine.pool
    if not isinstance(pool, QueuePool):
        return  # tests have none
    IN_USE.labels(name).set_function(lambda: float(pool.checkedout()))
    MOST.labels(name).set(most)


def every(
    seconds: float, measure: Callable[[AsyncSession], Awaitable[None]], *, service: str
) -> Callable[[Database], Coroutine[Any, Any, None]]:
    """A background loop that measures something of the service's own; a failure is told, and the next turn comes."""

    async def loop(database: Database) -> None:
        while True:
            try:
                async with database.read(system_context(service)) as session:
                    await measure(session)
            except Exception as error:
                log.warning("not measured", measure=measure.__module__, error=type(error).__name__)
            await asyncio.sleep(seconds)

    return loop


async def watch(database: Database, worker: Worker | None) -> None:
    """Keep the age of the outbox and the worker's lag current, until cancelled.

    The relay knows the age only while it publishes: with Kafka away it would stand still when it matters most.
    """
    while True:
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await measure(database, worker)
        except Exception as error:
            log.warning("vitals were not measured", error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)


async def measure(database: Database, worker: Worker | None) -> None:
    """Measure once: first what needs no Kafka."""
    async with database.read(system_context("vitals")) as session:
        AGE.set(max(0.0, float(await session.scalar(OLDEST) or 0)))
    if worker is not None and worker.topics:
        await worker.lag()
