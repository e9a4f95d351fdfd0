"""What can be done with items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import BusinessError
from chassis.ids import uuid7
from masterdata.categories.service import CATEGORY, CategoryRecord
from masterdata.items import store
from masterdata.items.rules import (
    GENERATE,
    NewItem,
    check_barcode,
    check_quantities,
    check_tracking,
    check_units,
    in_store_barcode,
)
from masterdata.items.tables import items
from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind, References
from masterdata.tax_codes.service import TAX_CODE, TaxCodeRecord
from masterdata.units.service import UNIT, UnitRecord
from tongheng_contracts.masterdata import Item, ItemChanged, ItemUnit, ValuationClass


class ItemRecord(Item, KeptRecord):
    """An item as it is kept."""


ITEM = Kind(
    name="item",
    noun=("item", "物料"),
    table=items,
    model=ItemRecord,
    event=lambda item: ItemChanged(item=item),
)

UNIQUE = ("barcode",)


@dataclass(frozen=True, slots=True)
class _Known:
    """What items refer to."""

    units: References[UnitRecord]
    categories: References[CategoryRecord]
    tax_codes: References[TaxCodeRecord]


async def create_items(
    session: AsyncSession, proposals: Sequence[NewItem | BusinessError]
) -> list[ItemRecord | BusinessError]:
    """Introduce items; each proposal gets its item or the reason why not."""
    proposals = await _with_barcodes(session, proposals)
    new = [proposal for proposal in proposals if isinstance(proposal, NewItem)]
    known = await _known(
        session,
        units=[
            reference
            for each in new
            for reference in (each.base_unit, *(c.unit for c in each.units))
        ],
        categories=[each.category for each in new if each.category],
        tax_codes=[each.tax_code for each in new],
    )
    drafts = records.drafted(lambda proposal: _draft(proposal, known), proposals)
    return await records.create(session, ITEM, drafts, unique=UNIQUE)


async def change_item(
    session: AsyncSession, reference: str, changes: Mapping[str, Any], *, expected: int | None
) -> ItemRecord:
    """Change what stock, costs and accounts do not stand on."""
    before = await records.load(session, ITEM, reference, expected=expected, lock=True)
    wanted = dict(changes)
    units: Sequence[Mapping[str, Any]] = wanted.get("units") or ()
    known = await _known(
        session,
        units=[str(unit["unit"]) for unit in units],
        categories=[wanted["category"]] if wanted.get("category") else [],
        tax_codes=[wanted["tax_code"]] if "tax_code" in wanted else [],
    )
    if "units" in wanted:
        wanted["units"] = [
            {**unit, "unit": known.units.get(unit["unit"], field=f"/units/{index}/unit").code}
            for index, unit in enumerate(units)
        ]
    if wanted.get("category"):
        wanted["category"] = known.categories.get(wanted["category"], field="/category").code
    if "tax_code" in wanted:
        wanted["tax_code"] = known.tax_codes.get(wanted["tax_code"], field="/tax_code").code
    if wanted.get("barcode") == GENERATE:
        (number,) = await store.draw_barcode_numbers(session, 1)
        wanted["barcode"] = in_store_barcode(number)
    _check(before.model_copy(update={**wanted, "units": _units(wanted.get("units", before.units))}))
    return await records.replace(session, ITEM, before, wanted, unique=UNIQUE)


async def _known(
    session: AsyncSession,
    *,
    units: Sequence[str],
    categories: Sequence[str],
    tax_codes: Sequence[str],
) -> _Known:
    return _Known(
        units=await records.resolve(session, UNIT, units),
        categories=await records.resolve(session, CATEGORY, categories),
        tax_codes=await records.resolve(session, TAX_CODE, tax_codes),
    )


async def _with_barcodes(
    session: AsyncSession, proposals: Sequence[NewItem | BusinessError]
) -> list[NewItem | BusinessError]:
    """The proposals, with barcodes of our own where they ask for one."""
    asking = [
        i
        for i, each in enumerate(proposals)
        if isinstance(each, NewItem) and each.barcode == GENERATE
    ]
    numbers = dict(zip(asking, await store.draw_barcode_numbers(session, len(asking)), strict=True))
    return [
        replace(each, barcode=in_store_barcode(numbers[i]))
        if isinstance(each, NewItem) and i in numbers
        else each
        for i, each in enumerate(proposals)
    ]


def _draft(new: NewItem, known: _Known) -> Item:
    """The item that a proposal describes, if it can be one."""
    unit = known.units.get(new.base_unit, field="/base_unit")
    item = Item(
        id=uuid7(),
        code=new.code,
        name=new.name,
        name_en=new.name_en,
        version=1,
        base_unit=unit.code,
        quantity_decimals=unit.decimals if new.quantity_decimals is None else new.quantity_decimals,
        units=[
            ItemUnit(
                unit=known.units.get(each.unit, field=f"/units/{index}/unit").code,
                numerator=each.numerator,
                denominator=each.denominator,
            )
            for index, each in enumerate(new.units)
        ],
        category=known.categories.get(new.category, field="/category").code if new.category else "",
        specification=new.specification,
        barcode=new.barcode,
        procurement=new.procurement,
        tracking=new.tracking,
        shelf_life_days=new.shelf_life_days,
        valuation_class=ValuationClass(new.valuation_class),
        valuation_method=new.valuation_method,
        standard_cost=new.standard_cost,
        list_price=new.list_price,
        tax_code=known.tax_codes.get(new.tax_code, field="/tax_code").code,
        safety_stock=new.safety_stock,
        reorder_point=new.reorder_point,
        lead_time_days=new.lead_time_days,
        weight=new.weight,
    )
    _check(item)
    return item


def _check(item: Item) -> None:
    check_barcode(item.barcode)
    check_units(item.base_unit, [each.unit for each in item.units])
    check_tracking(item.tracking, item.quantity_decimals)
    check_quantities(
        item.quantity_decimals,
        {"safety_stock": item.safety_stock, "reorder_point": item.reorder_point},
    )


def _units(given: Sequence[Any]) -> list[ItemUnit]:
    return [each if isinstance(each, ItemUnit) else ItemUnit.model_validate(each) for each in given]
