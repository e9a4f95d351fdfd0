"""Bins over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.errors import BusinessError, NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, TextIn
from inventory.bins import service
from inventory.bins.rules import PICK_ORDER_MAX, BinAsked

router = commands("inventory", "bins")

READ = requires("inventory.bin.read")
CHANGE = requires("inventory.bin.change")
Ref = Annotated[str | None, Query(max_length=64)]
PickOrder = Annotated[int, Field(ge=0, le=PICK_ORDER_MAX)]


class BinIn(Input):
    """A place in a warehouse. `pick_order`: where it comes on the way through it."""

    company: CodeIn
    warehouse: CodeIn
    code: CodeIn
    zone: TextIn = ""
    pick_order: PickOrder = 0


class BinChange(Input):
    """What may change of a bin; what is left out stays. One that is not active takes no goods."""

    zone: TextIn = ""
    pick_order: PickOrder = 0
    active: bool = True


class BinView(BaseModel):
    """A bin."""

    id: UUID
    company: str
    version: int
    warehouse: str
    code: str
    zone: str
    pick_order: int
    active: bool
    recorded_at: datetime


def _asked(body: BinIn) -> BinAsked:
    return BinAsked(body.company, body.warehouse, body.code, body.zone, body.pick_order)


def _shown(response: Response, row: Mapping[str, Any]) -> BinView:
    found = BinView.model_validate(row)
    etag(response, found.version)
    return found


@router.post("", status_code=201, response_model=BinView)
async def add_bin(
    body: BinIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, CHANGE],
) -> BinView:
    """Set up a bin. Once a warehouse has one, goods lie there in its bins alone, or in none."""
    caller.check_company(body.company)
    [made] = await service.add_bins(session, [_asked(body)])
    if isinstance(made, BusinessError):
        raise made
    response.headers["Location"] = f"{request.url.path}/{made['id']}"
    return _shown(response, made)


@router.post(":batch", response_model=BatchAnswer[BinView])
async def add_bins(
    body: Batch[BinIn], request: Request, session: Session, caller: Annotated[Principal, CHANGE]
) -> Response:
    """Set up to 1,000 bins; each row is answered by itself."""

    def proposal(row: BinIn | BusinessError) -> BinAsked | BusinessError:
        if isinstance(row, BusinessError):
            return row
        try:
            caller.check_company(row.company)
        except BusinessError as refusal:
            return refusal
        return _asked(row)

    made = await service.add_bins(session, [proposal(row) for row in body.proposals()])
    return batch_answer(request, made, BinView.model_validate)


@router.patch("/{bin}", response_model=BinView, dependencies=[CHANGE])
async def change_bin(
    bin: str, body: BinChange, response: Response, session: Session, version: IfMatch
) -> BinView:
    """Change its zone or its place on the way; close it once nothing lies in it, or open it again."""
    changes: Mapping[str, Any] = body.model_dump(exclude_unset=True)
    return _shown(response, await service.change_bin(session, _id(bin), changes, expected=version))


@router.get("", response_model=Page[BinView], dependencies=[READ])
async def list_bins(
    session: Session,
    paging: Paging,
    company: Ref = None,
    warehouse: Ref = None,
    zone: Ref = None,
    code: Ref = None,
    active: Literal["true", "false"] | None = None,
) -> Page[BinView]:
    """Bins by warehouse and the way through it."""
    found = await service.list_bins(
        session,
        paging,
        active=None if active is None else active == "true",
        company=company,
        warehouse=warehouse,
        zone=zone,
        code=code,
    )
    return Page(items=[BinView.model_validate(each) for each in found.items], next=found.next)


@router.get("/{bin}", response_model=BinView, dependencies=[READ])
async def get_bin(bin: str, response: Response, session: Session) -> BinView:
    """One bin."""
    return _shown(response, await service.get(session, _id(bin)))


def _id(ref: str) -> UUID:
    try:
        return UUID(ref)
    except ValueError:
        raise NotFound(what=("bin", "库位")) from None
