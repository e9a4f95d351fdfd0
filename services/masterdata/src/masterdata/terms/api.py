"""How payment terms are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from chassis.http import IfMatch, Session, commands, requires
from chassis.ids import uuid7
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, TextIn
from masterdata.records import service as records
from masterdata.records.api import Filters, add_reading, add_switching, changes_in, created, shown
from masterdata.terms import service
from masterdata.terms.service import TERM, Term, TermRecord

router = commands("masterdata", "terms")


class TermIn(Input):
    """A new payment term."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    days: Annotated[int, Field(ge=0, le=3650)]


class TermChange(Input):
    """What may change of a payment term: its names; its days are agreed with partners."""

    name: NameIn = ""
    name_en: TextIn = ""


@router.post(
    "",
    status_code=201,
    response_model=TermRecord,
    dependencies=[requires("masterdata.term.create")],
)
async def create_term(
    body: TermIn,
    request: Request,
    response: Response,
    session: Session,
) -> TermRecord:
    """Introduce a payment term."""
    term = Term(id=uuid7(), version=1, **dict(body))
    return created(request, response, await service.create_term(session, term))


@router.get("", response_model=Page[TermRecord], dependencies=[requires("masterdata.term.read")])
async def list_terms(
    filters: Filters,
    paging: Paging,
    session: Session,
) -> Page[TermRecord]:
    """Payment terms by code."""
    return await records.search(
        session, TERM, paging, prefix=filters.prefix, equal={"active": filters.active}
    )


@router.patch(
    "/{ref}", response_model=TermRecord, dependencies=[requires("masterdata.term.change")]
)
async def change_term(
    ref: str,
    body: TermChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> TermRecord:
    """Name a payment term otherwise."""
    return shown(
        response, await service.change_term(session, ref, changes_in(body), expected=version)
    )


add_reading(router, TERM)
add_switching(router, TERM)
