"""Roles over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, Input, NameIn, TextIn
from identity.roles import service, store
from identity.roles.rules import PERMISSIONS_MAX, RoleRow
from identity.roles.tables import roles as table

router = commands("identity", "roles")

PermissionsIn = Annotated[
    list[CodeIn],
    Field(max_length=PERMISSIONS_MAX, examples=[["sales.order.place", "masterdata.*"]]),
]


class CreateRole(Input):
    """A new role."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    permissions: PermissionsIn = []


class ChangeRole(Input):
    """What is to be different; what is not named stays."""

    name: NameIn | None = None
    name_en: TextIn | None = None
    permissions: PermissionsIn | None = None
    second_factor: bool | None = None


class RoleView(BaseModel):
    """A role."""

    id: UUID
    code: str
    name: str
    name_en: str
    permissions: list[str]
    ready_made: bool
    second_factor: bool
    version: int
    recorded_at: datetime


def view(role: RoleRow) -> RoleView:
    """The role as it is shown."""
    return RoleView(
        id=role.id, code=role.code, name=role.name, name_en=role.name_en, permissions=role.permissions,
        ready_made=role.ready_made, second_factor=role.second_factor, version=role.version, recorded_at=role.recorded_at,
    )  # fmt: skip


def _of_row(row: Any) -> RoleView:
    return view(RoleRow(*row[:10]))


@router.post("", status_code=201, response_model=RoleView)
async def create_role(
    body: CreateRole,
    session: Session,
    caller: Annotated[Principal, requires("identity.role.create")],
    response: Response,
) -> RoleView:
    """Add a role, with permissions that you have yourself."""
    role = await service.create_role(
        session,
        caller,
        code=body.code,
        name=body.name,
        name_en=body.name_en,
        permissions=body.permissions,
    )
    etag(response, role.version)
    return view(role)


@router.get("", response_model=Page[RoleView])
async def list_roles(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("identity.role.read")],
    code: str | None = None,
    ready_made: bool | None = None,
) -> Page[RoleView]:
    """The roles."""
    query = store.query()
    if code is not None:
        query = query.where(table.c.code == code)
    if ready_made is not None:
        query = query.where(table.c.ready_made.is_(ready_made))
    return await page(
        session, query, paging, key=[table.c.code],
        allowed_sorts={"code": table.c.code, "recorded_at": table.c.recorded_at}, make=_of_row,
    )  # fmt: skip


@router.get("/{reference}", response_model=RoleView)
async def get_role(
    reference: str,
    session: Session,
    caller: Annotated[Principal, requires("identity.role.read")],
    response: Response,
) -> RoleView:
    """One role, by code or id."""
    role = await service.get_role(session, reference)
    etag(response, role.version)
    return view(role)


@router.patch("/{reference}", response_model=RoleView)
async def change_role(
    reference: str,
    body: ChangeRole,
    session: Session,
    caller: Annotated[Principal, requires("identity.role.change")],
    version: IfMatch,
    response: Response,
) -> RoleView:
    """Change a role; all who have it follow within seconds."""
    role = await service.change_role(
        session, caller, reference,
        version=version, name=body.name, name_en=body.name_en, permissions=body.permissions,
        second_factor=body.second_factor,
    )  # fmt: skip
    etag(response, role.version)
    return view(role)


class PermissionView(BaseModel):
    """A right that routes ask for."""

    permission: str
    service: str
    operations: list[str]


class Catalogue(BaseModel):
    """Every right there is."""

    items: list[PermissionView]


catalogue_router = commands("identity", "permissions")


@catalogue_router.get("", response_model=Catalogue)
async def list_permissions(
    session: Session, caller: Annotated[Principal, requires("identity.role.read")]
) -> Catalogue:
    """Every permission that some route asks for, with the routes that do."""
    return Catalogue(
        items=[
            PermissionView(
                permission=each.permission, service=each.service, operations=list(each.operations)
            )
            for each in service.catalogue()
        ]
    )
