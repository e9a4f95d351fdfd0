"""A bill against its order and receipts: blocked with its reasons, or taken into the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.ids import derived
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.payables import store
from finance.payables.rules import (
    ZERO,
    BillLine,
    BillStatus,
    Match,
    check_bill,
    match_bill,
)
from finance.posting.rules.defaults import BILLED
from finance.posting.rules.entries import FactLine, PostingFact, Received
from tongheng_contracts.finance import (
    Bill,
    BillBlocked,
    BillEntry,
    BillMatched,
)
from tongheng_contracts.finance import BillLine as BilledLine


async def match(
    session: AsyncSession, bill: Row[Any], lines: Sequence[BillLine], *, action: str
) -> list[PostingFact]:
    """Match a bill that is not matched yet: block it with its reasons, or take its receipts and tell it."""
    tolerance, _ = await accounts.price_tolerance(session, bill.company)
    receipts = await store.lock_receipts_of_order(session, bill.purchase_order)
    findings = check_bill(lines, receipts, tolerance=tolerance, price_accepted=bill.price_accepted)
    version = bill.version + 1
    reasons = sorted({finding.reason.value for finding in findings})
    matches = match_bill(lines, receipts) if not findings else []
    posted = not findings and all(match.difference == ZERO for match in matches)
    status = BillStatus.BLOCKED if findings else BillStatus.POSTED if posted else BillStatus.MATCHED
    await store.update_bill(session, bill.id, status=status, version=version, block_reasons=reasons)
    await record(session, AuditEntry(
        action=action, document_type="finance.bill", document_id=bill.id, number=bill.number, company=bill.company,
        before={"status": bill.status, "block_reasons": bill.block_reasons} if bill.version else None,
        after={"status": status, "block_reasons": reasons, "amount_gross": bill.amount_gross, "supplier": bill.supplier},
    ))  # fmt: skip
    if findings:
        told = told_bill(
            bill, version, BillStatus.BLOCKED, reasons, unmatched_lines(bill, lines), lines
        )
        await emit(session, BillBlocked(bill=told), case=bill.purchase_order)
        return []
    changes: dict[tuple[UUID, int], tuple[Decimal, Decimal, Decimal, Decimal]] = {}
    for match in matches:
        key = (match.receipt, match.receipt_line)
        before = changes.get(key, (ZERO, ZERO, ZERO, ZERO))
        quantity = before[0] + match.quantity
        changes[key] = (quantity, before[1] + match.amount_received, quantity, ZERO)
    await store.clear(session, changes)
    await store.insert_matches(session, bill.id, bill.company, matches)
    told = told_bill(bill, version, BillStatus.MATCHED, [], matched_lines(bill, matches), lines)
    await emit(session, BillMatched(bill=told), case=bill.purchase_order)
    if not posted:
        return []
    await open_items.open_documents(session, [bill_item(bill)])
    return [bill_fact(bill, matches, {}, None)]


def told_bill(
    bill: Row[Any], version: int, status: str, reasons: list[str], lines: list[BilledLine],
    entries: Sequence[BillLine],
) -> Bill:  # fmt: skip
    return Bill(
        id=bill.id, number=bill.number, company=bill.company, version=version, status=status,
        business_date=bill.business_date.isoformat(), posting_date=bill.posting_date.isoformat(), supplier=bill.supplier,
        supplier_number=bill.supplier_number, due_date=bill.due_date.isoformat(), currency=bill.currency,
        block_reasons=reasons, lines=lines, amount_net=bill.amount_net, amount_tax=bill.amount_tax,
        amount_gross=bill.amount_gross, purchase_order=bill.purchase_order,
        purchase_order_number=bill.purchase_order_number, price_accepted=bill.price_accepted,
        entries=[
            BillEntry(
                line=one.line, order_line=one.order_line, item=one.item, unit=one.unit, tax_code=one.tax_code,
                tax_rate=one.tax_rate, quantity=one.quantity, unit_price=one.unit_price, order_price=one.order_price,
                amount_net=one.net, amount_tax=one.tax,
            )
            for one in entries
        ],
    )  # fmt: skip


def matched_lines(bill: Row[Any], matches: Sequence[Match]) -> list[BilledLine]:
    return [
        BilledLine(
            line=one.line, purchase_order=bill.purchase_order, order_line=one.order_line, receipt=one.receipt,
            receipt_line=one.receipt_line, item=one.item, quantity=one.quantity, unit_price=one.unit_price,
            amount_received=one.amount_received, amount_net=one.amount_net, difference=one.difference,
            bill_line=one.bill_line,
        )
        for one in matches
    ]  # fmt: skip


def unmatched_lines(bill: Row[Any], lines: Sequence[BillLine]) -> list[BilledLine]:
    # Not matched yet: compared with what the order says the quantity is worth.
    told: list[BilledLine] = []
    for one in lines:
        expected = (one.quantity * one.order_price).quantize(Decimal("0.01"))
        told.append(BilledLine(
            line=one.line, purchase_order=bill.purchase_order, order_line=one.order_line, receipt=None, receipt_line=None,
            item=one.item, quantity=one.quantity, unit_price=one.unit_price, amount_received=expected, amount_net=one.net,
            difference=one.net - expected,
        ))  # fmt: skip
    return told


def bill_item(bill: Row[Any]) -> OpenItem:
    return OpenItem(
        id=derived(bill.id, "open_item"), company=bill.company, side=Side.PAYABLE, partner=bill.supplier,
        document_type="bill", document_id=bill.id, number=bill.number, order_id=bill.purchase_order,
        order_number=bill.purchase_order_number, currency=bill.currency, amount=bill.amount_gross,
        open_amount=bill.amount_gross, business_date=bill.business_date, due_date=bill.due_date,
    )  # fmt: skip


def bill_fact(
    bill: Row[Any],
    matches: Sequence[Match],
    differences: Mapping[tuple[str, str], Decimal],
    received: Received | None,
) -> PostingFact:
    return PostingFact(
        topic=BILLED, source_event=received.event if received is not None else None, source_id=bill.id,
        source_number=bill.number, company=bill.company, business_date=bill.business_date, posting_date=bill.posting_date,
        amounts={
            "received": sum((one.amount_received for one in matches), ZERO), "net": bill.amount_net,
            "tax": bill.amount_tax, "gross": bill.amount_gross,
        },
        lines=tuple(
            FactLine({"difference": amount}, {"place": place}, item)
            for (item, place), amount in sorted(differences.items())
        ),
        partner=bill.supplier, currency=bill.currency, recorded_at=received.recorded_at if received is not None else None,
        case_id=bill.purchase_order, case_number=bill.purchase_order_number,
    )  # fmt: skip
