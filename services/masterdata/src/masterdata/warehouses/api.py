"""How warehouses are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.http import IfMatch, Session, commands, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, TextIn
from masterdata.companies.service import COMPANY
from masterdata.records import service as records
from masterdata.records.api import (
    Filters,
    Reference,
    add_reading,
    add_switching,
    changes_in,
    created,
    shown,
)
from masterdata.warehouses import service
from masterdata.warehouses.rules import NewWarehouse
from masterdata.warehouses.service import WAREHOUSE, WarehouseRecord

router = commands("masterdata", "warehouses")

Priority = Annotated[int, Field(ge=0, le=1_000_000)]


class WarehouseIn(Input):
    """A new warehouse."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    company: CodeIn
    region: TextIn = ""
    priority: Priority = 100
    negative_allowed: bool = False

    def proposal(self) -> NewWarehouse:
        """The warehouse as proposed."""
        return NewWarehouse(**dict(self))


class WarehouseChange(Input):
    """What may change of a warehouse: not its company, whose books hold its stock."""

    name: NameIn = ""
    name_en: TextIn = ""
    region: TextIn = ""
    priority: Priority = 100
    negative_allowed: bool = False


@router.post(
    "",
    status_code=201,
    response_model=WarehouseRecord,
    dependencies=[requires("masterdata.warehouse.create")],
)
async def create_warehouse(
    body: WarehouseIn,
    request: Request,
    response: Response,
    session: Session,
) -> WarehouseRecord:
    """Open a warehouse."""
    return created(
        request, response, records.only(await service.create_warehouses(session, [body.proposal()]))
    )


@router.post(
    ":batch",
    response_model=BatchAnswer[WarehouseRecord],
    dependencies=[requires("masterdata.warehouse.create")],
)
async def create_warehouse_batch(
    body: Batch[WarehouseIn],
    request: Request,
    session: Session,
) -> Response:
    """Open up to 1,000 warehouses; each row is answered by itself."""
    proposals = body.read(WarehouseIn.proposal)
    return batch_answer(request, await service.create_warehouses(session, proposals))


@router.get(
    "", response_model=Page[WarehouseRecord], dependencies=[requires("masterdata.warehouse.read")]
)
async def list_warehouses(
    filters: Filters,
    paging: Paging,
    session: Session,
    company: Reference | None = None,
    region: Annotated[str, Field(min_length=1, max_length=500)] | None = None,
) -> Page[WarehouseRecord]:
    """Warehouses by code."""
    if company is not None:
        company = await records.code_of(session, COMPANY, company)
    return await records.search(
        session,
        WAREHOUSE,
        paging,
        prefix=filters.prefix,
        equal={"active": filters.active, "company": company, "region": region},
    )


@router.patch(
    "/{ref}", response_model=WarehouseRecord, dependencies=[requires("masterdata.warehouse.change")]
)
async def change_warehouse(
    ref: str,
    body: WarehouseChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> WarehouseRecord:
    """Change a warehouse."""
    return shown(
        response, await service.change_warehouse(session, ref, changes_in(body), expected=version)
    )


add_reading(router, WAREHOUSE)
add_switching(router, WAREHOUSE)
