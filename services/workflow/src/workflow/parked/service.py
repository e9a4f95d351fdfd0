"""One list of what waits for a person in any service, from what each service last said; and a word when it waits long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database
from chassis.rows import insert_rows
from tongheng_contracts.control import ControlReport
from workflow.notifications import service as notifications
from workflow.parked.tables import parked_messages, parked_reports

log = structlog.get_logger(__name__)

LONG = timedelta(minutes=15)
WATCH_SECONDS = 30.0

_NO_MORE = text(
    "DELETE FROM parked_messages p WHERE service = ANY(:services) AND NOT EXISTS (SELECT 1"
    " FROM unnest(CAST(:owners AS text[]), CAST(:events AS uuid[])) AS n (service, event)"
    " WHERE n.service = p.service AND n.event = p.event_id)"
)
_WAIT_LONG = text(
    "UPDATE parked_messages SET told = true WHERE NOT told AND parked_at < :since RETURNING service, topic, event_id"
)


async def take_reports(session: AsyncSession, reports: Sequence[ControlReport]) -> None:
    """Keep what services say now: what they name no more has been settled."""
    rows = [
        {
            "service": report.service,
            "event_id": each.event,
            "topic": each.topic,
            "key": each.key,
            "company": each.company,
            "status": each.status,
            "reason": each.reason,
            "parked_at": each.parked_at,
            "told": False,
        }
        for report in reports
        for each in report.parked
    ]
    await session.execute(
        _NO_MORE,
        {
            "services": [report.service for report in reports],
            "owners": [row["service"] for row in rows],
            "events": [row["event_id"] for row in rows],
        },
    )
    await insert_rows(
        session,
        parked_messages,
        rows,
        conflict="ON CONFLICT (service, event_id) DO UPDATE SET status = excluded.status, reason = excluded.reason",
    )
    for report in sorted(reports, key=lambda each: each.service):
        values = {"service": report.service, "version": report.version, "reported_at": report.cut}
        statement = insert(parked_reports).values(**values)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["service"], set_=values)
        )


async def tell_of_long(session: AsyncSession, now: datetime) -> int:
    """Tell those who settle parked messages of what has waited for a quarter of an hour; once. How many there were."""
    found = (await session.execute(_WAIT_LONG, {"since": now - LONG})).all()
    by_service: dict[str, list[str]] = {}
    for service, topic, _ in found:
        by_service.setdefault(str(service), []).append(str(topic))
    for service, topics in sorted(by_service.items()):
        named = ", ".join(sorted(set(topics)))
        await notifications.tell(
            session,
            kind="messages-parked",
            permission="operations.parked.read",
            text_en=f"{len(topics)} message(s) have waited in {service} for more than 15 minutes: {named}.",
            text_zh=f"{service} 有 {len(topics)} 条消息滞留超过 15 分钟：{named}。",
            document_type="parked-messages",
            document_id=service,
        )
    return len(found)


async def watch(database: Database) -> None:
    """Look every half minute, until cancelled."""
    while True:
        async with database.transaction(system_context("workflow")) as session:
            now = (await session.execute(text("SELECT now()"))).scalar_one()
            await tell_of_long(session, now)
        await asyncio.sleep(WATCH_SECONDS)
