"""How supplier items are asked for over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy import RowMapping

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError, NotFound
from chassis.http import IfMatch, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, PriceIn, QuantityIn
from purchasing.supplier_items import service
from purchasing.supplier_items.rules import Offer
from tongheng_contracts.purchasing import SupplierItem

router = commands("purchasing", "supplier-items")

READ = requires("purchasing.supplier_item.read")
CHANGE = requires("purchasing.supplier_item.change")
Days = Annotated[int, Field(ge=0, le=3650)]


class SupplierItemIn(Input):
    """What a supplier offers of an item. Quantities and price are per `unit`, the supplier's own."""

    supplier: CodeIn
    item: CodeIn
    unit: CodeIn | None = None
    """By default the item's base unit. One that masterdata does not relate to the base unit is kept as named."""
    unit_price: PriceIn
    currency: CodeIn | None = None
    lead_time_days: Days = 0
    minimum_quantity: PriceIn = Decimal(0)
    multiple_quantity: QuantityIn | None = None
    maximum_quantity: QuantityIn | None = None
    preferred: bool = False

    def offer(self) -> Offer:
        """The offer as asked."""
        return Offer(
            supplier=self.supplier,
            item=self.item,
            unit=self.unit or "",
            unit_price=self.unit_price,
            currency=self.currency or "",
            lead_time_days=self.lead_time_days,
            minimum_quantity=self.minimum_quantity,
            multiple_quantity=self.multiple_quantity,
            maximum_quantity=self.maximum_quantity,
            preferred=self.preferred,
        )


class SupplierItemChange(Input):
    """What may change of an offer."""

    unit: CodeIn = ""
    unit_price: PriceIn = Decimal(0)
    currency: CodeIn = ""
    lead_time_days: Days = 0
    minimum_quantity: PriceIn = Decimal(0)
    multiple_quantity: QuantityIn | None = None
    maximum_quantity: QuantityIn | None = None
    preferred: bool = False
    active: bool = True


class SupplierItemView(SupplierItem):
    """A supplier item as answered."""

    recorded_at: datetime


def view(row: RowMapping) -> SupplierItemView:
    """A row as answered."""
    return SupplierItemView.model_validate(dict(row))


def shown(response: Response, row: RowMapping) -> SupplierItemView:
    """The supplier item as answer, with its version."""
    etag(response, row["version"])
    return view(row)


@router.post("", status_code=201, response_model=SupplierItemView, dependencies=[CHANGE])
async def add_supplier_item(
    body: SupplierItemIn, response: Response, session: Session
) -> SupplierItemView:
    """Enter what a supplier offers of an item."""
    (outcome,) = await service.add_supplier_items(session, [body.offer()])
    if isinstance(outcome, BusinessError):
        raise outcome
    return shown(response, outcome)


@router.post(":batch", response_model=BatchAnswer[SupplierItemView], dependencies=[CHANGE])
async def add_supplier_item_batch(
    body: Batch[SupplierItemIn], request: Request, session: Session
) -> Response:
    """Enter up to 1,000 offers; each row is answered by itself."""
    asked = body.read(SupplierItemIn.offer)
    return batch_answer(request, await service.add_supplier_items(session, asked), view)


@router.get("", response_model=Page[SupplierItemView], dependencies=[READ])
async def list_supplier_items(
    paging: Paging,
    session: Session,
    supplier: Annotated[str | None, Query(max_length=64)] = None,
    item: Annotated[str | None, Query(max_length=64)] = None,
    active: Literal["true", "false"] | None = None,
    preferred: Literal["true", "false"] | None = None,
) -> Page[Any]:
    """Offers, by supplier and item."""
    query = service.listing(
        supplier=supplier,
        item=item,
        active=None if active is None else active == "true",
        preferred=None if preferred is None else preferred == "true",
    )
    columns = query.selected_columns
    return await page(
        session,
        query,
        paging,
        key=[columns["id"]],
        allowed_sorts={"supplier": columns["supplier"], "item": columns["item"]},
        default_sort="supplier,item",
        make=lambda row: view(by_name(row)),
    )


@router.get("/{ref}", response_model=SupplierItemView, dependencies=[READ])
async def get_supplier_item(ref: str, response: Response, session: Session) -> SupplierItemView:
    """One offer."""
    return shown(response, await service.get(session, _id(ref)))


@router.patch("/{ref}", response_model=SupplierItemView, dependencies=[CHANGE])
async def change_supplier_item(
    ref: str, body: SupplierItemChange, response: Response, session: Session, version: IfMatch
) -> SupplierItemView:
    """Change the terms of an offer; what is left out stays."""
    changes = body.model_dump(exclude_unset=True)
    return shown(
        response,
        await service.change_supplier_item(session, _id(ref), changes, expected=version),
    )


def _id(ref: str) -> UUID:
    try:
        return UUID(ref)
    except ValueError:
        raise NotFound(what=("supplier item", "供应商物料")) from None
