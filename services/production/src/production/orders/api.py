"""Production orders over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from production.orders import service
from production.orders.rules import Order
from production.orders.service import NewOrder
from tongheng_contracts.production import ProductionOrderStatus
from tongheng_contracts.values import Quantity

router = commands("production", "orders")
READ = requires("production.order.read")
RELEASE = requires("production.order.release")
IdIn = Annotated[UUID, Field(strict=False)]


class OrderIn(Input):
    """An order to make something; its bill and routing are those of the start day."""

    company: CodeIn
    item: CodeIn
    quantity: QuantityIn
    warehouse: CodeIn
    start_date: DateIn | None = None
    due_date: DateIn | None = None
    sales_order: IdIn | None = None
    sales_order_line: int | None = None
    business_date: DateIn | None = None


class OrdersNamed(Input):
    """Orders by id or number."""

    orders: Annotated[list[CodeIn], Field(min_length=1, max_length=1000)]


class OrderDates(Input):
    """New days."""

    start_date: DateIn | None = None
    due_date: DateIn | None = None


class IssueLineIn(Input):
    """Material of one component line."""

    line: int
    quantity: QuantityIn


class IssueIn(Input):
    """Material to ask for; without lines all that was not asked for yet."""

    lines: Annotated[list[IssueLineIn], Field(min_length=1, max_length=2000)] | None = None


class ComponentView(BaseModel):
    """What the order needs of one item."""

    line: int
    item: str
    unit: str
    quantity: Quantity
    warehouse: str
    operation: int | None
    backflush: bool
    requested: Quantity
    issued: Quantity
    pending: Quantity


class OperationView(BaseModel):
    """One step of the order, and where its pieces are."""

    operation: int
    work_centre: str
    description: str
    setup_hours: Quantity
    run_hours: Quantity
    supplier: str
    good: Quantity
    scrapped: Quantity
    defective: Quantity
    reworking: Quantity
    outside: Quantity
    hours: Quantity


class OrderView(BaseModel):
    """A production order as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    item: str
    unit: str
    quantity: Quantity
    warehouse: str
    start_date: date | None
    due_date: date | None
    bom: UUID | None
    routing: UUID | None
    sales_order: UUID | None
    sales_order_line: int | None
    planned_order: UUID | None
    quantity_good: Quantity
    quantity_scrapped: Quantity
    quantity_completed: Quantity
    awaits_material: bool
    business_date: date
    posting_date: date
    recorded_at: datetime | None
    components: list[ComponentView]
    operations: list[OperationView]


def view(order: Order) -> OrderView:
    """A production order as answered."""
    return OrderView(
        id=order.id,
        number=order.number,
        company=order.company,
        version=order.version,
        status=order.status.value,
        item=order.item,
        unit=order.unit,
        quantity=order.quantity,
        warehouse=order.warehouse,
        start_date=order.start_date,
        due_date=order.due_date,
        bom=order.bom,
        routing=order.routing,
        sales_order=order.demand_order,
        sales_order_line=order.demand_line,
        planned_order=order.planned_order,
        quantity_good=order.quantity_good,
        quantity_scrapped=order.quantity_scrapped,
        quantity_completed=order.quantity_completed,
        awaits_material=order.awaits_material,
        business_date=order.business_date,
        posting_date=order.posting_date,
        recorded_at=order.recorded_at,
        components=[
            ComponentView(
                line=c.line,
                item=c.item,
                unit=c.unit,
                quantity=c.quantity,
                warehouse=c.warehouse,
                operation=c.operation,
                backflush=c.backflush,
                requested=c.requested,
                issued=c.issued,
                pending=c.pending,
            )
            for c in order.components
        ],
        operations=[
            OperationView(
                operation=o.operation,
                work_centre=o.work_centre,
                description=o.description,
                setup_hours=o.setup_hours,
                run_hours=o.run_hours,
                supplier=o.supplier,
                good=o.good,
                scrapped=o.scrapped,
                defective=o.defective,
                reworking=o.reworking,
                outside=o.outside,
                hours=o.hours,
            )
            for o in order.operations
        ],
    )


