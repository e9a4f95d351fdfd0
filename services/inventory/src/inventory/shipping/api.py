"""Deliveries over HTTP: seen, picked, shipped."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError, NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, QuantityIn, TextIn
from inventory.limits import FEW_LINES
from inventory.replicas.rules import BACKDATE, Day
from inventory.shipping import service
from inventory.shipping.service import Shipping
from tongheng_contracts.values import Amount, Quantity

router = commands("inventory", "deliveries")


class DeliveryLineIn(Input):
    """A part of an order line."""

    line: int = Field(ge=1)
    """Line of the sales order."""
    quantity: QuantityIn


class PickIn(Input):
    """What was picked; without `lines` all of it."""

    lines: Annotated[list[DeliveryLineIn] | None, FEW_LINES] = Field(default=None, min_length=1)


class ShipIn(Input):
    """What leaves; without `lines` all of it. The rest becomes a delivery of its own."""

    lines: Annotated[list[DeliveryLineIn] | None, FEW_LINES] = Field(default=None, min_length=1)
    carrier: TextIn = ""
    tracking_number: TextIn = ""
    business_date: DateIn | None = None


class ShipRowIn(ShipIn):
    """A delivery of a batch."""

    delivery: CodeIn


class DeliveryLineView(BaseModel):
    """A part of an order line in one lot and bin, on the way through the warehouse. Cost and amounts are there once it is
    shipped, and no bin any longer."""

    line: int
    item: str
    unit: str
    lot: str
    bin: str = ""
    zone: str = ""
    quantity: Quantity
    picked: Quantity
    cost: Amount | None = None
    amount_net: Amount | None = None
    amount_gross: Amount | None = None


class DeliveryView(BaseModel):
    """A delivery note."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    order: UUID
    order_number: str
    customer: str
    warehouse: str
    shipment: UUID | None = None
    carrier: str = ""
    tracking_number: str = ""
    cost: Amount | None = None
    amount_gross: Amount | None = None
    business_date: date
    posting_date: date
    recorded_at: datetime
    lines: list[DeliveryLineView]


def _by_line(lines: Sequence[DeliveryLineIn] | None) -> dict[int, Decimal] | None:
    if lines is None:
        return None
    quantities: dict[int, Decimal] = {}
    for line in lines:
        quantities[line.line] = quantities.get(line.line, Decimal(0)) + line.quantity
    return quantities


def _shipping(
    delivery: str, body: ShipIn | None, version: int | None, caller: Principal
) -> Shipping:
    if body is None:
        return Shipping(delivery, version=version)
    return Shipping(
        delivery,
        _by_line(body.lines),
        body.carrier,
        body.tracking_number,
        Day(body.business_date, caller.may(BACKDATE)),
        version,
    )


async def _view(session: Session, response: Response, ref: str) -> DeliveryView:
    found = await service.find_view(session, ref)
    if found is None:
        raise NotFound(what=("delivery", "发货单"))
    etag(response, found["version"])
    return DeliveryView.model_validate(found)


@router.get("", response_model=Page[DeliveryView])
async def list_deliveries(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.delivery.read")],
    company: str | None = None,
    order: str | None = None,
    status: str | None = None,
    warehouse: str | None = None,
    customer: str | None = None,
    number: str | None = None,
) -> Page[DeliveryView]:
    """Deliveries, the oldest first; `order` is an order's id or number."""
    page = await service.list_deliveries(
        session,
        paging,
        company=company,
        order=order,
        status=status,
        warehouse=warehouse,
        customer=customer,
        number=number,
    )
    return Page(items=[DeliveryView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{delivery}", response_model=DeliveryView)
async def get_delivery(
    delivery: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.delivery.read")],
) -> DeliveryView:
    """One delivery, by id or number."""
    return await _view(session, response, delivery)


@router.post("/{delivery}/pick", response_model=DeliveryView)
async def pick_delivery(
    delivery: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.delivery.pick")],
    body: PickIn | None = None,
) -> DeliveryView:
    """State that its goods are picked: a cancellation leaves them alone."""
    note = await service.pick_delivery(
        session, delivery, _by_line(body.lines if body else None), if_match
    )
    return await _view(session, response, str(note.id))


@router.post("/{delivery}/ship", response_model=DeliveryView)
async def ship_delivery(
    delivery: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.delivery.ship")],
    body: ShipIn | None = None,
) -> DeliveryView:
    """Ship it, whole or in part, picked or straight away."""
    [answer] = await service.ship_deliveries(session, [_shipping(delivery, body, if_match, caller)])
    if isinstance(answer, BusinessError):
        raise answer
    etag(response, answer["version"])
    return DeliveryView.model_validate(answer)


@router.post(":ship", response_model=BatchAnswer[DeliveryView])
async def ship_deliveries(
    body: Batch[ShipRowIn],
    session: Session,
    request: Request,
    caller: Annotated[Principal, requires("inventory.delivery.ship")],
) -> Response:
    """Ship many: the good ones in one transaction, each row answered."""
    asked = body.read(lambda row: _shipping(row.delivery, row, None, caller))
    answers = await service.ship_deliveries(session, asked)
    return batch_answer(request, answers, DeliveryView.model_validate, status=200)
