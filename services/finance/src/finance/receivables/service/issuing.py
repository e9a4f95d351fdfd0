"""Invoices: written with their lines, open items, events and facts to post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import TransientError
from chassis.ids import derived
from chassis.models import trusted
from chassis.numbers import draw
from chassis.outbox import emit
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.posting.rules.defaults import INVOICED
from finance.posting.rules.entries import PostingFact
from finance.receivables import store
from finance.receivables.rules import (
    ShippedLine,
    by_order,
    due_date,
    to_invoice,
    total,
)
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    Invoice,
    InvoiceIssued,
    InvoiceLine,
)


@dataclass(frozen=True, slots=True)
class ToIssue:
    """What one invoice takes: open lines of one order; when; with which id."""

    id: UUID
    lines: Sequence[ShippedLine]
    day: date


async def issue_invoices(
    session: AsyncSession,
    lines: Sequence[ShippedLine],
    *,
    days: Mapping[UUID, date],
    source: Mapping[UUID, UUID],
) -> tuple[list[Invoice], list[PostingFact]]:
    """Invoice all that is open of these locked lines, an invoice per order; the facts to post.

    `days` is each shipment's day; `source` the id from which each order's invoice has its own.
    """
    return await issue(session, [
        ToIssue(derived(source[order], "invoice", order), group, max(days[line.shipment] for line in group))
        for (_, order), group in by_order(to_invoice(lines)).items()
    ])  # fmt: skip


async def issue(
    session: AsyncSession, wanted: Sequence[ToIssue]
) -> tuple[list[Invoice], list[PostingFact]]:
    if not wanted:
        return [], []
    partners = await replicas.partners_of(session, {one.lines[0].customer for one in wanted})
    numbers = await draw(session, "invoice_numbers", "INV", wanted[0].day.year, len(wanted))
    made: list[Invoice] = []
    for one, number in zip(wanted, numbers, strict=True):
        first, day, sum_ = one.lines[0], one.day, total(line.open for line in one.lines)
        terms = partners.get(first.customer)
        made.append(trusted(Invoice, {
            "id": one.id, "number": number, "company": first.company, "business_date": day.isoformat(),
            "posting_date": day.isoformat(), "customer": first.customer, "order": first.order_id,
            "order_number": first.order_number, "currency": first.currency,
            "due_date": due_date(day, terms.payment_days if terms is not None else None).isoformat(),
            "lines": [_invoice_line(index, line) for index, line in enumerate(one.lines, 1)],
            "amount_net": sum_.net, "amount_tax": sum_.tax, "amount_gross": sum_.gross,
        }))  # fmt: skip
    if await store.insert_invoices(session, made) != sum(len(one.lines) for one in wanted):
        raise TransientError("a shipped line vanished although it was locked")
    await open_items.open_documents(session, [_open_item(one) for one in made])
    cases: dict[str, object] = {str(one.id): one.order for one in made}
    await emit(
        session,
        *(InvoiceIssued.model_construct(invoice=one) for one in made),
        case_of=lambda event: cases[event.key],
    )
    return made, [_invoice_fact(one) for one in made]


def _invoice_line(number: int, line: ShippedLine) -> InvoiceLine:
    money = line.open
    return trusted(InvoiceLine, {
        "line": number, "shipment": line.shipment, "shipment_line": line.shipment_line, "order_line": line.order_line,
        "item": line.item, "quantity": line.open_quantity, "unit": line.unit, "amount_net": money.net,
        "amount_tax": money.tax, "amount_gross": money.gross, "tax_code": line.tax_code,
    })  # fmt: skip


def _open_item(one: Invoice) -> OpenItem:
    return OpenItem(
        id=derived(one.id, "open_item"), company=one.company, side=Side.RECEIVABLE, partner=one.customer,
        document_type="invoice", document_id=one.id, number=one.number, order_id=one.order, order_number=one.order_number,
        currency=one.currency, amount=one.amount_gross, open_amount=one.amount_gross,
        business_date=date.fromisoformat(one.business_date), due_date=date.fromisoformat(one.due_date),
    )  # fmt: skip


def _invoice_fact(one: Invoice) -> PostingFact:
    return PostingFact(
        topic=INVOICED, source_event=None, source_id=one.id, source_number=one.number, company=one.company,
        business_date=date.fromisoformat(one.business_date), posting_date=date.fromisoformat(one.posting_date),
        amounts={"net": one.amount_net, "tax": one.amount_tax, "gross": one.amount_gross}, partner=one.customer,
        currency=one.currency, case_id=one.order, case_number=one.order_number,
    )  # fmt: skip
