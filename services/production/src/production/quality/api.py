"""Inspection plans, inspections and certificates over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.errors import InvalidState
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, NameIn, PriceIn, TextIn
from production.inspections import service as inspections
from production.inspections.rules import (
    Characteristic,
    CharacteristicKind,
    Inspection,
    InspectionStatus,
    Plan,
    Result,
    SamplePlan,
    Sampling,
    Severity,
    Stage,
    summary,
)
from production.inspections.service import NewPlan
from production.quality import service
from tongheng_contracts.values import Price, Quantity

plan_router = commands("production", "inspection-plans")
router = commands("production", "inspections")
READ = requires("production.quality.read")
StageIn = Annotated[Stage, Field(strict=False)]


class SamplingIn(Input):
    """How many pieces are looked at, and how many nonconforming ones in the sample are accepted.

    `aql`: single sampling for normal inspection by ISO 2859-1, with a general level and an acceptance quality limit.
    """

    sampling: Annotated[Sampling, Field(strict=False)] = Sampling.ALL
    size: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    percent: PriceIn = Decimal(0)
    accept: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    level: Annotated[str, Field(max_length=3)] = "II"
    aql: Annotated[str, Field(max_length=4)] = ""


class CharacteristicIn(Input):
    """What is looked at in each piece of the sample; what is measured has a limit."""

    code: CodeIn
    name: NameIn
    kind: Annotated[CharacteristicKind, Field(strict=False)] = CharacteristicKind.ATTRIBUTE
    severity: Annotated[Severity, Field(strict=False)] = Severity.MAJOR
    unit: Annotated[str, Field(max_length=16)] = ""
    target: PriceIn | None = None
    lower: PriceIn | None = None
    upper: PriceIn | None = None


class PlanIn(Input):
    """What is inspected of an item: at an operation, or finally, before it is handed over."""

    company: CodeIn
    item: CodeIn
    stage: StageIn = Stage.FINAL
    operation: Annotated[int, Field(ge=1)] | None = None
    sampling: SamplingIn = SamplingIn()
    characteristics: Annotated[list[CharacteristicIn], Field(min_length=1, max_length=100)]


class ResultIn(Input):
    """What was found in one piece of the sample: a value of what is measured, else whether it was right."""

    piece: Annotated[int, Field(ge=1, le=1_000_000)]
    characteristic: CodeIn
    value: PriceIn | None = None
    conforms: bool = True
    note: TextIn = ""


class ResultsIn(Input):
    """Results; a piece looked at again counts anew."""

    results: Annotated[list[ResultIn], Field(min_length=1, max_length=5000)]


class VerdictIn(Input):
    """A word on the verdict, which follows from the results."""

    text: TextIn = ""


class CharacteristicView(BaseModel):
    """What is looked at."""

    code: str
    name: str
    kind: CharacteristicKind
    severity: Severity
    unit: str
    target: Price | None
    lower: Price | None
    upper: Price | None


class SamplingView(BaseModel):
    """How a sample is drawn."""

    sampling: Sampling
    size: int
    percent: Price
    accept: int
    level: str
    aql: str


class PlanView(BaseModel):
    """An inspection plan as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    item: str
    stage: Stage
    operation: int | None
    sampling: SamplingView
    characteristics: list[CharacteristicView]
    business_date: date


class ResultView(BaseModel):
    """What was found in a piece."""

    piece: int
    characteristic: str
    value: Price | None
    conforms: bool
    note: str


class InspectionView(BaseModel):
    """An inspection as answered."""

    id: UUID
    number: str
    company: str
    version: int
    status: InspectionStatus
    order: UUID
    order_number: str
    item: str
    operation: int
    plan: UUID
    quantity: Quantity
    sample_size: int
    accept: int
    nonconforming: int
    rejected: Quantity
    inspector: str
    text: str
    decided_on: date | None
    business_date: date
    characteristics: list[CharacteristicView]
    results: list[ResultView]


class MeasuredView(BaseModel):
    """A characteristic on a certificate."""

    characteristic: CharacteristicView
    pieces: int
    nonconforming: int
    lowest: Price | None
    highest: Price | None
    mean: Price | None


class Certificate(BaseModel):
    """What can be certified of pieces that were inspected."""

    number: str
    company: str
    order_number: str
    item: str
    operation: int
    quantity: Quantity
    accepted: Quantity
    status: InspectionStatus
    sample_size: int
    acceptance_number: int
    nonconforming: int
    inspector: str
    decided_on: date | None
    measured: list[MeasuredView]


def _characteristic(found: Characteristic) -> CharacteristicView:
    return CharacteristicView(**{
        name: getattr(found, name) for name in CharacteristicView.model_fields
    })  # fmt: skip


def plan_view(plan: Plan) -> PlanView:
    """A plan as answered."""
    return PlanView(
        id=plan.id,
        number=plan.number,
        company=plan.company,
        version=plan.version,
        status=plan.status,
        item=plan.item,
        stage=plan.stage,
        operation=plan.operation,
        sampling=SamplingView(**{
            name: getattr(plan.sample, name) for name in SamplingView.model_fields
        }),
        characteristics=[_characteristic(each) for each in plan.characteristics],
        business_date=plan.business_date,
    )  # fmt: skip


