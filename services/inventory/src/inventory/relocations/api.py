"""Relocations over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from inventory.limits import FEW_LINES
from inventory.relocations import service
from inventory.relocations.rules import RelocationAsked, RelocationLineAsked
from inventory.replicas.rules import BACKDATE, Day
from tongheng_contracts.inventory import Relocation

router = commands("inventory", "relocations")


class RelocationLineIn(Input):
    """A quantity that goes to another bin. Without a bin: the floor, where receipts lie that name none."""

    item: CodeIn
    quantity: QuantityIn
    from_bin: CodeIn | None = None
    to_bin: CodeIn | None = None
    lot: CodeIn | None = None
    """Without it whichever lots lie there, what expires first first."""


class RelocationIn(Input):
    """Goods put away, or moved between bins of one warehouse."""

    company: CodeIn
    warehouse: CodeIn
    lines: Annotated[list[RelocationLineIn], FEW_LINES] = Field(min_length=1)
    business_date: DateIn | None = None


class RelocationView(Relocation):
    """A relocation."""

    version: int
    status: str
    recorded_at: datetime


@router.post("", status_code=201, response_model=RelocationView)
async def relocate_stock(
    body: RelocationIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.relocation.create")],
) -> RelocationView:
    """Move free stock from bin to bin: all lines, or none. What is set aside stays where it will be picked."""
    caller.check_company(body.company)
    lines = tuple(
        RelocationLineAsked(x.item, x.quantity, x.from_bin or "", x.to_bin or "", x.lot)
        for x in body.lines
    )
    day = Day(body.business_date, caller.may(BACKDATE))
    asked = RelocationAsked(body.company, body.warehouse, lines, day)
    fact = await service.relocate(session, asked)
    etag(response, 1)
    return RelocationView.model_validate(await service.find_relocation(session, str(fact.id)))


@router.get("", response_model=Page[RelocationView])
async def list_relocations(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.relocation.read")],
    company: str | None = None,
    warehouse: str | None = None,
    number: str | None = None,
) -> Page[RelocationView]:
    """Relocations, the newest first."""
    page = await service.list_relocations(
        session, paging, company=company, warehouse=warehouse, number=number
    )
    return Page(items=[RelocationView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{relocation}", response_model=RelocationView)
async def get_relocation(
    relocation: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.relocation.read")],
) -> RelocationView:
    """One relocation, by id or number."""
    found = await service.find_relocation(session, relocation)
    if found is None:
        raise NotFound(what=("relocation", "移库单"))
    etag(response, found["version"])
    return RelocationView.model_validate(found)
