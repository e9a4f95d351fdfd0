"""How units of measure are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from chassis.http import IfMatch, Session, commands, requires
from chassis.ids import uuid7
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, TextIn
from masterdata.records import service as records
from masterdata.records.api import Filters, add_reading, add_switching, changes_in, created, shown
from masterdata.units import service
from masterdata.units.service import UNIT, Unit, UnitRecord

router = commands("masterdata", "units")


class UnitIn(Input):
    """A new unit of measure."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class UnitChange(Input):
    """What may change of a unit: its names; items have its decimals."""

    name: NameIn = ""
    name_en: TextIn = ""


@router.post(
    "",
    status_code=201,
    response_model=UnitRecord,
    dependencies=[requires("masterdata.unit.create")],
)
async def create_unit(
    body: UnitIn,
    request: Request,
    response: Response,
    session: Session,
) -> UnitRecord:
    """Introduce a unit."""
    unit = Unit(id=uuid7(), version=1, **dict(body))
    return created(request, response, await service.create_unit(session, unit))


@router.get("", response_model=Page[UnitRecord], dependencies=[requires("masterdata.unit.read")])
async def list_units(
    filters: Filters,
    paging: Paging,
    session: Session,
) -> Page[UnitRecord]:
    """Units by code."""
    return await records.search(
        session, UNIT, paging, prefix=filters.prefix, equal={"active": filters.active}
    )


@router.patch(
    "/{ref}", response_model=UnitRecord, dependencies=[requires("masterdata.unit.change")]
)
async def change_unit(
    ref: str,
    body: UnitChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> UnitRecord:
    """Name a unit otherwise."""
    return shown(
        response, await service.change_unit(session, ref, changes_in(body), expected=version)
    )


add_reading(router, UNIT)
add_switching(router, UNIT)
