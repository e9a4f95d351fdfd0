"""How requisitions are asked for over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from purchasing.requisitions import service
from purchasing.requisitions.rules import LINES_MAX, Requisition
from purchasing.requisitions.service import NewLine
from tongheng_contracts.purchasing import Requisition as RequisitionDocument

router = commands("purchasing", "requisitions")

READ = requires("purchasing.requisition.read")


class RequisitionLineIn(Input):
    """Something to be bought. The quantity is in `unit`, by default the item's base unit."""

    item: CodeIn
    quantity: QuantityIn
    warehouse: CodeIn
    unit: CodeIn | None = None
    due_date: DateIn | None = None
    supplier: CodeIn | None = None
    """By default the preferred one of those who offer the item."""


class RequisitionIn(Input):
    """A requisition by hand."""

    company: CodeIn
    business_date: DateIn | None = None
    lines: Annotated[list[RequisitionLineIn], Field(min_length=1, max_length=LINES_MAX)]


class RequisitionView(RequisitionDocument):
    """A requisition as answered."""

    posting_date: str
    recorded_at: datetime


def view(requisition: Requisition) -> RequisitionView:
    """A requisition as answered."""
    return RequisitionView.model_validate(
        {
            **service.document_of(requisition).model_dump(),
            "posting_date": requisition.posting_date.isoformat(),
            "recorded_at": requisition.recorded_at,
        }
    )


def shown(response: Response, requisition: Requisition) -> RequisitionView:
    """The requisition as answer, with its version."""
    etag(response, requisition.version)
    return view(requisition)


@router.post("", status_code=201, response_model=RequisitionView)
async def raise_requisition(
    body: RequisitionIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("purchasing.requisition.raise")],
) -> RequisitionView:
    """Ask for something to be bought."""
    requisition = await service.raise_requisition(
        session,
        caller,
        company=body.company,
        business_date=body.business_date,
        lines=[NewLine(**dict(line)) for line in body.lines],
    )
    response.headers["Location"] = f"{request.url.path}/{requisition.id}"
    return shown(response, requisition)


@router.get("", response_model=Page[RequisitionView], dependencies=[READ])
async def list_requisitions(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["open", "ordered", "cancelled"] | None = None,
    origin: Literal["manual", "shortage", "reorder", "mrp"] | None = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    supplier: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    order: UUID | None = None,
) -> Page[Any]:
    """Requisitions, newest first; `order` is the id of the sales order whose shortage raised them."""
    query = service.listing(
        company=company,
        status=status,
        origin=origin,
        number=number,
        supplier=supplier,
        item=item,
        order=order,
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={
            name: columns[name] for name in ("recorded_at", "number", "business_date", "status")
        },
        default_sort="-recorded_at",
        make=by_name,
    )
    shown_ones = [view(each) for each in await service.with_lines(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/{ref}", response_model=RequisitionView, dependencies=[READ])
async def get_requisition(ref: str, response: Response, session: Session) -> RequisitionView:
    """One requisition by id or number."""
    return shown(response, await service.get(session, ref))


@router.post(
    "/{ref}/cancel",
    response_model=RequisitionView,
    dependencies=[requires("purchasing.requisition.cancel")],
)
async def cancel_requisition(
    ref: str, response: Response, session: Session, version: IfMatch
) -> RequisitionView:
    """Ask no more for what is still open."""
    return shown(response, await service.cancel_requisition(session, ref, expected=version))
