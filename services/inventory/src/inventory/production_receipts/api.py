"""Receipts from production over HTTP: they are made by themselves, and read here."""

from datetime import datetime
from typing import Annotated

from fastapi import Response

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from inventory.production_receipts import service
from tongheng_contracts.inventory import ProductionReceipt

router = commands("inventory", "production-receipts")


class ProductionReceiptView(ProductionReceipt):
    """A receipt from production."""

    version: int
    status: str
    recorded_at: datetime


@router.get("", response_model=Page[ProductionReceiptView])
async def list_production_receipts(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.receipt.read")],
    company: str | None = None,
    production_order_number: str | None = None,
    number: str | None = None,
) -> Page[ProductionReceiptView]:
    """Receipts from production, the newest first."""
    page = await service.list_receipts(
        session,
        paging,
        company=company,
        production_order_number=production_order_number,
        number=number,
    )
    return Page(
        items=[ProductionReceiptView.model_validate(each) for each in page.items], next=page.next
    )


@router.get("/{receipt}", response_model=ProductionReceiptView)
async def get_production_receipt(
    receipt: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.receipt.read")],
) -> ProductionReceiptView:
    """One receipt from production, by id or number."""
    found = await service.find_receipt(session, receipt)
    if found is None:
        raise NotFound(what=("production receipt", "完工入库单"))
    etag(response, found["version"])
    return ProductionReceiptView.model_validate(found)
