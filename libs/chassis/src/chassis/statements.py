"""Statements of the hot paths: compiled once, run by the driver itself at a third of the cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import telemetry

_NAME = re.compile(r"(?<!:):([a-z_]\w*)")


class Statement:
    """One SQL statement with parameters `:name`, whose types it states itself (`CAST(:ids AS uuid[])`).

    It runs in the session's transaction, which has begun. What PostgreSQL refuses comes as the driver's error, with
    its SQLSTATE. JSON comes as text.
    """

    def __init__(self, sql: str) -> None:
        self.names = list(dict.fromkeys(_NAME.findall(sql)))
        places = {name: f"${number}" for number, name in enumerate(self.names, start=1)}
        self.sql = _NAME.sub(lambda found: places[found[1]], sql)

    async def fetch(
        self, session: AsyncSession, values: Mapping[str, object]
    ) -> Sequence[Mapping[str, Any]]:
        """Run it; its rows, which are read by name or position."""
        driver = _driver(session)
        given = [values[name] for name in self.names]
        if not trace.get_current_span().is_recording():
            return await driver.fetch(self.sql, *given)
        with telemetry.tracer().start_as_current_span(
            self.sql[:20].split(None, 1)[0].upper(), kind=SpanKind.CLIENT
        ) as span:
            span.set_attribute("db.system.name", "postgresql")
            span.set_attribute("db.query.text", self.sql[:1000])
            return await driver.fetch(self.sql, *given)


class _Driver(Protocol):
    async def fetch(self, query: str, *args: object) -> Sequence[Mapping[str, Any]]: ...


def _driver(session: AsyncSession) -> _Driver:
    return cast("_Driver", session.sync_session.connection().connection.driver_connection)
