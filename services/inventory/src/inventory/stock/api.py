"""The stock ledger over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from chassis.http import Principal, Session, commands, requires
from chassis.paging import Page, Paging
from inventory.stock import service
from tongheng_contracts.values import Amount, Quantity

router = commands("inventory", "moves")


class MoveView(BaseModel):
    """One entry of the ledger. Places that begin with @ are outside, or the road between warehouses."""

    id: int
    company: str
    item: str
    unit: str
    quantity: Quantity
    source_place: str
    source_bin: str
    source_status: str
    target_place: str
    target_bin: str
    target_status: str
    lot: str
    amount: Amount
    """Change of the company's stock value."""
    valuation_class: str
    document_topic: str
    document_id: UUID
    document_number: str
    document_line: int
    business_date: date
    posting_date: date
    recorded_at: datetime


@router.get("", response_model=Page[MoveView])
async def list_moves(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.move.read")],
    company: str | None = None,
    item: str | None = None,
    warehouse: str | None = None,
    lot: str | None = None,
    document: UUID | None = None,
) -> Page[MoveView]:
    """The ledger's entries, the newest first."""
    page = await service.list_moves(
        session, paging, company=company, item=item, warehouse=warehouse, lot=lot, document=document
    )
    return Page(items=[MoveView.model_validate(each) for each in page.items], next=page.next)
