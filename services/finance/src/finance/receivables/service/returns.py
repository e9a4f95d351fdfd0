"""What customers sent back: credited against the invoice, or against what is unbilled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import derived
from chassis.numbers import draw
from chassis.outbox import emit
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.posting.rules.defaults import RETURNED
from finance.posting.rules.entries import PostingFact, Received
from finance.receivables import store
from finance.receivables.rules import (
    NOTHING,
    Money,
    ShippedLine,
    is_credited,
)
from tongheng_contracts.finance import (
    CreditNote,
    CreditNoteIssued,
    CreditNoteLine,
)
from tongheng_contracts.inventory import GoodsReturn, ReturnLine

from .shipments import cost_line


async def take_returns(
    session: AsyncSession, returns: Sequence[tuple[GoodsReturn, Received]]
) -> list[PostingFact]:
    """Credit what customers sent back: against the invoice if there is one, else against what is unbilled."""
    if not returns:
        return []
    known = await _lines_of_returns(session, [one for one, _ in returns])
    parts: list[tuple[GoodsReturn, Received, Money, Money]] = []
    unbilled: dict[tuple[UUID, int], dict[str, Any]] = {}
    credited: list[tuple[UUID, int, Decimal, Decimal]] = []
    for one, received in returns:
        against_invoice, before_invoice = NOTHING, NOTHING
        for line in one.lines:
            shipped = known.get((one.id, line.line))
            money = Money(line.amount_net, line.amount_tax, line.amount_gross)
            if shipped is not None and is_credited(shipped):
                against_invoice += money
                credited.append(
                    (shipped.shipment, shipped.order_line, line.quantity, line.amount_gross)
                )
            else:
                before_invoice += money
                _add_unbilled(unbilled, one, line, shipped)
        parts.append((one, received, against_invoice, before_invoice))
    await store.add_returned(session, list(unbilled.values()))
    if credited:
        await store.add_credited(session, _summed(credited))
    await _issue_credit_notes(session, parts, known)
    return [
        PostingFact(
            topic=RETURNED, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
            business_date=date.fromisoformat(one.business_date), posting_date=date.fromisoformat(one.posting_date),
            amounts={
                **_named("invoiced_", against_invoice), **_named("unbilled_", before_invoice), "cost": one.cost,
            },
            lines=tuple(cost_line(line.item, line.valuation_class, line.cost) for line in one.lines),
            attributes={"direction": one.direction}, partner=one.partner, currency=one.currency,
            recorded_at=received.recorded_at, case_id=one.order, case_number=one.order_number,
        )
        for one, received, against_invoice, before_invoice in parts
    ]  # fmt: skip


def _named(prefix: str, money: Money) -> dict[str, Decimal]:
    return {f"{prefix}net": money.net, f"{prefix}tax": money.tax, f"{prefix}gross": money.gross}


def _summed(
    rows: Sequence[tuple[UUID, int, Decimal, Decimal]],
) -> list[tuple[UUID, int, Decimal, Decimal]]:
    # One row per shipped line: an UPDATE from a set takes only one of several.
    sums: dict[tuple[UUID, int], tuple[Decimal, Decimal]] = {}
    for shipment, line, quantity, gross in rows:
        before = sums.get((shipment, line), (Decimal(0), Decimal(0)))
        sums[shipment, line] = (before[0] + quantity, before[1] + gross)
    return [(*key, *value) for key, value in sorted(sums.items())]


async def _lines_of_returns(
    session: AsyncSession, returns: Sequence[GoodsReturn]
) -> Mapping[tuple[UUID, int], ShippedLine]:
    """For each return line the shipped line it comes from: as named, else the order line's newest shipment."""
    named = [
        (line.shipment, line.order_line)
        for one in returns
        for line in one.lines
        if line.shipment is not None
    ]
    loose = [
        (one.order, line.order_line)
        for one in returns
        for line in one.lines
        if line.shipment is None
    ]
    by_key = {
        (line.shipment, line.order_line): line for line in await store.lock_by_key(session, named)
    }
    by_order_line: dict[tuple[UUID, int], ShippedLine] = {}
    for line in await store.lock_of_orders(session, loose):
        key = (line.order_id, line.order_line)
        newest = by_order_line.get(key)
        if newest is None or line.shipment_number > newest.shipment_number:
            by_order_line[key] = line
    found: dict[tuple[UUID, int], ShippedLine] = {}
    for one in returns:
        for line in one.lines:
            if line.shipment is not None:
                shipped = by_key.get((line.shipment, line.order_line))
            else:
                shipped = by_order_line.get((one.order, line.order_line))
            if shipped is not None:
                found[one.id, line.line] = shipped
    return found


