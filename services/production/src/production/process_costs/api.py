"""Process cost sheets over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.errors import ValidationFailed
from chassis.http import Principal, Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, PriceIn
from production.costing.rules import Costs
from production.process_costs import service
from production.process_costs.rules import HALF, ONE, Count, InWork, Method, Sheet, Step
from production.process_costs.service import NewSheet
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("production", "process-costs")
READ = requires("production.cost.read")


class CountIn(Input):
    """What is in work at an operation; `quantity` may be left out after the first: the reports say it.

    A degree is the share of this step's cost that a piece has in it: 0 to 1.
    """

    operation: Annotated[int, Field(ge=1)]
    quantity: PriceIn | None = None
    material_degree: PriceIn = ONE
    conversion_degree: PriceIn = HALF


class SheetIn(Input):
    """What the steps of an item have cost since the sheet before."""

    company: CodeIn
    item: CodeIn
    period: Annotated[str, Field(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]
    method: Annotated[Method, Field(strict=False)] = Method.WEIGHTED_AVERAGE
    work_in_process: Annotated[list[CountIn], Field(max_length=200)] = []


class ElementCosts(BaseModel):
    """An amount by element."""

    material: Amount
    labour: Amount
    overhead: Amount
    subcontract: Amount
    total: Amount


class InWorkView(BaseModel):
    """Pieces in work, how far they are, and what they have cost before this step and in it."""

    quantity: Quantity
    material_degree: Price
    conversion_degree: Price
    carried: ElementCosts
    own: ElementCosts


class ProcessStepView(BaseModel):
    """A step: opening, carried and added are handed on, in work or written off, to the cent."""

    operation: int
    opening: InWorkView
    came: Quantity
    good: Quantity
    lost: Quantity
    closing: InWorkView
    carried: ElementCosts
    added: ElementCosts
    handed_on: ElementCosts
    written_off: ElementCosts
    equivalent_units: dict[str, Quantity]
    unit_cost: Price | None


class SheetView(BaseModel):
    """A process cost sheet; the last step's handed_on is what was finished."""

    id: UUID
    number: str
    company: str
    item: str
    period: str
    method: Method
    steps: list[ProcessStepView]


class SheetHead(BaseModel):
    """A sheet as listed."""

    id: UUID
    number: str
    company: str
    item: str
    period: str
    method: Method
    quantity: Quantity
    cost: Amount
    in_work: Amount
    business_date: date


def _costs(costs: Costs) -> ElementCosts:
    return ElementCosts(
        material=costs.material,
        labour=costs.labour,
        overhead=costs.overhead,
        subcontract=costs.subcontract,
        total=costs.total,
    )


def _in_work(found: InWork) -> InWorkView:
    return InWorkView(
        quantity=found.units,
        material_degree=found.material_degree,
        conversion_degree=found.conversion_degree,
        carried=_costs(found.carried),
        own=_costs(found.own),
    )


def _step(step: Step) -> ProcessStepView:
    return ProcessStepView(
        operation=step.operation,
        opening=_in_work(step.opening),
        came=step.came,
        good=step.good,
        lost=step.lost,
        closing=_in_work(step.closing),
        carried=_costs(step.carried),
        added=_costs(step.added),
        handed_on=_costs(step.handed_on),
        written_off=_costs(step.written_off),
        equivalent_units={k: round(v, 6) for k, v in step.equivalent.items()},
        unit_cost=round(step.handed_on.total / step.good, 6) if step.good else None,
    )


def view(sheet: Sheet) -> SheetView:
    """A sheet as answered."""
    return SheetView(
        id=sheet.id,
        number=sheet.number,
        company=sheet.company,
        item=sheet.item,
        period=sheet.period,
        method=sheet.method,
        steps=[_step(step) for step in sheet.steps],
    )


def _counts(given: list[CountIn]) -> dict[int, Count]:
    found: dict[int, Count] = {}
    for index, each in enumerate(given):
        for name in ("material_degree", "conversion_degree"):
            if getattr(each, name) > Decimal(1):
                raise ValidationFailed(
                    en="A degree is at most 1.",
                    zh="完工程度不能超过 1。",
                    field=f"/work_in_process/{index}/{name}",
                )
        if each.operation in found:
            raise ValidationFailed(
                en="This operation is given twice.",
                zh="该工序重复。",
                field=f"/work_in_process/{index}/operation",
            )
        found[each.operation] = Count(each.quantity, each.material_degree, each.conversion_degree)
    return found


@router.post("", status_code=201, response_model=SheetView)
async def add_sheet(
    body: SheetIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.process_cost.add")],
) -> SheetView:
    """Compute what each step of an item has cost since the sheet before, with equivalent units, and keep it."""
    asked = NewSheet(
        company=body.company,
        item=body.item,
        period=body.period,
        method=body.method,
        counts=_counts(body.work_in_process),
    )
    sheet = await service.add_sheet(session, caller, asked)
    response.headers["Location"] = f"{request.url.path}/{sheet.id}"
    return view(sheet)


@router.get("", response_model=Page[SheetHead], dependencies=[READ])
async def list_sheets(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    period: Annotated[str | None, Query(max_length=7)] = None,
) -> Page[Any]:
    """Sheets, the newest first."""
    query = service.listing(company=company, item=item, period=period)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "period")},
        default_sort="-recorded_at",
        make=lambda row: SheetHead.model_validate(
            {name: by_name(row)[name] for name in SheetHead.model_fields}
        ),
    )


@router.get("/{ref}", response_model=SheetView, dependencies=[READ])
async def get_sheet(ref: str, session: Session) -> SheetView:
    """One sheet by id or number."""
    return view(await service.get(session, ref))
