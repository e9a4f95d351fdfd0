"""Invoices, credit notes and what customers owe, over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError, ValidationFailed
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, DateIn, Input
from finance.open_items import service as open_items
from finance.open_items.rules import Side
from finance.open_items.tables import open_items as items_table
from finance.open_items.views import Ageings
from finance.posting import service as posting
from finance.replicas import service as replicas
from tongheng_contracts.finance import Invoice
from tongheng_contracts.values import Amount, Quantity

from . import service
from .tables import credit_notes, invoices, shipment_lines

invoice_router = commands("finance", "invoices")
credit_note_router = commands("finance", "credit-notes")
router = commands("finance", "receivables")

Filter = Annotated[str | None, Query(max_length=100)]
READ = requires("finance.receivable.read")


class InvoiceIn(Input):
    """What to invoice: everything shipped and not invoiced of an order, or of shipments."""

    order: CodeIn | None = None
    shipments: Annotated[list[CodeIn], Field(max_length=1000)] = Field(default_factory=list)
    business_date: DateIn | None = None


class InvoiceLineView(BaseModel):
    """What is invoiced of a shipment."""

    line: int
    shipment: UUID
    shipment_line: int
    order_line: int
    item: str
    quantity: Quantity
    unit: str
    tax_code: str
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class InvoiceView(BaseModel):
    """A sales invoice."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    business_date: date
    posting_date: date
    due_date: date
    customer: str
    order: UUID
    order_number: str
    currency: str
    lines: list[InvoiceLineView]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    open_amount: Amount
    recorded_at: datetime


class InvoicesIssued(InvoiceView):
    """The invoice; when shipments of several orders were named, one for each."""

    others: list[InvoiceView] = Field(default_factory=list)


