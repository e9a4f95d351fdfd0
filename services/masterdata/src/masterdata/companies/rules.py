"""What a company must state about itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from zoneinfo import available_timezones

from chassis.errors import OutOfScope, UnknownReference
from masterdata.records.rules import id_of, search_key

ValuationLevel = Literal["company"]
"""How wide one moving average reaches; inventory keeps one per company."""


def check_time_zone(name: str) -> str:
    """The name itself, if there is such a time zone: it decides which day it is for the company."""
    if name not in available_timezones():
        raise UnknownReference(field="/time_zone", what=("time zone", "时区"), reference=name)
    return name


def check_scope(reference: str, companies: Collection[str] | None) -> None:
    """Refuse a company named by its code outside of the caller's scope; an id is not even known there."""
    if companies is None or id_of(reference) is not None:
        return
    if search_key(reference) not in {search_key(code) for code in companies}:
        raise OutOfScope(field="/company", what=(f"Company {reference}", f"公司“{reference}”"))
