"""Which account holds an advance, and how much of it a document can take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from chassis.errors import BusinessError, InvalidState, ValidationFailed
from finance.open_items.rules import ZERO, OpenItem, Overpayment
from finance.payments.rules import Direction

ACCOUNTS = {Direction.RECEIVED: "2203", Direction.PAID: "1123"}


class AdvanceSpent(InvalidState):
    """Nothing of the advance is left."""

    en = "Advance {number} is applied in full."
    zh = "预收/预付单 {number} 已全部核销。"


class NothingToApplyTo(InvalidState):
    """The partner has no open documents."""

    en = "{partner} has no open documents that the advance could settle."
    zh = "{partner} 没有可核销的未结单据。"


class BeforeTheAdvance(BusinessError):
    """An application is dated before the money moved."""

    code = "before-the-advance"
    status = 422
    en = "The advance was posted on {day}; it cannot be applied before that."
    zh = "预收/预付款于 {day} 入账，核销日期不得早于该日。"


def amount_to_apply(
    left: Decimal,
    items: Iterable[OpenItem],
    asked: Decimal | None,
    named: Sequence[Decimal] | None,
    *,
    number: str,
    partner: str,
) -> Decimal:
    """How much of an advance is applied: what was asked for, else as much as both sides allow.

    `left` is what remains of the advance; `items` are the partner's, credits among them; `named` are the amounts that the
    caller gave to single documents, whose sum is the amount then.

    Raises:
        AdvanceSpent: nothing is left.
        NothingToApplyTo: nothing is open.
        Overpayment: more is asked for than is left, or than is open.
        ValidationFailed: the amount is not the sum of the named ones, or that is not above zero.
    """
    if left == ZERO:
        raise AdvanceSpent(number=number)
    payable = sum((item.open_amount for item in items), ZERO)
    if named is not None:
        total = sum(named, ZERO)
        if total <= ZERO or asked not in (None, total):
            raise ValidationFailed(
                en="The allocations are {total} in all; that must be the amount, and above zero.",
                zh="各项核销金额合计为 {total}，须大于零且与核销金额一致。",
                total=f"{total:.2f}",
                field="/allocations",
            )
        asked = total
    elif payable <= ZERO:
        raise NothingToApplyTo(partner=partner)
    amount = min(left, payable) if asked is None else asked
    if amount > left:
        raise Overpayment(open=f"{left:.2f}", amount=f"{amount:.2f}", field="/amount")
    if named is None and amount > payable:
        raise Overpayment(open=f"{payable:.2f}", amount=f"{amount:.2f}", field="/amount")
    return amount


def check_day(posting_date: date, advance: date) -> None:
    """An advance's account never stands on the wrong side of zero: refuse a day before its money.

    Raises:
        BeforeTheAdvance: the day is before the advance's.
    """
    if posting_date < advance:
        raise BeforeTheAdvance(day=advance.isoformat(), field="/posting_date")