def _add_unbilled(
    rows: dict[tuple[UUID, int], dict[str, Any]],
    one: GoodsReturn,
    line: ReturnLine,
    shipped: ShippedLine | None,
) -> None:
    # A shipment that is not known yet gets its row now; its own event adds to it.
    shipment = shipped.shipment if shipped is not None else line.shipment or one.id
    row = rows.setdefault(
        (shipment, line.order_line),
        {
            "shipment": shipment, "order_line": line.order_line,
            "shipment_line": shipped.shipment_line if shipped is not None else line.line, "company": one.company,
            "shipment_number": shipped.shipment_number if shipped is not None else "", "order_id": one.order,
            "order_number": one.order_number, "customer": one.partner, "item": line.item, "unit": line.unit,
            "tax_code": line.tax_code, "currency": one.currency, "business_date": date.fromisoformat(one.business_date),
            "returned_quantity": Decimal(0), "returned_net": Decimal(0), "returned_tax": Decimal(0),
            "returned_gross": Decimal(0),
        },
    )  # fmt: skip
    row["returned_quantity"] += line.quantity
    row["returned_net"] += line.amount_net
    row["returned_tax"] += line.amount_tax
    row["returned_gross"] += line.amount_gross


async def _issue_credit_notes(
    session: AsyncSession,
    parts: Sequence[tuple[GoodsReturn, Received, Money, Money]],
    known: Mapping[tuple[UUID, int], ShippedLine],
) -> None:
    wanted = [
        (one, invoiced, money)
        for one, _, against_invoice, before_invoice in parts
        for invoiced, money in ((True, against_invoice), (False, before_invoice))
        if money.gross
    ]
    if not wanted:
        return
    year = int(wanted[0][0].business_date[:4])
    numbers = await draw(session, "credit_note_numbers", "CN", year, len(wanted))
    notes = [
        (
            CreditNote(
                id=derived(one.id, "credit_note", invoiced), number=number, company=one.company,
                business_date=one.business_date, posting_date=one.posting_date, customer=one.partner, order=one.order,
                order_number=one.order_number, goods_return=one.id, currency=one.currency, invoiced=invoiced,
                amount_net=money.net, amount_tax=money.tax, amount_gross=money.gross, goods_return_number=one.number,
                lines=_credit_lines(one, known, invoiced=invoiced),
            ),
            one.number,
        )
        for (one, invoiced, money), number in zip(wanted, numbers, strict=True)
    ]  # fmt: skip
    await store.insert_credit_notes(session, notes)
    await open_items.open_documents(session, [
        OpenItem(
            id=derived(note.id, "open_item"), company=note.company, side=Side.RECEIVABLE, partner=note.customer,
            document_type="credit_note", document_id=note.id, number=note.number, order_id=note.order,
            order_number=note.order_number, currency=note.currency, amount=-note.amount_gross,
            open_amount=-note.amount_gross, business_date=date.fromisoformat(note.business_date),
            due_date=date.fromisoformat(note.business_date),
        )
        for note, _ in notes
        if note.invoiced
    ])  # fmt: skip
    await emit(session, *(CreditNoteIssued(credit_note=note) for note, _ in notes))


def _credit_lines(
    one: GoodsReturn, known: Mapping[tuple[UUID, int], ShippedLine], *, invoiced: bool
) -> list[CreditNoteLine]:
    lines: list[CreditNoteLine] = []
    for line in one.lines:
        shipped = known.get((one.id, line.line))
        if is_credited(shipped) is invoiced:
            lines.append(CreditNoteLine(
                line=line.line, shipment=shipped.shipment if shipped is not None else line.shipment or one.id,
                shipment_line=shipped.shipment_line if shipped is not None else line.line, order_line=line.order_line,
                item=line.item, quantity=line.quantity, unit=line.unit, amount_net=line.amount_net,
                amount_tax=line.amount_tax, amount_gross=line.amount_gross, tax_code=line.tax_code,
            ))  # fmt: skip
    return lines
