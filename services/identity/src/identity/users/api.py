"""Users over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from chassis.http import IfMatch, Principal, Session, commands, etag, principal_of, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, Input, TextIn
from identity.passwords import Passwords
from identity.users import service, store
from identity.users.rules import UserRow, folded
from identity.users.tables import users as table
from identity.values import CompaniesIn, RolesIn


class CreateUser(Input):
    """A new user; without a password he cannot sign in until he gets one."""

    username: CodeIn
    name: TextIn = ""
    password: TextIn | None = None
    roles: RolesIn = []
    companies: CompaniesIn = []


class ChangeUser(Input):
    """What is to be different; what is not named stays."""

    name: TextIn | None = None
    roles: RolesIn | None = None
    companies: CompaniesIn | None = None


class SetPassword(Input):
    """A new password."""

    password: TextIn


class ChangeOwnPassword(Input):
    """The present password and the new one."""

    current_password: TextIn
    password: TextIn


class UserView(BaseModel):
    """A user."""

    id: UUID
    username: str
    name: str
    active: bool
    roles: list[str]
    companies: list[str]
    version: int
    recorded_at: datetime


def view(user: UserRow) -> UserView:
    """The user as he is shown."""
    return UserView(
        id=user.id, username=user.username, name=user.name, active=user.active, roles=user.roles,
        companies=user.companies, version=user.version, recorded_at=user.recorded_at,
    )  # fmt: skip


def _of_row(row: Any) -> UserView:
    return view(UserRow(*row[:8]))


def users_router(passwords: Passwords) -> APIRouter:
    """The routes of users."""
    router = commands("identity", "users")

    @router.post("", status_code=201, response_model=UserView)
    async def create_user(
        body: CreateUser,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.create")],
        response: Response,
    ) -> UserView:
        """Let a person in, with roles and companies that you have yourself."""
        user = await service.create_user(
            session, caller, passwords,
            username=body.username, name=body.name, password=body.password,
            role_codes=body.roles, companies=body.companies,
        )  # fmt: skip
        etag(response, user.version)
        return view(user)

    @router.get("", response_model=Page[UserView])
    async def list_users(
        session: Session,
        paging: Paging,
        caller: Annotated[Principal, requires("identity.user.read")],
        username: str | None = None,
        active: bool | None = None,
        role: str | None = None,
        company: str | None = None,
    ) -> Page[UserView]:
        """The users all of whose companies are within your scope."""
        query = store.query()
        if username is not None:
            query = query.where(table.c.username_folded == folded(username))
        if active is not None:
            query = query.where(table.c.active.is_(active))
        if role is not None:
            query = store.with_role(query, role)
        if company is not None:
            query = store.with_company(query, company)
        return await page(
            session, query, paging, key=[table.c.id],
            allowed_sorts={"username": table.c.username, "recorded_at": table.c.recorded_at}, make=_of_row,
        )  # fmt: skip

    @router.get("/{reference}", response_model=UserView)
    async def get_user(
        reference: str,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.read")],
        response: Response,
    ) -> UserView:
        """One user, by id or username."""
        user = await service.get_user(session, reference)
        etag(response, user.version)
        return view(user)

    @router.patch("/{reference}", response_model=UserView)
    async def change_user(
        reference: str,
        body: ChangeUser,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.change")],
        version: IfMatch,
        response: Response,
    ) -> UserView:
        """Change a user's name, roles or companies; the services follow within seconds."""
        user = await service.change_user(
            session, caller, reference,
            version=version, name=body.name, role_codes=body.roles, companies=body.companies,
        )  # fmt: skip
        etag(response, user.version)
        return view(user)

    @router.post("/{reference}/disable", response_model=UserView)
    async def disable_user(
        reference: str,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.disable")],
        version: IfMatch,
        response: Response,
    ) -> UserView:
        """Shut a user out, everywhere within seconds."""
        user = await service.set_active(session, caller, reference, version=version, active=False)
        etag(response, user.version)
        return view(user)

    @router.post("/{reference}/enable", response_model=UserView)
    async def enable_user(
        reference: str,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.disable")],
        version: IfMatch,
        response: Response,
    ) -> UserView:
        """Let a user in again."""
        user = await service.set_active(session, caller, reference, version=version, active=True)
        etag(response, user.version)
        return view(user)

    @router.post("/{reference}/password", status_code=204, response_class=Response)
    async def set_password(
        reference: str,
        body: SetPassword,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.password")],
    ) -> Response:
        """Give a user a new password; he is signed out everywhere."""
        await service.set_password(session, caller, passwords, reference, password=body.password)
        return Response(status_code=204)

    return router


def me_router(passwords: Passwords) -> APIRouter:
    """What the caller does to himself; who he is, the chassis answers."""
    router = commands("identity", "me")

    @router.post("/password", status_code=204, response_class=Response)
    async def change_own_password(
        body: ChangeOwnPassword,
        session: Session,
        caller: Annotated[Principal, Depends(principal_of)],
    ) -> Response:
        """Change your own password; you are signed out everywhere."""
        await service.change_own_password(
            session, caller, passwords, current=body.current_password, password=body.password
        )
        return Response(status_code=204)

    return router
