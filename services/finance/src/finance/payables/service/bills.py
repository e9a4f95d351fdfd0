"""Bills: entered, accepted, matched again, sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import (
    BusinessError,
    Duplicate,
    InvalidState,
    NotFound,
    UnknownReference,
    ValidationFailed,
)
from chassis.http import Principal
from chassis.ids import uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from finance.payables import store
from finance.payables.rules import (
    ZERO,
    BillLine,
    BillStatus,
    BlockReason,
    supplier_key,
    tax_of,
)
from finance.periods import service as periods
from finance.posting.rules.entries import PostingFact
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    BillBlocked,
)

from .matching import match, told_bill, unmatched_lines

AMOUNT_MAX = Decimal(10) ** 11
"""Of one line: the sum of 5,000 lines stays within what an amount can be."""


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A line of a bill as it was entered: the order's line, how many, at which price."""

    order_line: int
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class _Order:
    company: str
    id: UUID
    number: str
    supplier: str
    lines: Mapping[int, tuple[str, str, str, Decimal, Decimal]]
    """By line: item, unit, tax code, tax rate, price."""


async def _order_of(session: AsyncSession, reference: str) -> _Order:
    ordered = await replicas.ordered_lines(session, reference)
    if ordered:
        first = ordered[0]
        lines = {
            one.line: (one.item, one.unit, one.tax_code, one.tax_rate, one.unit_price)
            for one in ordered
        }
        return _Order(
            first.company, first.purchase_order, first.purchase_order_number, first.supplier, lines
        )
    # A receipt may be heard of before its order: it says as much.
    received = await store.received_of(session, reference)
    if not received:
        raise UnknownReference(
            what=("purchase order", "采购订单"), reference=reference, field="/purchase_order"
        )
    row = received[0]
    lines = {
        one.order_line: (one.item, one.unit, one.tax_code, one.tax_rate, one.unit_price)
        for one in received
    }
    return _Order(row.company, row.purchase_order, row.purchase_order_number, row.supplier, lines)


@dataclass(frozen=True, slots=True)
class GivenBill:
    """A bill as it was entered."""

    company: str | None
    supplier: str | None
    number: str
    """The supplier's own."""
    purchase_order: str
    business_date: date | None
    posting_date: date | None
    due_date: date | None
    lines: Sequence[GivenLine]
    amount_tax: Decimal | None


async def enter_bills(
    session: AsyncSession, given: Sequence[GivenBill | BusinessError], *, caller: Principal | None
) -> tuple[list[UUID | BusinessError], list[PostingFact]]:
    """Enter bills one after the other, or refuse each with its reason; the facts to post of those that can be."""
    orders = [one.purchase_order for one in given if isinstance(one, GivenBill)]
    # All at once and in key order, so that two batches with the same orders queue up instead of deadlocking.
    await store.lock_receipts_of_orders(session, orders)
    results: list[UUID | BusinessError] = []
    facts: list[PostingFact] = []
    for one in given:
        if isinstance(one, BusinessError):
            results.append(one)
            continue
        try:
            async with session.begin_nested():
                bill, made = await enter_bill(session, one, caller=caller)
                days = {(fact.company, fact.posting_date) for fact in made}
                for refusal in (await periods.refused_days(session, days)).values():
                    raise refusal
        except BusinessError as refusal:
            results.append(refusal)
            continue
        results.append(bill)
        facts += made
    return results, facts


