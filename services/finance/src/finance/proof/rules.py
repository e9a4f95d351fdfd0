"""The equalities that must hold, and what explains one that does not yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
SHARES_TO_WORK = "work_in_process"

EXPLAINS: Mapping[str, tuple[str, ...]] = {
    "inventory.GoodsReceived": ("stock", "grni"),
    "inventory.GoodsShipped": ("stock",),
    "inventory.GoodsReturned": ("stock", "grni"),
    "inventory.StockAdjusted": ("stock",),
    "inventory.MaterialIssued": ("stock", "work_in_process"),
    "inventory.CostAdjusted": ("stock", "work_in_process"),
    "inventory.ProductionReceived": ("stock", "work_in_process"),
    "production.OperationReported": ("work_in_process",),
    "production.SubcontractReceived": ("work_in_process", "payables"),
    "production.ProductionOrderClosed": ("work_in_process",),
}
"""Which equality a fact of inventory or production disturbs until it is posted."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """A document that is on its way between two books."""

    document: str
    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of amounts and quantities."""

    amount: Decimal = ZERO
    quantity: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Figures:
    """One company's sums, all of one moment: inventory's at its cut, and the books' own."""

    company: str
    stock: Decimal
    """By inventory, all classes."""
    received: Decimal
    issued: Decimal
    cost_to_work: Decimal
    """Later costs that inventory brought to work in process."""
    in_transit: Total
    in_transit_place: Total
    reserved: Total
    reserved_balances: Total
    stock_accounts: Decimal
    """By the books, at the same cut."""
    work_accounts: Decimal
    received_booked: Decimal
    """Receipts by the books, at the same cut."""
    grni_account: Decimal
    grni_open: Decimal
    """Received and not billed, by the received lines."""
    grni_in_flight: Decimal
    """Of bills that are matched and not posted."""
    receivable_items: Decimal
    unbilled: Decimal
    receivable_accounts: Decimal
    payable_items: Decimal
    payable_account: Decimal
    advances_received: Decimal
    """Of customers' advances what is not applied, by the advances."""
    advances_received_account: Decimal
    advances_paid: Decimal
    advances_paid_account: Decimal
    debits: Decimal
    credits: Decimal
    reported: bool
    """Whether inventory has told its totals at all."""
    in_flight: Sequence[InFlight] = field(default_factory=tuple[InFlight, ...])
    handed_over: Decimal = ZERO
    """By inventory: what production made, out of work in process."""
    worked: Decimal = ZERO
    """By production, at its own cut: labour, overhead and subcontracting, less variances."""


@dataclass(frozen=True, slots=True)
class Equality:
    """Two sums that must be the same."""

    name: str
    left: Decimal
    right: Decimal
    in_flight: tuple[InFlight, ...] = ()

    @property
    def difference(self) -> Decimal:
        """What one side has beyond the other."""
        return self.left - self.right


def equalities(f: Figures) -> list[Equality]:
    """All equalities of a company, goods on the left, books on the right."""
    missing = (
        ()
        if f.reported
        else (InFlight("inventory.ControlTotals", "inventory.ControlTotals", "not told yet"),)
    )

    def named(name: str) -> tuple[InFlight, ...]:
        return (*missing, *(one for one in f.in_flight if name in EXPLAINS.get(one.topic, ())))

    bills = tuple(one for one in f.in_flight if one.topic == "finance.BillMatched")
    # Received by inventory and not booked yet, plus what the received lines and the bills in flight still hold.
    grni = f.received - f.received_booked + f.grni_open + f.grni_in_flight
    return [
        Equality("stock", f.stock, f.stock_accounts, named("stock")),
        Equality("grni", grni, f.grni_account, (*named("grni"), *bills)),
        Equality("receivables", f.receivable_items + f.unbilled, f.receivable_accounts),
        Equality("payables", f.payable_items, f.payable_account),
        Equality("advances_received", f.advances_received, f.advances_received_account),
        Equality("advances_paid", f.advances_paid, f.advances_paid_account),
        Equality(
            "work_in_process",
            f.issued + f.cost_to_work + f.worked - f.handed_over,
            f.work_accounts,
            named("work_in_process"),
        ),
        Equality("in_transit", *_pair(f.in_transit, f.in_transit_place), missing),
        Equality("reserved", f.reserved.quantity, f.reserved_balances.quantity, missing),
        Equality("debits_credits", f.debits, f.credits),
    ]


def _pair(left: Total, right: Total) -> tuple[Decimal, Decimal]:
    # Values are shown; quantities when only they tell a difference.
    if left.amount == right.amount and left.quantity != right.quantity:
        return left.quantity, right.quantity
    return left.amount, right.amount


def figure(value: Decimal) -> str:
    """A sum with its cents, and further decimals only where they say something."""
    cents = value.quantize(CENT)
    return format(cents + ZERO if cents == value else value.normalize(), "f").replace(
        "-0.00", "0.00"
    )
