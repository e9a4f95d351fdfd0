"""Prove that the books tie out, now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tongheng_contracts.control import ControlReport

from . import store
from .rules import Equality, equalities


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
