"""Users over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from chassis.http import IfMatch, Principal, Session, commands, etag, principal_of, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, Input, TextIn
from identity.passwords import Passwords
from identity.sessions import service as sessions
from identity.sessions.rules import ShownSession
from identity.users import service, store
from identity.users.rules import UserRow, folded
from identity.users.tables import users as table
from identity.values import CompaniesIn, RolesIn, ScopeIn


class CreateUser(Input):
    """A new user; without a password he cannot sign in until he gets one."""

    username: CodeIn
    name: TextIn = ""
    password: TextIn | None = None
    roles: RolesIn = []
    companies: CompaniesIn = []
    warehouses: ScopeIn = ["*"]
    partners: ScopeIn = ["*"]
    own: bool = False


class ChangeUser(Input):
    """What is to be different; what is not named stays."""

    name: TextIn | None = None
    roles: RolesIn | None = None
    companies: CompaniesIn | None = None
    warehouses: ScopeIn | None = None
    partners: ScopeIn | None = None
    own: bool | None = None


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
    warehouses: list[str]
    partners: list[str]
    own: bool
    version: int
    recorded_at: datetime


class SessionView(BaseModel):
    """A sign-in that goes on."""

    id: UUID
    client_id: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str
    methods: list[str]
    current: bool
    """The one that asks."""


class Sessions(BaseModel):
    """Sign-ins that go on."""

    items: list[SessionView]


def _sessions(listed: Sequence[ShownSession], caller: Principal) -> Sessions:
    return Sessions(
        items=[
            SessionView(
                id=each.id, client_id=each.client_id, began_at=each.began_at, seen_at=each.seen_at,
                ends_at=each.ends_at, address=each.address, agent=each.agent, methods=list(each.methods),
                current=str(each.id) == caller.session,
            )
            for each in listed
        ]
    )  # fmt: skip


def view(user: UserRow) -> UserView:
    """The user as he is shown."""
    return UserView(
        id=user.id, username=user.username, name=user.name, active=user.active, roles=user.roles,
        companies=user.companies, version=user.version, recorded_at=user.recorded_at,
        warehouses=user.warehouses, partners=user.partners, own=user.own,
    )  # fmt: skip


def _of_row(row: Any) -> UserView:
    return view(UserRow(*row[:11]))


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
            warehouses=body.warehouses, partners=body.partners, own=body.own,
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
            warehouses=body.warehouses, partners=body.partners, own=body.own,
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


def user_sessions_router() -> APIRouter:
    """The routes of others' sign-ins."""
    router = commands("identity", "users")

    @router.get("/{reference}/sessions", response_model=Sessions)
    async def list_users_sessions(
        reference: str,
        session: Session,
        caller: Annotated[Principal, requires("identity.session.read")],
    ) -> Sessions:
        """Where a user is signed in."""
        user = await service.get_user(session, reference)
        return _sessions(await sessions.open_of(session, user.id), caller)

    @router.post("/{reference}/sessions/{id}/end", status_code=204, response_class=Response)
    async def end_users_session(
        reference: str,
        id: UUID,
        session: Session,
        caller: Annotated[Principal, requires("identity.session.end")],
    ) -> Response:
        """Sign a user out of one session; its tokens are refused everywhere within seconds."""
        user = await service.managed(session, caller, reference, None)
        await service.end_session(session, user.id, id, reason="ended by an administrator")
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

    @router.get("/sessions", response_model=Sessions)
    async def list_own_sessions(
        session: Session, caller: Annotated[Principal, Depends(principal_of)]
    ) -> Sessions:
        """Where you are signed in."""
        user = await service.get_myself(session, caller)
        return _sessions(await sessions.open_of(session, user.id), caller)

    @router.post("/sessions/{id}/end", status_code=204, response_class=Response)
    async def end_own_session(
        id: UUID, session: Session, caller: Annotated[Principal, Depends(principal_of)]
    ) -> Response:
        """Sign out of one session; its tokens are refused everywhere within seconds."""
        user = await service.get_myself(session, caller)
        await service.end_session(session, user.id, id, reason="ended by its owner")
        return Response(status_code=204)

    return router
