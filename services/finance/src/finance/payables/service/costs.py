"""Later costs: what finishes a bill whose price was not the order's, and what is owed without a purchase order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import (
    BusinessError,
)
from chassis.ids import derived
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.payables import store
from finance.payables.rules import (
    ZERO,
    BillStatus,
)
from finance.posting.rules.entries import PostingFact, Received
from tongheng_contracts.inventory import CostAdjustment

from .matching import bill_fact, bill_item

ON_HAND = "on_hand"


class UnknownCause(BusinessError):
    """A cost difference that no bill of ours has caused."""

    code = "unknown-cause"
    status = 409
    en = "The cost difference {number} names no bill that waits for it."
    zh = "成本差异 {number} 没有对应的待处理账单。"


async def take_cost_adjustments(
    session: AsyncSession, adjustments: Sequence[tuple[CostAdjustment, Received]]
) -> list[PostingFact]:
    """Finish the bills that waited to hear where their price difference goes; the facts to post."""
    if not adjustments:
        return []
    bills = await store.lock_bills(session, [one.cause_id for one, _ in adjustments])
    matches = await store.matches_of(session, bills)
    facts: list[PostingFact] = []
    shares: list[dict[str, object]] = []
    done: list[Row[Any]] = []
    for one, received in adjustments:
        bill = bills.get(one.cause_id)
        if bill is None or bill.status != BillStatus.MATCHED:
            raise UnknownCause(number=one.number)
        differences: dict[tuple[str, str], Decimal] = {}
        for line in one.lines:
            for share in line.shares:
                place = line.valuation_class if share.destination == ON_HAND else share.destination
                key = (line.item, place)
                differences[key] = differences.get(key, ZERO) + share.amount
                shares.append({
                    "source_event": received.event, "line": len(shares) + 1, "company": one.company, "bill": bill.id,
                    "receipt": line.receipt, "receipt_line": line.receipt_line, "item": line.item,
                    "destination": share.destination, "amount": share.amount,
                    "source_recorded_at": received.recorded_at,
                })  # fmt: skip
        facts.append(bill_fact(bill, matches[bill.id], differences, received))
        done.append(bill)
    await store.insert_shares(session, shares)
    await store.set_posted(session, [bill.id for bill in done])
    await open_items.open_documents(session, [bill_item(bill) for bill in done])
    return facts


@dataclass(frozen=True, slots=True)
class Owed:
    """A bill that comes with another document, such as one for subcontracted work."""

    document_type: str
    document_id: UUID
    number: str
    company: str
    supplier: str
    currency: str
    amount: Decimal
    order: UUID
    order_number: str
    business_date: str
    due_date: str


async def owe(session: AsyncSession, bills: Sequence[Owed]) -> None:
    """Open the payables of such bills."""
    await open_items.open_documents(
        session,
        [
            OpenItem(
                id=derived(one.document_id, "open_item"), company=one.company, side=Side.PAYABLE,
                partner=one.supplier, document_type=one.document_type, document_id=one.document_id,
                number=one.number, order_id=one.order, order_number=one.order_number, currency=one.currency,
                amount=one.amount, open_amount=one.amount, business_date=store.as_day(one.business_date),
                due_date=store.as_day(one.due_date),
            )
            for one in bills
        ],
    )  # fmt: skip
