"""Which period a day belongs to, and where a late fact is posted."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chassis.errors import BusinessError, InvalidState


class PeriodStatus(StrEnum):
    """Open periods take postings; closed ones do not, unless they are reopened."""

    OPEN = "open"
    CLOSED = "closed"


class PeriodClosed(BusinessError):
    """The day belongs to a period that takes no postings."""

    code = "period-closed"
    status = 409
    en = "Period {period} is closed for postings."
    zh = "会计期间 {period} 已结账，不能记账。"


class NoOpenPeriod(BusinessError):
    """The company has no open period at all."""

    code = "period-closed"
    status = 409
    en = "Company {company} has no open period from {day} on."
    zh = "公司 {company} 自 {day} 起没有打开的会计期间。"


@dataclass(frozen=True, slots=True)
class Period:
    """A month of a company's books."""

    company: str
    period: str
    starts_on: date
    ends_on: date
    status: str


@dataclass(frozen=True, slots=True)
class PostingDay:
    """Where a fact goes: its period, and the day within it."""

    period: str
    posting_date: date


def period_of(day: date) -> str:
    """2026-11 of 22 November 2026."""
    return f"{day.year:04d}-{day.month:02d}"


def bounds_of(period: str) -> tuple[date, date]:
    """The first and last day of a period."""
    year, month = int(period[:4]), int(period[5:7])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def months(first: int, last: int) -> list[str]:
    """All periods of these years."""
    return [f"{year:04d}-{month:02d}" for year in range(first, last + 1) for month in range(1, 13)]


def posting_day(day: date, periods: Sequence[Period]) -> PostingDay | None:
    """The day itself when its period is open, else the first day of the first open period after it.

    `periods` are the company's, in their order. None when nothing is open from that day on.
    """
    wanted = period_of(day)
    for period in periods:
        if period.period < wanted or period.status != PeriodStatus.OPEN:
            continue
        return PostingDay(period.period, day if period.period == wanted else period.starts_on)
    return None


def check_reopening(wanted: str, periods: Sequence[Period]) -> None:
    """A period is reopened while none after it is closed: a later closing stands on what came before it.

    Raises:
        InvalidState: it is open, or a later period is closed.
    """
    known = {period.period: period for period in periods}
    if known[wanted].status != PeriodStatus.CLOSED:
        raise InvalidState(now=("open", "未结账"))
    later = [p.period for p in periods if p.period > wanted and p.status == PeriodStatus.CLOSED]
    if later:
        raise InvalidState(
            en="Reopen {later} first: it was closed after this period.",
            zh="请先反结账 {later}：该期间在本期间之后，且已结账。",
            later=later[-1],
        )


def periods_to_close(wanted: str, periods: Sequence[Period], used: Iterable[str]) -> list[str]:
    """The period and the empty open ones before it; refuses while an earlier one with vouchers is open."""
    known = {period.period: period for period in periods}
    if known[wanted].status != PeriodStatus.OPEN:
        raise InvalidState(now=("closed", "已结账"))
    earlier = [p.period for p in periods if p.period < wanted and p.status == PeriodStatus.OPEN]
    in_use = sorted(set(used) & set(earlier))
    if in_use:
        raise InvalidState(
            en="Close {earlier} first: it has vouchers and is still open.",
            zh="请先结账 {earlier}：该期间有凭证且尚未结账。",
            earlier=in_use[0],
        )
    return [*earlier, wanted]
