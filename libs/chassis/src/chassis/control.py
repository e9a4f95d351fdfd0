"""Control totals: a service's own sums at its watermark, for finance to prove against the books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Context
from chassis.database import Database
from chassis.ids import named
from chassis.outbox import emit
from tongheng_contracts.catalogue import contracts
from tongheng_contracts.control import (
    ControlReport,
    ControlTotal,
    ParkedNote,
    RecentFact,
    control_totals_event,
)
from tongheng_contracts.envelope import Kind

log = structlog.get_logger(__name__)

TotalsOf = Callable[[AsyncSession, datetime], Awaitable[Sequence[ControlTotal]]]
EVERY_SECONDS = 3.0
UNCHANGED_SECONDS = 15.0
"""Totals that did not change are told this seldom; their later cut says nothing new."""
MARGIN = timedelta(seconds=0.05)
PUBLISH_SECONDS_MAX = 45.0
RECENT_SECONDS = 60
RECENT_MAX = 1000
PARKED_MAX = 200

# `recorded_at` is each transaction's own start, so that below the oldest open one nothing can still appear.
# In this order, each with a snapshot of its own: what began after the clock was read is above it; what was open is in the
# list; what committed before the list was read is seen in the outbox.
CLOCK = text("SELECT clock_timestamp()")
OPEN = text(
    "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
UNPUBLISHED = text(
    "SELECT min(recorded_at) FROM outbox WHERE published_at IS NULL AND NOT (topic = ANY(:own))"
)
PARKED = text(
    "SELECT event_id, topic, key, company, status, reason, parked_at FROM parked WHERE status IN ('parked', 'waiting')"
    " ORDER BY parked_at, arrival LIMIT :n"
)
# A prepared transaction or a longer one than the outbox' hot days is no concern of this service: none is made.


async def no_totals(session: AsyncSession, cut: datetime) -> Sequence[ControlTotal]:
    """For a service that keeps no books: its report tells what is parked."""
    return []


class ControlTotals:
    """Publishes the totals every few seconds when something has changed, and once more at quiet."""

    def __init__(self, database: Database, *, service: str, totals: TotalsOf) -> None:
        self._database = database
        self._service = service
        self._totals = totals
        self._event = control_totals_event(service)
        self._version = 0
        self._told: tuple[Sequence[object], ...] | None = None
        self._told_at = 0.0
        self.turned_at = time.monotonic()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Publish no more."""
        self._stopping.set()

    async def run(self) -> None:
        """Publish until stopped."""
        while not self._stopping.is_set():
            self.turned_at = time.monotonic()
            try:
                async with asyncio.timeout(PUBLISH_SECONDS_MAX):
                    await self.publish()
            except Exception as error:
                log.warning(
                    "control totals will be tried again", error=type(error).__name__, exc_info=True
                )
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def publish(self) -> ControlReport:
        """Take the totals at the watermark and emit them."""
        context = Context(actor=f"system:{self._service}", client=self._service)
        async with self._database.transaction(context) as session:
            cut = await self._cut(session)
        # A snapshot taken after the cut was found sees all that is below it.
        async with self._database.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async with AsyncSession(connection) as session:
                session.info["context"] = context
                await session.execute(text("SELECT set_config('tongheng.companies', '*', true)"))
                report = await self._report(session, cut)
                await session.rollback()
        told = (report.totals, report.recent, report.parked)
        if told == self._told and time.monotonic() - self._told_at < UNCHANGED_SECONDS:
            return report
        async with self._database.transaction(context) as session:
            await emit(session, self._event.model_validate({"report": report.model_dump()}))
        self._told, self._told_at = told, time.monotonic()
        return report

    async def _cut(self, session: AsyncSession) -> datetime:
        own = [c.topic for c in contracts() if c.kind is Kind.CONTROL]
        clock = await session.scalar(CLOCK)
        assert isinstance(clock, datetime)
        # By the database's clock, so that a restart or another process goes on from there, whatever its own clock says.
        self._version = max(self._version + 1, int(clock.timestamp()))
        bounds = (
            clock,
            await session.scalar(OPEN),
            await session.scalar(UNPUBLISHED, {"own": own}),
        )
        return min(bound for bound in bounds if bound is not None) - MARGIN

    async def _report(self, session: AsyncSession, cut: datetime) -> ControlReport:
        totals = list(await self._totals(session, cut))
        offsets = await session.execute(
            text('SELECT topic, partition, "offset" FROM outbox_offsets ORDER BY 1, 2')
        )
        facts = [c.topic for c in contracts() if c.kind is Kind.FACT and c.owner == self._service]
        recent = await session.execute(
            text(
                "SELECT event_id, topic, subject, company, recorded_at FROM outbox WHERE topic = ANY(:facts)"
                " AND recorded_at <= :cut AND recorded_at > CAST(:cut AS timestamptz) - make_interval(secs => :seconds)"
                " ORDER BY recorded_at DESC LIMIT :n"
            ),
            {"facts": facts, "cut": cut, "seconds": RECENT_SECONDS, "n": RECENT_MAX},
        )
        parked = await session.execute(PARKED, {"n": PARKED_MAX})
        return ControlReport(
            id=named("control", self._service),
            service=self._service,
            version=self._version,
            cut=cut,
            offsets={f"{topic}/{partition}": offset for topic, partition, offset in offsets},
            totals=totals,
            recent=[
                RecentFact(
                    event=event,
                    topic=topic,
                    number=subject,
                    company=company,
                    recorded_at=recorded_at,
                )
                for event, topic, subject, company, recorded_at in recent
            ],
            parked=[
                ParkedNote(
                    event=event,
                    topic=topic,
                    key=key,
                    company=company,
                    status=status,
                    reason=reason,
                    parked_at=parked_at,
                )
                for event, topic, key, company, status, reason, parked_at in parked
            ],
        )
