"""Suppliers' bills and what is owed to them, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.http import IfMatch, Principal, Session, check_version, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn, SignedAmountIn, TextIn
from finance.open_items import service as open_items
from finance.open_items.rules import Side
from finance.open_items.tables import open_items as items_table
from finance.open_items.views import Ageings
from finance.posting import service as posting
from finance.replicas import service as replicas
from tongheng_contracts.values import Amount, Price, Quantity

from . import service
from .service import BillDetails, GivenBill, GivenLine
from .tables import bills, receipt_lines

bill_router = commands("finance", "bills")
router = commands("finance", "payables")

Filter = Annotated[str | None, Query(max_length=100)]
READ = requires("finance.payable.read")
READ_BILL = requires("finance.bill.read")
LINES_MAX = 5000


class BillLineIn(Input):
    """What is billed of a line of the purchase order."""

    line: Annotated[int, Field(ge=1, le=1_000_000)]
    quantity: QuantityIn
    unit_price: PriceIn


class BillIn(Input):
    """A supplier's invoice of a purchase order."""

    company: CodeIn | None = None
    supplier: CodeIn | None = None
    number: Annotated[TextIn, Field(min_length=1)]
    """The supplier's own number: it is taken once."""
    purchase_order: CodeIn
    bill_date: DateIn | None = None
    business_date: DateIn | None = None
    posting_date: DateIn | None = None
    due_date: DateIn | None = None
    lines: Annotated[list[BillLineIn], Field(min_length=1, max_length=LINES_MAX)]
    amount_tax: SignedAmountIn | None = None
    """The tax as the supplier states it; by default by the order's rates."""


class BillLineView(BaseModel):
    """A line of a bill."""

    line: int
    order_line: int
    item: str
    unit: str
    quantity: Quantity
    unit_price: Price
    order_price: Price
    tax_code: str
    tax_rate: Price
    amount_net: Amount
    amount_tax: Amount


class FindingView(BaseModel):
    """What does not match: more than was received, or another price than ordered."""

    line: int
    reason: Literal["quantity", "price"]
    expected: Price
    actual: Price


class MatchView(BaseModel):
    """The receipt that a part of the bill pays for."""

    line: int
    bill_line: int
    order_line: int
    receipt: UUID
    receipt_line: int
    item: str
    quantity: Quantity
    unit_price: Price
    amount_received: Amount
    amount_net: Amount
    difference: Amount


