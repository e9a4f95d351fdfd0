"""What can be done with receivables: take in shipments and returns, issue invoices and credit notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, InvalidState, NotFound, TransientError
from chassis.http import Principal
from chassis.ids import derived, uuid7
from chassis.models import trusted
from chassis.numbers import draw
from chassis.outbox import emit
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.periods import service as periods
from finance.posting.rules.defaults import INVOICED, RETURNED, SHIPPED
from finance.posting.rules.entries import FactLine, PostingFact, Received
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    CreditNote,
    CreditNoteIssued,
    CreditNoteLine,
    Invoice,
    InvoiceIssued,
    InvoiceLine,
)
from tongheng_contracts.inventory import GoodsReturn, ReturnLine, Shipment

from . import store
from .rules import (
    NOTHING,
    ZERO,
    Money,
    ShippedLine,
    by_order,
    due_date,
    is_credited,
    to_invoice,
    total,
)

ON_SHIPMENT = "on_shipment"


async def take_shipments(
    session: AsyncSession, shipments: Sequence[tuple[Shipment, Received]]
) -> tuple[list[PostingFact], list[ShippedLine]]:
    """Keep what was shipped, to be invoiced; the facts to post, and the lines as they are now."""
    rows: dict[tuple[UUID, int], tuple[ShippedLine, date]] = {}
    for one, _ in shipments:
        day = date.fromisoformat(one.business_date)
        for line in one.lines:
            key = (one.id, line.order_line)
            money = Money(line.amount_net, line.amount_tax, line.amount_gross)
            known = rows.get(key)
            if known is not None:
                # An order line shipped in several lots is one line here: it is invoiced as one.
                sum_ = known[0]
                rows[key] = (
                    replace(
                        sum_, quantity=sum_.quantity + line.quantity, shipped=sum_.shipped + money
                    ),
                    day,
                )
                continue
            shipped = ShippedLine(
                shipment=one.id, shipment_line=line.line, shipment_number=one.number, order_line=line.order_line,
                company=one.company, customer=one.customer, order_id=one.order, order_number=one.order_number,
                currency=one.currency, item=line.item, unit=line.unit, tax_code=line.tax_code, quantity=line.quantity,
                shipped=money, invoiced_quantity=ZERO, invoiced=NOTHING, returned_quantity=ZERO, returned=NOTHING,
            )  # fmt: skip
            rows[key] = (shipped, day)
    lines = await store.add_shipped(session, list(rows.values()))
    facts = [
        PostingFact(
            topic=SHIPPED, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
            business_date=date.fromisoformat(one.business_date), posting_date=date.fromisoformat(one.posting_date),
            amounts={"net": one.amount_net, "tax": one.amount_tax, "gross": one.amount_gross, "cost": one.cost},
            lines=tuple(_cost_line(line.item, line.valuation_class, line.cost) for line in one.lines),
            partner=one.customer, currency=one.currency, recorded_at=received.recorded_at, case_id=one.order,
            case_number=one.order_number,
        )
        for one, received in shipments
    ]  # fmt: skip
    return facts, lines


def _cost_line(item: str, valuation_class: str, cost: Decimal) -> FactLine:
    return FactLine({"cost": cost}, {"valuation_class": valuation_class}, item)


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
            lines=tuple(_cost_line(line.item, line.valuation_class, line.cost) for line in one.lines),
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


@dataclass(frozen=True, slots=True)
class _ToIssue:
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
    return await _issue(session, [
        _ToIssue(derived(source[order], "invoice", order), group, max(days[line.shipment] for line in group))
        for (_, order), group in by_order(to_invoice(lines)).items()
    ])  # fmt: skip


async def _issue(
    session: AsyncSession, wanted: Sequence[_ToIssue]
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


async def invoice_shipments(
    session: AsyncSession,
    shipments: Sequence[tuple[Shipment, Received]],
    lines: Sequence[ShippedLine],
) -> tuple[list[Invoice], list[PostingFact]]:
    """Invoice at once what went to customers whose policy says so."""
    partners = await replicas.partners_of(session, {line.customer for line in lines})
    unknown = [one for one, _ in shipments if one.customer not in partners]
    await store.keep_undecided(
        session,
        [
            {
                "shipment": one.id,
                "company": one.company,
                "customer": one.customer,
                "order_id": one.order,
                "business_date": date.fromisoformat(one.business_date),
            }
            for one in unknown
        ],
    )
    at_once = {code for code, one in partners.items() if one.billing_policy == ON_SHIPMENT}
    wanted = [line for line in lines if line.customer in at_once]
    days = {one.id: date.fromisoformat(one.business_date) for one, _ in shipments}
    source = {one.order: one.id for one, _ in shipments}
    return await issue_invoices(session, wanted, days=days, source=source)


async def decide_shipments(
    session: AsyncSession, customers: Sequence[str]
) -> tuple[list[Invoice], list[PostingFact]]:
    """Invoice what was shipped to these customers before they were known, if their policy says so."""
    waiting = await store.take_undecided(session, customers)
    if not waiting:
        return [], []
    lines = await store.lock_of_shipments(session, [shipment for shipment, _, _ in waiting])
    partners = await replicas.partners_of(session, {line.customer for line in lines})
    at_once = {code for code, one in partners.items() if one.billing_policy == ON_SHIPMENT}
    return await issue_invoices(
        session,
        [line for line in lines if line.customer in at_once],
        days={shipment: day for shipment, _, day in waiting},
        source={order: shipment for shipment, order, _ in waiting},
    )


@dataclass(frozen=True, slots=True)
class InvoiceAsked:
    """What a person asks to invoice: an order, or shipments, by id or number."""

    order: str | None
    shipments: Sequence[str]
    business_date: date | None

    def lines(self, by_name: Mapping[str, Sequence[ShippedLine]]) -> list[ShippedLine]:
        """The shipped lines that are meant."""
        names = [self.order] if self.order is not None else self.shipments
        found = {
            (line.shipment, line.order_line): line
            for name in names
            for line in by_name.get(_place(name, order=self.order is not None), ())
        }
        return list(found.values())


def _place(name: str, *, order: bool) -> str:
    # An id in whatever case; a number as it is.
    try:
        known = str(UUID(name))
    except ValueError:
        known = name
    return f"order/{known}" if order else f"shipment/{known}"


def _by_name(lines: Sequence[ShippedLine]) -> Mapping[str, Sequence[ShippedLine]]:
    found: dict[str, list[ShippedLine]] = {}
    for line in lines:
        for name, order in (
            (str(line.order_id), True), (line.order_number, True),
            (str(line.shipment), False), (line.shipment_number, False),
        ):  # fmt: skip
            found.setdefault(_place(name, order=order), []).append(line)
    return found


async def invoice_by_hand(
    session: AsyncSession,
    asked: Sequence[InvoiceAsked | BusinessError],
    *,
    caller: Principal | None = None,
) -> tuple[list[list[Invoice] | BusinessError], list[PostingFact]]:
    """Invoice what was shipped of each order, or in shipments, and not invoiced yet: an invoice for each order.

    Refused with `InvalidState`: there is nothing to invoice; with `PeriodClosed`: the day takes no postings.
    """
    proper = [one for one in asked if isinstance(one, InvoiceAsked)]
    locked = await store.lock_to_invoice(
        session,
        orders=[one.order for one in proper if one.order is not None],
        shipments=[one for each in proper for one in each.shipments],
    )
    open_lines = to_invoice(locked)
    today = {
        company: await replicas.today_of(session, company)
        for company in sorted({line.company for line in open_lines})
    }
    by_name = _by_name(open_lines)
    named = [one.lines(by_name) if isinstance(one, InvoiceAsked) else [] for one in asked]
    refused = await periods.refused_days(session, {
        (line.company, one.business_date or today[line.company])
        for one, lines in zip(asked, named, strict=True)
        if isinstance(one, InvoiceAsked)
        for line in lines
    })  # fmt: skip
    taken: set[tuple[UUID, int]] = set()
    groups: list[_ToIssue] = []
    results: list[list[UUID] | BusinessError] = []
    for one, lines in zip(asked, named, strict=True):
        if isinstance(one, BusinessError):
            results.append(one)
            continue
        left = [line for line in lines if (line.shipment, line.order_line) not in taken]
        try:
            mine = _groups(one, left, today, refused, caller)
        except BusinessError as refusal:
            results.append(refusal)
            continue
        taken.update((line.shipment, line.order_line) for line in left)
        groups += mine
        results.append([each.id for each in mine])
    made, facts = await _issue(session, groups)
    await record(session, *(
        AuditEntry(
            action="finance.invoice.issue", document_type="finance.invoice", document_id=one.id, number=one.number,
            company=one.company,
            after={"customer": one.customer, "order": one.order_number, "amount_gross": one.amount_gross},
        )
        for one in made
    ))  # fmt: skip
    by_id = {one.id: one for one in made}
    return [
        one if isinstance(one, BusinessError) else [by_id[each] for each in one] for one in results
    ], facts


def _groups(
    asked: InvoiceAsked,
    lines: Sequence[ShippedLine],
    today: Mapping[str, date],
    refused: Mapping[tuple[str, date], BusinessError],
    caller: Principal | None,
) -> list[_ToIssue]:
    if not lines:
        raise InvalidState(
            en="There is nothing to invoice: nothing was shipped that is not invoiced or returned.",
            zh="没有可开票内容：没有已发货且未开票、未退回的货物。",
        )
    made: list[_ToIssue] = []
    for (company, _), group in by_order(lines).items():
        if caller is not None:
            caller.check_partner(group[0].customer, field="/order")
        day = asked.business_date or today[company]
        if (company, day) in refused:
            raise refused[company, day]
        made.append(_ToIssue(uuid7(), group, day))
    return made


async def find_invoice(
    session: AsyncSession, reference: str
) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """An invoice by id or number, with its lines."""
    row = await store.find(session, store.INVOICES, reference)
    if row is None:
        raise NotFound(what=("invoice", "发票"))
    return row, await store.lines_of(session, [row.id])


async def invoices_of(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These invoices."""
    return await store.rows_of(session, store.INVOICES, ids)