async def enter_bill(
    session: AsyncSession, given: GivenBill, *, caller: Principal | None = None
) -> tuple[UUID, list[PostingFact]]:
    """Enter a supplier's bill and match it with order and receipts; the facts to post, if it can be posted at once.

    Raises:
        Duplicate: this supplier's number is here already.
        UnknownReference: no such order, line or supplier.
    """
    if caller is not None and given.company is not None:
        caller.check_company(given.company)
    order = await _order_of(session, given.purchase_order)
    if given.company is not None and given.company != order.company:
        raise UnknownReference(
            what=("purchase order", "采购订单"),
            reference=given.purchase_order,
            field="/purchase_order",
        )
    if given.supplier is not None and given.supplier != order.supplier:
        partner = await replicas.partner_of(
            session, given.supplier, role="supplier", field="/supplier"
        )
        if partner.code != order.supplier:
            raise ValidationFailed(
                en="The order is another supplier's: {supplier}.", zh="该采购订单属于另一供应商：{supplier}。",
                supplier=order.supplier, field="/supplier",
            )  # fmt: skip
    if caller is not None:
        caller.check_partner(order.supplier, field="/purchase_order")
    number = given.number
    key = supplier_key(number)
    if await store.number_taken(session, order.company, order.supplier, key):
        raise Duplicate(
            what=(f"A bill {number} of this supplier", f"该供应商的账单“{number}”"), field="/number"
        )
    day = given.business_date or await replicas.today_of(session, order.company)
    terms = (await replicas.partners_of(session, [order.supplier])).get(order.supplier)
    billed = [_bill_line(index, one, order) for index, one in enumerate(given.lines, 1)]
    net = sum((line.net for line in billed), ZERO)
    tax = tax_of(billed, given.amount_tax)
    if not ZERO <= tax <= net:
        raise ValidationFailed(
            en="The tax is not between 0.00 and the net amount.",
            zh="税额须在 0.00 与不含税金额之间。",
            field="/amount_tax",
        )
    bill = uuid7()
    (drawn,) = await draw(session, "bill_numbers", "BL", day.year)
    row: dict[str, object] = {
        "id": bill, "number": drawn, "company": order.company, "version": 0, "status": BillStatus.BLOCKED,
        "supplier": order.supplier, "supplier_number": number, "supplier_key": key, "purchase_order": order.id,
        "purchase_order_number": order.number, "currency": "CNY", "block_reasons": [], "price_accepted": False,
        "due_date": given.due_date or day + timedelta(days=terms.payment_days if terms is not None else 30),
        "amount_net": net, "amount_tax": tax, "amount_gross": net + tax, "business_date": day,
        "posting_date": given.posting_date or day,
    }  # fmt: skip
    await store.insert_bill(session, row, billed)
    found = await store.find_bill(session, str(bill), lock=True)
    assert found is not None
    return bill, await match(session, found, billed, action="finance.bill.enter")


def _bill_line(index: int, given: GivenLine, order: _Order) -> BillLine:
    known = order.lines.get(given.order_line)
    if known is None:
        raise UnknownReference(
            what=("order line", "采购订单行"),
            reference=given.order_line,
            field=f"/lines/{index - 1}/line",
        )
    item, unit, tax_code, tax_rate, price = known
    if given.quantity * given.unit_price >= AMOUNT_MAX:
        raise ValidationFailed(
            en="Quantity times price is beyond what the books can hold.",
            zh="数量乘单价超出账簿可记录的范围。",
            field=f"/lines/{index - 1}",
        )
    return BillLine(
        index,
        given.order_line,
        item,
        unit,
        tax_code,
        tax_rate,
        given.quantity,
        given.unit_price,
        price,
    )


async def _blocked_bill(session: AsyncSession, reference: str) -> tuple[Row[Any], list[BillLine]]:
    bill = await store.find_bill(session, reference, lock=True)
    if bill is None:
        raise NotFound(what=("bill", "账单"))
    if bill.status != BillStatus.BLOCKED:
        raise InvalidState(now=bill.status)
    return bill, (await store.lines_of(session, [bill.id]))[bill.id]


async def accept_bill(session: AsyncSession, reference: str) -> tuple[UUID, list[PostingFact]]:
    """Accept a bill's price although it is not the order's; the facts to post.

    Raises:
        InvalidState: it is not blocked, or blocked for its quantity: that is not ours to accept.
    """
    bill, lines = await _blocked_bill(session, reference)
    if BlockReason.PRICE not in bill.block_reasons or BlockReason.QUANTITY in bill.block_reasons:
        raise InvalidState(
            en="More is billed than was received; match it again when the goods have arrived.",
            zh="账单数量超过已收数量，请在货物到达后重新匹配。",
        )
    await store.update_bill(session, bill.id, price_accepted=True)
    accepted = await store.find_bill(session, str(bill.id))
    assert accepted is not None
    return bill.id, await match(session, accepted, lines, action="finance.bill.accept")


async def rematch_bill(session: AsyncSession, reference: str) -> tuple[UUID, list[PostingFact]]:
    """Match a blocked bill again, now that more goods have arrived; the facts to post."""
    bill, lines = await _blocked_bill(session, reference)
    return bill.id, await match(session, bill, lines, action="finance.bill.match")


async def cancel_bill(session: AsyncSession, reference: str) -> UUID:
    """Send a blocked bill back; its number may come again."""
    bill, lines = await _blocked_bill(session, reference)
    version = bill.version + 1
    await store.update_bill(session, bill.id, status=BillStatus.CANCELLED, version=version)
    told = told_bill(
        bill, version, BillStatus.CANCELLED, list(bill.block_reasons), unmatched_lines(bill, lines), lines
    )  # fmt: skip
    await emit(session, BillBlocked(bill=told), case=bill.purchase_order)
    await record(session, AuditEntry(
        action="finance.bill.cancel", document_type="finance.bill", document_id=bill.id, number=bill.number,
        company=bill.company, before={"status": bill.status}, after={"status": BillStatus.CANCELLED},
    ))  # fmt: skip
    return bill.id
