"""Adjusting over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, CostIn, DateIn, Input, PriceIn, SignedQuantityIn, TextIn
from inventory.adjustments import service
from inventory.adjustments.rules import AdjustmentAsked, AdjustmentLineAsked
from inventory.limits import FEW_LINES
from inventory.replicas.rules import BACKDATE, Day
from tongheng_contracts.inventory import Adjustment

router = commands("inventory", "adjustments")


class AdjustmentLineIn(Input):
    """A change of stock: positive comes in, negative goes out."""

    item: CodeIn
    warehouse: CodeIn
    quantity: SignedQuantityIn
    unit_cost: PriceIn | None = None
    amount: CostIn | None = None
    """What the whole increase is worth; wins over `unit_cost`."""
    lot: CodeIn | None = None
    bin: CodeIn | None = None
    expiry: DateIn | None = None


class AdjustmentIn(Input):
    """Stock set right."""

    company: CodeIn
    reason: CodeIn
    """opening, count, damage, found, or another of the company's."""
    text: TextIn = ""
    lines: Annotated[list[AdjustmentLineIn], FEW_LINES] = Field(min_length=1)
    business_date: DateIn | None = None


class AdjustmentView(Adjustment):
    """An adjustment."""

    version: int
    status: str
    recorded_at: datetime


@router.post("", status_code=201, response_model=AdjustmentView)
async def adjust_stock(
    body: AdjustmentIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.adjustment.create")],
) -> AdjustmentView:
    """Set stock right: all lines, or none."""
    caller.check_company(body.company)
    lines = tuple(
        AdjustmentLineAsked(
            x.item,
            x.warehouse,
            x.quantity,
            x.unit_cost,
            x.amount,
            x.lot or "",
            x.bin or "",
            x.expiry,
        )
        for x in body.lines
    )
    asked = AdjustmentAsked(
        body.company, body.reason, lines, body.text, Day(body.business_date, caller.may(BACKDATE))
    )
    fact = await service.adjust_stock(session, asked)
    etag(response, 1)
    return AdjustmentView.model_validate(await service.find_adjustment(session, str(fact.id)))


@router.get("", response_model=Page[AdjustmentView])
async def list_adjustments(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.adjustment.read")],
    company: str | None = None,
    reason: str | None = None,
    number: str | None = None,
) -> Page[AdjustmentView]:
    """Adjustments, the newest first."""
    page = await service.list_adjustments(
        session, paging, company=company, reason=reason, number=number
    )
    return Page(items=[AdjustmentView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{adjustment}", response_model=AdjustmentView)
async def get_adjustment(
    adjustment: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.adjustment.read")],
) -> AdjustmentView:
    """One adjustment, by id or number."""
    found = await service.find_adjustment(session, adjustment)
    if found is None:
        raise NotFound(what=("adjustment", "调整单"))
    etag(response, found["version"])
    return AdjustmentView.model_validate(found)
