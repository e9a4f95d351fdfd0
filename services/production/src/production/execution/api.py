"""The shop floor over HTTP."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, CostIn, DateIn, Input, PriceIn, QuantityIn, TextIn
from production.execution import service
from production.execution.rules import Decision, Nonconformance, Outside, Report
from production.execution.service import ByProduct, CameBack, Decided
from production.orders.api import OrderView, view
from tongheng_contracts.production import OperationReport
from tongheng_contracts.values import Amount, Price, Quantity

order_router = commands("production", "orders")
report_router = commands("production", "reports")
nonconformance_router = commands("production", "nonconformances")
subcontract_router = commands("production", "subcontracts")
READ = requires("production.order.read")
PiecesIn = PriceIn
"""Zero or more."""


class ReportIn(Input):
    """What was done in an operation. `defective` pieces wait for a decision; `reworked` ones were in rework."""

    operation: Annotated[int, Field(ge=1)] | None = None
    good: PiecesIn = Decimal(0)
    scrapped: PiecesIn = Decimal(0)
    defective: PiecesIn = Decimal(0)
    hours: PriceIn = Decimal(0)
    reworked: bool = False
    work_centre: CodeIn | None = None
    defect: TextIn = ""
    business_date: DateIn | None = None


class ReportAnswer(BaseModel):
    """The report, and the order after it."""

    report: OperationReport
    order: OrderView


class ReportView(BaseModel):
    """A report as listed."""

    id: UUID
    number: str
    company: str
    order_id: UUID
    operation: int
    work_centre: str
    good: Quantity
    scrapped: Quantity
    rework: Quantity
    hours: Quantity
    labour: Amount
    overhead: Amount
    business_date: date
    recorded_at: datetime


class ByProductIn(Input):
    """What falls off, and what all of it is worth."""

    item: CodeIn
    quantity: QuantityIn
    value: CostIn
    warehouse: CodeIn | None = None


class DecisionIn(Input):
    """What becomes of the pieces, or of some of them."""

    decision: Literal["use", "rework", "subcontract", "scrap"]
    quantity: QuantityIn | None = None
    text: TextIn = ""
    by_product: ByProductIn | None = None
    supplier: CodeIn | None = None
    unit_price: PriceIn = Decimal(0)
    tax_code: CodeIn | None = None


class NonconformanceView(BaseModel):
    """A nonconformance as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    order: UUID
    order_number: str
    item: str
    operation: int
    quantity: Quantity
    defect: str
    decision: str
    text: str
    business_date: date


class SubcontractIn(Input):
    """Pieces of an operation for a supplier."""

    order: CodeIn
    operation: Annotated[int, Field(ge=1)] | None = None
    quantity: QuantityIn
    supplier: CodeIn | None = None
    unit_price: PriceIn
    tax_code: CodeIn | None = None


class CameBackIn(Input):
    """What came back, with the supplier's bill: by default at the price agreed."""

    good: PiecesIn
    scrapped: PiecesIn = Decimal(0)
    supplier_number: CodeIn
    amount_net: CostIn | None = None
    due_date: DateIn | None = None
    business_date: DateIn | None = None


