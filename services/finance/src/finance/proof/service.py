"""Prove that the books tie out, now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import gauge
from finance.replicas import service as replicas
from tongheng_contracts.control import ControlReport

from . import store
from .rules import Equality, equalities

WATCH_SECONDS = 60.0
"""How often the proof is measured for Prometheus."""

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


async def measure(session: AsyncSession) -> None:
    """Prove all companies once, for Prometheus."""
    _, found = await prove(session, await replicas.company_codes(session))
    for company, all_of_it in found:
        for one in all_of_it:
            _difference.labels(company, one.name).set(float(one.difference))
            _in_flight.labels(company, one.name).set(len(one.in_flight))
