"""Standard costs and the variances of orders over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, NameIn, PriceIn, QuantityIn
from production.costing.rules import Costs
from production.standards import service
from production.standards.rules import LineKind, Standard, VarianceKind, Version
from production.standards.service import NewVersion
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("production", "standard-costs")
order_router = commands("production", "orders")
READ = requires("production.cost.read")


class PriceOf(Input):
    """What an item is bought at, per base unit; with `operation`: what a supplier takes per piece for that step."""

    item: CodeIn
    price: PriceIn
    operation: Annotated[int, Field(ge=1)] | None = None


class LotOf(Input):
    """Over how many pieces an item's setups are spread."""

    item: CodeIn
    quantity: QuantityIn


class VersionIn(Input):
    """A roll-up of what everything should cost from a day on."""

    company: CodeIn
    name: NameIn
    valid_from: DateIn | None = None
    lot_size: QuantityIn = Decimal(1)
    prices: Annotated[list[PriceOf], Field(max_length=10_000)] = []
    lots: Annotated[list[LotOf], Field(max_length=10_000)] = []


class VersionView(BaseModel):
    """A roll-up as answered; `missing` are items (or item/operation) that nothing gives a price."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    name: str
    valid_from: date
    lot_size: Quantity
    missing: list[str]
    items: int
    business_date: date


class StandardView(BaseModel):
    """What one good unit of an item should cost, by element with those of its components."""

    item: str
    level: int
    made: bool
    lot_size: Quantity
    yield_rate: Price
    material: Price
    labour: Price
    overhead: Price
    subcontract: Price
    total: Price


class StandardLineView(BaseModel):
    """One reason why; the lines sum to the total."""

    kind: LineKind
    element: str
    item: str
    operation: int | None
    work_centre: str
    quantity: Quantity
    price: Price
    amount: Price


class StandardWithLines(StandardView):
    """What an item should cost, and why."""

    lines: list[StandardLineView]


class ElementsView(BaseModel):
    """An amount by element."""

    material: Amount
    labour: Amount
    overhead: Amount
    subcontract: Amount
    total: Amount


class VarianceView(BaseModel):
    """A reason why the order cost something else; more is positive."""

    kind: VarianceKind
    element: str
    item: str
    operation: int | None
    actual: Quantity
    standard: Quantity
    amount: Amount


class VariancesView(BaseModel):
    """Why an order cost more or less than its output should have; the variances sum to the total, to the cent."""

    order: UUID
    number: str
    item: str
    quantity_completed: Quantity
    quantity_scrapped: Quantity
    standard_version: str
    actual: ElementsView
    standard: ElementsView
    total: Amount
    by_kind: dict[VarianceKind, Amount]
    variances: list[VarianceView]


def view(found: Version) -> VersionView:
    """A version as answered."""
    values = {name: getattr(found, name) for name in VersionView.model_fields if name != "missing"}
    return VersionView(missing=list(found.missing), **values)


def _shown(response: Response, found: Version) -> VersionView:
    etag(response, found.version)
    return view(found)


def _elements(costs: Costs) -> ElementsView:
    return ElementsView(
        material=costs.material,
        labour=costs.labour,
        overhead=costs.overhead,
        subcontract=costs.subcontract,
        total=costs.total,
    )


def _standard(found: Standard) -> dict[str, Any]:
    return {
        "item": found.item,
        "level": found.level,
        "made": found.made,
        "lot_size": found.lot_size,
        "yield_rate": found.yield_rate,
        "material": found.costs.material,
        "labour": found.costs.labour,
        "overhead": found.costs.overhead,
        "subcontract": found.costs.subcontract,
        "total": found.costs.total,
    }


@router.post("", status_code=201, response_model=VersionView)
async def add_version(
    body: VersionIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.standard_cost.add")],
) -> VersionView:
    """Roll standard costs up by low-level code: bills with yield and scrap, routings, rates, prices."""
    asked = NewVersion(
        company=body.company,
        name=body.name,
        valid_from=body.valid_from,
        lot_size=body.lot_size,
        prices=[(p.item, p.operation, p.price) for p in body.prices],
        lots=[(each.item, each.quantity) for each in body.lots],
    )
    made = await service.add_version(session, caller, asked)
    response.headers["Location"] = f"{request.url.path}/{made.id}"
    return _shown(response, made)


@router.get("", response_model=Page[VersionView], dependencies=[READ])
async def list_versions(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["draft", "frozen"] | None = None,
) -> Page[Any]:
    """Roll-ups, the newest first."""
    query = service.listing(company=company, status=status)
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={name: columns[name] for name in ("recorded_at", "number", "valid_from")},
        default_sort="-recorded_at",
        make=lambda row: VersionView.model_validate(
            {name: by_name(row)[name] for name in VersionView.model_fields}
        ),
    )


@router.get("/{ref}", response_model=VersionView, dependencies=[READ])
async def get_version(ref: str, response: Response, session: Session) -> VersionView:
    """One roll-up by id or number."""
    return _shown(response, await service.get(session, ref))


@router.post(
    "/{ref}/freeze",
    response_model=VersionView,
    dependencies=[requires("production.standard_cost.freeze")],
)
async def freeze(ref: str, response: Response, session: Session, version: IfMatch) -> VersionView:
    """Put a draft in force from its day on; it never changes again."""
    return _shown(response, await service.freeze(session, ref, expected=version))


@router.get("/{ref}/items", response_model=Page[StandardView], dependencies=[READ])
async def list_items(
    ref: str,
    paging: Paging,
    session: Session,
    item: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[Any]:
    """What everything should cost."""
    version = await service.get(session, ref)
    query = service.items_listing(version.id, item)
    columns = query.selected_columns

    def made(row: Any) -> StandardView:
        values = by_name(row)
        total = sum(
            (values[name] for name in ("material", "labour", "overhead", "subcontract")), Decimal(0)
        )
        return StandardView.model_validate({**values, "total": total})

    return await page(
        session,
        query,
        paging,
        key=[columns["item"]],
        allowed_sorts={name: columns[name] for name in ("item", "level")},
        default_sort="item",
        make=made,
    )


@router.get("/{ref}/items/{item}", response_model=StandardWithLines, dependencies=[READ])
async def get_item(ref: str, item: str, session: Session) -> StandardWithLines:
    """Why an item should cost what it should: its components, setups, hours, subcontracted steps."""
    _, found = await service.of_item(session, ref, item)
    return StandardWithLines(
        **_standard(found),
        lines=[
            StandardLineView(
                kind=x.kind,
                element=x.element,
                item=x.item,
                operation=x.operation,
                work_centre=x.work_centre,
                quantity=x.quantity,
                price=x.price,
                amount=x.amount,
            )
            for x in found.lines
        ],
    )


@order_router.get("/{ref}/variances", response_model=VariancesView, dependencies=[READ])
async def variances(ref: str, session: Session) -> VariancesView:
    """Why a finished order cost more or less than the frozen standard of its day."""
    order, version, found = await service.variances(session, ref)
    by_kind: dict[VarianceKind, Decimal] = {}
    for each in found.variances:
        by_kind[each.kind] = by_kind.get(each.kind, Decimal(0)) + each.amount
    return VariancesView(
        order=order.id,
        number=order.number,
        item=order.item,
        quantity_completed=order.quantity_completed,
        quantity_scrapped=order.quantity_scrapped,
        standard_version=version.number,
        actual=_elements(found.actual),
        standard=_elements(found.standard),
        total=found.total,
        by_kind=by_kind,
        variances=[
            VarianceView(
                kind=v.kind,
                element=v.element,
                item=v.item,
                operation=v.operation,
                actual=v.actual,
                standard=v.standard,
                amount=v.amount,
            )
            for v in found.variances
        ],
    )
