"""Approval policies: rules as data, of which the strictest that applies counts. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

ZERO = Decimal(0)
RULES_MAX = 200
APPROVALS_MAX = 5
USUAL = 1
"""Approvals where no rule applies."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Above this net amount, in the company's currency, an order needs so many approvals."""

    amount_above: Decimal
    approvals: int
    category: str = ""
    """The items whose amounts are summed, by their category; empty: the whole order."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A company's rules; version 0: none were ever set."""

    id: UUID | None
    company: str
    version: int = 0
    rules: tuple[Rule, ...] = ()
    recorded_at: datetime | None = None


def approvals_needed(rules: Sequence[Rule], bought: Iterable[tuple[str, Decimal]]) -> int:
    """How many different people must approve an order that buys this, by category and net amount."""
    by_category: dict[str, Decimal] = {}
    total = ZERO
    for category, amount in bought:
        by_category[category] = by_category.get(category, ZERO) + amount
        total += amount
    applying = (
        rule.approvals
        for rule in rules
        if (by_category.get(rule.category, ZERO) if rule.category else total) > rule.amount_above
    )
    return max(applying, default=USUAL)
