"""Sales orders over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.models import trusted
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn, TextIn
from sales.orders import rules, service
from sales.orders.service import CancelLine, Order, OrderDetails, WantedLine, WantedOrder
from tongheng_contracts.sales import OrderStatus
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("sales", "orders")


class OrderLineIn(Input):
    """One line; without `unit_price` at the item's list price."""

    item: CodeIn
    quantity: QuantityIn
    unit: CodeIn | None = None
    """The item's base unit by default."""
    unit_price: PriceIn | None = None
    """Net, per unit given."""
    warehouse: CodeIn | None = None
    """Ship from here only."""


class PlaceOrder(Input):
    """A customer's order."""

    company: CodeIn
    customer: CodeIn
    currency: CodeIn | None = None
    priority: int = Field(default=100, ge=0, le=1_000_000)
    """Low numbers are served first."""
    requested_date: DateIn | None = None
    business_date: DateIn | None = None
    """Today at the company's place by default; an earlier day needs a permission."""
    channel_number: CodeIn | None = None
    """The customer's or channel's own number: the same one is taken once."""
    lines: list[OrderLineIn] = Field(min_length=1)


class ChangeOrder(Input):
    """What may change after placement."""

    priority: int | None = Field(default=None, ge=0, le=1_000_000)
    requested_date: DateIn | None = None


class CancelLineIn(Input):
    """What of a line is no longer wanted; without `quantity` all that is open."""

    line: int = Field(ge=1)
    quantity: QuantityIn | None = None


class CancelOrder(Input):
    """What is no longer wanted; without `lines` all that is open."""

    lines: list[CancelLineIn] | None = Field(default=None, min_length=1, max_length=rules.LINES_MAX)
    reason: TextIn = ""


class HeldView(BaseModel):
    """Stock set aside in one warehouse."""

    warehouse: str
    quantity: Quantity
    picked: Quantity


class ExpectedView(BaseModel):
    """Supply on its way that the line waits for."""

    source: str
    warehouse: str
    quantity: Quantity
    date: str | None


class PromiseChangeView(BaseModel):
    """When the plan delivers the line, as production told last; what was promised to the customer stays as it was."""

    told_on: date
    wanted_date: date
    old_date: date | None
    new_date: date | None
    """None: part of the line has no supply."""
    cause: str
    """late, missing or on_time."""
    waiting_item: str
    waiting_document: str
    reason: str
    reason_en: str


class OrderLineView(BaseModel):
    """A line, what it costs and why, and what has become of it."""

    line: int
    item: str
    quantity: Quantity
    unit: str
    warehouse: str | None
    unit_price: Price
    price_source: str
    """given, price_list, list_price or quotation."""
    price_list: str | None = None
    """The price list that the price comes from."""
    price_from: Quantity | None = None
    """From which quantity on that list has this price, in base units."""
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: str
    tax_rate: Price
    quantity_cancelled: Quantity
    quantity_shipped: Quantity
    quantity_open: Quantity
    held: list[HeldView]
    expected: list[ExpectedView]
    uncovered: Quantity
    promise_change: PromiseChangeView | None = None


class ShipmentLineView(BaseModel):
    """What of an order line a shipment brought."""

    order_line: int
    item: str
    quantity: Quantity
    unit: str


class ShipmentView(BaseModel):
    """A shipment of the order."""

    id: UUID
    number: str
    warehouse: str
    carrier: str
    tracking_number: str
    business_date: date
    amount_gross: Amount
    lines: list[ShipmentLineView]


class OrderSummary(BaseModel):
    """An order without its lines."""

    id: UUID
    number: str
    company: str
    version: int
    status: OrderStatus
    business_date: date
    posting_date: date
    recorded_at: datetime
    placed_at: datetime
    customer: str
    currency: str
    priority: int
    requested_date: date | None
    promised_date: date | None
    channel_number: str | None
    hold_reasons: list[str]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    amount_open: Amount
    amount_shipped: Amount
    amount_invoiced: Amount
    amount_credited: Amount
    amount_paid: Amount


class OrderView(OrderSummary):
    """An order with its lines."""

    lines: list[OrderLineView]
    shipments: list[ShipmentView] = []


