"""How much can be set off between what a partner owes and what he is owed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from chassis.errors import InvalidState
from finance.open_items.rules import ZERO, OpenItem, Overpayment, Side

CLEARING = "1241"
"""The account that a netting goes through; 0.00 after each."""


class NothingToNet(InvalidState):
    """One of the two sides is settled."""

    en = "Nothing can be set off: {receivable} is receivable from and {payable} payable to {partner}."
    zh = "没有可抵销的金额：{partner} 应收 {receivable}，应付 {payable}。"


def amount_to_net(
    items: Iterable[OpenItem], asked: Decimal | None, *, partner: str
) -> tuple[Decimal, Decimal, Decimal]:
    """The amount that is set off, and what was open before: receivable and payable, each less its credits.

    Raises:
        NothingToNet: one side has nothing open.
        Overpayment: more is asked for than the smaller side has.
    """
    open_on = {Side.RECEIVABLE.value: ZERO, Side.PAYABLE.value: ZERO}
    for item in items:
        open_on[item.side] += item.open_amount
    receivable, payable = open_on[Side.RECEIVABLE.value], open_on[Side.PAYABLE.value]
    most = min(receivable, payable)
    if most <= ZERO:
        raise NothingToNet(
            partner=partner, receivable=f"{receivable:.2f}", payable=f"{payable:.2f}"
        )
    if asked is not None and asked > most:
        raise Overpayment(open=f"{most:.2f}", amount=f"{asked:.2f}", field="/amount")
    return most if asked is None else asked, receivable, payable
