"""Prove that the books tie out, now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database
from chassis.telemetry import gauge, logger
from finance.replicas import service as replicas
from tongheng_contracts.control import ControlReport

from . import store
from .rules import Equality, equalities

WATCH_SECONDS = 60.0

_log = logger("finance.proof")
_difference = gauge(
    "tongheng_proof_difference",
    "Amount by which an equality of the proof does not hold; of `stock`: value that is not posted.",
    "company",
    "equality",
)
_in_flight = gauge(
    "tongheng_proof_in_flight",
    "Documents on their way between two books, which explain a difference.",
    "company",
    "equality",
)


async def keep_reports(session: AsyncSession, reports: Sequence[ControlReport]) -> None:
    """Keep what other services say of their own books; the newest of each counts."""
    for report in reports:
        await store.keep_report(
            session, service=report.service, cut=report.cut, version=report.version,
            totals=json.dumps([one.model_dump(mode="json") for one in report.totals]),
            recent=json.dumps([one.model_dump(mode="json") for one in report.recent]),
        )  # fmt: skip


async def prove(
    session: AsyncSession, companies: Sequence[str]
) -> tuple[datetime | None, list[tuple[str, list[Equality]]]]:
    """The cut of inventory's totals, and the equalities of each company at it."""
    if not companies:
        return None, []
    cut, found = await store.figures(session, companies)
    return cut, [(one.company, equalities(one)) for one in found]


async def watch(database: Database) -> None:
    """Prove every minute and show how far the books are off, until cancelled."""
    while True:
        try:
            async with database.read(system_context("finance")) as session:
                await measure(session)
        except Exception as error:
            _log.warning("the proof was not measured", error=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)


async def measure(session: AsyncSession) -> None:
    """Prove all companies once, for Prometheus."""
    _, found = await prove(session, await replicas.company_codes(session))
    for company, all_of_it in found:
        for one in all_of_it:
            _difference.labels(company, one.name).set(float(one.difference))
            _in_flight.labels(company, one.name).set(len(one.in_flight))
