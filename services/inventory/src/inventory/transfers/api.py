"""Transfers over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.errors import NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from inventory.limits import FEW_LINES
from inventory.replicas.rules import BACKDATE, Day
from inventory.transfers import service
from inventory.transfers.rules import TransferAsked, TransferLineAsked
from tongheng_contracts.values import Amount, Quantity

router = commands("inventory", "transfers")


class TransferLineIn(Input):
    """What is to be moved."""

    item: CodeIn
    quantity: QuantityIn
    lot: CodeIn | None = None


class TransferIn(Input):
    """A transfer between two warehouses of a company."""

    company: CodeIn
    from_warehouse: CodeIn
    to_warehouse: CodeIn
    lines: Annotated[list[TransferLineIn], FEW_LINES] = Field(min_length=1)
    ship_date: DateIn | None = None
    """When the goods are to leave; planning counts with it."""
    due_date: DateIn | None = None
    """When the goods are to be there."""
    business_date: DateIn | None = None


class ShipTransferIn(Input):
    """Sending a transfer off."""

    business_date: DateIn | None = None


class ArrivalIn(Input):
    """What arrived of a line."""

    line: int = Field(ge=1)
    quantity: QuantityIn


class ReceiveTransferIn(Input):
    """What arrived; without `lines` all that is on its way."""

    lines: Annotated[list[ArrivalIn] | None, FEW_LINES] = Field(default=None, min_length=1)
    business_date: DateIn | None = None


class TransferLineView(BaseModel):
    """A line, and what arrived of it."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    item: str
    unit: str
    lot: str
    quantity: Quantity
    received: Quantity
    cost: Amount
    """The value that left with it."""


class TransferView(BaseModel):
    """A transfer."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    from_warehouse: str
    to_warehouse: str
    ship_date: date | None
    due_date: date | None
    planned_order: UUID | None
    """The planned order that it was made of."""
    business_date: date
    posting_date: date
    recorded_at: datetime
    lines: list[TransferLineView]


async def _view(session: Session, response: Response, ref: str) -> TransferView:
    found = await service.find_view(session, ref)
    if found is None:
        raise NotFound(what=("transfer", "调拨单"))
    etag(response, found["version"])
    return TransferView.model_validate(found)


@router.post("", status_code=201, response_model=TransferView)
async def create_transfer(
    body: TransferIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.transfer.create")],
) -> TransferView:
    """Make a transfer; stock is taken when it is shipped."""
    caller.check_company(body.company)
    lines = tuple(TransferLineAsked(x.item, x.quantity, x.lot or "") for x in body.lines)
    asked = TransferAsked(
        body.company,
        body.from_warehouse,
        body.to_warehouse,
        lines,
        Day(body.business_date, caller.may(BACKDATE)),
        body.ship_date,
        body.due_date,
    )
    made = await service.create_transfer(session, asked)
    return await _view(session, response, str(made.id))


@router.post("/{transfer}/ship", response_model=TransferView)
async def ship_transfer(
    transfer: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.transfer.ship")],
    body: ShipTransferIn | None = None,
) -> TransferView:
    """Send it off: the goods are on the road, and still ours."""
    made = await service.ship_transfer(
        session,
        transfer,
        day=Day(body.business_date if body else None, caller.may(BACKDATE)),
        version=if_match,
    )
    return await _view(session, response, str(made.id))


@router.post("/{transfer}/receive", response_model=TransferView)
async def receive_transfer(
    transfer: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.transfer.receive")],
    body: ReceiveTransferIn | None = None,
) -> TransferView:
    """Take it in, whole or in part."""
    quantities = (
        {x.line: x.quantity for x in body.lines} if body and body.lines is not None else None
    )
    made = await service.receive_transfer(
        session,
        transfer,
        quantities=quantities,
        day=Day(body.business_date if body else None, caller.may(BACKDATE)),
        version=if_match,
    )
    return await _view(session, response, str(made.id))


@router.post("/{transfer}/cancel", response_model=TransferView)
async def cancel_transfer(
    transfer: str,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.transfer.create")],
) -> TransferView:
    """Give it up before it has left."""
    made = await service.cancel_transfer(session, transfer, version=if_match)
    return await _view(session, response, str(made.id))


@router.get("", response_model=Page[TransferView])
async def list_transfers(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.transfer.read")],
    company: str | None = None,
    status: str | None = None,
    from_warehouse: str | None = None,
    to_warehouse: str | None = None,
    number: str | None = None,
    planned_order: UUID | None = None,
) -> Page[TransferView]:
    """Transfers, the newest first."""
    page = await service.list_transfers(
        session,
        paging,
        company=company,
        status=status,
        from_warehouse=from_warehouse,
        to_warehouse=to_warehouse,
        number=number,
        planned_order=planned_order,
    )
    return Page(items=[TransferView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{transfer}", response_model=TransferView)
async def get_transfer(
    transfer: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.transfer.read")],
) -> TransferView:
    """One transfer, by id or number."""
    return await _view(session, response, transfer)
