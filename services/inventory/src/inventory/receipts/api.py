"""Receiving over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, PriceIn
from inventory.limits import FEW_LINES
from inventory.receipts import service
from inventory.receipts.rules import Arrival, ReceiptAsked
from inventory.replicas.rules import BACKDATE, Day
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("inventory", "receipts")


class ReceiptLineIn(Input):
    """What arrived of one order line."""

    line: int = Field(ge=1)
    """Line of the purchase order."""
    accepted: PriceIn
    rejected: PriceIn = Decimal(0)
    """Not ours: it goes back with the carrier."""
    lot: CodeIn | None = None
    expiry: DateIn | None = None
    bin: CodeIn | None = None
    """Where it is put; without it on the floor, from where `/relocations` puts it away."""


class ReceiptIn(Input):
    """Goods that arrived for a purchase order."""

    purchase_order: CodeIn
    """Its id or number."""
    warehouse: CodeIn | None = None
    lines: Annotated[list[ReceiptLineIn], FEW_LINES] = Field(min_length=1)
    business_date: DateIn | None = None


class ReceiptLineView(BaseModel):
    """A received line."""

    line: int
    order_line: int
    item: str
    unit: str
    accepted: Quantity
    rejected: Quantity
    returned: Quantity
    unit_price: Price
    amount: Amount
    valuation_class: str
    lot: str
    bin: str
    expiry_date: date | None
    tax_code: str
    tax_rate: Price


class ReceiptView(BaseModel):
    """A receipt."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    purchase_order: UUID
    purchase_order_number: str
    supplier: str
    warehouse: str
    currency: str
    amount: Amount
    business_date: date
    posting_date: date
    recorded_at: datetime
    lines: list[ReceiptLineView]


@router.post("", status_code=201, response_model=ReceiptView)
async def receive_goods(
    body: ReceiptIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.receipt.create")],
) -> ReceiptView:
    """Receive goods of an approved order; what inspection rejected is never ours."""
    asked = ReceiptAsked(
        purchase_order=body.purchase_order,
        arrivals=tuple(
            Arrival(x.line, x.accepted, x.rejected, x.lot or "", x.expiry, x.bin or "")
            for x in body.lines
        ),
        warehouse=body.warehouse,
        day=Day(body.business_date, caller.may(BACKDATE)),
    )
    fact = await service.receive_goods(session, asked)
    etag(response, 1)
    found = await service.find_receipt(session, str(fact.id))
    assert found is not None
    return ReceiptView.model_validate(found)


@router.get("", response_model=Page[ReceiptView])
async def list_receipts(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.receipt.read")],
    company: str | None = None,
    warehouse: str | None = None,
    supplier: str | None = None,
    purchase_order: str | None = None,
    number: str | None = None,
) -> Page[ReceiptView]:
    """Receipts, the newest first."""
    page = await service.list_receipts(
        session,
        paging,
        company=company,
        warehouse=warehouse,
        supplier=supplier,
        purchase_order=purchase_order,
        number=number,
    )
    return Page(items=[ReceiptView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{receipt}", response_model=ReceiptView)
async def get_receipt(
    receipt: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.receipt.read")],
) -> ReceiptView:
    """One receipt, by id or number."""
    found = await service.find_receipt(session, receipt)
    if found is None:
        raise NotFound(what=("receipt", "收货单"))
    etag(response, 1)
    return ReceiptView.model_validate(found)
