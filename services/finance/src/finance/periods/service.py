"""What can be done with periods: find the one to post in, close one with its seal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.context import context_of
from chassis.errors import BusinessError, InvalidState, NotFound, TransientError
from chassis.ids import named
from chassis.outbox import emit
from finance.replicas import service as replicas
from tongheng_contracts.finance import ClosedPeriod, ReopenedPeriod
from tongheng_contracts.finance import PeriodClosed as ClosedEvent
from tongheng_contracts.finance import PeriodReopened as ReopenedEvent

from . import store
from .rules import (
    NoOpenPeriod,
    PeriodClosed,
    PeriodStatus,
    PostingDay,
    check_reopening,
    months,
    period_of,
    periods_to_close,
    posting_day,
)

_ATTEMPTS = 3

Day = tuple[str, date]
"""A company and a day."""


async def open_years(session: AsyncSession, company: str, today: date) -> None:
    """Open last, this and next year's periods."""
    await store.insert_periods(
        session, [(company, period) for period in months(today.year - 1, today.year + 1)]
    )


async def posting_days(
    session: AsyncSession, days: Iterable[Day], *, strict: bool = False
) -> Mapping[Day, PostingDay]:
    """Where facts of these days are posted: in their own period, or in the first open one after it.

    `strict` refuses instead of moving, for what a person enters. The periods stay open until the transaction ends.
    """
    wanted = set(days)
    if not wanted:
        return {}
    for _ in range(_ATTEMPTS):
        placed = await _placed(session, wanted, strict=strict)
        if await store.hold_open(
            session, {(company, place.period) for (company, _), place in placed.items()}
        ):
            return placed
    raise TransientError("periods are being closed")


async def refused_days(session: AsyncSession, days: Iterable[Day]) -> Mapping[Day, BusinessError]:
    """Of these days the ones on which a person cannot post, each with the reason."""
    refused: dict[Day, BusinessError] = {}
    for day in sorted(set(days)):
        try:
            await posting_days(session, {day}, strict=True)
        except BusinessError as refusal:
            refused[day] = refusal
    return refused


async def _placed(session: AsyncSession, days: set[Day], *, strict: bool) -> dict[Day, PostingDay]:
    found = await _found(session, days)
    missing = {day for day in days if found.get(day) is None}
    if strict:
        await _refuse_far(session, missing)
    if missing:
        # Days beyond the last known period are the future, which is open.
        years = {
            (company, period)
            for company, day in missing
            for period in months(day.year, day.year + 1)
        }
        await store.insert_periods(session, years)
        found.update(await _found(session, missing))
    placed: dict[Day, PostingDay] = {}
    for day, place in found.items():
        if place is None:
            raise NoOpenPeriod(company=day[0], day=day[1].isoformat())
        if strict and place.posting_date != day[1]:
            raise PeriodClosed(period=period_of(day[1]), field="/business_date")
        placed[day] = place
    return placed


async def _refuse_far(session: AsyncSession, days: set[Day]) -> None:
    """A person's day beyond next year is a slip, not a period to open."""
    for company, day in days:
        if day.year > (await replicas.today_of(session, company)).year + 1:
            raise PeriodClosed(period=period_of(day), field="/business_date")


async def _found(session: AsyncSession, days: set[Day]) -> dict[Day, PostingDay | None]:
    since = period_of(min(day for _, day in days))
    known = await store.open_periods(session, {company for company, _ in days}, since)
    return {
        (company, day): posting_day(day, [one for one in known if one.company == company])
        for company, day in days
    }


async def close_period(session: AsyncSession, company: str, period: str) -> None:
    """Close a period, and the empty ones before it: nothing is posted in them unless they are reopened.

    Raises:
        InvalidState: it is closed, an earlier one with vouchers is open, or documents still wait for their voucher.
    """
    periods = await store.of_company(session, company, lock=True)
    if period not in {one.period for one in periods}:
        raise NotFound(what=("period", "会计期间"))
    closing = periods_to_close(period, periods, await store.used_periods(session, company))
    waiting = await store.unposted(session, company, period)
    if waiting:
        raise InvalidState(
            en="Period {period} still has documents without their voucher: {waiting}.",
            zh="会计期间 {period} 尚有未生成凭证的单据：{waiting}。",
            period=period,
            waiting=", ".join(waiting),
        )
    today = (await replicas.today_of(session, company)).isoformat()
    for one in closing:
        seal = await store.seal_of(session, company, one)
        now = await store.close(session, company, one, seal, context_of(session).actor)
        document = named("period", company, one)
        await emit(session, ClosedEvent(period=ClosedPeriod(
            id=document, number=one, company=company, version=now.version, status=PeriodStatus.CLOSED.value,
            business_date=today, closing=now.closing, voucher_count=seal.vouchers, line_count=seal.lines, debit=seal.debit,
            credit=seal.credit, hash=seal.hash,
        )))  # fmt: skip
        await record(session, AuditEntry(
            action="finance.period.close", document_type="finance.period", document_id=document,
            number=one, company=company, before={"status": "open"},
            after={"status": "closed", "closing": now.closing, "vouchers": seal.vouchers, "debit": seal.debit, "hash": seal.hash},
        ))  # fmt: skip


async def reopen_period(session: AsyncSession, company: str, period: str, reason: str) -> None:
    """Take postings in a closed period again; what is posted stays, and closing it anew is a closing of its own.

    Facts that came while it was closed stay in the period in which they were posted.

    Raises:
        InvalidState: it is open, or a later period is closed.
    """
    periods = await store.of_company(session, company, lock=True)
    if period not in {one.period for one in periods}:
        raise NotFound(what=("period", "会计期间"))
    check_reopening(period, periods)
    before = await store.find(session, company, period)
    now = await store.reopen(session, company, period, reason, context_of(session).actor)
    document = named("period", company, period)
    await emit(session, ReopenedEvent(period=ReopenedPeriod(
        id=document, number=period, company=company, version=now.version, status=PeriodStatus.OPEN.value,
        business_date=(await replicas.today_of(session, company)).isoformat(), closing=now.closing, reason=reason,
    )))  # fmt: skip
    await record(session, AuditEntry(
        action="finance.period.reopen", document_type="finance.period", document_id=document, number=period,
        company=company, before={"status": "closed", "closing": now.closing, "hash": before.sealed_hash},
        after={"status": "open", "reason": reason},
    ))  # fmt: skip


async def reopenings_of(session: AsyncSession, company: str, period: str) -> Sequence[Row[Any]]:
    """Closings of a period that were undone, the first first; empty when there are none."""
    return await store.reopenings(session, company, period)


def selected(*, company: str | None, status: str | None) -> Select[Any]:
    """Periods as a list shows them."""
    return store.selected(company=company, status=status)


async def find_period(session: AsyncSession, company: str, period: str) -> Row[Any]:
    """A period with its seal."""
    return await store.find(session, company, period)
