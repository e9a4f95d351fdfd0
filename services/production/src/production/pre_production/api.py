"""Pre-production over HTTP: an order's lines before they are produced."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.errors import InvalidQuery, NotFound
from chassis.http import Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from production.engineering.api import EngineeringRequestView, view
from production.pre_production import service
from production.pre_production.rules import LineState
from production.pre_production.service import Prepared
from tongheng_contracts.values import Quantity

router = commands("production", "pre-production")


class SupplyView(BaseModel):
    """What goes into the line: a document, or what is in stock."""

    item: str
    warehouse: str
    quantity: Quantity
    kind: str
    """stock, receipt (bought or moved), firm (a production order), planned, co-product or substitute."""
    document: str
    """Its number, where it is one that the plan names; firm ones are among `production_orders`."""
    date: date


class PlannedView(BaseModel):
    """A planned order for the line."""

    id: UUID
    status: str
    kind: str
    item: str
    quantity: Quantity
    start_date: date
    due_date: date
    late: bool
    document: str
    """What it became when it was accepted."""


class MadeView(BaseModel):
    """A production order for the line."""

    id: UUID
    number: str
    status: str
    item: str
    quantity: Quantity
    quantity_completed: Quantity
    start_date: date | None
    due_date: date | None


class PreProductionLine(BaseModel):
    """A line, where it stands, and what it stands on."""

    company: str
    number: str
    """The order's, or the quotation's."""
    line: int
    state: LineState
    standard: bool
    """It was ordered by its item, and not by a description that had to be engineered."""
    item: str | None
    description: str
    quantity: Quantity
    shipped: Quantity
    requested_date: date | None
    procurement: str
    bom: str
    """The number of the bill of material that is in force today."""
    routing: str
    ready_date: date | None
    """When all that covers it is there, by the plan."""
    late: bool
    uncovered: Quantity
    """What nothing covers."""
    supplies: list[SupplyView]
    planned_orders: list[PlannedView]
    production_orders: list[MadeView]
    engineering_request: EngineeringRequestView | None


def _view(one: Prepared) -> PreProductionLine:
    line, standing = one.line, one.standing
    ready = standing.ready_date
    return PreProductionLine(
        company=one.company, number=one.number, line=line.line, state=standing.state, standard=line.request is None,
        item=line.item or None, description=one.description or (one.item.name if one.item else ""),
        quantity=line.quantity, shipped=line.shipped, requested_date=one.requested_date,
        procurement=one.item.procurement if one.item else "", bom=one.bom.number if one.bom else "",
        routing=one.routing.number if one.routing else "", ready_date=ready,
        late=ready is not None and one.requested_date is not None and ready > one.requested_date,
        uncovered=standing.uncovered,
        supplies=[
            SupplyView(
                item=peg.item, warehouse=peg.warehouse, quantity=peg.quantity, kind=peg.supply_kind,
                document=one.documents.get(peg.supply, ""), date=peg.supply_date,
            )
            for peg in standing.supplies
        ],
        planned_orders=[PlannedView.model_validate(dict(row)) for row in one.planned],
        production_orders=[
            MadeView(
                id=order.id, number=order.number, status=order.status.value, item=order.item, quantity=order.quantity,
                quantity_completed=order.quantity_completed, start_date=order.start_date, due_date=order.due_date,
            )
            for order in one.made
        ],
        engineering_request=view(line.request) if line.request else None,
    )  # fmt: skip


@router.get(
    "",
    response_model=Page[PreProductionLine],
    dependencies=[requires("production.plan.read"), requires("production.engineering.read")],
)
async def list_lines(
    paging: Paging,
    session: Session,
    order: Annotated[str | None, Query(max_length=64)] = None,
    quotation: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """The lines of a sales order, or of an issued quotation, by id or number: exactly one of both is named."""
    if (order is None) == (quotation is None):
        raise InvalidQuery(parameter="order")
    query = service.order_lines(order) if order else service.quotation_lines(quotation or "")
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["line"]],
        allowed_sorts={"line": columns["line"]},
        default_sort="line",
        make=by_name,
    )
    if not found.items and paging.cursor is None:
        what = ("sales order", "销售订单") if order else ("issued quotation", "已发出的报价单")
        raise NotFound(what=what)
    prepared = (
        await service.of_order(session, found.items)
        if order
        else await service.of_quotation(session, found.items)
    )
    return Page[Any](items=[_view(one) for one in prepared], next=found.next)
