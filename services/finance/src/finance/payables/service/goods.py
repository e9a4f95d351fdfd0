"""What receipts and returns do to what is to be billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import derived
from chassis.outbox import emit
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.payables import store
from finance.payables.rules import (
    ZERO,
    ReceiptLine,
    ReturnedPart,
    credit_for,
    take_back,
)
from finance.posting.rules.defaults import RECEIVED, RETURNED
from finance.posting.rules.entries import FactLine, PostingFact, Received
from tongheng_contracts.finance import (
    DebitNote,
    DebitNoteIssued,
    DebitNoteLine,
)
from tongheng_contracts.inventory import GoodsReturn, Receipt


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
