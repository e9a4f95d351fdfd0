"""How posting rules are read, and which facts were posted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from finance.database import RowSet

from .rules.definitions import definition_of, rule_of
from .rules.entries import PostingRule
from .tables import posting_rules

_CLAIM = RowSet(
    "posted_facts",
    {
        "source_event": "uuid", "topic": "text", "document_id": "uuid", "number": "text", "company": "text", "status": "text",
        "source_recorded_at": "timestamptz",
    },
    # Sorted, for two batches with the same facts in another order would deadlock.
    order="source_event",
    then="ON CONFLICT DO NOTHING RETURNING source_event",
)  # fmt: skip

# Rules change rarely and are parsed often: by company, the versions they were parsed from and the result.
_Version = tuple[str, int, datetime]
_PARSED: dict[str, tuple[tuple[_Version, ...], tuple[PostingRule, ...]]] = {}
_VERSIONS = text(
    "SELECT company, code, version, recorded_at FROM posting_rules WHERE current AND company = ANY(:companies) ORDER BY company, code"
)


async def claim(
    session: AsyncSession, facts: Sequence[tuple[UUID, str, UUID, str, str, datetime]]
) -> set[UUID]:
    """Say that these facts are posted now; those that were not posted before."""
    rows = await _CLAIM.insert(session, [
        {
            "source_event": one[0], "topic": one[1], "document_id": one[2], "number": one[3], "company": one[4],
            "status": "posted", "source_recorded_at": one[5],
        }
        for one in facts
    ])  # fmt: skip
    return {row["source_event"] for row in rows}


async def mark(session: AsyncSession, events: Iterable[UUID], status: str) -> None:
    """Say what became of facts that made no voucher (yet), or make one now."""
    ids = sorted(events)
    if ids:
        await session.execute(
            text("UPDATE posted_facts SET status = :status WHERE source_event = ANY(:ids)"),
            {"status": status, "ids": ids},
        )


async def rules_of(
    session: AsyncSession, companies: Iterable[str]
) -> Mapping[str, tuple[PostingRule, ...]]:
    """The companies' current rules, in order of code."""
    wanted = sorted(set(companies))
    versions: dict[str, list[_Version]] = {company: [] for company in wanted}
    for company, code, version, at in await session.execute(_VERSIONS, {"companies": wanted}):
        versions[company].append((code, version, at))
    stale = [one for one in wanted if one not in _PARSED or _PARSED[one][0] != tuple(versions[one])]
    fresh: dict[str, tuple[PostingRule, ...]] = {}
    if stale:
        rows = await current_rows(session, stale)
        for company in stale:
            mine = [row for row in rows if row.company == company]
            fresh[company] = tuple(
                rule_of(r.code, r.version, r.topic, r.active, r.definition) for r in mine
            )
            _PARSED[company] = (
                tuple((r.code, r.version, r.recorded_at) for r in mine),
                fresh[company],
            )
    return {one: fresh[one] if one in fresh else _PARSED[one][1] for one in wanted}


async def current_rows(
    session: AsyncSession, companies: Sequence[str] | None
) -> Sequence[Row[Any]]:
    """The current version of every rule of these companies; of all in scope when none are named."""
    query = select(posting_rules).where(posting_rules.c.current)
    if companies is not None:
        query = query.where(posting_rules.c.company.in_(companies))
    return (
        await session.execute(query.order_by(posting_rules.c.company, posting_rules.c.code))
    ).all()


async def versions_of(session: AsyncSession, company: str, code: str) -> Sequence[Row[Any]]:
    """Every version of a rule, the newest first."""
    query = (
        select(posting_rules)
        .where(posting_rules.c.company == company, posting_rules.c.code == code)
        .order_by(posting_rules.c.version.desc())
    )
    return (await session.execute(query)).all()


async def insert_defaults(
    session: AsyncSession, company: str, rules: Iterable[PostingRule], actor: str
) -> None:
    """Give a company these rules; those it has stay as they are."""
    rows = [_row(company, rule, actor) for rule in rules]
    await session.execute(insert(posting_rules).values(rows).on_conflict_do_nothing())


async def add_version(session: AsyncSession, company: str, rule: PostingRule, actor: str) -> bool:
    """Make this the current version in place of the one before; False when that one is no longer current."""
    if rule.version > 1:
        retired = await session.execute(
            update(posting_rules)
            .where(
                posting_rules.c.company == company, posting_rules.c.code == rule.code, posting_rules.c.current,
                posting_rules.c.version == rule.version - 1,
            )
            .values(current=False)
            .returning(posting_rules.c.version)
        )  # fmt: skip
        if retired.first() is None:
            return False
    made = await session.execute(
        insert(posting_rules)
        .values(_row(company, rule, actor))
        .on_conflict_do_nothing()
        .returning(posting_rules.c.version)
    )
    return made.first() is not None


def _row(company: str, rule: PostingRule, actor: str) -> dict[str, object]:
    return {
        "company": company, "code": rule.code, "version": rule.version, "current": True, "topic": rule.topic,
        "active": rule.active, "definition": json.loads(json.dumps(definition_of(rule))), "actor": actor,
    }  # fmt: skip


async def explanations(
    session: AsyncSession, wanted: Iterable[tuple[str, str, int]]
) -> Mapping[tuple[str, str, int], tuple[str, str]]:
    """What these versions of rules say of themselves."""
    keys = sorted(set(wanted))
    rows = await session.execute(
        text(
            "SELECT company, code, version, definition->>'explanation', definition->>'explanation_en' FROM posting_rules"
            " JOIN unnest(CAST(:companies AS text[]), CAST(:codes AS text[]), CAST(:versions AS int[]))"
            " AS k (company, code, version) USING (company, code, version)"
        ),
        {
            "companies": [one[0] for one in keys], "codes": [one[1] for one in keys],
            "versions": [one[2] for one in keys],
        },
    )  # fmt: skip
    return {(row[0], row[1], row[2]): (row[3] or "", row[4] or "") for row in rows}
