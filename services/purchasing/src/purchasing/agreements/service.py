"""Blanket orders: entered, approved, drawn from by purchase orders, closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import NotFound, SelfApproval
from chassis.http import check_version
from chassis.ids import uuid7
from purchasing.agreements import rules, store
from purchasing.agreements.rules import (
    Agreement,
    Drawn,
    Known,
    LineKey,
    NewAgreement,
    NewLine,
    Status,
)
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas

SEQUENCE, PREFIX = "purchase_agreement_numbers", "PA"
DOCUMENT = "purchasing.agreement"


@dataclass(frozen=True, slots=True)
class Change:
    """What a PATCH asks of a draft."""

    valid_from: date | None = None
    valid_until: date | None = None
    lines: tuple[NewLine, ...] | None = None


async def create_agreement(
    session: AsyncSession, caller: Principal, asked: NewAgreement
) -> Agreement:
    """Draft an agreement."""
    known = Known(
        now=await replicas.now(session),
        companies=await replicas.find_companies(session, [asked.company]),
        partners=await replicas.find_partners(session, [asked.supplier]),
        items=await replicas.find_items(session, {line.item for line in asked.lines}),
    )
    company = masters.find(known.companies, asked.company, masters.COMPANY, "/company")
    caller.check_company(company.code)
    day = asked.business_date or masters.local_day(company, known.now)
    # Planned first: what is refused draws no number.
    rules.plan_agreement(asked, known, id=uuid7())
    (number,) = await numbers.draw(session, SEQUENCE, PREFIX, day.year)
    draft = rules.plan_agreement(asked, known, id=uuid7(), number=number)
    await store.add(session, draft)
    await record_change(session, f"{DOCUMENT}.create", None, draft)
    return await get(session, str(draft.id))


async def amend_agreement(
    session: AsyncSession, ref: str, change: Change, *, expected: int | None
) -> Agreement:
    """Change a draft."""
    before = await _locked(session, ref, expected)
    lines = None
    if change.lines is not None:
        items = await replicas.find_items(session, {line.item for line in change.lines})
        lines = rules.plan_lines(change.lines, items)
    after = rules.amend(
        before, valid_from=change.valid_from, valid_until=change.valid_until, lines=lines
    )
    return await _save(session, "change", before, after)


async def approve_agreement(
    session: AsyncSession, ref: str, *, expected: int | None, not_by: str | None = None
) -> Agreement:
    """Let orders draw from the agreement.

    `not_by`: who must not have entered it, because he approves it.
    """
    before = await _locked(session, ref, expected)
    if not_by is not None and await store.entered_by(session, before.id) == not_by:
        raise SelfApproval
    after = rules.step(before, Status.APPROVED)
    partners = await replicas.find_partners(session, [before.supplier])
    masters.check_supplier(
        masters.find(partners, before.supplier, masters.PARTNER, None, active=False)
    )
    return await _save(session, "approve", before, after)


async def close_agreement(session: AsyncSession, ref: str, *, expected: int | None) -> Agreement:
    """End the agreement: nothing more is drawn from it; orders that have drawn stay."""
    before = await _locked(session, ref, expected)
    return await _save(session, "close", before, rules.step(before, Status.CLOSED))


async def _locked(session: AsyncSession, ref: str, expected: int | None) -> Agreement:
    found = await store.load(session, store.is_named([ref]), lock=True)
    if not found:
        raise NotFound(what=("agreement", "框架协议"))
    check_version(expected, found[0].version)
    return found[0]


async def _save(
    session: AsyncSession, action: str, before: Agreement, after: Agreement
) -> Agreement:
    await store.save(session, before, after)
    await record_change(session, f"{DOCUMENT}.{action}", before, after)
    return after


async def get(session: AsyncSession, ref: str) -> Agreement:
    """One agreement by id or number."""
    found = await store.load(session, store.is_named([ref]))
    if not found:
        raise NotFound(what=("agreement", "框架协议"))
    return found[0]


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Agreement]:
    """The listed agreements with their lines."""
    return await store.with_lines(session, heads)


def listing(
    *,
    company: str | None = None,
    supplier: str | None = None,
    status: str | None = None,
    number: str | None = None,
    item: str | None = None,
) -> Select[tuple[object, ...]]:
    """Agreements by what a buyer looks for."""
    filters = {"company": company, "supplier": supplier, "status": status, "number": number}
    return store.listing(filters, item)


# --- what orders draw ------------------------------------------------------------------------------------------


async def lock(session: AsyncSession, refs: Collection[str]) -> dict[str, Agreement]:
    """Agreements by the ids and numbers given, locked: nobody else draws from them until this transaction ends."""
    if not refs:
        return {}
    found = await store.load(session, store.is_named(refs), lock=True)
    named = {str(each.id): each for each in found} | {each.number: each for each in found}
    return {ref: named[key] for ref in refs for key in (ref, ref.lower()) if key in named}


async def count(session: AsyncSession, draws: Mapping[LineKey, Drawn]) -> None:
    """Add to what was drawn and received, in order of id.

    Limits are checked before, by `rules.draw` under the lock: what has happened is counted though it overshoots, as goods that
    arrive after their order was cancelled.
    """
    moved = {key: each for key, each in sorted(draws.items()) if each != Drawn()}
    if moved:
        await store.load(session, store.has_id({key for key, _ in moved}), lock=True)
        await store.count(session, moved)


def total(draws: Sequence[tuple[LineKey, Drawn]]) -> dict[LineKey, Drawn]:
    """The sum per line of an agreement."""
    sums: dict[LineKey, Drawn] = {}
    for key, each in draws:
        sums[key] = sums.get(key, Drawn()) + each
    return sums


def by_id(agreements: Mapping[str, Agreement]) -> dict[UUID, Agreement]:
    """The same agreements by their ids."""
    return {each.id: each for each in agreements.values()}
