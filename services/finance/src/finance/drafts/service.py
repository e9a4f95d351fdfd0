"""What can be done with drafts of vouchers: write, submit, send back, post by somebody else, cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import NotFound, PreconditionFailed
from chassis.http import Principal
from chassis.ids import uuid7
from chassis.numbers import draw
from finance.replicas import service as replicas
from finance.vouchers import service as vouchers
from finance.vouchers.rules import EntryLine

from . import store
from .rules import DraftStatus, Step, advance, check_separation


@dataclass(frozen=True, slots=True)
class DraftAsked:
    """A voucher as a bookkeeper wrote it."""

    text: str
    reference: str
    lines: Sequence[EntryLine]
    business_date: date | None
    posting_date: date | None


async def add_draft(
    session: AsyncSession, company: str, asked: DraftAsked, *, caller: Principal
) -> UUID:
    """Write a voucher that is not in the books yet; its lines are checked as if it were.

    Raises:
        UnbalancedVoucher, TooFewLines, ControlAccount, NotPostable: it could never be posted.
    """
    caller.check_company(company)
    known = await replicas.company_of(session, company)
    written = await _written(session, known.code, asked)
    draft = uuid7()
    year = (await replicas.today_of(session, known.code)).year
    [number] = await draw(session, "voucher_draft_numbers", "VD", year, 1)
    await store.add(session, {
        "id": draft, "number": number, "company": known.code, "currency": known.currency, "makers": [caller.subject],
        **written,
    })  # fmt: skip
    await record(session, _audit("draft", draft, number, known.code, None, DraftStatus.DRAFT))
    return draft


async def change_draft(
    session: AsyncSession,
    reference: str,
    asked: DraftAsked,
    *,
    expected: int | None,
    caller: Principal,
) -> UUID:
    """Write a draft anew; who does so is one of its makers from then on."""
    found = await _locked(session, reference, caller, expected)
    after = advance(found.status, Step.CHANGE)
    written = await _written(session, found.company, asked)
    makers = sorted({*found.makers, caller.subject})
    await _step(session, found, Step.CHANGE, after, {**written, "makers": makers})
    return found.id


async def submit_draft(session: AsyncSession, reference: str, *, caller: Principal) -> UUID:
    """Ask for the posting of a draft; it cannot be changed meanwhile."""
    found = await _locked(session, reference, caller)
    after = advance(found.status, Step.SUBMIT)
    await _step(session, found, Step.SUBMIT, after, {"returned_because": ""})
    return found.id


async def return_draft(
    session: AsyncSession, reference: str, reason: str, *, caller: Principal
) -> UUID:
    """Send a submitted voucher back to its maker."""
    found = await _locked(session, reference, caller)
    after = advance(found.status, Step.RETURN)
    await _step(session, found, Step.RETURN, after, {"returned_because": reason})
    return found.id


async def cancel_draft(session: AsyncSession, reference: str, *, caller: Principal) -> UUID:
    """Give a draft up; it stays to be read."""
    found = await _locked(session, reference, caller)
    await _step(session, found, Step.CANCEL, advance(found.status, Step.CANCEL), {})
    return found.id


async def post_draft(session: AsyncSession, reference: str, *, caller: Principal) -> UUID:
    """Post a submitted voucher that others wrote.

    Raises:
        SelfApproval: the caller wrote some of it.
        PeriodClosed: its day belongs to a closed period by now.
    """
    found = await _locked(session, reference, caller)
    after = advance(found.status, Step.POST)
    check_separation(found.makers, caller.subject)
    posted = await vouchers.enter_voucher(
        session, company=found.company, business_date=found.business_date, posting_date=found.posting_date,
        text=found.text, lines=lines_of(found), reference=found.reference or found.number, currency=found.currency,
    )  # fmt: skip
    await _step(
        session, found, Step.POST, after, {"voucher": posted.entry.id, "posted_by": caller.subject}
    )
    return found.id


async def _locked(
    session: AsyncSession, reference: str, caller: Principal, expected: int | None = None
) -> Row[Any]:
    found = await store.find(session, reference, lock=True)
    if found is None:
        raise NotFound(what=("voucher draft", "凭证草稿"))
    caller.check_company(found.company)
    if expected is not None and expected != found.version:
        raise PreconditionFailed(current=found.version)
    return found


async def _written(session: AsyncSession, company: str, asked: DraftAsked) -> dict[str, object]:
    amount = await vouchers.check_manual(session, company, asked.lines)
    day = asked.business_date or await replicas.today_of(session, company)
    return {
        "text": asked.text, "reference": asked.reference, "amount": amount, "business_date": day,
        "posting_date": asked.posting_date or day,
        "lines": [
            {
                "account": one.account, "debit": f"{one.debit:.2f}", "credit": f"{one.credit:.2f}",
                "partner": one.partner, "item": one.item, "text": one.text,
            }
            for one in asked.lines
        ],
    }  # fmt: skip


async def _step(
    session: AsyncSession,
    found: Row[Any],
    step: Step,
    after: DraftStatus,
    values: Mapping[str, object],
) -> None:
    await store.change(session, found.id, {**values, "status": after.value})
    await record(session, _audit(step, found.id, found.number, found.company, found.status, after))


def _audit(
    step: str, draft: UUID, number: str, company: str, before: str | None, after: DraftStatus
) -> AuditEntry:
    return AuditEntry(
        action=f"finance.voucher_draft.{step}", document_type="finance.voucher_draft", document_id=draft,
        number=number, company=company, before=None if before is None else {"status": before},
        after={"status": after.value},
    )  # fmt: skip


def lines_of(row: Row[Any]) -> list[EntryLine]:
    """The lines of a draft."""
    return [
        EntryLine(
            one["account"], Decimal(one["debit"]), Decimal(one["credit"]), one["partner"], one["item"], one["text"],
            one["text"],
        )
        for one in row.lines
    ]  # fmt: skip


async def find_draft(session: AsyncSession, reference: str) -> Row[Any]:
    """A draft by id or number.

    Raises:
        NotFound: there is none, or the caller does not see it.
    """
    row = await store.find(session, reference)
    if row is None:
        raise NotFound(what=("voucher draft", "凭证草稿"))
    return row


def selected(*, company: str | None, status: str | None, number: str | None) -> Select[Any]:
    """Drafts as a list shows them."""
    return store.selected(company=company, status=status, number=number)