class BillView(BaseModel):
    """A supplier's bill. `matched`: its price difference is being brought to the stock; then `posted`, then `paid`."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    supplier: str
    supplier_number: str
    purchase_order: UUID
    purchase_order_number: str
    business_date: date
    posting_date: date
    due_date: date
    currency: str
    block_reasons: list[str]
    findings: list[FindingView]
    lines: list[BillLineView]
    matches: list[MatchView]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    open_amount: Amount
    recorded_at: datetime


class PayableView(BaseModel):
    """An open item of a supplier: above zero owed by us, below zero a credit."""

    id: UUID
    company: str
    account: str
    supplier: str
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


class ReceivedView(BaseModel):
    """A received line that is not billed in full."""

    company: str
    supplier: str
    receipt: UUID
    receipt_number: str
    line: int
    purchase_order: UUID
    purchase_order_number: str
    order_line: int
    item: str
    unit: str
    quantity: Quantity
    unit_price: Price
    amount: Amount
    business_date: date


def _bill(details: BillDetails) -> BillView:
    row: Any = details.bill
    values = {name: getattr(row, name) for name in BillView.model_fields if name in row._fields}
    return BillView.model_validate({
        **values,
        "status": details.status,
        "open_amount": details.open_amount,
        "findings": [
            FindingView(line=one.line, reason=one.reason.value, expected=one.expected, actual=one.actual)
            for one in details.findings
        ],
        "lines": [
            BillLineView(
                line=one.line, order_line=one.order_line, item=one.item, unit=one.unit, quantity=one.quantity,
                unit_price=one.unit_price, order_price=one.order_price, tax_code=one.tax_code, tax_rate=one.tax_rate,
                amount_net=one.net, amount_tax=one.tax,
            )
            for one in details.lines
        ],
        "matches": [
            MatchView(
                line=one.line, bill_line=one.bill_line, order_line=one.order_line, receipt=one.receipt,
                receipt_line=one.receipt_line, item=one.item, quantity=one.quantity, unit_price=one.unit_price,
                amount_received=one.amount_received, amount_net=one.amount_net, difference=one.difference,
            )
            for one in details.matches
        ],
    })  # fmt: skip


async def _shown(session: Session, response: Response, bill: UUID | str) -> BillView:
    view = _bill(await service.find_bill(session, str(bill)))
    etag(response, view.version)
    return view


def _given(body: BillIn) -> GivenBill:
    return GivenBill(
        company=body.company, supplier=body.supplier, number=body.number, purchase_order=body.purchase_order,
        business_date=body.business_date or body.bill_date, posting_date=body.posting_date, due_date=body.due_date,
        lines=[GivenLine(one.line, one.quantity, one.unit_price) for one in body.lines], amount_tax=body.amount_tax,
    )  # fmt: skip


@bill_router.post("", status_code=201, response_model=BillView)
async def enter_bill(
    body: BillIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.bill.enter")],
) -> BillView:
    """Enter a supplier's bill; it is matched with order and receipts at once, or blocked with the reasons."""
    bill, facts = await service.enter_bill(session, _given(body), caller=caller)
    await posting.post_facts(session, facts, strict=True)
    return await _shown(session, response, bill)


@bill_router.post(":batch", response_model=BatchAnswer[BillView])
async def enter_bills(
    body: Batch[BillIn],
    request: Request,
    session: Session,
    caller: Annotated[Principal, requires("finance.bill.enter")],
) -> Response:
    """Enter many bills, one after the other; each is answered by itself."""
    outcomes, facts = await service.enter_bills(session, body.read(_given), caller=caller)
    await posting.post_facts(session, facts, strict=True)
    made = await service.bills_of(session, [one for one in outcomes if isinstance(one, UUID)])
    return batch_answer(
        request, [made[one] if isinstance(one, UUID) else one for one in outcomes], _bill
    )


@bill_router.get("", response_model=Page[BillView], dependencies=[READ_BILL])
async def list_bills(
    session: Session, paging: Paging, company: Filter = None, supplier: Filter = None, status: Filter = None,
    number: Filter = None, purchase_order: Filter = None,
) -> Page[BillView]:  # fmt: skip
    """Bills, the oldest first; `number` is ours or the supplier's."""
    query = service.bills_selected(
        company=company, supplier=supplier, status=status, number=number, order=purchase_order
    )
    found = await page(
        session, query, paging, key=[bills.c.recorded_at, bills.c.id], make=lambda row: row,
        allowed_sorts={"due_date": bills.c.due_date, "number": bills.c.number, "business_date": bills.c.business_date},
    )  # fmt: skip
    return Page(
        items=[_bill(one) for one in await service.bill_details(session, found.items)],
        next=found.next,
    )


@bill_router.get("/{bill}", response_model=BillView, dependencies=[READ_BILL])
async def get_bill(bill: str, session: Session, response: Response) -> BillView:
    """A bill by id or our number."""
    return await _shown(session, response, bill)


async def _check(session: Session, bill: str, version: int | None) -> None:
    check_version(version, (await service.find_bill(session, bill)).bill.version)


@bill_router.post(
    "/{bill}/accept", response_model=BillView, dependencies=[requires("finance.bill.accept")]
)
async def accept_bill(
    bill: str, session: Session, response: Response, version: IfMatch
) -> BillView:
    """Accept a bill's price although it is beyond the tolerance."""
    await _check(session, bill, version)
    found, facts = await service.accept_bill(session, bill)
    await posting.post_facts(session, facts, strict=True)
    return await _shown(session, response, found)


