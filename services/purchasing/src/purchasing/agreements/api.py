"""How blanket orders are asked for over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import AmountIn, CodeIn, DateIn, Input, PriceIn, QuantityIn
from purchasing.agreements import service
from purchasing.agreements.rules import LINES_MAX, Agreement, NewAgreement, NewLine, Status
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("purchasing", "agreements")

READ = requires("purchasing.agreement.read")


class AgreementLineIn(Input):
    """What is agreed of an item. Quantity and price are per `unit`, by default the item's base unit."""

    item: CodeIn
    unit: CodeIn | None = None
    unit_price: PriceIn
    quantity_limit: QuantityIn | None = None
    amount_limit: AmountIn | None = None
    """Net, in the agreement's currency."""

    def line(self) -> NewLine:
        """The line as asked."""
        return NewLine(**dict(self))


Lines = Annotated[list[AgreementLineIn], Field(min_length=1, max_length=LINES_MAX)]


class AgreementIn(Input):
    """A blanket order to draft."""

    company: CodeIn
    supplier: CodeIn
    currency: CodeIn | None = None
    valid_from: DateIn
    valid_until: DateIn
    """The last day on which an order may be of."""
    business_date: DateIn | None = None
    lines: Lines

    def agreement(self) -> NewAgreement:
        """The agreement as asked."""
        given = dict(self)
        given["lines"] = tuple(line.line() for line in self.lines)
        return NewAgreement(**given)


class AgreementChangeIn(Input):
    """What may change of a draft. What is left out stays; lines are given as a whole."""

    valid_from: DateIn | None = None
    valid_until: DateIn | None = None
    lines: Lines | None = None

    def change(self) -> service.Change:
        """The change as asked."""
        lines = None if self.lines is None else tuple(line.line() for line in self.lines)
        return service.Change(self.valid_from, self.valid_until, lines)


class AgreementLineView(BaseModel):
    """A line as answered: what is agreed, drawn, left and received, in base units and net."""

    line: int
    item: str
    unit: str
    unit_price: Price
    quantity_limit: Quantity | None
    amount_limit: Amount | None
    quantity_released: Quantity
    amount_released: Amount
    quantity_left: Quantity | None
    """None: only the value is limited."""
    amount_left: Amount | None
    """None: only the quantity is limited."""
    quantity_received: Quantity


class AgreementView(BaseModel):
    """A blanket order as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: Status
    business_date: date
    posting_date: date
    supplier: str
    currency: str
    valid_from: date
    valid_until: date
    lines: list[AgreementLineView]
    recorded_at: datetime | None


def view(agreement: Agreement) -> AgreementView:
    """An agreement as answered."""
    return AgreementView(
        id=agreement.id,
        number=agreement.number,
        company=agreement.company,
        version=agreement.version,
        status=agreement.status,
        business_date=agreement.business_date,
        posting_date=agreement.posting_date,
        supplier=agreement.supplier,
        currency=agreement.currency,
        valid_from=agreement.valid_from,
        valid_until=agreement.valid_until,
        lines=[
            AgreementLineView(
                line=line.line,
                item=line.item,
                unit=line.unit,
                unit_price=line.unit_price,
                quantity_limit=line.quantity_limit,
                amount_limit=line.amount_limit,
                quantity_released=line.quantity_released,
                amount_released=line.amount_released,
                quantity_left=line.quantity_left,
                amount_left=line.amount_left,
                quantity_received=line.quantity_received,
            )
            for line in agreement.lines
        ],
        recorded_at=agreement.recorded_at,
    )


def shown(response: Response, agreement: Agreement) -> AgreementView:
    """The agreement as answer, with its version."""
    etag(response, agreement.version)
    return view(agreement)


@router.post("", status_code=201, response_model=AgreementView)
async def create_agreement(
    body: AgreementIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("purchasing.agreement.create")],
) -> AgreementView:
    """Draft a blanket order."""
    agreement = await service.create_agreement(session, caller, body.agreement())
    response.headers["Location"] = f"{request.url.path}/{agreement.id}"
    return shown(response, agreement)


@router.get("", response_model=Page[AgreementView], dependencies=[READ])
async def list_agreements(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    supplier: Annotated[str | None, Query(max_length=64)] = None,
    status: Status | None = None,
    number: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """Blanket orders, newest first."""
    query = service.listing(
        company=company,
        supplier=supplier,
        status=None if status is None else status.value,
        number=number,
        item=item,
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={
            name: columns[name] for name in ("recorded_at", "number", "supplier", "valid_until")
        },
        default_sort="-recorded_at",
        make=by_name,
    )
    shown_ones = [view(each) for each in await service.with_lines(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/{ref}", response_model=AgreementView, dependencies=[READ])
async def get_agreement(ref: str, response: Response, session: Session) -> AgreementView:
    """One blanket order by id or number."""
    return shown(response, await service.get(session, ref))


@router.patch(
    "/{ref}",
    response_model=AgreementView,
    dependencies=[requires("purchasing.agreement.change")],
)
async def amend_agreement(
    ref: str, body: AgreementChangeIn, response: Response, session: Session, version: IfMatch
) -> AgreementView:
    """Change a draft."""
    return shown(
        response, await service.amend_agreement(session, ref, body.change(), expected=version)
    )


@router.post("/{ref}/approve", response_model=AgreementView)
async def approve_agreement(
    ref: str,
    response: Response,
    session: Session,
    version: IfMatch,
    caller: Annotated[Principal, requires("purchasing.agreement.approve")],
) -> AgreementView:
    """Let orders draw from it. One's own is approved by somebody else."""
    alone = caller.may("purchasing.agreement.approve_own")
    not_by = None if alone else caller.subject
    return shown(
        response, await service.approve_agreement(session, ref, expected=version, not_by=not_by)
    )


@router.post(
    "/{ref}/close",
    response_model=AgreementView,
    dependencies=[requires("purchasing.agreement.close")],
)
async def close_agreement(
    ref: str, response: Response, session: Session, version: IfMatch
) -> AgreementView:
    """End it: nothing more is drawn; orders that have drawn stay as they are."""
    return shown(response, await service.close_agreement(session, ref, expected=version))
