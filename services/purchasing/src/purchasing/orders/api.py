"""How purchase orders are asked for over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn
from purchasing.orders import service
from purchasing.orders.rules import (
    LINES_MAX,
    LineChange,
    NewLine,
    NewOrder,
    Order,
    OrderChange,
    OrderLine,
)
from tongheng_contracts.purchasing import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("purchasing", "orders")

CREATE = requires("purchasing.order.create")
READ = requires("purchasing.order.read")
Tolerance = Annotated[PriceIn, Field(le=Decimal(10))]
LineNumber = Annotated[int, Field(ge=1, le=1_000_000)]


class OrderLineIn(Input):
    """What is bought. Quantity and price are per `unit`, by default the item's base unit."""

    item: CodeIn
    quantity: QuantityIn
    unit: CodeIn | None = None
    unit_price: PriceIn | None = None
    """By default the supplier's offer."""
    due_date: DateIn | None = None
    """By default the order's day and the lead time."""
    tax_code: CodeIn | None = None
    agreement: CodeIn | None = None
    """A blanket order by id or number: it gives the price and is drawn down."""
    agreement_line: LineNumber | None = None
    """Needed where the agreement has several lines of the item."""


class OrderIn(Input):
    """A purchase order to draft."""

    company: CodeIn
    supplier: CodeIn
    warehouse: CodeIn
    currency: CodeIn | None = None
    tolerance: Tolerance | None = None
    """Over-receipt allowed, as a share of the quantity; 0.02 by default."""
    business_date: DateIn | None = None
    posting_date: DateIn | None = None
    lines: Annotated[list[OrderLineIn], Field(min_length=1, max_length=LINES_MAX)]

    def order(self) -> NewOrder:
        """The order as asked."""
        given = dict(self)
        given["lines"] = tuple(NewLine(**dict(line)) for line in self.lines)
        return NewOrder(**given)


class LineChangeIn(Input):
    """A change of the line with this number; without a number, a new line."""

    line: LineNumber | None = None
    item: CodeIn | None = None
    quantity: QuantityIn | None = None
    unit: CodeIn | None = None
    unit_price: PriceIn | None = None
    due_date: DateIn | None = None
    tax_code: CodeIn | None = None
    agreement: CodeIn | None = None
    """For new lines."""
    agreement_line: LineNumber | None = None


class OrderChangeIn(Input):
    """What may change: anything of a draft, days of delivery later on. What is left out stays."""

    warehouse: CodeIn | None = None
    tolerance: Tolerance | None = None
    business_date: DateIn | None = None
    due_date: DateIn | None = None
    """For all lines that are not named."""
    lines: Annotated[list[LineChangeIn], Field(max_length=LINES_MAX)] = Field(
        default_factory=list[LineChangeIn]
    )
    remove_lines: Annotated[list[LineNumber], Field(max_length=LINES_MAX)] = Field(
        default_factory=list[int]
    )

    def change(self) -> OrderChange:
        """The change as asked."""
        given = dict(self)
        given["lines"] = tuple(LineChange(**dict(line)) for line in self.lines)
        given["remove_lines"] = tuple(self.remove_lines)
        return OrderChange(**given)


class OrderLineView(PurchaseOrderLine):
    """A line as answered."""

    purchase_quantity: Quantity
    purchase_unit: str
    quantity_received: Quantity
    quantity_returned: Quantity
    quantity_open: Quantity
    quantity_billed: Quantity
    billed_price: Price | None
    amount_open: Amount
    agreement: str | None
    """Number of the blanket order that the line draws from."""
    agreement_line: int | None


class OrderView(PurchaseOrder):
    """A purchase order as answered."""

    posting_date: str
    recorded_at: datetime
    approvals_needed: int
    """How many different people must approve it; decided when it is submitted."""
    approvals_given: int
    lines: list[OrderLineView]  # pyright: ignore[reportIncompatibleVariableOverride]  # answers say more


def _line_view(line: PurchaseOrderLine, known: OrderLine) -> dict[str, object]:
    return {
        **dict(line),
        "purchase_quantity": known.purchase_quantity,
        "purchase_unit": known.purchase_unit,
        "quantity_received": known.quantity_received,
        "quantity_returned": known.quantity_returned,
        "quantity_open": known.quantity_open,
        "quantity_billed": known.quantity_billed,
        "billed_price": known.billed_price,
        "amount_open": known.amount_open,
        "agreement": known.agreement_number,
        "agreement_line": known.agreement_line,
    }


