"""How companies are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from chassis.http import IfMatch, Session, commands, requires
from chassis.ids import uuid7
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, TextIn
from masterdata.companies import service
from masterdata.companies.rules import ValuationLevel
from masterdata.companies.service import COMPANY, CompanyRecord
from masterdata.records import service as records
from masterdata.records.api import Filters, add_reading, add_switching, changes_in, created, shown
from tongheng_contracts.masterdata import Company

router = commands("masterdata", "companies")

CurrencyIn = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CompanyIn(Input):
    """A new company."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    currency: CurrencyIn = "CNY"
    time_zone: Annotated[str, Field(max_length=64)] = "Asia/Shanghai"
    valuation_level: ValuationLevel = "company"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    """The month in which its year begins."""


class CompanyChange(Input):
    """What may change of a company: its names; its books are kept in its currency and calendar."""

    name: NameIn = ""
    name_en: TextIn = ""


@router.post(
    "",
    status_code=201,
    response_model=CompanyRecord,
    dependencies=[requires("masterdata.company.create")],
)
async def create_company(
    body: CompanyIn,
    request: Request,
    response: Response,
    session: Session,
) -> CompanyRecord:
    """Found a company."""
    company = Company(id=uuid7(), version=1, **dict(body))
    return created(request, response, await service.create_company(session, company))


@router.get(
    "", response_model=Page[CompanyRecord], dependencies=[requires("masterdata.company.read")]
)
async def list_companies(
    filters: Filters,
    paging: Paging,
    session: Session,
) -> Page[CompanyRecord]:
    """Companies within the caller's scope, by code."""
    return await records.search(
        session, COMPANY, paging, prefix=filters.prefix, equal={"active": filters.active}
    )


@router.patch(
    "/{ref}", response_model=CompanyRecord, dependencies=[requires("masterdata.company.change")]
)
async def change_company(
    ref: str,
    body: CompanyChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> CompanyRecord:
    """Change a company."""
    return shown(
        response, await service.change_company(session, ref, changes_in(body), expected=version)
    )


add_reading(router, COMPANY)
add_switching(router, COMPANY)
