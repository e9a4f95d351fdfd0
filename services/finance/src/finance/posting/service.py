"""Facts become vouchers here, by the rules that are current in their company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.context import context_of
from chassis.errors import NotFound, PreconditionFailed, PreconditionRequired, UnknownReference
from chassis.ids import derived, named
from finance.accounts import service as accounts
from finance.exposure import service as exposure
from finance.periods import service as periods
from finance.replicas import service as replicas
from finance.vouchers import service as vouchers
from finance.vouchers.rules import JournalEntry, PostedVoucher

from . import store
from .rules.defaults import DEFAULT_RULES, SAMPLES
from .rules.definitions import definition_of, rule_of
from .rules.entries import Entry, PostingFact, PostingRule, check_rule, entries_for

RECEIVABLE = "1122"
Customer = tuple[str, str]


async def open_books(session: AsyncSession, companies: Iterable[str]) -> list[str]:
    """Give companies without books the chart of accounts, their periods and the usual rules."""
    missing = await accounts.missing_books(session, companies)
    for company in missing:
        await accounts.open_chart(session, company)
        await periods.open_years(session, company, await replicas.today_of(session, company))
        await store.insert_defaults(session, company, DEFAULT_RULES, context_of(session).actor)
    return missing


async def claim_facts(
    session: AsyncSession, facts: Sequence[tuple[UUID, str, UUID, str, str, datetime]]
) -> set[UUID]:
    """Of these facts (event, topic, document, number, company, time) the events not posted before: each counts once."""
    return await store.claim(session, facts)


async def mark_waiting(session: AsyncSession, events: Iterable[UUID]) -> None:
    """These facts wait for another before they make their voucher."""
    await store.mark(session, events, "waiting")


async def mark_posted(session: AsyncSession, events: Iterable[UUID]) -> None:
    """These facts wait no longer."""
    await store.mark(session, events, "posted")


async def post_facts(
    session: AsyncSession,
    facts: Sequence[PostingFact],
    *,
    shipments: Mapping[Customer, Sequence[UUID]] | None = None,
    direct: Sequence[JournalEntry] = (),
    strict: bool = False,
) -> list[PostedVoucher]:
    """Post facts by their companies' rules, and tell sales what that changes for customers.

    `direct` are entries that follow from no rule (openings). `strict` refuses days of closed periods.
    """
    rules = await store.rules_of(session, {fact.company for fact in facts})
    made: list[JournalEntry] = list(direct)
    empty: list[UUID] = []
    for fact in facts:
        entries = entries_for(fact, rules[fact.company])
        made.extend(_journal_entry(entry) for entry in entries)
        if not entries and fact.source_event is not None:
            empty.append(fact.source_event)
    changes: dict[Customer, tuple[str, Decimal]] = {}
    for entry in made:
        for line in entry.lines:
            if line.account.startswith(RECEIVABLE) and line.partner:
                key = (entry.company, line.partner)
                known = changes.get(key, (entry.currency, Decimal(0)))[1]
                changes[key] = (entry.currency, known + line.debit - line.credit)
    await store.mark(session, empty, "empty")
    await exposure.change_exposures(session, changes, shipments or {})
    return await vouchers.post_vouchers(session, made, strict=strict)


def _journal_entry(entry: Entry) -> JournalEntry:
    fact, rule = entry.fact, entry.rule
    return JournalEntry(
        id=derived(fact.source_event or fact.source_id, "voucher", rule.code),
        company=fact.company,
        voucher_type=rule.voucher_type,
        currency=fact.currency,
        rule=rule.code,
        rule_version=rule.version,
        text=entry.text,
        text_en=entry.text_en,
        source_topic=fact.topic,
        source_event=fact.source_event or fact.source_id,
        source_id=fact.source_id,
        source_number=fact.source_number,
        business_date=fact.business_date,
        posting_date=fact.posting_date,
        source_recorded_at=fact.recorded_at,
        lines=entry.lines,
        case_id=fact.case_id,
        case_number=fact.case_number,
    )


async def rules_of(session: AsyncSession, company: str) -> tuple[PostingRule, ...]:
    """A company's current rules."""
    return (await store.rules_of(session, [company]))[company]


async def change_rule(
    session: AsyncSession, company: str, rule: PostingRule, expected: int | None
) -> PostingRule:
    """Put a new version of a rule in force, after trying it on sample facts.

    Vouchers posted before keep the version that made them. A code that is not known yet makes a new rule.

    Raises:
        UnknownReference: it names an account that the company does not have, or a fact that is not posted by rules.
        UnbalancedVoucher: its vouchers would not balance.
        PreconditionFailed: the rule has another version by now.
    """
    if rule.topic not in SAMPLES:
        raise UnknownReference(
            what=("fact to post", "可过账的业务事实"), reference=rule.topic, field="/topic"
        )
    if await accounts.missing_books(session, [company]):
        raise NotFound(what=("company with books", "已建账公司"))
    used = check_rule(replace(rule, active=True), SAMPLES[rule.topic]())
    codes = dict.fromkeys(sorted(used), "/lines")
    await accounts.check_postable(session, company, codes)
    before = await store.versions_of(session, company, rule.code)
    current = int(before[0].version) if before else 0
    if current and expected is None:
        raise PreconditionRequired
    if (expected or 0) != current:
        raise PreconditionFailed(current=current)
    changed = replace(rule, version=current + 1)
    if not await store.add_version(session, company, changed, context_of(session).actor):
        raise PreconditionFailed(current=current + 1)
    await record(session, AuditEntry(
        action="finance.posting_rule.change", document_type="finance.posting_rule",
        document_id=named("posting_rule", company, rule.code), number=rule.code, company=company,
        before={"version": current, "definition": before[0].definition} if before else None,
        after={"version": changed.version, "active": changed.active, "definition": definition_of(changed)},
    ))  # fmt: skip
    return changed


async def versions_of(
    session: AsyncSession, company: str, code: str
) -> list[tuple[PostingRule, str, datetime]]:
    """Every version of a rule with who put it in force and when, the newest first."""
    rows = await store.versions_of(session, company, code)
    if not rows:
        raise NotFound(what=("posting rule", "过账规则"))
    return [
        (
            rule_of(row.code, row.version, row.topic, row.active, row.definition),
            row.actor,
            row.recorded_at,
        )
        for row in rows
    ]


async def explanations(
    session: AsyncSession, wanted: Iterable[tuple[str, str, int]]
) -> Mapping[tuple[str, str, int], tuple[str, str]]:
    """What the rules (company, code, version) say of themselves, in Chinese and English."""
    return await store.explanations(session, wanted)