async def find_credit_note(session: AsyncSession, reference: str) -> Row[Any]:
    """A credit note by id or number."""
    row = await store.find(session, store.CREDIT_NOTES, reference)
    if row is None:
        raise NotFound(what=("credit note", "红字发票"))
    return row


async def invoice_lines(
    session: AsyncSession, ids: Sequence[UUID]
) -> Mapping[UUID, list[Row[Any]]]:
    """The lines of these invoices."""
    grouped: dict[UUID, list[Row[Any]]] = {one: [] for one in ids}
    for row in await store.lines_of(session, ids):
        grouped[row.invoice].append(row)
    return grouped


def invoices_selected(
    *, company: str | None, customer: str | None, order: str | None, number: str | None
) -> Select[Any]:
    """Invoices as a list shows them."""
    return store.selected(
        store.INVOICES, company=company, customer=customer, order=order, number=number
    )


def credit_notes_selected(
    *, company: str | None, customer: str | None, order: str | None, number: str | None
) -> Select[Any]:
    """Credit notes as a list shows them."""
    return store.selected(
        store.CREDIT_NOTES, company=company, customer=customer, order=order, number=number
    )


def unbilled_selected(
    *, company: str | None, customer: str | None, order: str | None
) -> Select[Any]:
    """What was shipped and not invoiced."""
    return store.unbilled_selected(company=company, customer=customer, order=order)