def _fields(order: Order) -> dict[str, Any]:
    return {
        "id": order.id, "number": order.number, "company": order.company, "version": order.version,
        "status": order.status, "business_date": order.business_date, "posting_date": order.posting_date,
        "recorded_at": order.recorded_at, "placed_at": order.placed_at, "customer": order.customer,
        "currency": order.currency, "priority": order.priority, "requested_date": order.requested_date,
        "promised_date": order.promised_date, "channel_number": order.channel_number,
        "hold_reasons": list(order.hold_reasons), "amount_net": order.amount_net, "amount_tax": order.amount_tax,
        "amount_gross": order.amount_gross, "amount_open": order.amount_open,
        "amount_shipped": order.amount_shipped, "amount_invoiced": order.amount_invoiced,
        "amount_credited": order.amount_credited + order.amount_reduced, "amount_paid": order.amount_paid,
    }  # fmt: skip


def _summary(order: Order) -> OrderSummary:
    """Without its lines: they are as they were sent, priced as a GET shows."""
    return trusted(OrderSummary, _fields(order))


def _line(
    line: rules.Line, said: Mapping[str, Any], told: Mapping[str, Any] | None
) -> OrderLineView:
    return trusted(
        OrderLineView,
        {
            "line": line.line, "item": line.item, "quantity": line.quantity, "unit": line.unit,
            "warehouse": line.warehouse, "unit_price": line.unit_price, "price_source": line.price_source,
            "price_list": line.price_list, "price_from": line.price_from,
            "amount_net": line.amount_net, "amount_tax": line.amount_tax, "amount_gross": line.amount_gross,
            "tax_code": line.tax_code, "tax_rate": line.tax_rate,
            "quantity_cancelled": line.cancelled + line.cancel_requested, "quantity_shipped": line.shipped,
            "quantity_open": line.open,
            "held": [
                HeldView(
                    warehouse=held["warehouse"], quantity=Decimal(held["quantity"]), picked=Decimal(held["picked"])
                )
                for held in said.get("held", ())
            ],
            "expected": [
                ExpectedView(
                    source=supply["source"], warehouse=supply["warehouse"], quantity=Decimal(supply["quantity"]),
                    date=supply["date"],
                )
                for supply in said.get("expected", ())
            ],
            "uncovered": Decimal(said.get("uncovered", "0")),
            "promise_change": None if told is None else PromiseChangeView(**told),
        },
    )  # fmt: skip


def _view(details: OrderDetails) -> OrderView:
    said = {int(line["line"]): line for line in details.reserved}
    shipments = [
        ShipmentView(
            id=row.id, number=row.number, warehouse=row.warehouse, carrier=row.carrier,
            tracking_number=row.tracking_number, business_date=row.business_date, amount_gross=row.amount_gross,
            lines=[
                ShipmentLineView(
                    order_line=line["order_line"], item=line["item"], quantity=Decimal(line["quantity"]),
                    unit=line["unit"],
                )
                for line in row.lines
            ],
        )
        for row in details.shipments
    ]  # fmt: skip
    lines = [
        _line(line, said.get(line.line, {}), details.promises.get(line.line))
        for line in details.order.lines
    ]
    return trusted(OrderView, {**_fields(details.order), "lines": lines, "shipments": shipments})


def _wanted(body: PlaceOrder) -> WantedOrder:
    return WantedOrder(
        company=body.company, customer=body.customer, currency=body.currency, priority=body.priority,
        requested_date=body.requested_date, business_date=body.business_date, channel_number=body.channel_number,
        lines=[
            WantedLine(line.item, line.quantity, line.unit, line.unit_price, line.warehouse) for line in body.lines
        ],
    )  # fmt: skip


async def _current(session: Session, response: Response, order: Order) -> OrderView:
    etag(response, order.version)
    return _view(await service.get_order(session, str(order.id)))


def _written(view: BaseModel, *, status: int, **headers: str) -> Response:
    # Written at once: what we made ourselves needs no second validation.
    return Response(
        view.model_dump_json(), status_code=status, media_type="application/json", headers=headers
    )


