"""What is given out, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from inventory.replicas.rules import TODAY, Day

IssueDestination = Literal["work_in_process", "expense"]


@dataclass(frozen=True, slots=True)
class IssueLineAsked:
    """A quantity to take from a warehouse."""

    item: str
    warehouse: str
    quantity: Decimal
    lot: str = ""


@dataclass(frozen=True, slots=True)
class IssueAsked:
    """An issue as it was entered."""

    company: str
    cost_collector: str
    destination: IssueDestination
    lines: tuple[IssueLineAsked, ...]
    day: Day = TODAY