def view(found: Inspection) -> InspectionView:
    """An inspection as answered."""
    made = ("order", "plan", "characteristics", "results")
    return InspectionView(
        order=found.order_id,
        plan=found.plan_id,
        characteristics=[_characteristic(each) for each in found.characteristics],
        results=[
            ResultView(
                piece=each.piece,
                characteristic=each.characteristic,
                value=each.value,
                conforms=each.conforms,
                note=each.note,
            )
            for each in found.results
        ],
        **{name: getattr(found, name) for name in InspectionView.model_fields if name not in made},
    )


def _shown(response: Response, found: Inspection) -> InspectionView:
    etag(response, found.version)
    return view(found)


@plan_router.post("", status_code=201, response_model=PlanView)
async def add_plan(
    body: PlanIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.inspection_plan.add")],
) -> PlanView:
    """Say what is inspected of an item; pieces reported from then on raise inspections."""
    asked = NewPlan(
        company=body.company,
        item=body.item,
        stage=body.stage,
        operation=body.operation,
        sample=SamplePlan(**dict(body.sampling)),
        characteristics=tuple(Characteristic(**dict(each)) for each in body.characteristics),
    )
    made = await inspections.add_plan(session, caller, asked)
    response.headers["Location"] = f"{request.url.path}/{made.id}"
    etag(response, made.version)
    return plan_view(made)


@plan_router.get("", response_model=Page[PlanView], dependencies=[READ])
async def list_plans(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    stage: Stage | None = None,
) -> Page[Any]:
    """Inspection plans, the newest first."""
    query = inspections.plans_listing(
        company=company, item=item, stage=None if stage is None else stage.value
    )
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "item")},
        default_sort="-recorded_at",
        make=lambda row: plan_view(inspections.plan_of(by_name(row))),
    )


@plan_router.get("/{ref}", response_model=PlanView, dependencies=[READ])
async def get_plan(ref: str, response: Response, session: Session) -> PlanView:
    """One inspection plan by id or number."""
    found = await inspections.get_plan(session, ref)
    etag(response, found.version)
    return plan_view(found)


@plan_router.post(
    "/{ref}/end",
    response_model=PlanView,
    dependencies=[requires("production.inspection_plan.end")],
)
async def end_plan(ref: str, response: Response, session: Session, version: IfMatch) -> PlanView:
    """Ask for no more inspections by a plan."""
    found = await inspections.end_plan(session, ref, expected=version)
    etag(response, found.version)
    return plan_view(found)


@router.get("", response_model=Page[InspectionView], dependencies=[READ])
async def list_inspections(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    order: UUID | None = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    status: InspectionStatus | None = None,
) -> Page[Any]:
    """Inspections, the newest first."""
    query = inspections.listing(
        company=company,
        order_id=order,
        item=item,
        status=None if status is None else status.value,
    )
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "item")},
        default_sort="-recorded_at",
        make=lambda row: view(inspections.inspection_of(by_name(row))),
    )


@router.get("/{ref}", response_model=InspectionView, dependencies=[READ])
async def get_inspection(ref: str, response: Response, session: Session) -> InspectionView:
    """One inspection by id or number."""
    return _shown(response, await inspections.get(session, ref))


@router.post("/{ref}/results", response_model=InspectionView)
async def enter_results(
    ref: str,
    body: ResultsIn,
    response: Response,
    session: Session,
    version: IfMatch,
    caller: Annotated[Principal, requires("production.inspection.record")],
) -> InspectionView:
    """Note what was found in pieces of the sample."""
    results = [Result(**dict(each)) for each in body.results]
    found = await service.enter_results(session, caller, ref, results, expected=version)
    return _shown(response, found)


@router.post("/{ref}/decide", response_model=InspectionView)
async def decide_inspection(
    ref: str,
    body: VerdictIn,
    response: Response,
    session: Session,
    version: IfMatch,
    caller: Annotated[Principal, requires("production.inspection.decide")],
) -> InspectionView:
    """Give the verdict that follows from the results; rejected pieces become a nonconformance."""
    return _shown(response, await service.decide(session, caller, ref, body.text, expected=version))


@router.get("/{ref}/certificate", response_model=Certificate, dependencies=[READ])
async def certificate(ref: str, session: Session) -> Certificate:
    """What can be certified of inspected pieces: limits, what was measured, the verdict."""
    found = await inspections.get(session, ref)
    if found.status is InspectionStatus.OPEN:
        raise InvalidState(now=found.status)
    return Certificate(
        number=found.number,
        company=found.company,
        order_number=found.order_number,
        item=found.item,
        operation=found.operation,
        quantity=found.quantity,
        accepted=found.quantity - found.rejected,
        status=found.status,
        sample_size=found.sample_size,
        acceptance_number=found.accept,
        nonconforming=found.nonconforming,
        inspector=found.inspector,
        decided_on=found.decided_on,
        measured=[
            MeasuredView(
                characteristic=_characteristic(each.characteristic),
                pieces=each.pieces,
                nonconforming=each.nonconforming,
                lowest=each.lowest,
                highest=each.highest,
                mean=each.mean,
            )
            for each in summary(found)
        ],
    )