def view(order: Order) -> OrderView:
    """An order as answered."""
    document = service.document_of(order)
    return OrderView.model_validate(
        {
            **dict(document),
            "posting_date": order.posting_date.isoformat(),
            "recorded_at": order.recorded_at,
            "approvals_needed": order.approvals_needed,
            "approvals_given": order.approvals_given,
            "lines": [
                _line_view(line, known)
                for line, known in zip(document.lines, order.lines, strict=True)
            ],
        }
    )


def shown(response: Response, order: Order) -> OrderView:
    """The order as answer, with its version."""
    etag(response, order.version)
    return view(order)


@router.post("", status_code=201, response_model=OrderView)
async def create_order(
    body: OrderIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, CREATE],
) -> OrderView:
    """Draft an order."""
    order = await service.create_order(session, caller, body.order())
    response.headers["Location"] = f"{request.url.path}/{order.id}"
    return shown(response, order)


@router.post(":batch", response_model=BatchAnswer[OrderView])
async def create_order_batch(
    body: Batch[OrderIn],
    request: Request,
    session: Session,
    caller: Annotated[Principal, CREATE],
) -> Response:
    """Draft up to 1,000 orders; each row is answered by itself."""
    outcomes = await service.create_orders(session, caller, body.read(OrderIn.order))
    return batch_answer(request, outcomes, view)


@router.get("", response_model=Page[OrderView], dependencies=[READ])
async def list_orders(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    supplier: Annotated[str | None, Query(max_length=64)] = None,
    warehouse: Annotated[str | None, Query(max_length=64)] = None,
    status: PurchaseOrderStatus | None = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    due_before: DateIn | None = None,
    agreement: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Orders, newest first; `agreement` is the number of a blanket order that they draw from."""
    query = service.listing(
        company=company,
        supplier=supplier,
        warehouse=warehouse,
        status=None if status is None else status.value,
        number=number,
        item=item,
        due_before=due_before,
        agreement=agreement,
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={
            name: columns[name]
            for name in ("recorded_at", "number", "business_date", "supplier", "amount_gross")
        },
        default_sort="-recorded_at",
        make=by_name,
    )
    shown_ones = [view(order) for order in await service.with_lines(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/{ref}", response_model=OrderView, dependencies=[READ])
async def get_order(ref: str, response: Response, session: Session) -> OrderView:
    """One order by id or number."""
    return shown(response, await service.get(session, ref))


@router.patch(
    "/{ref}", response_model=OrderView, dependencies=[requires("purchasing.order.change")]
)
async def amend_order(
    ref: str, body: OrderChangeIn, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Change a draft, or days of delivery later on."""
    order = await service.amend_order(session, ref, body.change(), expected=version)
    return shown(response, order)


@router.post(
    "/{ref}/submit", response_model=OrderView, dependencies=[requires("purchasing.order.submit")]
)
async def submit_order(
    ref: str, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Ask for approval."""
    return shown(response, await service.submit_order(session, ref, expected=version))


@router.post("/{ref}/approve", response_model=OrderView)
async def approve_order(
    ref: str,
    response: Response,
    session: Session,
    version: IfMatch,
    caller: Annotated[Principal, requires("purchasing.order.approve")],
) -> OrderView:
    """Approve a submitted order: with the last approval that it needs its goods may be received.

    One's own is approved by somebody else, and each approval is another person's.
    """
    alone = caller.may("purchasing.order.approve_own")
    not_by = None if alone else caller.subject
    return shown(
        response, await service.approve_order(session, ref, expected=version, not_by=not_by)
    )


@router.post(
    "/{ref}/cancel", response_model=OrderView, dependencies=[requires("purchasing.order.cancel")]
)
async def cancel_order(
    ref: str, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Give up what was not received: the whole order, or its remainder."""
    return shown(response, await service.cancel_order(session, ref, expected=version))


@router.post(
    "/{ref}/close", response_model=OrderView, dependencies=[requires("purchasing.order.close")]
)
async def close_order(
    ref: str, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """End a received order; what is missing is not expected any more."""
    return shown(response, await service.close_order(session, ref, expected=version))
