"""Orders that stock has not answered yet: what a customer would feel first, for Prometheus."""

from __future__ import annotations

import asyncio

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database

_log = structlog.get_logger(__name__)

WATCH_SECONDS = 15.0
COUNT = text("""
    SELECT count(*) FROM orders o
    WHERE o.status = 'pending' AND o.placed_at < clock_timestamp() - interval '5 seconds'
      AND NOT EXISTS (SELECT 1 FROM order_reservations r WHERE r.order_id = o.id)
""")
UNANSWERED = Gauge(
    "tongheng_orders_unanswered",
    "Orders placed over 5 s ago whose goods stock has neither reserved nor found short",
)


async def watch(database: Database) -> None:
    """Keep the number current, until cancelled."""
    while True:
        try:
            async with database.read(system_context("sales")) as session:
                await measure(session)
        except Exception as error:
            _log.warning("unanswered orders were not counted", error=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)


async def measure(session: AsyncSession) -> None:
    """Count once. An order on hold waits for us, not for stock."""
    UNANSWERED.set(int(await session.scalar(COUNT) or 0))
