"""Stock over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from chassis.http import Principal, Session, commands, requires
from chassis.paging import Page, Paging
from inventory.availability import service
from tongheng_contracts.values import Amount, Quantity

router = commands("inventory", "stock")

Ref = Annotated[str | None, Query(max_length=64)]


class StockView(BaseModel):
    """One item in one warehouse."""

    model_config = ConfigDict(from_attributes=True)

    company: str
    item: str
    name: str
    unit: str
    warehouse: str
    on_hand: Quantity
    reserved: Quantity
    available: Quantity
    """Usable and not reserved: without what is in quarantine or blocked."""
    quarantine: Quantity
    blocked: Quantity
    promised: Quantity
    """Of what is on order, what orders wait for."""
    in_transit: Quantity
    """On the road to this warehouse."""
    on_order: Quantity
    value: Amount | None
    """The warehouse's share of the item's value in the company; the shares sum to it. Null for a caller who may not see
    costs, or not all warehouses that share."""


class PlaceView(BaseModel):
    """What lies in one bin: an item, of one lot, in one condition."""

    company: str
    item: str
    unit: str
    warehouse: str
    bin: str
    lot: str
    status: str
    """available, quarantine or blocked."""
    expiry_date: date | None
    on_hand: Quantity
    reserved: Quantity
    available: Quantity


@router.get("/places", response_model=Page[PlaceView])
async def list_places(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.stock.read")],
    item: Ref = None,
    warehouse: Ref = None,
    company: Ref = None,
    bin: Ref = None,
    lot: Ref = None,
) -> Page[PlaceView]:
    """Stock where it lies: by warehouse, bin, item and lot. `bin` empty: what lies in no bin."""
    page = await service.places_of(
        session, paging, company=company, item=item, warehouse=warehouse, bin=bin, lot=lot
    )
    return Page(items=[PlaceView.model_validate(each) for each in page.items], next=page.next)


@router.get("", response_model=Page[StockView])
async def list_stock(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.stock.read")],
    item: Ref = None,
    warehouse: Ref = None,
    company: Ref = None,
) -> Page[StockView]:
    """Stock by item and warehouse; item and warehouse by code or id. A page holds whole items."""
    page = await service.stock_of(session, paging, company=company, item=item, warehouse=warehouse)
    items = [StockView.model_validate(each) for each in page.items]
    if not caller.sees_costs or caller.warehouses is not None:
        items = [each.model_copy(update={"value": None}) for each in items]
    return Page(items=items, next=page.next)
