"""Payments over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import AmountIn, CodeIn, DateIn, Input, SignedAmountIn, TextIn
from tongheng_contracts.values import Amount

from . import service
from .rules import Direction
from .tables import payments

router = commands("finance", "payments")

Filter = Annotated[str | None, Query(max_length=100)]
READ = requires("finance.payment.read")


class AllocationIn(Input):
    """What is settled of one document; below zero for a credit that is used."""

    invoice: CodeIn | None = None
    bill: CodeIn | None = None
    open_item: CodeIn | None = None
    amount: SignedAmountIn

    @property
    def reference(self) -> str:
        """The document that was named."""
        return self.open_item or self.invoice or self.bill or ""


class PaymentIn(Input):
    """Money from a customer (received) or to a supplier (paid)."""

    company: CodeIn
    direction: Direction
    partner: CodeIn
    amount: AmountIn
    bank_account: CodeIn = "1002"
    allocations: Annotated[list[AllocationIn], Field(min_length=1, max_length=1000)] | None = None
    """What it settles; by default the order's items first, then the oldest."""
    order: CodeIn | None = None
    business_date: DateIn | None = None
    posting_date: DateIn | None = None
    reference: TextIn = ""


class AllocationView(BaseModel):
    """What a payment settled of a document."""

    open_item: UUID
    document_type: str
    document_id: UUID
    number: str
    order: UUID | None
    order_number: str
    amount: Amount


class PaymentView(BaseModel):
    """A payment with what it settled."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    direction: str
    partner: str
    currency: str
    amount: Amount
    on_account: Amount
    bank_account: str
    reference: str
    order: UUID | None
    order_number: str
    business_date: date
    posting_date: date
    allocations: list[AllocationView]
    recorded_at: datetime


def _view(row: Any, allocations: Sequence[Mapping[str, Any]]) -> PaymentView:
    values = {name: getattr(row, name) for name in PaymentView.model_fields if name in row._fields}
    return PaymentView(
        **values,
        order=row.order_id,
        allocations=[
            AllocationView(
                open_item=one["open_item"], document_type=one["document_type"], document_id=one["document_id"],
                number=one["number"], order=one["order_id"], order_number=one["order_number"], amount=one["amount"],
            )
            for one in allocations
        ],
    )  # fmt: skip


def _given(body: PaymentIn) -> service.Given:
    return service.Given(
        company=body.company, direction=body.direction, partner=body.partner, amount=body.amount,
        bank_account=body.bank_account, business_date=body.business_date, posting_date=body.posting_date,
        reference=body.reference, order=body.order,
        allocations=None if body.allocations is None else [(one.reference, one.amount) for one in body.allocations],
    )  # fmt: skip


@router.post("", status_code=201, response_model=PaymentView)
async def enter_payment(
    body: PaymentIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.payment.enter")],
) -> PaymentView:
    """Book a payment: its voucher is posted and what it pays is settled."""
    (payment,) = await service.enter_payments(session, [_given(body)], caller=caller)
    if isinstance(payment, BusinessError):
        raise payment
    etag(response, 1)
    return _view(*(await service.found(session, [payment]))[payment])


@router.post(":batch", response_model=BatchAnswer[PaymentView])
async def enter_payments(
    body: Batch[PaymentIn],
    request: Request,
    session: Session,
    caller: Annotated[Principal, requires("finance.payment.enter")],
) -> Response:
    """Book many payments, one after the other; each is answered by itself."""
    outcomes = await service.enter_payments(session, body.read(_given), caller=caller)
    made = await service.found(session, [one for one in outcomes if isinstance(one, UUID)])
    return batch_answer(
        request,
        [made[one] if isinstance(one, UUID) else one for one in outcomes],
        lambda one: _view(*one),
    )


@router.get("", response_model=Page[PaymentView], dependencies=[READ])
async def list_payments(
    session: Session, paging: Paging, company: Filter = None, direction: Filter = None, partner: Filter = None,
    order: Filter = None, number: Filter = None,
) -> Page[PaymentView]:  # fmt: skip
    """Payments, the oldest first."""
    query = service.selected(
        company=company, direction=direction, partner=partner, order=order, number=number
    )
    found = await page(
        session, query, paging, key=[payments.c.recorded_at, payments.c.id], make=lambda row: row,
        allowed_sorts={"number": payments.c.number, "business_date": payments.c.business_date},
    )  # fmt: skip
    settled = await service.allocations_of(session, [row.id for row in found.items])
    return Page(items=[_view(row, settled[row.id]) for row in found.items], next=found.next)


@router.get("/{payment}", response_model=PaymentView, dependencies=[READ])
async def get_payment(payment: str, session: Session, response: Response) -> PaymentView:
    """A payment by id or number."""
    etag(response, 1)
    return _view(*await service.find_payment(session, payment))