@router.post("", status_code=201, response_model=OrderView)
async def place_order(
    body: PlaceOrder, session: Session, caller: Annotated[Principal, requires("sales.order.place")]
) -> Response:
    """Place an order. Beyond the customer's credit it is taken, but on hold."""
    (result,) = await service.place_orders(session, caller, [_wanted(body)])
    if isinstance(result, BusinessError):
        raise result
    return _written(
        _view(OrderDetails(result)),
        status=201,
        ETag=f'"{result.version}"',
        Location=f"{router.prefix}/{result.id}",
    )


@router.post(":batch", response_model=BatchAnswer[OrderSummary])
async def place_order_batch(
    body: Batch[PlaceOrder],
    session: Session,
    caller: Annotated[Principal, requires("sales.order.place")],
    request: Request,
) -> Response:
    """Place up to 1,000 orders at once; the good ones are taken, each row is answered."""
    results = await service.place_orders(session, caller, body.read(_wanted))
    return batch_answer(request, results, _summary)


@router.get("/{order}", response_model=OrderView)
async def get_order(
    order: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.order.read")],
    response: Response,
) -> OrderView:
    """An order by id or number."""
    details = await service.get_order(session, order)
    etag(response, details.order.version)
    return _view(details)


@router.get("", response_model=Page[OrderSummary])
async def list_orders(
    session: Session,
    caller: Annotated[Principal, requires("sales.order.read")],
    paging: Paging,
    company: Annotated[str | None, Query(max_length=64)] = None,
    customer: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[list[OrderStatus] | None, Query()] = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    channel_number: Annotated[str | None, Query(max_length=64)] = None,
    date_from: Annotated[DateIn | None, Query()] = None,
    date_to: Annotated[DateIn | None, Query()] = None,
    promise_moved: Annotated[bool | None, Query()] = None,
) -> Page[OrderSummary]:
    """Orders, newest first; `status` may be given several times. `promise_moved`: a line open now is late by the plan."""
    found = await service.list_orders(
        session, paging, company=company, customer=customer, status=[one.value for one in status or ()], number=number,
        item=item, channel_number=channel_number, placed_from=date_from, placed_to=date_to,
        promise_moved=promise_moved,
    )  # fmt: skip
    return Page[OrderSummary].model_construct(
        items=[_summary(order) for order in found.items],
        next=found.next,
    )


@router.patch("/{order}", response_model=OrderView)
async def change_order(
    order: str,
    body: ChangeOrder,
    session: Session,
    caller: Annotated[Principal, requires("sales.order.change")],
    if_match: IfMatch,
    response: Response,
) -> OrderView:
    """Change priority or requested date."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    if changes.get("priority", 0) is None:
        del changes["priority"]
    return await _current(
        session,
        response,
        await service.amend_order(session, order, expected=if_match, changes=changes),
    )


@router.post("/{order}/release", response_model=OrderView)
async def release_order(
    order: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.order.release")],
    if_match: IfMatch,
    response: Response,
) -> OrderView:
    """Let a held order pass. One's own is released by somebody else."""
    alone = caller.may("sales.order.release_own")
    released = await service.release_order(
        session, order, expected=if_match, not_by=None if alone else caller.subject
    )
    return await _current(session, response, released)


def _cancel_lines(body: CancelOrder | None) -> Sequence[CancelLine] | None:
    if body is None or body.lines is None:
        return None
    return [CancelLine(line.line, line.quantity) for line in body.lines]


@router.post("/{order}/cancel", response_model=OrderView, responses={202: {"model": OrderView}})
async def cancel_order(
    order: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.order.cancel")],
    if_match: IfMatch,
    response: Response,
    body: CancelOrder | None = None,
) -> OrderView:
    """Cancel what is open, or lines of it: at once when the order is held, else 202 until inventory has answered."""
    cancelled = await service.cancel_order(
        session, order, expected=if_match, lines=_cancel_lines(body), action="cancel"
    )
    if cancelled.status is OrderStatus.CANCELLING:
        response.status_code = 202
    return await _current(session, response, cancelled)


@router.post("/{order}/close", response_model=OrderView, responses={202: {"model": OrderView}})
async def close_order(
    order: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.order.close")],
    if_match: IfMatch,
    response: Response,
) -> OrderView:
    """Close the remainder short: nothing more is to be shipped."""
    closed = await service.cancel_order(
        session, order, expected=if_match, lines=None, action="close"
    )
    if closed.status is OrderStatus.CANCELLING:
        response.status_code = 202
    return await _current(session, response, closed)
