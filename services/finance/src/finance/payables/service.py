"""What can be done with payables: take in receipts and returns, enter, match, accept and cancel bills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
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
from chassis.ids import derived, uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.posting.rules.defaults import BILLED, RECEIVED, RETURNED
from finance.posting.rules.entries import FactLine, PostingFact, Received
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    Bill,
    BillBlocked,
    BillEntry,
    BillMatched,
    DebitNote,
    DebitNoteIssued,
    DebitNoteLine,
)
from tongheng_contracts.finance import BillLine as BilledLine
from tongheng_contracts.inventory import CostAdjustment, GoodsReturn, Receipt

from . import store
from .rules import (
    ZERO,
    BillLine,
    BillStatus,
    BlockReason,
    Finding,
    Match,
    ReceiptLine,
    ReturnedPart,
    check_bill,
    credit_for,
    match_bill,
    supplier_key,
    take_back,
    tax_of,
)

ON_HAND = "on_hand"
AMOUNT_MAX = Decimal(10) ** 11
"""Of one line: the sum of 5,000 lines stays within what an amount can be."""


class UnknownCause(BusinessError):
    """A cost difference that no bill of ours has caused."""

    code = "unknown-cause"
    status = 409
    en = "The cost difference {number} names no bill that waits for it."
    zh = "成本差异 {number} 没有对应的待处理账单。"


# --- goods ------------------------------------------------------------------------------------------------------


async def lock_purchase_orders(session: AsyncSession, orders: Sequence[UUID]) -> None:
    """Keep receipts and returns of the same orders from passing each other unseen."""
    if orders:
        await store.lock_purchase_orders(session, orders)


async def take_receipts(
    session: AsyncSession, receipts: Sequence[tuple[Receipt, Received]]
) -> list[PostingFact]:
    """Keep what was received, to be billed; the facts to post."""
    await store.insert_receipts(session, [
        {
            "receipt": one.id, "line": line.line, "company": one.company, "receipt_number": one.number,
            "purchase_order": one.purchase_order, "purchase_order_number": one.purchase_order_number,
            "order_line": line.order_line, "supplier": one.supplier, "item": line.item, "unit": line.unit,
            "tax_code": line.tax_code, "tax_rate": line.tax_rate, "valuation_class": line.valuation_class,
            "unit_price": line.unit_price, "quantity": line.accepted, "amount": line.amount,
            "business_date": store.as_day(one.business_date), "source_recorded_at": received.recorded_at,
        }
        for one, received in receipts
        for line in one.lines
        if line.accepted > ZERO
    ])  # fmt: skip
    return [
        PostingFact(
            topic=RECEIVED, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
            business_date=store.as_day(one.business_date), posting_date=store.as_day(one.posting_date),
            amounts={"amount": one.amount},
            lines=tuple(
                FactLine({"amount": line.amount}, {"valuation_class": line.valuation_class}, line.item)
                for line in one.lines
            ),
            partner=one.supplier, currency=one.currency, recorded_at=received.recorded_at, case_id=one.purchase_order,
            case_number=one.purchase_order_number,
        )
        for one, received in receipts
    ]  # fmt: skip


async def awaited_returns(
    session: AsyncSession, receipts: Sequence[Receipt]
) -> list[tuple[GoodsReturn, Received]]:
    """The returns to suppliers that were told before these receipts."""
    if not receipts:
        return []
    return [
        (GoodsReturn.model_validate_json(fact), Received(event, at))
        for event, fact, at in await store.take_waiting(
            session, {one_id for one in receipts for one_id in (one.id, one.purchase_order)}
        )
    ]


async def take_returns(
    session: AsyncSession, returns: Sequence[tuple[GoodsReturn, Received]]
) -> tuple[list[PostingFact], list[UUID]]:
    """Take back what went to suppliers: less GRNI where it was not billed, a credit where it was.

    The facts to post, and the events that must wait because their receipt is not known yet.
    """
    if not returns:
        return [], []
    named = {line.receipt for one, _ in returns for line in one.lines if line.receipt is not None}
    known = await store.known_receipts(session, named) if named else set[UUID]()
    facts: list[PostingFact] = []
    waiting: list[UUID] = []
    for one, received in sorted(returns, key=lambda pair: (pair[1].recorded_at, pair[0].id)):
        missing = {
            line.receipt
            for line in one.lines
            if line.receipt is not None and line.receipt not in known
        }
        receipts = await store.lock_receipts_of_lines(
            session, {(one.order, line.order_line) for line in one.lines}
        )
        if missing or not {line.order_line for line in one.lines} <= {
            receipt.order_line for receipt in receipts
        }:
            wanted = {one.order, *missing}
            await store.keep_waiting(
                session,
                received.event,
                one.company,
                wanted,
                one.model_dump_json(),
                received.recorded_at,
            )
            waiting.append(received.event)
            continue
        facts.append(await _take_return(session, one, received, receipts))
    return facts, waiting


async def _take_return(
    session: AsyncSession, one: GoodsReturn, received: Received, receipts: Sequence[ReceiptLine]
) -> PostingFact:
    changes: dict[tuple[UUID, int], tuple[Decimal, Decimal, Decimal, Decimal]] = {}
    net = tax = unbilled = ZERO
    current = {(receipt.receipt, receipt.line): receipt for receipt in receipts}
    for line in one.lines:
        # The receipt that was named comes first, then the newest: what arrived last is what goes back.
        candidates = sorted(
            (
                receipt
                for receipt in reversed(list(current.values()))
                if receipt.order_line == line.order_line
            ),
            key=lambda receipt: receipt.receipt != line.receipt,
        )
        parts = take_back(line.quantity, candidates)
        credit = credit_for(line.amount_net, line.amount_tax, parts, line.quantity)
        net += credit.net
        tax += credit.tax
        for part in parts:
            unbilled += part.unbilled_amount
            key = (part.receipt.receipt, part.receipt.line)
            before = changes.get(key, (ZERO, ZERO, ZERO, ZERO))
            changes[key] = (
                before[0] + part.unbilled, before[1] + part.unbilled_amount, before[2], before[3] + part.billed,
            )  # fmt: skip
            current[key] = _after(part)
    if changes:
        await store.clear(session, changes)
    if net + tax:
        await open_items.open_documents(session, [_credit_item(one, net + tax)])
    await emit(session, DebitNoteIssued(debit_note=DebitNote(
        id=derived(one.id, "debit_note"), number=one.number, company=one.company, business_date=one.business_date,
        posting_date=one.posting_date, supplier=one.partner, order=one.order, order_number=one.order_number,
        goods_return=one.id, currency=one.currency, amount_net=net, amount_tax=tax, amount_gross=net + tax,
        lines=[
            DebitNoteLine(
                receipt=receipt, receipt_line=line, quantity_unbilled=quantity, amount_unbilled=amount, quantity_billed=billed,
            )
            for (receipt, line), (quantity, amount, _, billed) in sorted(changes.items())
        ],
    )), case=one.order)  # fmt: skip
    return PostingFact(
        topic=RETURNED, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
        business_date=store.as_day(one.business_date), posting_date=store.as_day(one.posting_date),
        amounts={
            "billed_net": net, "billed_tax": tax, "billed_gross": net + tax, "unbilled": unbilled, "cost": one.cost,
            "difference": one.cost - net - unbilled,
        },
        lines=tuple(
            FactLine({"cost": line.cost}, {"valuation_class": line.valuation_class}, line.item) for line in one.lines
        ),
        attributes={"direction": one.direction}, partner=one.partner, currency=one.currency,
        recorded_at=received.recorded_at, case_id=one.order, case_number=one.order_number,
    )  # fmt: skip


def _after(part: ReturnedPart) -> ReceiptLine:
    return replace(
        part.receipt,
        cleared_quantity=part.receipt.cleared_quantity + part.unbilled,
        cleared_amount=part.receipt.cleared_amount + part.unbilled_amount,
        returned_quantity=part.receipt.returned_quantity + part.billed,
    )


def _credit_item(one: GoodsReturn, gross: Decimal) -> OpenItem:
    day = store.as_day(one.business_date)
    return OpenItem(
        id=derived(one.id, "open_item"), company=one.company, side=Side.PAYABLE, partner=one.partner,
        document_type="supplier_credit", document_id=one.id, number=one.number, order_id=one.order,
        order_number=one.order_number, currency=one.currency, amount=-gross, open_amount=-gross, business_date=day,
        due_date=day,
    )  # fmt: skip


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
        facts.append(_bill_fact(bill, matches[bill.id], differences, received))
        done.append(bill)
    await store.insert_shares(session, shares)
    await store.set_posted(session, [bill.id for bill in done])
    await open_items.open_documents(session, [_bill_item(bill) for bill in done])
    return facts


# --- what is owed without a purchase order -----------------------------------------------------------------------


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


# --- bills ------------------------------------------------------------------------------------------------------


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


async def enter_bill(
    session: AsyncSession, *, company: str | None, supplier: str | None, number: str, purchase_order: str,
    business_date: date | None, posting_date: date | None, due_date: date | None, lines: Sequence[GivenLine],
    amount_tax: Decimal | None,
) -> tuple[UUID, list[PostingFact]]:  # fmt: skip
    """Enter a supplier's bill and match it with order and receipts; the facts to post, if it can be posted at once.

    Raises:
        Duplicate: this supplier's number is here already.
        UnknownReference: no such order, line or supplier.
    """
    order = await _order_of(session, purchase_order)
    if company is not None and company != order.company:
        raise UnknownReference(
            what=("purchase order", "采购订单"), reference=purchase_order, field="/purchase_order"
        )
    if supplier is not None and supplier != order.supplier:
        partner = await replicas.partner_of(session, supplier, role="supplier", field="/supplier")
        if partner.code != order.supplier:
            raise ValidationFailed(
                en="The order is another supplier's: {supplier}.", zh="该采购订单属于另一供应商：{supplier}。",
                supplier=order.supplier, field="/supplier",
            )  # fmt: skip
    key = supplier_key(number)
    if await store.number_taken(session, order.company, order.supplier, key):
        raise Duplicate(
            what=(f"A bill {number} of this supplier", f"该供应商的账单“{number}”"), field="/number"
        )
    day = business_date or await replicas.today_of(session, order.company)
    terms = (await replicas.partners_of(session, [order.supplier])).get(order.supplier)
    billed = [_bill_line(index, one, order) for index, one in enumerate(lines, 1)]
    net = sum((line.net for line in billed), ZERO)
    tax = tax_of(billed, amount_tax)
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
        "due_date": due_date or day + timedelta(days=terms.payment_days if terms is not None else 30),
        "amount_net": net, "amount_tax": tax, "amount_gross": net + tax, "business_date": day,
        "posting_date": posting_date or day,
    }  # fmt: skip
    await store.insert_bill(session, row, billed)
    found = await store.find_bill(session, str(bill), lock=True)
    assert found is not None
    return bill, await _match(session, found, billed, action="finance.bill.enter")


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


async def _match(
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
        told = _told(
            bill, version, BillStatus.BLOCKED, reasons, _unmatched_lines(bill, lines), lines
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
    told = _told(bill, version, BillStatus.MATCHED, [], _matched_lines(bill, matches), lines)
    await emit(session, BillMatched(bill=told), case=bill.purchase_order)
    if not posted:
        return []
    await open_items.open_documents(session, [_bill_item(bill)])
    return [_bill_fact(bill, matches, {}, None)]


def _told(
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


def _matched_lines(bill: Row[Any], matches: Sequence[Match]) -> list[BilledLine]:
    return [
        BilledLine(
            line=one.line, purchase_order=bill.purchase_order, order_line=one.order_line, receipt=one.receipt,
            receipt_line=one.receipt_line, item=one.item, quantity=one.quantity, unit_price=one.unit_price,
            amount_received=one.amount_received, amount_net=one.amount_net, difference=one.difference,
            bill_line=one.bill_line,
        )
        for one in matches
    ]  # fmt: skip


def _unmatched_lines(bill: Row[Any], lines: Sequence[BillLine]) -> list[BilledLine]:
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


def _bill_item(bill: Row[Any]) -> OpenItem:
    return OpenItem(
        id=derived(bill.id, "open_item"), company=bill.company, side=Side.PAYABLE, partner=bill.supplier,
        document_type="bill", document_id=bill.id, number=bill.number, order_id=bill.purchase_order,
        order_number=bill.purchase_order_number, currency=bill.currency, amount=bill.amount_gross,
        open_amount=bill.amount_gross, business_date=bill.business_date, due_date=bill.due_date,
    )  # fmt: skip


def _bill_fact(
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
    return bill.id, await _match(session, accepted, lines, action="finance.bill.accept")


async def rematch_bill(session: AsyncSession, reference: str) -> tuple[UUID, list[PostingFact]]:
    """Match a blocked bill again, now that more goods have arrived; the facts to post."""
    bill, lines = await _blocked_bill(session, reference)
    return bill.id, await _match(session, bill, lines, action="finance.bill.match")


async def cancel_bill(session: AsyncSession, reference: str) -> UUID:
    """Send a blocked bill back; its number may come again."""
    bill, lines = await _blocked_bill(session, reference)
    version = bill.version + 1
    await store.update_bill(session, bill.id, status=BillStatus.CANCELLED, version=version)
    told = _told(
        bill, version, BillStatus.CANCELLED, list(bill.block_reasons), _unmatched_lines(bill, lines), lines
    )  # fmt: skip
    await emit(session, BillBlocked(bill=told), case=bill.purchase_order)
    await record(session, AuditEntry(
        action="finance.bill.cancel", document_type="finance.bill", document_id=bill.id, number=bill.number,
        company=bill.company, before={"status": bill.status}, after={"status": BillStatus.CANCELLED},
    ))  # fmt: skip
    return bill.id


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
