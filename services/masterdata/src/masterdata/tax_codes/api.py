"""How tax codes are asked for over HTTP."""

from fastapi import Request, Response

from chassis.http import IfMatch, Session, commands, requires
from chassis.ids import uuid7
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, PriceIn, TextIn
from masterdata.records import service as records
from masterdata.records.api import Filters, add_reading, add_switching, changes_in, created, shown
from masterdata.tax_codes import service
from masterdata.tax_codes.rules import TaxKind
from masterdata.tax_codes.service import TAX_CODE, TaxCodeRecord
from tongheng_contracts.masterdata import TaxCode

router = commands("masterdata", "tax-codes")


class TaxCodeIn(Input):
    """A new tax code."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    rate: PriceIn
    kind: TaxKind = "vat"


class TaxCodeChange(Input):
    """What may change of a tax code: its names; another rate is another code."""

    name: NameIn = ""
    name_en: TextIn = ""


@router.post(
    "",
    status_code=201,
    response_model=TaxCodeRecord,
    dependencies=[requires("masterdata.tax_code.create")],
)
async def create_tax_code(
    body: TaxCodeIn,
    request: Request,
    response: Response,
    session: Session,
) -> TaxCodeRecord:
    """Introduce a tax code."""
    tax_code = TaxCode(id=uuid7(), version=1, **dict(body))
    return created(request, response, await service.create_tax_code(session, tax_code))


@router.get(
    "", response_model=Page[TaxCodeRecord], dependencies=[requires("masterdata.tax_code.read")]
)
async def list_tax_codes(
    filters: Filters,
    paging: Paging,
    session: Session,
) -> Page[TaxCodeRecord]:
    """Tax codes by code."""
    return await records.search(
        session, TAX_CODE, paging, prefix=filters.prefix, equal={"active": filters.active}
    )


@router.patch(
    "/{ref}", response_model=TaxCodeRecord, dependencies=[requires("masterdata.tax_code.change")]
)
async def change_tax_code(
    ref: str,
    body: TaxCodeChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> TaxCodeRecord:
    """Name a tax code otherwise."""
    return shown(
        response, await service.change_tax_code(session, ref, changes_in(body), expected=version)
    )


add_reading(router, TAX_CODE)
add_switching(router, TAX_CODE)
