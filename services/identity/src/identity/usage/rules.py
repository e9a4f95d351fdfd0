"""What is counted of a program's days and hours. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.errors import InvalidQuery

KEPT_DAYS = 400
SHOWN_DAYS = 30
HOURS_KEPT_DAYS = 8
HOURS_SHOWN = 48


@dataclass(frozen=True, slots=True)
class Count:
    """One program's day (UTC). Each call is counted in `calls`, and where it was not done in one of the others."""

    day: date
    calls: int
    refused: int
    """Answered 4xx, but 429."""
    limited: int
    """Answered 429: too often."""
    failed: int
    """Answered 5xx."""


@dataclass(frozen=True, slots=True)
class HourCount:
    """One program's hour, which begins at `hour` (UTC); counted as a day is."""

    hour: datetime
    calls: int
    refused: int
    limited: int
    failed: int


@dataclass(frozen=True, slots=True)
class Total:
    """All that a program asked for within a span of days."""

    id: UUID
    client_id: str
    name: str
    active: bool
    requests_per_second: int
    calls: int
    refused: int
    limited: int
    failed: int
    last_day: date | None
    """The last day of the span on which it asked for anything."""


def is_whole(hour: datetime) -> bool:
    """Whether an hour begins then."""
    return not (hour.minute or hour.second or hour.microsecond)


def is_plausible(day: date, today: date) -> bool:
    """Whether a gateway whose clock is right may speak of this day."""
    return timedelta(days=-2) <= day - today <= timedelta(days=1)


def shown(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The days asked for, both included; the last 30 where none are named.

    Raises:
        InvalidQuery: the first is after the last.
    """
    last = until or today
    first = since or last - timedelta(days=SHOWN_DAYS - 1)
    if first > last:
        raise InvalidQuery(parameter="since")
    return first, last
