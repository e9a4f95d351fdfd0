"""Customers' returns over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, QuantityIn, TextIn
from sales.orders.rules import LINES_MAX
from sales.returns import service
from sales.returns.rules import Return, ReturnStatus, WantedReturnLine
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("sales", "returns")


class ReturnLineIn(Input):
    """What of an order line comes back, in its base unit; `shipment` when the customer knows it."""

    order_line: int = Field(ge=1)
    quantity: QuantityIn
    shipment: UUID | None = None


class DraftReturn(Input):
    """What a customer wants to send back."""

    order: CodeIn
    """The order's id or number."""
    lines: list[ReturnLineIn] = Field(min_length=1, max_length=LINES_MAX)
    reason: TextIn = ""
    business_date: DateIn | None = None


class ReturnLineView(BaseModel):
    """A line of a return and what is credited for it."""

    line: int
    order_line: int
    item: str
    quantity: Quantity
    unit: str
    shipment: UUID | None
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: str
    tax_rate: Price
    quantity_received: Quantity


class ReturnView(BaseModel):
    """A return merchandise authorisation."""

    id: UUID
    number: str
    company: str
    version: int
    status: ReturnStatus
    business_date: date
    posting_date: date
    recorded_at: datetime
    order: UUID
    order_number: str
    customer: str
    currency: str
    reason: str
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    lines: list[ReturnLineView]


def _view(document: Return) -> ReturnView:
    return ReturnView(
        id=document.id, number=document.number, company=document.company, version=document.version,
        status=document.status, business_date=document.business_date, posting_date=document.posting_date,
        recorded_at=document.recorded_at, order=document.order_id, order_number=document.order_number,
        customer=document.customer, currency=document.currency, reason=document.reason,
        amount_net=document.amount_net, amount_tax=document.amount_tax,
        amount_gross=document.amount_net + document.amount_tax,
        lines=[
            ReturnLineView(
                line=line.line, order_line=line.order_line, item=line.item, quantity=line.quantity, unit=line.unit,
                shipment=line.shipment, amount_net=line.amount_net, amount_tax=line.amount_tax,
                amount_gross=line.amount_gross, tax_code=line.tax_code, tax_rate=line.tax_rate,
                quantity_received=line.received,
            )
            for line in document.lines
        ],
    )  # fmt: skip


def _shown(response: Response, document: Return) -> ReturnView:
    etag(response, document.version)
    return _view(document)


@router.post("", status_code=201, response_model=ReturnView)
async def draft_return(
    body: DraftReturn,
    session: Session,
    caller: Annotated[Principal, requires("sales.return.draft")],
    response: Response,
) -> ReturnView:
    """Note what a customer wants to send back."""
    lines = [WantedReturnLine(line.order_line, line.quantity, line.shipment) for line in body.lines]
    document = await service.draft_return(
        session,
        caller,
        order=body.order,
        lines=lines,
        reason=body.reason,
        business_date=body.business_date,
    )
    response.headers["Location"] = f"{router.prefix}/{document.id}"
    return _shown(response, document)


@router.post("/{sales_return}/authorise", response_model=ReturnView)
async def authorise_return(
    sales_return: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.return.authorise")],
    if_match: IfMatch,
    response: Response,
) -> ReturnView:
    """Let the customer send the goods back."""
    return _shown(
        response, await service.authorise_return(session, sales_return, expected=if_match)
    )


@router.post("/{sales_return}/cancel", response_model=ReturnView)
async def cancel_return(
    sales_return: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.return.cancel")],
    if_match: IfMatch,
    response: Response,
) -> ReturnView:
    """Give a return up; not once goods have come back."""
    return _shown(response, await service.cancel_return(session, sales_return, expected=if_match))


@router.get("/{sales_return}", response_model=ReturnView)
async def get_return(
    sales_return: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.return.read")],
    response: Response,
) -> ReturnView:
    """A return by id or number."""
    return _shown(response, await service.get_return(session, sales_return))


@router.get("", response_model=Page[ReturnView])
async def list_returns(
    session: Session,
    caller: Annotated[Principal, requires("sales.return.read")],
    paging: Paging,
    company: Annotated[str | None, Query(max_length=64)] = None,
    customer: Annotated[str | None, Query(max_length=64)] = None,
    order: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[list[ReturnStatus] | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[ReturnView]:
    """Returns, newest first; `order` by id or number."""
    found = await service.list_returns(
        session, paging, company=company, customer=customer, order=order, number=number,
        status=[one.value for one in status or ()],
    )  # fmt: skip
    return Page[ReturnView](items=[_view(document) for document in found.items], next=found.next)
