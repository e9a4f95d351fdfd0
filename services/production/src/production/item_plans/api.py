"""Planning parameters over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from chassis.errors import NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, PriceIn
from production.item_plans import service
from production.item_plans.rules import LotRule, Source
from tongheng_contracts.values import Quantity

router = commands("production", "item-plans")
READ = requires("production.item_plan.read")
DaysIn = Annotated[int, Field(ge=0, le=3650)]
SourceIn = Annotated[Source, Field(strict=False)]
LotRuleIn = Annotated[LotRule, Field(strict=False)]


class ItemPlanIn(Input):
    """How an item is planned; what is left out is the item's own."""

    company: CodeIn
    item: CodeIn
    warehouse: CodeIn | None = None
    source: SourceIn | None = None
    transfer_from: CodeIn | None = None
    lot_rule: LotRuleIn = LotRule.LOT_FOR_LOT
    lot_quantity: PriceIn = Decimal(0)
    lot_minimum: PriceIn = Decimal(0)
    lot_multiple: PriceIn = Decimal(0)
    lot_maximum: PriceIn = Decimal(0)
    lead_time_days: DaysIn | None = None
    safety_stock: PriceIn | None = None
    supplier: CodeIn | None = None
    calendar: CodeIn | None = None


class ItemPlanChange(Input):
    """What changes of it."""

    source: SourceIn | None = None
    transfer_from: CodeIn | None = None
    lot_rule: LotRuleIn | None = None
    lot_quantity: PriceIn | None = None
    lot_minimum: PriceIn | None = None
    lot_multiple: PriceIn | None = None
    lot_maximum: PriceIn | None = None
    lead_time_days: DaysIn | None = None
    safety_stock: PriceIn | None = None
    supplier: CodeIn | None = None
    calendar: CodeIn | None = None


class ItemPlanView(BaseModel):
    """Planning parameters as answered."""

    id: UUID
    company: str
    item: str
    warehouse: str
    version: int
    source: str | None
    transfer_from: str
    lot_rule: str
    lot_quantity: Quantity
    lot_minimum: Quantity
    lot_multiple: Quantity
    lot_maximum: Quantity
    lead_time_days: int | None
    safety_stock: Quantity | None
    supplier: str
    calendar: str
    recorded_at: datetime


def shown(response: Response, row: RowMapping) -> ItemPlanView:
    """The parameters as answer, with their version."""
    etag(response, row["version"])
    return ItemPlanView.model_validate(dict(row))


def _id(ref: str) -> UUID:
    try:
        return UUID(ref)
    except ValueError:
        raise NotFound(what=service.WHAT) from None


@router.post("", status_code=201, response_model=ItemPlanView)
async def add_item_plan(
    body: ItemPlanIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.item_plan.add")],
) -> ItemPlanView:
    """Say how an item is planned."""
    values = body.model_dump(exclude={"company"})
    for name in ("warehouse", "transfer_from", "supplier", "calendar"):
        values[name] = values[name] or ""
    row = await service.add_plan(session, caller, body.company, values)
    response.headers["Location"] = f"{request.url.path}/{row['id']}"
    return shown(response, row)


@router.get("", response_model=Page[ItemPlanView], dependencies=[READ])
async def list_item_plans(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    warehouse: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Planning parameters, by item."""
    query = service.listing(company=company, item=item, warehouse=warehouse)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={"item": columns["item"]},
        default_sort="item",
        make=lambda row: ItemPlanView.model_validate(dict(by_name(row))),
    )


@router.get("/{ref}", response_model=ItemPlanView, dependencies=[READ])
async def get_item_plan(ref: str, response: Response, session: Session) -> ItemPlanView:
    """One set of parameters."""
    return shown(response, await service.get(session, _id(ref)))


@router.patch(
    "/{ref}",
    response_model=ItemPlanView,
    dependencies=[requires("production.item_plan.change")],
)
async def change_item_plan(
    ref: str, body: ItemPlanChange, response: Response, session: Session, version: IfMatch
) -> ItemPlanView:
    """Change how an item is planned; what is left out stays."""
    values = body.model_dump(exclude_unset=True, exclude_none=True)
    return shown(response, await service.change_plan(session, _id(ref), values, expected=version))
