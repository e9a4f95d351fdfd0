"""Whether an order is within a customer's credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)
CREDIT = "credit"
OVERDUE = "overdue"

AccountKey = tuple[str, str]
"""Company and customer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was granted to a customer."""

    credit_limit: Decimal | None
    """None: unlimited."""
    check_overdue: bool = False
    valid_until: date | None = None
    """The last day on which the limit holds; afterwards nothing more is granted."""

    def limit_on(self, day: date) -> Decimal | None:
        """The limit of a day; None: unlimited."""
        if self.valid_until is not None and day > self.valid_until:
            return ZERO
        return self.credit_limit


UNLIMITED = Terms(credit_limit=None)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes or will owe, gross."""

    open_orders: Decimal = ZERO
    """Orders that are not on hold: what is not shipped and not cancelled."""
    unacknowledged: Decimal = ZERO
    """Shipped, but not yet in finance's receivables."""
    receivable: Decimal = ZERO
    """Finance's receivables, less credits and money on account."""
    overdue: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All that counts against the limit."""
        return self.open_orders + self.unacknowledged + self.receivable


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's terms and exposure in one company."""

    terms: Terms = UNLIMITED
    exposure: Exposure = Exposure()


@dataclass(frozen=True, slots=True)
class Request:
    """An order that asks for credit."""

    account: AccountKey
    amount: Decimal
    day: date


def decide_holds(
    requests: Sequence[Request], accounts: Mapping[AccountKey, Account]
) -> list[tuple[str, ...]]:
    """For each order, in turn, why it is held; nothing: it passes and counts against those after it.

    A held order does not count, so a smaller one after it may still pass.
    """
    granted: dict[AccountKey, Decimal] = {}
    holds: list[tuple[str, ...]] = []
    for request in requests:
        account = accounts[request.account]
        reasons: list[str] = []
        limit = account.terms.limit_on(request.day)
        used = account.exposure.total + granted.get(request.account, ZERO)
        if limit is not None and used + request.amount > limit:
            reasons.append(CREDIT)
        if account.terms.check_overdue and account.exposure.overdue > 0:
            reasons.append(OVERDUE)
        if not reasons:
            granted[request.account] = granted.get(request.account, ZERO) + request.amount
        holds.append(tuple(reasons))
    return holds