class SubcontractView(BaseModel):
    """Work given to a supplier, as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    order: UUID
    order_number: str
    operation: int
    supplier: str
    quantity: Quantity
    good: Quantity
    scrapped: Quantity
    unit_price: Price
    currency: str
    tax_code: str
    business_date: date


def nonconformance_view(found: Nonconformance) -> NonconformanceView:
    """A nonconformance as answered."""
    values = {
        name: getattr(found, name) for name in NonconformanceView.model_fields if name != "order"
    }
    return NonconformanceView(order=found.order_id, **values)


def subcontract_view(work: Outside) -> SubcontractView:
    """Work given to a supplier, as answered."""
    values = {name: getattr(work, name) for name in SubcontractView.model_fields if name != "order"}
    return SubcontractView(order=work.order_id, **values)


@order_router.post(
    "/{ref}/report",
    response_model=ReportAnswer,
    dependencies=[requires("production.order.report")],
)
async def report_operation(
    ref: str, body: ReportIn, response: Response, session: Session, version: IfMatch
) -> ReportAnswer:
    """Report work: pieces, hours, odd pieces."""
    order, fact = await service.report_operation(
        session, ref, Report(**dict(body)), expected=version
    )
    etag(response, order.version)
    return ReportAnswer(report=fact, order=view(order))


@report_router.get("", response_model=Page[ReportView], dependencies=[READ])
async def list_reports(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    order: UUID | None = None,
) -> Page[Any]:
    """Reports, the newest first."""
    query = service.reports_listing(order=order, company=company)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "business_date")},
        default_sort="-recorded_at",
        make=lambda row: ReportView.model_validate(dict(by_name(row))),
    )


@nonconformance_router.get(
    "", response_model=Page[NonconformanceView], dependencies=[requires("production.quality.read")]
)
async def list_nonconformances(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    order: UUID | None = None,
    status: Literal["open", "decided"] | None = None,
) -> Page[Any]:
    """Pieces that were not as they must be, the newest first."""
    query = service.nonconformances_listing(order=order, company=company, status=status)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "business_date")},
        default_sort="-recorded_at",
        make=lambda row: NonconformanceView(order=row.order_id, **{
            name: by_name(row)[name] for name in NonconformanceView.model_fields if name != "order"
        }),
    )  # fmt: skip


@nonconformance_router.get(
    "/{ref}",
    response_model=NonconformanceView,
    dependencies=[requires("production.quality.read")],
)
async def get_nonconformance(ref: str, response: Response, session: Session) -> NonconformanceView:
    """One nonconformance."""
    found = await service.get_nonconformance(session, ref)
    etag(response, found.version)
    return nonconformance_view(found)


@nonconformance_router.post(
    "/{ref}/decide",
    response_model=NonconformanceView,
    dependencies=[requires("production.quality.decide")],
)
async def decide(
    ref: str, body: DecisionIn, response: Response, session: Session, version: IfMatch
) -> NonconformanceView:
    """Decide what becomes of the pieces, or of some of them."""
    asked = Decided(
        decision=Decision(body.decision),
        quantity=body.quantity,
        text=body.text,
        by_product=ByProduct(**dict(body.by_product)) if body.by_product else None,
        supplier=body.supplier,
        unit_price=body.unit_price,
        tax_code=body.tax_code,
    )
    found = await service.decide(session, ref, asked, expected=version)
    etag(response, found.version)
    return nonconformance_view(found)


@subcontract_router.post("", status_code=201, response_model=SubcontractView)
async def send_outside(
    body: SubcontractIn,
    request: Request,
    response: Response,
    session: Session,
    _: Annotated[Any, requires("production.subcontract.send")],
) -> SubcontractView:
    """Give an operation's pieces to a supplier."""
    work = await service.send_outside(
        session,
        body.order,
        operation=body.operation,
        quantity=body.quantity,
        supplier=body.supplier,
        unit_price=body.unit_price,
        tax_code=body.tax_code,
    )
    response.headers["Location"] = f"{request.url.path}/{work.id}"
    etag(response, work.version)
    return subcontract_view(work)


@subcontract_router.get(
    "",
    response_model=Page[SubcontractView],
    dependencies=[requires("production.subcontract.read")],
)
async def list_subcontracts(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    order: UUID | None = None,
    supplier: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["sent", "received"] | None = None,
) -> Page[Any]:
    """Work given to suppliers, the newest first."""
    query = service.subcontracts_listing(
        order=order, company=company, status=status, supplier=supplier
    )
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "business_date")},
        default_sort="-recorded_at",
        make=lambda row: SubcontractView(order=row.order_id, **{
            name: by_name(row)[name] for name in SubcontractView.model_fields if name != "order"
        }),
    )  # fmt: skip


@subcontract_router.get(
    "/{ref}", response_model=SubcontractView, dependencies=[requires("production.subcontract.read")]
)
async def get_subcontract(ref: str, response: Response, session: Session) -> SubcontractView:
    """One piece of work given to a supplier."""
    work = await service.get_subcontract(session, ref)
    etag(response, work.version)
    return subcontract_view(work)


@subcontract_router.post(
    "/{ref}/receive",
    response_model=SubcontractView,
    dependencies=[requires("production.subcontract.receive")],
)
async def receive_outside(
    ref: str, body: CameBackIn, response: Response, session: Session, version: IfMatch
) -> SubcontractView:
    """Take pieces back from a supplier, with his bill."""
    work = await service.receive_outside(session, ref, CameBack(**dict(body)), expected=version)
    etag(response, work.version)
    return subcontract_view(work)
