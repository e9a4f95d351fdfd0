"""What can be done with vouchers: post them, all of a batch at once; enter one by hand; reverse that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import failpoints
from chassis.audit import AuditEntry, record
from chassis.context import context_of
from chassis.errors import InvalidState, NotFound
from chassis.ids import uuid7
from chassis.models import trusted
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.accounts.rules import ControlAccount
from finance.periods import service as periods
from finance.periods.rules import bounds_of, period_of
from tongheng_contracts.finance import Voucher, VoucherLine, VoucherPosted

from . import store
from .rules import (
    ZERO,
    EntryLine,
    JournalEntry,
    PostedVoucher,
    VoucherType,
    check_lines,
    check_reversible,
    number_of,
    reversal_lines,
)

MANUAL = "manual"


async def post_vouchers(
    session: AsyncSession, entries: Sequence[JournalEntry], *, strict: bool = False
) -> list[PostedVoucher]:
    """Post balanced entries: each gets its period and the next number of its series, and adds to the balances.

    A fact of a closed period goes to the first open one; `strict` refuses it instead. The series are locked last, and
    from there to the commit nothing waits.
    """
    if not entries:
        return []
    days = await periods.posting_days(
        session, {(one.company, one.posting_date) for one in entries}, strict=strict
    )
    placed = [(one, days[one.company, one.posting_date]) for one in entries]
    changes: dict[store.BalanceKey, list[Decimal]] = {}
    counts: Counter[store.BalanceKey] = Counter()
    wanted: Counter[store.Series] = Counter()
    for entry, day in placed:
        company, ledger, period = entry.company, entry.ledger, day.period
        wanted[company, period, entry.voucher_type] += 1
        for line in entry.lines:
            key = (company, ledger, period, line.account)
            sums = changes.setdefault(key, [ZERO, ZERO])
            sums[0] += line.debit
            sums[1] += line.credit
            counts[key] += 1
    await store.add_to_balances(
        session, {key: (debit, credit, counts[key]) for key, (debit, credit) in changes.items()}
    )
    last = dict(await store.take_numbers(session, wanted))
    failpoints.reach("F12")
    posted: list[PostedVoucher] = []
    for entry, day in placed:
        series = (entry.company, day.period, entry.voucher_type)
        last[series] += 1
        number = number_of(entry.voucher_type, day.period, last[series])
        posted.append(PostedVoucher(entry, number, day.period, day.posting_date, last[series]))
    actor = context_of(session).actor
    await store.insert(session, posted, actor=actor)
    cases: dict[str, object] = {str(one.entry.id): one.entry.case_id for one in posted}
    await emit(
        session,
        *(VoucherPosted.model_construct(voucher=_told(one, actor)) for one in posted),
        case_of=lambda event: cases[event.key],
    )
    return posted


def _told(posted: PostedVoucher, actor: str) -> Voucher:
    # Built without validation: every value is ours, and a batch has thousands of lines.
    entry = posted.entry
    return trusted(Voucher, {
        "id": entry.id, "number": posted.number, "company": entry.company,
        "business_date": entry.business_date.isoformat(), "posting_date": posted.posting_date.isoformat(),
        "period": posted.period, "voucher_type": entry.voucher_type, "ledger": entry.ledger, "currency": entry.currency,
        "rule": entry.rule, "source_topic": entry.source_topic, "source_event": entry.source_event,
        "source_id": entry.source_id, "source_number": entry.source_number, "corrects": entry.corrects,
        "lines": [
            trusted(VoucherLine, {
                "line": number, "account": line.account, "debit": line.debit, "credit": line.credit,
                "partner": line.partner, "item": line.item, "text": line.text, "text_en": line.text_en,
            })
            for number, line in enumerate(entry.lines, 1)
        ],
        "amount": entry.amount, "rule_version": entry.rule_version, "text": entry.text, "text_en": entry.text_en,
        "case": entry.case_id, "case_number": entry.case_number, "actor": actor,
        "source_recorded_at": entry.source_recorded_at,
    })  # fmt: skip


async def check_manual(session: AsyncSession, company: str, lines: Sequence[EntryLine]) -> Decimal:
    """Refuse lines that cannot be posted by hand; the sum of their debits.

    Raises:
        UnbalancedVoucher: debits and credits differ.
        ControlAccount: an account is kept by documents.
    """
    amount = check_lines(lines)
    fields: dict[str, str] = {}
    for index, line in enumerate(lines):
        fields.setdefault(line.account, f"/lines/{index}/account")
    known = await accounts.check_postable(session, company, fields)
    for code, field in fields.items():
        if known[code].control:
            raise ControlAccount(account=code, field=field)
    return amount


async def enter_voucher(
    session: AsyncSession,
    *,
    company: str,
    business_date: date,
    posting_date: date,
    text: str,
    lines: Sequence[EntryLine],
    reference: str = "",
    currency: str = "CNY",
) -> PostedVoucher:
    """Post a voucher that a bookkeeper wrote by hand.

    Raises:
        UnbalancedVoucher: debits and credits differ.
        ControlAccount: an account is kept by documents.
        PeriodClosed: the day belongs to a closed period.
    """
    await check_manual(session, company, lines)
    voucher = uuid7()
    entry = JournalEntry(
        id=voucher, company=company, voucher_type=VoucherType.GENERAL.value, currency=currency, rule=MANUAL,
        rule_version=1, text=text, text_en=text, source_topic="finance.manual", source_event=None, source_id=voucher,
        source_number=reference, business_date=business_date, posting_date=posting_date, source_recorded_at=None,
        lines=tuple(lines),
    )  # fmt: skip
    (posted,) = await post_vouchers(session, [entry], strict=True)
    await record(session, _audit("finance.voucher.post", posted))
    return posted


async def reverse_voucher(
    session: AsyncSession,
    voucher: UUID,
    *,
    posting_date: date | None,
    business_date: date,
    text: str,
) -> PostedVoucher:
    """Reverse a voucher that was entered by hand, by another in red letters that names it."""
    first: Any = await store.find(session, voucher)
    if first is None:
        raise NotFound(what=("voucher", "凭证"))
    check_reversible(rule=first.rule, corrects=first.corrects)
    if await store.reversed_by(session, [voucher]):
        raise InvalidState(now=("reversed already", "已冲销"))
    lines = [
        EntryLine(row.account, row.debit, row.credit, row.partner, row.item, row.text, row.text_en)
        for row in await store.lines_of(session, [voucher])
    ]
    entry = JournalEntry(
        id=uuid7(), company=first.company, voucher_type=first.voucher_type, currency=first.currency, rule=MANUAL,
        rule_version=1, text=text or f"冲销 {first.number}", text_en=text or f"Reversal of {first.number}",
        source_topic="finance.manual", source_event=None, source_id=voucher, source_number=first.number,
        business_date=business_date, posting_date=posting_date or business_date, source_recorded_at=None,
        lines=reversal_lines(lines), corrects=voucher,
    )  # fmt: skip
    (posted,) = await post_vouchers(session, [entry], strict=True)
    await record(
        session, _audit("finance.voucher.reverse", posted, before={"number": first.number})
    )
    return posted


def _audit(
    action: str, posted: PostedVoucher, before: Mapping[str, object] | None = None
) -> AuditEntry:
    entry = posted.entry
    return AuditEntry(
        action=action, document_type="finance.voucher", document_id=entry.id, number=posted.number,
        company=entry.company, before=before,
        after={
            "text": entry.text, "posting_date": posted.posting_date,
            "lines": [f"{line.account} Dr {line.debit} Cr {line.credit}" for line in entry.lines],
        },
    )  # fmt: skip


async def find_voucher(session: AsyncSession, reference: str) -> Row[tuple[object, ...]]:
    """A voucher by its id."""
    try:
        found = await store.find(session, UUID(reference))
    except ValueError:
        found = None
    if found is None:
        raise NotFound(what=("voucher", "凭证"))
    return found


async def lines_by_voucher(
    session: AsyncSession, ids: Sequence[UUID]
) -> tuple[Mapping[UUID, list[Row[tuple[object, ...]]]], Mapping[UUID, str]]:
    """The lines of these vouchers, and the numbers of their reversals."""
    grouped: dict[UUID, list[Row[tuple[object, ...]]]] = {one: [] for one in ids}
    for row in await store.lines_of(session, ids):
        grouped[row.voucher].append(row)
    return grouped, await store.reversed_by(session, ids)


def selected(**filters: str | None) -> Select[tuple[object, ...]]:
    """The vouchers that a list shows."""
    return store.selected(
        company=filters.get("company"), period=filters.get("period"), source=filters.get("source"),
        voucher_type=filters.get("voucher_type"), number=filters.get("number"), account=filters.get("account"),
        partner=filters.get("partner"), rule=filters.get("rule"),
    )  # fmt: skip


async def sums_by_period(session: AsyncSession, company: str, *, until: str) -> list[store.Balance]:
    """Debits and credits of every account in every period up to one."""
    return await store.balances(session, company, until=until)


async def sums_until(session: AsyncSession, company: str, day: date) -> dict[str, Decimal]:
    """Debits less credits of every account up to a day."""
    period = period_of(day)
    whole = day == bounds_of(period)[1]
    sums: dict[str, Decimal] = {}
    for in_period, account, debit, credit in await store.balances(session, company, until=period):
        if whole or in_period < period:
            sums[account] = sums.get(account, ZERO) + debit - credit
    if not whole:
        for _, account, debit, credit in await store.sums_of_part(session, company, period, day):
            sums[account] = sums.get(account, ZERO) + debit - credit
    return sums


async def cash_movements(
    session: AsyncSession, company: str, first: date, last: date, *, is_cash: Sequence[str]
) -> list[tuple[str, str, Decimal]]:
    """Rule, counter account and amount of what moved money in these days."""
    return await store.cash_movements(session, company, first, last, is_cash=is_cash)
