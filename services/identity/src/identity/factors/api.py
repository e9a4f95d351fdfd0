"""Second factors over HTTP: one's own; and an administrator's way to help somebody who lost his device."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from chassis.errors import NotFound
from chassis.http import IfMatch, Principal, Session, commands, principal_of, requires
from chassis.values import Input, TextIn
from identity.factors import rules
from identity.factors.service import Factors
from identity.passwords import Passwords
from identity.sessions import service as sessions
from identity.users import service as users
from identity.users.rules import UserRow


class Begin(Input):
    """The present password: an unattended screen does not set up a second factor."""

    current_password: TextIn


class Confirm(Input):
    """The new device's first code."""

    code: TextIn


class Remove(Input):
    """The present password and a code."""

    current_password: TextIn
    code: TextIn


class StandingView(BaseModel):
    """Whether one has a second factor, and must have one."""

    enrolled: bool
    required: bool
    recovery_codes_left: int


class EnrolmentView(BaseModel):
    """What the device needs to know; null when the answer is repeated."""

    secret: str | None
    otpauth_uri: str | None
    qr_svg: str | None


class RecoveryCodes(BaseModel):
    """Codes that are each good once; null when the answer is repeated."""

    recovery_codes: list[str] | None


class _ShownOnce(JSONResponse):
    """An answer with secrets. What is kept of it for repetitions (`body`) has none."""

    def __init__(self, shown: BaseModel) -> None:
        super().__init__(dict.fromkeys(type(shown).model_fields))
        self._whole = JSONResponse(shown.model_dump(mode="json"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in self.headers.items():
            if name not in ("content-length", "content-type"):
                self._whole.headers[name] = value
        await self._whole(scope, receive, send)


def factors_router(factors: Factors, passwords: Passwords) -> APIRouter:
    """One's own second factor."""
    router = commands("identity", "me", "second-factor")

    @router.get("", response_model=StandingView)
    async def show_second_factor(
        session: Session, caller: Annotated[Principal, Depends(principal_of)]
    ) -> StandingView:
        """Whether you have a second factor, and must have one."""
        standing = await factors.standing(session, await _myself(session, caller))
        return StandingView(
            enrolled=standing.enrolled, required=standing.required, recovery_codes_left=standing.recovery_codes_left
        )  # fmt: skip

    @router.post("", response_model=EnrolmentView)
    async def begin_second_factor(
        body: Begin, session: Session, caller: Annotated[Principal, Depends(principal_of)]
    ) -> Response:
        """Get a key for your device; it counts from its first right code on."""
        user = await _myself(session, caller)
        await users.check_own_password(session, passwords, user, body.current_password)
        enrolment = await factors.begin(session, user)
        return _ShownOnce(
            EnrolmentView(secret=enrolment.secret, otpauth_uri=enrolment.otpauth_uri, qr_svg=enrolment.qr_svg)
        )  # fmt: skip

    @router.post("/confirm", response_model=RecoveryCodes)
    async def confirm_second_factor(
        body: Confirm, session: Session, caller: Annotated[Principal, Depends(principal_of)]
    ) -> Response:
        """Show that your device has the key; you get recovery codes, this once."""
        codes = await factors.confirm(session, await _myself(session, caller), body.code)
        return _ShownOnce(RecoveryCodes(recovery_codes=list(codes)))

    @router.post("/remove", status_code=204, response_class=Response)
    async def remove_second_factor(
        body: Remove, session: Session, caller: Annotated[Principal, Depends(principal_of)]
    ) -> Response:
        """Do without your second factor, if no role of yours asks for one."""
        user = await _myself(session, caller)
        await users.check_own_password(session, passwords, user, body.current_password)
        standing = await factors.standing(session, user)
        if not standing.enrolled:
            raise rules.NotEnrolled
        if standing.required:
            raise rules.FactorNeeded
        await factors.prove(session, user, body.code)
        await factors.remove(session, user.id)
        return Response(status_code=204)

    return router


def helped_router(factors: Factors) -> APIRouter:
    """Others' second factors."""
    router = commands("identity", "users")

    @router.post("/{reference}/second-factor/remove", status_code=204, response_class=Response)
    async def remove_users_second_factor(
        reference: str,
        session: Session,
        caller: Annotated[Principal, requires("identity.user.password")],
        version: IfMatch,
    ) -> Response:
        """Take away the second factor of somebody who lost his device; he is signed out everywhere."""
        user = await users.managed(session, caller, reference, version)
        if not await factors.remove(session, user.id):
            raise NotFound(what=("second factor", "第二因素"))
        await sessions.end_all(session, user.id, reason="second factor removed")
        return Response(status_code=204)

    return router


async def _myself(session: AsyncSession, caller: Principal) -> UserRow:
    user = await users.find(session, caller.subject, lock=True)
    if user is None:
        raise NotFound(what=("user", "用户"))
    return user
