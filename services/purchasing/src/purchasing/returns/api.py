"""How returns to suppliers are asked for over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import Field

from chassis.http import IfMatch, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn, TextIn
from purchasing.orders.rules import LINES_MAX
from purchasing.returns import service
from purchasing.returns.rules import NewLine, Return
from tongheng_contracts.purchasing import PurchaseReturn, PurchaseReturnLine
from tongheng_contracts.values import Amount, Quantity

router = commands("purchasing", "returns")

READ = requires("purchasing.return.read")
AUTHORISE = requires("purchasing.return.authorise")


class ReturnLineIn(Input):
    """What goes back of an order's line, in base units."""

    line: Annotated[int, Field(ge=1, le=1_000_000)]
    quantity: QuantityIn
    unit_price: PriceIn | None = None
    """What the supplier credits: by default the price last billed, else the order's."""


class ReturnIn(Input):
    """Goods of one order that go back to the supplier."""

    purchase_order: CodeIn
    warehouse: CodeIn | None = None
    """By default the order's."""
    reason: TextIn = ""
    business_date: DateIn | None = None
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=LINES_MAX)]


class ReturnLineView(PurchaseReturnLine):
    """A line as answered."""

    quantity_returned: Quantity


class ReturnView(PurchaseReturn):
    """A return as answered."""

    posting_date: str
    recorded_at: datetime
    lines: list[ReturnLineView]  # pyright: ignore[reportIncompatibleVariableOverride]  # answers say more
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


def view(returning: Return) -> ReturnView:
    """A return as answered."""
    document = service.document_of(returning)
    net, tax = returning.amount_net, returning.amount_tax
    return ReturnView.model_validate(
        {
            **dict(document),
            "posting_date": returning.posting_date.isoformat(),
            "recorded_at": returning.recorded_at,
            "lines": [
                {**dict(line), "quantity_returned": known.quantity_returned}
                for line, known in zip(document.lines, returning.lines, strict=True)
            ],
            "amount_net": net,
            "amount_tax": tax,
            "amount_gross": net + tax,
        }
    )


def shown(response: Response, returning: Return) -> ReturnView:
    """The return as answer, with its version."""
    etag(response, returning.version)
    return view(returning)


@router.post(
    "",
    status_code=201,
    response_model=ReturnView,
    dependencies=[requires("purchasing.return.create")],
)
async def create_return(
    body: ReturnIn, request: Request, response: Response, session: Session
) -> ReturnView:
    """Draft a return."""
    returning = await service.create_return(
        session,
        purchase_order=body.purchase_order,
        lines=[NewLine(**dict(line)) for line in body.lines],
        reason=body.reason,
        warehouse=body.warehouse,
        business_date=body.business_date,
    )
    response.headers["Location"] = f"{request.url.path}/{returning.id}"
    return shown(response, returning)


@router.get("", response_model=Page[ReturnView], dependencies=[READ])
async def list_returns(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    supplier: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["draft", "authorised", "returned", "cancelled"] | None = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    order: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Returns, newest first; `order` is the purchase order's id or number."""
    query = await service.listing(
        session, company=company, supplier=supplier, status=status, number=number, order=order
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "business_date")},
        default_sort="-recorded_at",
        make=by_name,
    )
    shown_ones = [view(each) for each in await service.with_lines(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/{ref}", response_model=ReturnView, dependencies=[READ])
async def get_return(ref: str, response: Response, session: Session) -> ReturnView:
    """One return by id or number."""
    return shown(response, await service.get(session, ref))


@router.post("/{ref}/authorise", response_model=ReturnView, dependencies=[AUTHORISE])
async def authorise_return(
    ref: str, response: Response, session: Session, version: IfMatch
) -> ReturnView:
    """Let the goods leave."""
    return shown(response, await service.authorise_return(session, ref, expected=version))


@router.post("/{ref}/approve", response_model=ReturnView, dependencies=[AUTHORISE])
async def approve_return(
    ref: str, response: Response, session: Session, version: IfMatch
) -> ReturnView:
    """The same step as `authorise`."""
    return shown(response, await service.authorise_return(session, ref, expected=version))


@router.post(
    "/{ref}/cancel", response_model=ReturnView, dependencies=[requires("purchasing.return.cancel")]
)
async def cancel_return(
    ref: str, response: Response, session: Session, version: IfMatch
) -> ReturnView:
    """Give up a return that has not left."""
    return shown(response, await service.cancel_return(session, ref, expected=version))
