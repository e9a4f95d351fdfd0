"""The clock on a company's wall."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOME_ZONE = "Asia/Shanghai"
"""Where a company's own zone is not known."""


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name, or the home zone where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(HOME_ZONE)


def day_in(time_zone: str, moment: datetime) -> date:
    """The business day in a time zone at a moment."""
    return moment.astimezone(zone_of(time_zone)).date()