class CreditNoteView(BaseModel):
    """A credit to a customer for returned goods."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    business_date: date
    posting_date: date
    customer: str
    order: UUID
    order_number: str
    goods_return: UUID
    goods_return_number: str
    invoiced: bool
    currency: str
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    recorded_at: datetime


class OpenItemView(BaseModel):
    """An open item of a customer: above zero owed to us, below zero a credit or money on account."""

    id: UUID
    company: str
    account: str
    customer: str
    document_type: str
    document_id: UUID
    number: str
    order: UUID | None
    order_number: str
    currency: str
    amount: Amount
    open_amount: Amount
    status: str
    business_date: date
    due_date: date
    days_overdue: int
    version: int
    recorded_at: datetime


class UnbilledView(BaseModel):
    """What was shipped of an order line and is not invoiced."""

    company: str
    customer: str
    shipment: UUID
    shipment_number: str
    order: UUID
    order_number: str
    order_line: int
    item: str
    quantity: Quantity
    unit: str
    unbilled: Amount
    business_date: date


async def _invoice_views(session: Session, rows: Sequence[Any]) -> list[InvoiceView]:
    ids = [row.id for row in rows]
    lines = await service.invoice_lines(session, ids)
    left = await open_items.documents_open(session, ids)
    return [
        InvoiceView(
            **{name: getattr(row, name) for name in InvoiceView.model_fields if name in row._fields},
            order=row.order_id, open_amount=left.get(row.id, row.amount_gross - row.amount_gross),
            lines=[InvoiceLineView.model_validate(line, from_attributes=True) for line in lines[row.id]],
        )
        for row in rows
    ]  # fmt: skip


def _asked(body: InvoiceIn) -> service.InvoiceAsked | BusinessError:
    if (body.order is None) == (not body.shipments):
        return ValidationFailed(
            en="Name either an order or shipments.",
            zh="请指定订单或发货单其中之一。",
            field="/order",
        )
    return service.InvoiceAsked(body.order, body.shipments, body.business_date)


async def _issued(
    session: Session, made: Sequence[Sequence[Invoice] | BusinessError]
) -> list[InvoicesIssued | BusinessError]:
    ids = [one.id for each in made if not isinstance(each, BusinessError) for one in each]
    rows = await service.invoices_of(session, ids)
    views = {view.id: view for view in await _invoice_views(session, rows)}
    answers: list[InvoicesIssued | BusinessError] = []
    for each in made:
        if isinstance(each, BusinessError):
            answers.append(each)
            continue
        first, *others = (views[one.id] for one in each)
        answers.append(InvoicesIssued(**dict(first), others=others))
    return answers


@invoice_router.post("", status_code=201, response_model=InvoicesIssued)
async def issue_invoice(
    body: InvoiceIn, session: Session, response: Response,
    caller: Annotated[Principal, requires("finance.invoice.issue")],
) -> InvoicesIssued:  # fmt: skip
    """Invoice what was shipped and not invoiced yet, less what came back."""
    made, facts = await service.invoice_by_hand(session, [_asked(body)], caller=caller)
    await posting.post_facts(session, facts, strict=True)
    (issued,) = await _issued(session, made)
    if isinstance(issued, BusinessError):
        raise issued
    etag(response, issued.version)
    return issued


@invoice_router.post(":batch", response_model=BatchAnswer[InvoicesIssued])
async def issue_invoices(
    body: Batch[InvoiceIn], request: Request, session: Session,
    caller: Annotated[Principal, requires("finance.invoice.issue")],
) -> Response:  # fmt: skip
    """Invoice many orders or shipments; each row is answered by itself."""
    made, facts = await service.invoice_by_hand(session, body.read(_asked), caller=caller)
    await posting.post_facts(session, facts, strict=True)
    return batch_answer(request, await _issued(session, made))


@invoice_router.get(
    "", response_model=Page[InvoiceView], dependencies=[requires("finance.invoice.read")]
)
async def list_invoices(
    session: Session, paging: Paging, company: Filter = None, customer: Filter = None, order: Filter = None,
    number: Filter = None,
) -> Page[InvoiceView]:  # fmt: skip
    """Invoices, the oldest first."""
    query = service.invoices_selected(
        company=company, customer=customer, order=order, number=number
    )
    sorts = {
        "due_date": invoices.c.due_date,
        "number": invoices.c.number,
        "business_date": invoices.c.business_date,
    }
    found = await page(
        session,
        query,
        paging,
        key=[invoices.c.recorded_at, invoices.c.id],
        allowed_sorts=sorts,
        make=lambda row: row,
    )
    return Page(items=await _invoice_views(session, found.items), next=found.next)


@invoice_router.get(
    "/{invoice}", response_model=InvoiceView, dependencies=[requires("finance.invoice.read")]
)
async def get_invoice(invoice: str, session: Session, response: Response) -> InvoiceView:
    """An invoice by id or number."""
    row, _ = await service.find_invoice(session, invoice)
    etag(response, row.version)
    (view,) = await _invoice_views(session, [row])
    return view


def _credit_note(row: Any) -> CreditNoteView:
    values = {
        name: getattr(row, name) for name in CreditNoteView.model_fields if name in row._fields
    }
    return CreditNoteView(**values, order=row.order_id)


@credit_note_router.get(
    "", response_model=Page[CreditNoteView], dependencies=[requires("finance.credit_note.read")]
)
async def list_credit_notes(
    session: Session, paging: Paging, company: Filter = None, customer: Filter = None, order: Filter = None,
    number: Filter = None,
) -> Page[CreditNoteView]:  # fmt: skip
    """Credit notes, the oldest first."""
    query = service.credit_notes_selected(
        company=company, customer=customer, order=order, number=number
    )
    return await page(
        session, query, paging, key=[credit_notes.c.recorded_at, credit_notes.c.id], make=_credit_note,
        allowed_sorts={"number": credit_notes.c.number, "business_date": credit_notes.c.business_date},
    )  # fmt: skip


@credit_note_router.get(
    "/{credit_note}",
    response_model=CreditNoteView,
    dependencies=[requires("finance.credit_note.read")],
)
async def get_credit_note(credit_note: str, session: Session, response: Response) -> CreditNoteView:
    """A credit note by id or number."""
    row = await service.find_credit_note(session, credit_note)
    etag(response, row.version)
    return _credit_note(row)


@router.get("", response_model=Page[OpenItemView], dependencies=[READ])
async def list_receivables(
    session: Session, paging: Paging, company: Filter = None, customer: Filter = None, order: Filter = None,
    document_type: Filter = None, settled: bool = False,
) -> Page[OpenItemView]:  # fmt: skip
    """What customers owe, document by document; `settled=true` shows what is settled too."""
    query = open_items.selected(
        side=Side.RECEIVABLE, company=company, partner=customer, order=order, open_only=not settled,
        document_type=document_type,
    )  # fmt: skip
    today = await replicas.today_of(session, company or "")
    return await page(
        session, query, paging, key=[items_table.c.due_date, items_table.c.id],
        allowed_sorts={"due_date": items_table.c.due_date, "number": items_table.c.number},
        make=lambda row: _item(row, today),
    )  # fmt: skip


def _item(row: Any, today: date) -> OpenItemView:
    values = {name: getattr(row, name) for name in OpenItemView.model_fields if name in row._fields}
    settled = (
        "settled"
        if row.open_amount == 0
        else "partly_settled"
        if row.open_amount != row.amount
        else "open"
    )
    late = max((today - row.due_date).days, 0) if row.open_amount > 0 else 0
    return OpenItemView(
        **values, customer=row.partner, order=row.order_id, status=settled, days_overdue=late
    )


@router.get("/ageing", response_model=Ageings)
async def get_receivables_ageing(
    session: Session,
    caller: Annotated[Principal, READ],
    company: str,
    as_of: DateIn | None = None,
    customer: Filter = None,
) -> Ageings:
    """What each customer owes, by how long it is overdue."""
    caller.check_company(company)
    today = as_of or await replicas.today_of(session, company)
    found = await open_items.ageing(session, company, Side.RECEIVABLE, today, customer)
    return Ageings.of(company, today, found)


@router.get("/unbilled", response_model=Page[UnbilledView], dependencies=[READ])
async def list_unbilled(
    session: Session,
    paging: Paging,
    company: Filter = None,
    customer: Filter = None,
    order: Filter = None,
) -> Page[UnbilledView]:
    """What was shipped and not invoiced."""
    query = service.unbilled_selected(company=company, customer=customer, order=order)
    return await page(
        session,
        query,
        paging,
        key=[shipment_lines.c.shipment, shipment_lines.c.order_line],
        make=_unbilled,
    )


def _unbilled(row: Any) -> UnbilledView:
    return UnbilledView(
        company=row.company, customer=row.customer, shipment=row.shipment, shipment_number=row.shipment_number,
        order=row.order_id, order_number=row.order_number, order_line=row.order_line, item=row.item,
        quantity=row.quantity - row.invoiced_quantity - row.returned_quantity, unit=row.unit, unbilled=row.unbilled,
        business_date=row.business_date,
    )  # fmt: skip
