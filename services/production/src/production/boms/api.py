"""Bills of material over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn
from production.boms import service
from production.boms.rules import LEVELS_MAX, LINES_MAX, Bom, Component, Output, OutputKind, explode
from production.boms.service import NewBom
from production.replicas import service as replicas
from tongheng_contracts.production import Bom as BomDocument
from tongheng_contracts.values import Quantity

router = commands("production", "boms")
READ = requires("production.bom.read")
RateIn = Annotated[PriceIn, Field(lt=1)]
YieldIn = Annotated[PriceIn, Field(gt=0, le=1)]
LineIn = Annotated[int, Field(ge=1, le=100_000)]


class ComponentIn(Input):
    """What goes into the base quantity, in the component's base unit."""

    item: CodeIn
    quantity: QuantityIn
    line: LineIn | None = None
    scrap_rate: RateIn = Decimal(0)
    operation: Annotated[int, Field(ge=0, le=100_000)] | None = None
    backflush: bool = False
    alternate_of: LineIn | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] = 0
    valid_from: DateIn | None = None
    valid_to: DateIn | None = None


class OutputIn(Input):
    """A co-product with its share of the cost, or a by-product at a fixed value."""

    item: CodeIn
    quantity: QuantityIn
    kind: OutputKind = "by"
    cost_share: RateIn = Decimal(0)
    unit_value: PriceIn = Decimal(0)


class BomIn(Input):
    """A bill of material; `yield_rate` is good pieces per piece started."""

    company: CodeIn
    item: CodeIn
    warehouse: CodeIn | None = None
    revision: CodeIn = "A"
    valid_from: DateIn | None = None
    valid_to: DateIn | None = None
    base_quantity: QuantityIn = Decimal(1)
    yield_rate: YieldIn = Decimal(1)
    components: Annotated[list[ComponentIn], Field(min_length=1, max_length=LINES_MAX)]
    outputs: Annotated[list[OutputIn], Field(max_length=100)] = []


class BomEnd(Input):
    """The first day on which it is not used any more."""

    valid_to: DateIn


class BomView(BomDocument):
    """A bill as answered."""


class UsedIn(BaseModel):
    """One step of where-used: `component` goes into `item`."""

    level: int
    item: str
    component: str
    bom: str
    revision: str
    quantity: Quantity
    base_quantity: Quantity


class NeedView(BaseModel):
    """What a quantity needs."""

    item: str
    quantity: Quantity
    unit: str
    via: list[str]


def view(bom: Bom) -> BomView:
    """A bill as answered."""
    return BomView.model_validate(service.document_of(bom).model_dump())


def shown(response: Response, bom: Bom) -> BomView:
    """The bill as answer, with its version."""
    etag(response, bom.version)
    return view(bom)


def _component(number: int, given: ComponentIn) -> Component:
    values: dict[str, Any] = dict(given)
    values["line"] = given.line or number
    return Component(**values)


def asked(body: BomIn) -> NewBom:
    """What the body asks for."""
    return NewBom(
        company=body.company,
        item=body.item,
        warehouse=body.warehouse,
        revision=body.revision,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        base_quantity=body.base_quantity,
        yield_rate=body.yield_rate,
        components=tuple(_component(n, c) for n, c in enumerate(body.components, start=1)),
        outputs=tuple(Output(line=n, **dict(o)) for n, o in enumerate(body.outputs, start=1)),
    )


@router.post("", status_code=201, response_model=BomView)
async def add_bom(
    body: BomIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("production.bom.add")],
) -> BomView:
    """Enter a bill of material."""
    (bom,) = await service.add_boms(session, caller, [asked(body)])
    if isinstance(bom, BusinessError):
        raise bom
    response.headers["Location"] = f"{request.url.path}/{bom.id}"
    return shown(response, bom)


@router.post(":batch", response_model=BatchAnswer[BomView])
async def add_boms(
    body: Batch[BomIn],
    request: Request,
    session: Session,
    caller: Annotated[Principal, requires("production.bom.add")],
) -> Response:
    """Enter many bills; each is answered by itself."""
    return batch_answer(request, await service.add_boms(session, caller, body.read(asked)), view)


@router.get("", response_model=Page[BomView], dependencies=[READ])
async def list_boms(
    paging: Paging,
    session: Session,
    company: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    component: Annotated[str | None, Query(max_length=64)] = None,
    warehouse: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["active", "ended"] | None = None,
) -> Page[Any]:
    """Bills of material, by item."""
    query = service.listing(
        company=company, item=item, component=component, warehouse=warehouse, status=status
    )
    columns = query.selected_columns
    found: Page[Any] = await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={
            name: columns[name] for name in ("item", "number", "valid_from", "recorded_at")
        },
        default_sort="item",
        make=by_name,
    )
    shown_ones = [view(each) for each in await service.with_lines(session, found.items)]
    return Page[Any](items=shown_ones, next=found.next)


@router.get("/where-used", response_model=list[UsedIn], dependencies=[READ])
async def where_used(
    session: Session,
    company: Annotated[str, Query(max_length=64)],
    item: Annotated[str, Query(max_length=64)],
    levels: Annotated[int, Query(ge=1, le=LEVELS_MAX)] = LEVELS_MAX,
) -> list[UsedIn]:
    """What an item goes into, on every level."""
    rows = await service.used_in(session, company, item, levels)
    return [
        UsedIn(
            level=level,
            item=above,
            component=component,
            bom=number,
            revision=revision,
            quantity=quantity,
            base_quantity=base,
        )
        for level, above, component, _, revision, number, quantity, base in rows
    ]


@router.get("/explosion", response_model=list[NeedView], dependencies=[READ])
async def explosion(
    session: Session,
    company: Annotated[str, Query(max_length=64)],
    item: Annotated[str, Query(max_length=64)],
    quantity: Annotated[Decimal, Query(gt=0, lt=1e15)],
    day: Annotated[date | None, Query()] = None,
    warehouse: Annotated[str, Query(max_length=64)] = "",
) -> list[NeedView]:
    """What a started quantity needs, one level down, phantoms blown through; not rounded."""
    on = day or await replicas.today(session, company)
    bom = await service.bom_for(session, company, item, on, warehouse)
    phantoms = await service.phantoms_below(session, [bom], on, warehouse)
    needs = explode(bom, quantity, on, phantoms=phantoms)
    items = await replicas.find_items(session, {need.item for need in needs})
    return [
        NeedView(
            item=n.item,
            quantity=n.quantity,
            unit=items[n.item].base_unit if n.item in items else "",
            via=list(n.via),
        )
        for n in needs
    ]


@router.get("/{ref}", response_model=BomView, dependencies=[READ])
async def get_bom(ref: str, response: Response, session: Session) -> BomView:
    """One bill by id or number."""
    return shown(response, await service.get(session, ref))


@router.patch("/{ref}", response_model=BomView, dependencies=[requires("production.bom.end")])
async def end_bom(
    ref: str, body: BomEnd, response: Response, session: Session, version: IfMatch
) -> BomView:
    """Let a bill end on a day."""
    return shown(response, await service.end_bom(session, ref, body.valid_to, expected=version))
