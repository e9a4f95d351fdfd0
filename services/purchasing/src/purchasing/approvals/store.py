"""Queries of approval policies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.approvals.rules import Policy, Rule
from purchasing.approvals.tables import policies


async def load(session: AsyncSession, company: str, *, lock: bool = False) -> Policy:
    """A company's policy; version 0 when it has none."""
    query = select(policies).where(policies.c.company == company)
    found = await session.execute(query.with_for_update() if lock else query)
    row = found.mappings().one_or_none()
    if row is None:
        return Policy(None, company)
    return Policy(
        id=row["id"],
        company=company,
        version=row["version"],
        rules=tuple(
            Rule(Decimal(each["amount_above"]), each["approvals"], each["category"])
            for each in row["rules"]
        ),
        recorded_at=row["recorded_at"],
    )


async def save(session: AsyncSession, policy: Policy) -> Policy | None:
    """Write the next version; None when somebody else set the first one meanwhile."""
    rules = [
        {
            "amount_above": str(rule.amount_above),
            "approvals": rule.approvals,
            "category": rule.category,
        }
        for rule in policy.rules
    ]
    values = {"version": policy.version, "rules": rules, "recorded_at": func.now()}
    if policy.version == 1:
        first = insert(policies).values(id=policy.id, company=policy.company, **values)
        statement = first.on_conflict_do_nothing().returning(policies.c.recorded_at)
    else:
        later = update(policies).where(policies.c.company == policy.company)
        statement = later.values(**values).returning(policies.c.recorded_at)
    recorded_at = await session.scalar(statement)
    return None if recorded_at is None else replace(policy, recorded_at=recorded_at)