def shown(response: Response, order: Order) -> OrderView:
    """The order as answer, with its version."""
    etag(response, order.version)
    return view(order)


def asked(body: OrderIn) -> NewOrder:
    """What the body asks for."""
    return NewOrder(
        company=body.company,
        item=body.item,
        quantity=body.quantity,
        warehouse=body.warehouse,
        start_date=body.start_date,
        due_date=body.due_date,
        demand_order=body.sales_order,
        demand_line=body.sales_order_line,
        business_date=body.business_date,
    )


@router.post("", status_code=201, response_model=OrderView)
async def add_order(
    body: OrderIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.order.add")],
) -> OrderView:
    """Enter a production order."""
    (order,) = await service.add_orders(session, caller, [asked(body)])
    if isinstance(order, BusinessError):
        raise order
    response.headers["Location"] = f"{request.url.path}/{order.id}"
    return shown(response, order)


@router.post(":batch", response_model=BatchAnswer[OrderView])
async def add_orders(
    body: Batch[OrderIn],
    request: Request,
    session: Session,
    caller: Annotated[Principal, requires("production.order.add")],
) -> Response:
    """Enter many orders; each is answered by itself."""
    return batch_answer(request, await service.add_orders(session, caller, body.read(asked)), view)


@router.post(":release", response_model=list[OrderView], dependencies=[RELEASE])
async def release_orders(body: OrdersNamed, session: Session) -> list[OrderView]:
    """Let many orders be worked on: all of them, or none."""
    return [view(each) for each in await service.release_orders(session, body.orders)]


@router.get("", response_model=Page[OrderView], dependencies=[READ])
async def list_orders(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    status: ProductionOrderStatus | None = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    warehouse: Annotated[str | None, Query(max_length=64)] = None,
    sales_order: UUID | None = None,
) -> Page[Any]:
    """Production orders, the newest first."""
    query = service.listing(
        company=company,
        status=status.value if status else None,
        item=item,
        number=number,
        warehouse=warehouse,
        demand_order=sales_order,
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={
            name: columns[name] for name in ("recorded_at", "number", "item", "business_date")
        },
        default_sort="-recorded_at",
        make=by_name,
    )
    shown_ones = [view(each) for each in await service.with_lines(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/{ref}", response_model=OrderView, dependencies=[READ])
async def get_order(ref: str, response: Response, session: Session) -> OrderView:
    """One order by id or number."""
    return shown(response, await service.get(session, ref))


@router.patch(
    "/{ref}", response_model=OrderView, dependencies=[requires("production.order.change")]
)
async def reschedule_order(
    ref: str, body: OrderDates, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Move an order to other days."""
    order = await service.reschedule(session, ref, body.start_date, body.due_date, expected=version)
    return shown(response, order)


@router.post("/{ref}/release", response_model=OrderView, dependencies=[RELEASE])
async def release_order(
    ref: str, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Let an order be worked on: inventory sets its material aside."""
    (order,) = await service.release_orders(session, [ref], expected=version)
    return shown(response, order)


@router.post(
    "/{ref}/issue", response_model=OrderView, dependencies=[requires("production.order.issue")]
)
async def issue_material(
    ref: str, body: IssueIn, response: Response, session: Session
) -> OrderView:
    """Ask inventory for material; it gives what there is, and the rest when it comes."""
    lines = None if body.lines is None else {each.line: each.quantity for each in body.lines}
    return shown(response, await service.issue_material(session, ref, lines))


@router.post(
    "/{ref}/cancel", response_model=OrderView, dependencies=[requires("production.order.cancel")]
)
async def cancel_order(
    ref: str, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Give an order up that nothing has gone into yet."""
    return shown(response, await service.cancel_order(session, ref, expected=version))
