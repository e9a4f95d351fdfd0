"""Returns over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Response
from pydantic import Field

from chassis.errors import NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn
from inventory.limits import FEW_LINES
from inventory.replicas.rules import BACKDATE, Day
from inventory.returns import service
from inventory.returns.rules import Inspection, ReturnAsked, ReturnLineAsked
from tongheng_contracts.inventory import GoodsReturn, ReturnLine
from tongheng_contracts.values import Quantity

router = commands("inventory", "returns")


class ReturnLineIn(Input):
    """What came back, or goes back."""

    line: int = Field(ge=1)
    """Line of the authorisation."""
    quantity: QuantityIn


class ReturnIn(Input):
    """Goods of an authorised return."""

    authorisation: CodeIn = Field(alias="return")
    """Id or number of the customer's RMA, or of the return to the supplier."""
    warehouse: CodeIn | None = None
    lines: Annotated[list[ReturnLineIn], FEW_LINES] = Field(min_length=1)
    business_date: DateIn | None = None


class InspectionLineIn(Input):
    """How a line was judged."""

    line: int = Field(ge=1)
    accepted: PriceIn = Decimal(0)
    rejected: PriceIn = Decimal(0)


class InspectionIn(Input):
    """How returned goods were judged."""

    lines: Annotated[list[InspectionLineIn], FEW_LINES] = Field(min_length=1)


class ReturnLineView(ReturnLine):
    """A returned line, and how it was judged."""

    accepted: Quantity
    rejected: Quantity


class ReturnView(GoodsReturn):
    """Goods that came back or went back."""

    version: int
    status: str
    recorded_at: datetime
    lines: list[ReturnLineView]  # pyright: ignore[reportIncompatibleVariableOverride]


async def _view(session: Session, response: Response, ref: str) -> ReturnView:
    found = await service.find_view(session, ref)
    if found is None:
        raise NotFound(what=("return", "退货单"))
    etag(response, found["version"])
    return ReturnView.model_validate(found)


@router.post("", status_code=201, response_model=ReturnView)
async def return_goods(
    body: ReturnIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.return.receive")],
) -> ReturnView:
    """Take back what a customer returns (into quarantine), or send back what goes to a supplier."""
    lines = tuple(ReturnLineAsked(x.line, x.quantity) for x in body.lines)
    fact = await service.return_goods(
        session,
        ReturnAsked(
            body.authorisation, lines, body.warehouse, Day(body.business_date, caller.may(BACKDATE))
        ),
    )
    return await _view(session, response, str(fact.id))


@router.post("/{goods_return}/inspect", response_model=ReturnView)
async def inspect_return(
    goods_return: str,
    body: InspectionIn,
    session: Session,
    response: Response,
    if_match: IfMatch,
    caller: Annotated[Principal, requires("inventory.return.inspect")],
) -> ReturnView:
    """Judge returned goods: accepted ones are available again, rejected ones are blocked."""
    inspections = [Inspection(x.line, x.accepted, x.rejected) for x in body.lines]
    head = await service.inspect_return(session, goods_return, inspections, version=if_match)
    return await _view(session, response, str(head.id))


@router.get("", response_model=Page[ReturnView])
async def list_returns(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.return.read")],
    company: str | None = None,
    direction: str | None = None,
    status: str | None = None,
    partner: str | None = None,
    order: str | None = None,
    authorisation_number: str | None = None,
    number: str | None = None,
) -> Page[ReturnView]:
    """Returns, the newest first."""
    page = await service.list_returns(
        session,
        paging,
        company=company,
        direction=direction,
        status=status,
        partner=partner,
        order=order,
        authorisation_number=authorisation_number,
        number=number,
    )
    return Page(items=[ReturnView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{goods_return}", response_model=ReturnView)
async def get_return(
    goods_return: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.return.read")],
) -> ReturnView:
    """One return, by id or number."""
    return await _view(session, response, goods_return)
