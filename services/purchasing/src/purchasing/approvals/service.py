"""What can be done with approval policies, and what they ask of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import NotFound, PreconditionFailed, PreconditionRequired
from chassis.http import check_version
from chassis.ids import uuid7
from purchasing.approvals import rules, store
from purchasing.approvals.rules import Policy, Rule
from purchasing.replicas import service as replicas
from purchasing.replicas.rules import ItemReplica

DOCUMENT = "purchasing.approval_policy"


async def get_policy(session: AsyncSession, caller: Principal, company: str) -> Policy:
    """A company's policy; version 0 where it has none."""
    return await store.load(session, await _code(session, caller, company))


async def set_policy(
    session: AsyncSession,
    caller: Principal,
    company: str,
    asked: tuple[Rule, ...],
    *,
    expected: int | None,
) -> Policy:
    """Set all rules of a company; orders that are submitted already keep what they were asked for."""
    before = await store.load(session, await _code(session, caller, company), lock=True)
    if before.version and expected is None:
        raise PreconditionRequired
    check_version(expected, before.version)
    after = replace(before, id=before.id or uuid7(), version=before.version + 1, rules=asked)
    saved = await store.save(session, after)
    if saved is None:
        raise PreconditionFailed
    await record(
        session,
        AuditEntry(
            action=f"{DOCUMENT}.set",
            document_type=DOCUMENT,
            document_id=saved.id,
            number=saved.company,
            company=saved.company,
            before=_told(before) if before.version else None,
            after=_told(saved),
        ),
    )
    return saved


async def approvals_needed(
    session: AsyncSession, company: str, bought: Sequence[tuple[str, Decimal]]
) -> int:
    """How many different people must approve an order that buys this, as (item, net amount)."""
    policy = await store.load(session, company)
    items: Mapping[str, ItemReplica] = {}
    if any(rule.category for rule in policy.rules):
        items = await replicas.find_items(session, {item for item, _ in bought})
    return rules.approvals_needed(
        policy.rules,
        [(items[item].category if item in items else "", amount) for item, amount in bought],
    )


async def _code(session: AsyncSession, caller: Principal, company: str) -> str:
    found = (await replicas.find_companies(session, [company])).get(company)
    if found is None or not caller.sees(found.code):
        raise NotFound(what=("company", "公司"))
    return found.code


def _told(policy: Policy) -> dict[str, object]:
    return {
        "version": policy.version,
        "rules": [
            {
                "amount_above": str(rule.amount_above),
                "approvals": rule.approvals,
                "category": rule.category,
            }
            for rule in policy.rules
        ],
    }
