"""How money settles open items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import BusinessError

ZERO = Decimal(0)


class Side(StrEnum):
    """Whom an item is open with: a customer, or a supplier."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"


PartnerAccount = tuple[str, str, str]
"""Company, side, partner."""
ACCOUNTS = {Side.RECEIVABLE: "1122.01", Side.PAYABLE: "2202.01"}


class Overpayment(BusinessError):
    """More money than is open."""

    code = "overpayment"
    status = 409
    en = "Only {open} is open; {amount} is more than that."
    zh = "未结金额仅为 {open}，{amount} 超出。"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document that is not settled: above zero what is owed, below zero a credit or money on account."""

    id: UUID
    company: str
    side: str
    partner: str
    document_type: str
    document_id: UUID
    number: str
    order_id: UUID | None
    order_number: str
    currency: str
    amount: Decimal
    open_amount: Decimal
    business_date: date
    due_date: date

    @property
    def order(self) -> tuple[date, date, str, UUID]:
        """Oldest first."""
        return (self.due_date, self.business_date, self.number, self.id)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The part of an open item that is settled; below zero for a credit that is used."""

    item: OpenItem
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Settled:
    """What a payment settles, and what of it remains."""

    settlements: tuple[Settlement, ...]
    rest: Decimal


def settle_oldest(amount: Decimal, items: Sequence[OpenItem], first: UUID | None = None) -> Settled:
    """Spread money over open items, those of the order `first` before the others, each group oldest first.

    Credits are used as far as the debts need them beyond the money; what no debt takes remains.
    """
    ranked = sorted(
        items, key=lambda item: (first is not None and item.order_id != first, item.order)
    )
    debts = [item for item in ranked if item.open_amount > ZERO]
    claims = [item for item in ranked if item.open_amount < ZERO]
    owed = sum((item.open_amount for item in debts), ZERO)
    # A credit of the order is used with its own debts even when the money alone would reach further.
    own = [item for item in debts if first is not None and item.order_id == first]
    own_claims = [item for item in claims if first is not None and item.order_id == first]
    needed = max(owed - amount, ZERO)
    if own:
        own_owed = sum((item.open_amount for item in own), ZERO)
        needed = max(needed if own_owed < amount else own_owed - amount, ZERO)
    made: list[Settlement] = []
    means = amount
    for item in (*own_claims, *(one for one in claims if one not in own_claims)):
        taken = min(-item.open_amount, needed)
        if taken > ZERO:
            made.append(Settlement(item, -taken))
            needed -= taken
            means += taken
    for item in debts:
        taken = min(item.open_amount, means)
        if taken > ZERO:
            made.append(Settlement(item, taken))
            means -= taken
    return Settled(tuple(made), means)


def settle_named(amount: Decimal, named: Sequence[tuple[OpenItem, Decimal]]) -> Settled:
    """Settle exactly what was said.

    Raises:
        Overpayment: more than is open of an item, or more in all than the money.
    """
    made: list[Settlement] = []
    left: dict[UUID, Decimal] = {}
    total = ZERO
    for item, part in named:
        still = left.get(item.id, item.open_amount)
        over = part > still if item.open_amount > ZERO else part < still
        if part == ZERO or (part > ZERO) != (item.open_amount > ZERO) or over:
            raise Overpayment(open=f"{still:.2f}", amount=f"{part:.2f}")
        left[item.id] = still - part
        made.append(Settlement(item, part))
        total += part
    if total > amount:
        raise Overpayment(open=f"{amount:.2f}", amount=f"{total:.2f}")
    return Settled(tuple(made), amount - total)


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open amounts by how long they are overdue."""

    not_due: Decimal
    days_1_30: Decimal
    days_31_60: Decimal
    days_61_90: Decimal
    over_90: Decimal

    @property
    def total(self) -> Decimal:
        """All that is open."""
        return self.not_due + self.days_1_30 + self.days_31_60 + self.days_61_90 + self.over_90


def age(items: Sequence[tuple[date, Decimal]], today: date) -> Ageing:
    """Sort open amounts by the days since they were due; credits count in the bucket of their date."""
    buckets = [ZERO] * 5
    for due, amount in items:
        late = (today - due).days
        buckets[0 if late <= 0 else min(1 + (late - 1) // 30, 4)] += amount
    return Ageing(*buckets)