@bill_router.post(
    "/{bill}/match", response_model=BillView, dependencies=[requires("finance.bill.match")]
)
async def match_bill(bill: str, session: Session, response: Response, version: IfMatch) -> BillView:
    """Match a blocked bill again, now that more has arrived."""
    await _check(session, bill, version)
    found, facts = await service.rematch_bill(session, bill)
    await posting.post_facts(session, facts, strict=True)
    return await _shown(session, response, found)


@bill_router.post(
    "/{bill}/cancel", response_model=BillView, dependencies=[requires("finance.bill.cancel")]
)
async def cancel_bill(
    bill: str, session: Session, response: Response, version: IfMatch
) -> BillView:
    """Send a blocked bill back to the supplier."""
    await _check(session, bill, version)
    return await _shown(session, response, await service.cancel_bill(session, bill))


@router.get("", response_model=Page[PayableView], dependencies=[READ])
async def list_payables(
    session: Session, paging: Paging, company: Filter = None, supplier: Filter = None, order: Filter = None,
    document_type: Filter = None, settled: bool = False,
) -> Page[PayableView]:  # fmt: skip
    """What suppliers are owed, document by document; `settled=true` shows what is settled too."""
    query = open_items.selected(
        side=Side.PAYABLE, company=company, partner=supplier, order=order, open_only=not settled,
        document_type=document_type,
    )  # fmt: skip
    today = await replicas.today_of(session, company or "")
    return await page(
        session, query, paging, key=[items_table.c.due_date, items_table.c.id],
        allowed_sorts={"due_date": items_table.c.due_date, "number": items_table.c.number},
        make=lambda row: _item(row, today),
    )  # fmt: skip


def _item(row: Any, today: date) -> PayableView:
    values = {name: getattr(row, name) for name in PayableView.model_fields if name in row._fields}
    status = (
        "paid"
        if row.open_amount == 0
        else "partly_paid"
        if row.open_amount != row.amount
        else "posted"
    )
    late = max((today - row.due_date).days, 0) if row.open_amount > 0 else 0
    return PayableView(
        **values, supplier=row.partner, order=row.order_id, status=status, days_overdue=late
    )


@router.get("/ageing", response_model=Ageings)
async def get_payables_ageing(
    session: Session,
    caller: Annotated[Principal, READ],
    company: str,
    as_of: DateIn | None = None,
    supplier: Filter = None,
) -> Ageings:
    """What each supplier is owed, by how long it is overdue."""
    caller.check_company(company)
    today = as_of or await replicas.today_of(session, company)
    found = await open_items.ageing(session, company, Side.PAYABLE, today, supplier)
    return Ageings.of(company, today, found)


@router.get("/unbilled", response_model=Page[ReceivedView], dependencies=[READ])
async def list_received_not_billed(
    session: Session,
    paging: Paging,
    company: Filter = None,
    supplier: Filter = None,
    purchase_order: Filter = None,
) -> Page[ReceivedView]:
    """What was received and is not billed (GRNI)."""
    query = service.unbilled_selected(company=company, supplier=supplier, order=purchase_order)
    return await page(
        session, query, paging, key=[receipt_lines.c.receipt, receipt_lines.c.line], make=_received
    )


def _received(row: Any) -> ReceivedView:
    return ReceivedView(
        company=row.company, supplier=row.supplier, receipt=row.receipt, receipt_number=row.receipt_number, line=row.line,
        purchase_order=row.purchase_order, purchase_order_number=row.purchase_order_number, order_line=row.order_line,
        item=row.item, unit=row.unit, quantity=row.quantity - row.cleared_quantity, unit_price=row.unit_price,
        amount=row.amount - row.cleared_amount, business_date=row.business_date,
    )  # fmt: skip
