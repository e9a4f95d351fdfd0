"""How categories are asked for over HTTP."""

from fastapi import Request, Response

from chassis.http import IfMatch, Session, commands, requires
from chassis.ids import uuid7
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, TextIn
from masterdata.categories import service
from masterdata.categories.service import CATEGORY, Category, CategoryRecord
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

router = commands("masterdata", "categories")


class CategoryIn(Input):
    """A new category."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    parent: CodeIn | None = None


class CategoryChange(Input):
    """What may change of a category: its names and where it hangs."""

    name: NameIn = ""
    name_en: TextIn = ""
    parent: CodeIn | None = None


@router.post(
    "",
    status_code=201,
    response_model=CategoryRecord,
    dependencies=[requires("masterdata.category.create")],
)
async def create_category(
    body: CategoryIn,
    request: Request,
    response: Response,
    session: Session,
) -> CategoryRecord:
    """Grow a branch."""
    category = Category(
        id=uuid7(),
        code=body.code,
        name=body.name,
        name_en=body.name_en,
        version=1,
        parent=body.parent or "",
    )
    return created(request, response, await service.create_category(session, category))


@router.get(
    "", response_model=Page[CategoryRecord], dependencies=[requires("masterdata.category.read")]
)
async def list_categories(
    filters: Filters,
    paging: Paging,
    session: Session,
    parent: Reference | None = None,
) -> Page[CategoryRecord]:
    """Categories by code."""
    if parent is not None:
        parent = await records.code_of(session, CATEGORY, parent)
    return await records.search(
        session,
        CATEGORY,
        paging,
        prefix=filters.prefix,
        equal={"active": filters.active, "parent": parent},
    )


@router.patch(
    "/{ref}", response_model=CategoryRecord, dependencies=[requires("masterdata.category.change")]
)
async def change_category(
    ref: str,
    body: CategoryChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> CategoryRecord:
    """Rename a category or move it; `parent: null` moves it to the root."""
    changes = changes_in(body)
    if "parent" in changes:
        changes["parent"] = changes["parent"] or ""
    return shown(response, await service.change_category(session, ref, changes, expected=version))


add_reading(router, CATEGORY)
add_switching(router, CATEGORY)
