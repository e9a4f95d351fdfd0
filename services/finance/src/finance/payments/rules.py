"""What a payment settles: what was named, else the oldest; what remains."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidState, UnknownReference
from finance.open_items.rules import (
    OpenItem,
    Overpayment,
    Settled,
    Side,
    settle_named,
    settle_oldest,
)

ZERO = Decimal(0)


class Direction(StrEnum):
    """Money that came in from a customer, or went out to a supplier."""

    RECEIVED = "received"
    PAID = "paid"


SIDES = {Direction.RECEIVED: Side.RECEIVABLE, Direction.PAID: Side.PAYABLE}
ROLES = {Direction.RECEIVED: "customer", Direction.PAID: "supplier"}


def items_named(
    named: Sequence[tuple[str, Decimal]], known: Sequence[OpenItem], *, partner: str, side: str
) -> list[tuple[OpenItem, Decimal]]:
    """The items that allocations name, by the document's number or id, or the item's own id.

    Raises:
        UnknownReference: no such document of this partner.
        InvalidState: it is settled already.
    """
    found: list[tuple[OpenItem, Decimal]] = []
    for index, (reference, amount) in enumerate(named):
        field = f"/allocations/{index}"
        item = next(
            (
                one for one in known
                if one.partner == partner and one.side == side
                and reference in (one.number, str(one.id), str(one.document_id))
            ),
            None,
        )  # fmt: skip
        if item is None:
            raise UnknownReference(what=("open item", "未结项目"), reference=reference, field=field)
        if item.open_amount == ZERO:
            raise Overpayment(open="0.00", amount=f"{amount:.2f}", field=field)
        found.append((item, amount))
    return found


def settle(
    direction: Direction,
    amount: Decimal,
    items: Sequence[OpenItem],
    *,
    named: Sequence[tuple[OpenItem, Decimal]] | None,
    order: UUID | None,
) -> Settled:
    """What a payment settles. More than is open stays on account with a customer, and is refused with a supplier."""
    if named is not None:
        settled = settle_named(amount, named)
        payable = amount - settled.rest
    else:
        settled = settle_oldest(amount, items, order)
        # A supplier's credits count: what is owed is less by them.
        payable = sum((item.open_amount for item in items), ZERO)
    if direction is Direction.PAID and amount > payable:
        raise Overpayment(open=f"{max(payable, ZERO):.2f}", amount=f"{amount:.2f}", field="/amount")
    return settled


def check_in_flight(waiting: Sequence[str], items: Sequence[OpenItem], amount: Decimal) -> None:
    """Say so when a supplier's bill is matched but not in the books yet: its payment comes a moment too early."""
    payable = sum((item.open_amount for item in items), ZERO)
    if waiting and amount > payable:
        raise InvalidState(
            en="Bill {number} is being posted; pay it in a moment.",
            zh="账单 {number} 正在入账，请稍后付款。",
            number=waiting[0],
        )
