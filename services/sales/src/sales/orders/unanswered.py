"""Orders that stock has not answered yet: what a customer would feel first, for Prometheus."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import gauge

WATCH_SECONDS = 15.0
COUNT = text("""
    SELECT count(*) FROM orders o
    WHERE o.status = 'pending' AND o.placed_at < clock_timestamp() - interval '5 seconds'
      AND NOT EXISTS (SELECT 1 FROM order_reservations r WHERE r.order_id = o.id)
""")
UNANSWERED = gauge(
    "tongheng_orders_unanswered",
    "Orders placed over 5 s ago whose goods stock has neither reserved nor found short",
)


async def measure(session: AsyncSession) -> None:
    """Count once. An order on hold waits for us, not for stock."""
    UNANSWERED.set(int(await session.scalar(COUNT) or 0))
