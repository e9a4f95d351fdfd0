"""Bills and what is to be billed, as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import (
    NotFound,
)
from finance.accounts import service as accounts
from finance.open_items import service as open_items
from finance.payables import store
from finance.payables.rules import (
    ZERO,
    BillLine,
    BillStatus,
    Finding,
    Match,
    ReceiptLine,
    check_bill,
)


@dataclass(frozen=True, slots=True)
class BillDetails:
    """A bill with its lines, what does not match in it, the receipts it pays for, and what is open of it."""

    bill: Row[Any]
    lines: list[BillLine]
    findings: list[Finding]
    matches: list[Match]
    status: str
    open_amount: Decimal


async def bill_details(session: AsyncSession, bills: Sequence[Row[Any]]) -> list[BillDetails]:
    """These bills with all that belongs to them."""
    ids = [bill.id for bill in bills]
    lines = await store.lines_of(session, ids)
    matches = await store.matches_of(session, ids)
    left = await open_items.documents_open(session, ids)
    details: list[BillDetails] = []
    for bill in bills:
        status = str(bill.status)
        if status == BillStatus.POSTED and left.get(bill.id, ZERO) == ZERO:
            status = "paid"
        findings: list[Finding] = []
        if status == BillStatus.BLOCKED:
            tolerance, _ = await accounts.price_tolerance(session, bill.company)
            receipts = await store.received_of(session, str(bill.purchase_order))
            known = [_receipt_line(row) for row in receipts]
            findings = check_bill(
                lines[bill.id], known, tolerance=tolerance, price_accepted=bill.price_accepted
            )
        details.append(
            BillDetails(
                bill, lines[bill.id], findings, matches.get(bill.id, []), status,
                left.get(bill.id, ZERO if status in ("cancelled", "paid") else bill.amount_gross),
            )
        )  # fmt: skip
    return details


def _receipt_line(row: Row[Any]) -> ReceiptLine:
    return ReceiptLine(
        row.receipt, row.line, row.company, row.receipt_number, row.purchase_order, row.purchase_order_number,
        row.order_line, row.supplier, row.item, row.unit, row.tax_code, row.tax_rate, row.unit_price, row.quantity,
        row.amount, row.cleared_quantity, row.cleared_amount, row.billed_quantity, row.returned_quantity,
    )  # fmt: skip


async def find_bill(session: AsyncSession, reference: str) -> BillDetails:
    """A bill by id or our number."""
    bill = await store.find_bill(session, reference)
    if bill is None:
        raise NotFound(what=("bill", "账单"))
    (details,) = await bill_details(session, [bill])
    return details


async def bills_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, BillDetails]:
    """These bills, just entered, with all that belongs to them."""
    rows = await store.lock_bills(session, ids)
    return {one.bill.id: one for one in await bill_details(session, list(rows.values()))}


def bills_selected(
    *,
    company: str | None,
    supplier: str | None,
    status: str | None,
    number: str | None,
    order: str | None,
) -> Select[Any]:
    """Bills as a list shows them."""
    return store.bills_selected(
        company=company, supplier=supplier, status=status, number=number, order=order
    )


def unbilled_selected(
    *, company: str | None, supplier: str | None, order: str | None
) -> Select[Any]:
    """Received lines that are not billed in full."""
    return store.unbilled_selected(company=company, supplier=supplier, order=order)
