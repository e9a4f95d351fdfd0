"""How items are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.http import IfMatch, Principal, Session, commands, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, PriceIn, QuantityIn, TextIn
from masterdata.categories.service import CATEGORY
from masterdata.items import service
from masterdata.items.rules import (
    Conversion,
    NewItem,
    Procurement,
    Tracking,
    ValuationClassName,
    ValuationMethod,
)
from masterdata.items.service import ITEM, ItemRecord
from masterdata.records import service as records
from masterdata.records.api import (
    Filters,
    Reference,
    add_switching,
    changes_in,
    created,
    shown,
)

router = commands("masterdata", "items")

Days = Annotated[int, Field(ge=0, le=36_500)]
BarcodeIn = Annotated[str, Field(max_length=48, pattern=r"^[ -~]*$")]
"""Printable ASCII; `generate` asks for an EAN-13 of our own."""


class ItemUnitIn(Input):
    """1 `unit` = `numerator`/`denominator` base units."""

    unit: CodeIn
    numerator: Annotated[int, Field(ge=1, le=1_000_000_000)]
    denominator: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1


class ItemIn(Input):
    """A new item."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    base_unit: CodeIn
    quantity_decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    """By default the unit's."""
    units: Annotated[list[ItemUnitIn], Field(max_length=50)] = Field(default_factory=list)
    category: CodeIn | None = None
    specification: TextIn = ""
    barcode: BarcodeIn = ""
    procurement: Procurement = "buy"
    tracking: Tracking = "none"
    shelf_life_days: Days | None = None
    valuation_class: ValuationClassName = "finished_goods"
    valuation_method: ValuationMethod = "moving_average"
    standard_cost: PriceIn | None = None
    list_price: PriceIn | None = None
    tax_code: CodeIn = "VAT13"
    safety_stock: PriceIn | None = None
    reorder_point: PriceIn | None = None
    lead_time_days: Days | None = None
    weight: QuantityIn | None = None

    def proposal(self) -> NewItem:
        """The item as proposed."""
        given = dict(self)
        given["units"] = [
            Conversion(each.unit, each.numerator, each.denominator) for each in self.units
        ]
        given["category"] = self.category or ""
        return NewItem(**given)


class ItemChange(Input):
    """What may change of an item: base unit, decimals, tracking and valuation stay, stock and accounts stand on them."""

    name: NameIn = ""
    name_en: TextIn = ""
    units: Annotated[list[ItemUnitIn], Field(max_length=50)] = Field(default_factory=list)
    category: CodeIn | None = None
    specification: TextIn = ""
    barcode: BarcodeIn = ""
    procurement: Procurement = "buy"
    shelf_life_days: Days | None = None
    standard_cost: PriceIn | None = None
    list_price: PriceIn | None = None
    tax_code: CodeIn = ""
    safety_stock: PriceIn | None = None
    reorder_point: PriceIn | None = None
    lead_time_days: Days | None = None
    weight: QuantityIn | None = None


@router.post(
    "",
    status_code=201,
    response_model=ItemRecord,
    dependencies=[requires("masterdata.item.create")],
)
async def create_item(
    body: ItemIn,
    request: Request,
    response: Response,
    session: Session,
) -> ItemRecord:
    """Introduce an item."""
    return created(
        request, response, records.only(await service.create_items(session, [body.proposal()]))
    )


@router.post(
    ":batch",
    response_model=BatchAnswer[ItemRecord],
    dependencies=[requires("masterdata.item.create")],
)
async def create_item_batch(
    body: Batch[ItemIn],
    request: Request,
    session: Session,
) -> Response:
    """Introduce up to 1,000 items; each row is answered by itself."""
    proposals = body.read(ItemIn.proposal)
    return batch_answer(request, await service.create_items(session, proposals))


def _seen_by(caller: Principal, item: ItemRecord) -> ItemRecord:
    """The item without what it costs us, for a caller who is not to know."""
    return item if caller.sees_costs else item.model_copy(update={"standard_cost": None})


@router.get("", response_model=Page[ItemRecord])
async def list_items(
    filters: Filters,
    paging: Paging,
    session: Session,
    caller: Annotated[Principal, requires("masterdata.item.read")],
    category: Reference | None = None,
    procurement: Procurement | None = None,
    tracking: Tracking | None = None,
    barcode: Annotated[str, Field(min_length=1, max_length=48)] | None = None,
) -> Page[ItemRecord]:
    """Items by code; what they cost only for those who may see costs."""
    if category is not None:
        category = await records.code_of(session, CATEGORY, category)
    found = await records.search(
        session,
        ITEM,
        paging,
        prefix=filters.prefix,
        equal={
            "active": filters.active,
            "category": category,
            "procurement": procurement,
            "tracking": tracking,
            "barcode": barcode,
        },
    )
    return found.model_copy(update={"items": [_seen_by(caller, item) for item in found.items]})


@router.get("/{ref}", response_model=ItemRecord)
async def get_item(
    ref: str,
    response: Response,
    session: Session,
    caller: Annotated[Principal, requires("masterdata.item.read")],
) -> ItemRecord:
    """One item by code or id; what it costs only for those who may see costs."""
    return _seen_by(caller, shown(response, await records.load(session, ITEM, ref)))


@router.patch(
    "/{ref}", response_model=ItemRecord, dependencies=[requires("masterdata.item.change")]
)
async def change_item(
    ref: str,
    body: ItemChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> ItemRecord:
    """Change an item; `category: null` takes it out of its category."""
    changes = changes_in(body)
    if "category" in changes:
        changes["category"] = changes["category"] or ""
    return shown(response, await service.change_item(session, ref, changes, expected=version))


add_switching(router, ITEM)
