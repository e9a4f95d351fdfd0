"""The three-way match: what was ordered, what arrived, what is billed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

ZERO = Decimal(0)
CENT = Decimal("0.01")


class BillStatus(StrEnum):
    """A bill's states. Matched with a price difference it is in flight until inventory says where the difference goes."""

    BLOCKED = "blocked"
    MATCHED = "matched"
    POSTED = "posted"
    CANCELLED = "cancelled"


class BlockReason(StrEnum):
    """Why a bill is blocked."""

    QUANTITY = "quantity"
    PRICE = "price"


def cents(amount: Decimal) -> Decimal:
    """Rounded half up to cents."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """What `part` of `whole` is of an amount; the whole is the whole amount."""
    return amount if part == whole else cents(amount * part / whole)


def part_after(amount: Decimal, before: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The share of the next `part` when `before` was taken already, so that all parts sum to the amount."""
    return share(amount, before + part, whole) - share(amount, before, whole)


def supplier_key(number: str) -> str:
    """A supplier's bill number without what people write differently: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", number).casefold().split())


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A received line with what was cleared of it: by bills, or by returns before a bill."""

    receipt: UUID
    line: int
    company: str
    receipt_number: str
    purchase_order: UUID
    purchase_order_number: str
    order_line: int
    supplier: str
    item: str
    unit: str
    tax_code: str
    tax_rate: Decimal
    unit_price: Decimal
    quantity: Decimal
    amount: Decimal
    cleared_quantity: Decimal
    cleared_amount: Decimal
    billed_quantity: Decimal
    returned_quantity: Decimal
    """Of what was billed: sent back."""

    @property
    def open_quantity(self) -> Decimal:
        """Received and neither billed nor sent back."""
        return self.quantity - self.cleared_quantity

    def clear(self, quantity: Decimal) -> Decimal:
        """What GRNI holds for the next `quantity` of it."""
        return part_after(self.amount, self.cleared_quantity, quantity, self.quantity)


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of a bill as the supplier wrote it, beside the order's price."""

    line: int
    order_line: int
    item: str
    unit: str
    tax_code: str
    tax_rate: Decimal
    quantity: Decimal
    unit_price: Decimal
    order_price: Decimal

    @property
    def net(self) -> Decimal:
        """Its amount without tax."""
        return cents(self.quantity * self.unit_price)

    @property
    def tax(self) -> Decimal:
        """Its tax by the order's rate."""
        return cents(self.net * self.tax_rate)

    @property
    def deviation(self) -> Decimal:
        """How far the price is from the order's, as a share of it."""
        if self.order_price == ZERO:
            return ZERO if self.unit_price == ZERO else Decimal(1)
        return (self.unit_price - self.order_price) / self.order_price


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not match in a bill, and by how much."""

    line: int
    reason: BlockReason
    expected: Decimal
    actual: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """A part of a bill line matched with a receipt line."""

    line: int
    bill_line: int
    order_line: int
    receipt: UUID
    receipt_line: int
    item: str
    quantity: Decimal
    unit_price: Decimal
    amount_received: Decimal
    amount_net: Decimal

    @property
    def difference(self) -> Decimal:
        """What the bill asks beyond what the receipt was valued at."""
        return self.amount_net - self.amount_received


def check_bill(
    lines: Sequence[BillLine],
    receipts: Sequence[ReceiptLine],
    *,
    tolerance: Decimal,
    price_accepted: bool,
) -> list[Finding]:
    """What stands against paying a bill: more than was received, or a price beyond the tolerance, up or down."""
    open_by_line: dict[int, Decimal] = {}
    for receipt in receipts:
        open_by_line[receipt.order_line] = (
            open_by_line.get(receipt.order_line, ZERO) + receipt.open_quantity
        )
    found: list[Finding] = []
    for line in lines:
        left = open_by_line.get(line.order_line, ZERO)
        if line.quantity > left:
            found.append(Finding(line.line, BlockReason.QUANTITY, left, line.quantity))
        open_by_line[line.order_line] = max(left - line.quantity, ZERO)
        if not price_accepted and abs(line.deviation) > tolerance:
            found.append(Finding(line.line, BlockReason.PRICE, line.order_price, line.unit_price))
    return found


def match_bill(lines: Sequence[BillLine], receipts: Sequence[ReceiptLine]) -> list[Match]:
    """Match a bill's lines with their order lines' receipts, the oldest first. The bill was checked before."""
    taken: dict[tuple[UUID, int], Decimal] = {}
    matches: list[Match] = []
    for line in lines:
        missing, before = line.quantity, ZERO
        for receipt in receipts:
            if receipt.order_line != line.order_line:
                continue
            key = (receipt.receipt, receipt.line)
            gone = taken.get(key, ZERO)
            part = min(missing, receipt.open_quantity - gone)
            if part <= ZERO:
                continue
            received = part_after(
                receipt.amount, receipt.cleared_quantity + gone, part, receipt.quantity
            )
            net = part_after(line.net, before, part, line.quantity)
            matches.append(
                Match(
                    len(matches) + 1,
                    line.line,
                    line.order_line,
                    *key,
                    line.item,
                    part,
                    line.unit_price,
                    received,
                    net,
                )
            )
            taken[key] = gone + part
            missing -= part
            before += part
        assert missing == ZERO, "a bill that was not checked is matched"
    return matches


def tax_of(lines: Sequence[BillLine], given: Decimal | None) -> Decimal:
    """The bill's tax: as the supplier states it, else by the rates."""
    return sum((line.tax for line in lines), ZERO) if given is None else given


@dataclass(frozen=True, slots=True)
class ReturnedPart:
    """What a return to the supplier takes from a receipt line: not billed yet, or billed."""

    receipt: ReceiptLine
    unbilled: Decimal
    """Quantity."""
    unbilled_amount: Decimal
    """What GRNI held for it."""
    billed: Decimal
    """Quantity."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What a supplier credits for what was billed before it went back."""

    net: Decimal
    tax: Decimal


def take_back(quantity: Decimal, receipts: Sequence[ReceiptLine]) -> list[ReturnedPart]:
    """Where a returned quantity comes from: what is not billed yet, then what is; the given receipts in order.

    What no receipt holds any more counts as billed with the last one: the supplier owes its credit all the same.
    """
    parts: list[ReturnedPart] = []
    missing = quantity
    for receipt in receipts:
        unbilled = min(missing, receipt.open_quantity)
        missing -= unbilled
        billed = min(missing, receipt.billed_quantity - receipt.returned_quantity)
        missing -= billed
        if unbilled or billed:
            parts.append(
                ReturnedPart(
                    receipt, unbilled, receipt.clear(unbilled) if unbilled else ZERO, billed
                )
            )
    return parts


def credit_for(
    net: Decimal, tax: Decimal, parts: Sequence[ReturnedPart], quantity: Decimal
) -> Credit:
    """The part of a return line's credit that concerns what was billed."""
    unbilled = sum((part.unbilled for part in parts), ZERO)
    return Credit(net - share(net, unbilled, quantity), tax - share(tax, unbilled, quantity))
