"""What becomes of a person who was sent to sign in, step by step. Each step has a transaction of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from uuid import UUID

import jwt

from chassis.context import Context, system_context
from chassis.http import Transactions
from identity.applications import rules as application_rules
from identity.applications import service as applications
from identity.authorize import rules
from identity.authorize.rules import (
    Authorization,
    InvalidAuthorization,
    Refusal,
    Stage,
    Transaction,
)
from identity.factors.rules import WrongCode
from identity.factors.service import Enrolment, Factors, methods_with
from identity.keys.service import KeyRing
from identity.sessions import service as sessions
from identity.sessions.rules import Code, Origin, SessionRow
from identity.settings import Settings
from identity.tokens.rules import InvalidGrant
from identity.tokens.service import Issuer
from identity.users import service as users
from identity.users.rules import UserRow

_CONTEXT = system_context("identity.sign-in")


@dataclass(frozen=True, slots=True)
class SentBack:
    """The browser goes back to the application; a new cookie if it was signed in just now."""

    address: str
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A page asks for something more."""

    transaction: Transaction
    error: bool = False
    enrolment: Enrolment | None = None
    recovery_codes: tuple[str, ...] = ()


class SignIn:
    """Signing in on our own page."""

    def __init__(
        self, settings: Settings, *, issuer: Issuer, ring: KeyRing, factors: Factors
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._ring = ring
        self._factors = factors
        self.base = (settings.public_url or settings.issuer).rstrip("/")

    async def begin(
        self, database: Transactions, query: dict[str, str], *, cookie: str, browser: str
    ) -> Ask | SentBack:
        """What an authorization request leads to: the sign-in page, or at once back with a code.

        Raises:
            InvalidAuthorization: the application or its address is not registered: nobody is sent there.
        """
        client_id, redirect_uri = rules.read_target(query)
        async with database.transaction(_CONTEXT) as session:
            application = await applications.find(session, client_id)
            if application is None:
                raise InvalidAuthorization(reason=("the application is unknown", "应用未注册"))
            if not application_rules.allows(
                application.redirect_uris, redirect_uri, base=self.base
            ):
                raise InvalidAuthorization(
                    reason=("this redirect_uri is not registered", "redirect_uri 未登记")
                )
            known = (
                await sessions.of_cookie(session, cookie, lives=self._issuer.lives)
                if cookie
                else None
            )
        try:
            request = rules.read_authorization(query)
        except Refusal as refusal:
            return self._refused(redirect_uri, query.get("state"), refusal.error)
        if known is not None and await self._suffices(database, known, request):
            return await self._sent_back(database, request, known, None)
        if "none" in request.prompt:
            return self._refused(redirect_uri, request.state, "login_required")
        return Ask(
            Transaction(
                Stage.PASSWORD, rules.fingerprint(browser), made_at=time.time(), request=request
            )
        )

    async def password(
        self, database: Transactions, at: Transaction, *, username: str, password: str, origin: Origin, cookie: str
    ) -> Ask | SentBack:  # fmt: skip
        """Name and password were given.

        Raises:
            TooManyWrongPasswords: somebody is guessing.
        """
        try:
            user = await self._issuer.authenticate(
                database, username=username, password=password, address=origin.address
            )
        except InvalidGrant:
            return Ask(at, error=True)
        proved = replace(at, user=str(user.id), methods=("pwd",), made_at=time.time())
        async with database.transaction(Context(actor=str(user.id))) as session:
            standing = await self._factors.standing(session, user)
            if standing.enrolled:
                return Ask(replace(proved, stage=Stage.CODE))
            if standing.required:
                enrolment = await self._factors.begin(session, user)
                return Ask(replace(proved, stage=Stage.ENROL), enrolment=enrolment)
        return await self._let_in(database, proved, user, origin=origin, cookie=cookie)

    async def code(
        self, database: Transactions, at: Transaction, *, otp: str, origin: Origin, cookie: str
    ) -> Ask | SentBack:
        """The code of the second factor was given.

        Raises:
            FactorLocked: too many were wrong.
        """
        user = await self._user(database, at)
        try:
            await self._issuer.verify_code(database, user, otp, address=origin.address)
        except InvalidGrant:
            return Ask(at, error=True)
        proved = replace(at, methods=methods_with(at.methods))
        return await self._let_in(database, proved, user, origin=origin, cookie=cookie)

    async def enrol(self, database: Transactions, at: Transaction, *, otp: str) -> Ask:
        """The new device's first code was given."""
        user = await self._user(database, at)
        async with database.transaction(Context(actor=str(user.id))) as session:
            try:
                codes = await self._factors.confirm(session, user, otp)
            except WrongCode:
                shown = await self._factors.shown_again(session, user)
                return Ask(at, error=True, enrolment=shown)
        proved = replace(
            at, stage=Stage.RECOVERY, methods=methods_with(at.methods), made_at=time.time()
        )
        return Ask(proved, recovery_codes=codes)

    async def recovered(
        self, database: Transactions, at: Transaction, *, origin: Origin, cookie: str
    ) -> SentBack:
        """The recovery codes were kept."""
        user = await self._user(database, at)
        return await self._let_in(database, at, user, origin=origin, cookie=cookie)

    async def ask_to_sign_out(
        self, database: Transactions, query: dict[str, str], *, cookie: str, browser: str
    ) -> Ask | SentBack:
        """Sign out at once where the application shows whom it means by his ID token, else ask him.

        Raises:
            InvalidAuthorization: the address to go to afterwards is not registered.
        """
        hint = await self._hint(database, query.get("id_token_hint", ""))
        client_id = query.get("client_id", "")
        if hint is not None and client_id and client_id != hint["aud"]:
            raise InvalidAuthorization(reason=("the token is another application's", "令牌属于其他应用"))  # fmt: skip
        target = query.get("post_logout_redirect_uri", "")
        async with database.transaction(_CONTEXT) as session:
            if target:
                application = await applications.find(
                    session, client_id or (hint["aud"] if hint else "")
                )
                if application is None or not application_rules.allows(
                    application.post_logout_redirect_uris, target, base=self.base
                ):
                    raise InvalidAuthorization(
                        reason=("this address is not registered", "地址未登记")
                    )
                target = rules.answer_address(target, {"state": query["state"]}) if query.get("state") else target  # fmt: skip
            known = (
                await sessions.of_cookie(session, cookie, lives=self._issuer.lives)
                if cookie
                else None
            )
            if known is None or (hint is not None and hint["sid"] == str(known.id)):
                ended = known.id if known is not None else UUID(hint["sid"]) if hint else None
                if ended is not None:
                    await sessions.end(session, ended, reason="signed out")
                return SentBack(target)
        return Ask(
            Transaction(
                Stage.SIGN_OUT, rules.fingerprint(browser), made_at=time.time(), session=str(known.id), target=target
            )
        )  # fmt: skip

    async def sign_out(self, database: Transactions, at: Transaction, *, cookie: str) -> SentBack:
        """The person says yes."""
        async with database.transaction(_CONTEXT) as session:
            known = await sessions.of_cookie(session, cookie, lives=self._issuer.lives)
            if known is not None and str(known.id) == at.session:
                await sessions.end(session, known.id, reason="signed out")
        return SentBack(at.target)

    async def _suffices(
        self, database: Transactions, known: SessionRow, request: Authorization
    ) -> bool:
        """Whether the session in hand is enough for this request."""
        if "login" in request.prompt or "select_account" in request.prompt:
            return False
        if request.max_age is not None and time.time() - known.began_at.timestamp() > request.max_age:  # fmt: skip
            return False
        async with database.read(_CONTEXT) as session:
            user = await users.find(session, str(known.user))
            if user is None or not user.active:
                return False
            # a role may have been given since that asks for more than the session began with
            return "otp" in known.methods or not (await self._factors.standing(session, user)).required  # fmt: skip

    async def _user(self, database: Transactions, at: Transaction) -> UserRow:
        async with database.read(_CONTEXT) as session:
            user = await users.find(session, at.user)
        if user is None or not user.active:
            raise InvalidGrant
        return user

    async def _let_in(
        self, database: Transactions, at: Transaction, user: UserRow, *, origin: Origin, cookie: str
    ) -> SentBack:
        request = at.request
        assert request is not None, "only a sign-in has a user"
        async with database.transaction(
            Context(actor=str(user.id), address=origin.address)
        ) as session:
            if cookie:
                before = await sessions.of_cookie(session, cookie, lives=self._issuer.lives)
                if before is not None:
                    await sessions.end(session, before.id, reason="signed in anew")
            begun, new_cookie = await sessions.begin_in_browser(
                session, user.id, client_id=request.client_id, lives=self._issuer.lives, origin=origin,
                methods=at.methods,
            )  # fmt: skip
        return await self._sent_back(database, request, begun, new_cookie)

    async def _sent_back(
        self, database: Transactions, request: Authorization, begun: SessionRow, cookie: str | None
    ) -> SentBack:
        async with database.transaction(Context(actor=str(begun.user))) as session:
            code = await sessions.hand_out_code(
                session,
                Code(
                    begun, client_id=request.client_id, redirect_uri=request.redirect_uri,
                    code_challenge=request.code_challenge, nonce=request.nonce, scope=request.scope,
                ),
            )  # fmt: skip
        fields = {"code": code, "state": request.state, "iss": self._settings.issuer}
        return SentBack(rules.answer_address(request.redirect_uri, fields), cookie)

    def _refused(self, redirect_uri: str, state: str | None, error: str) -> SentBack:
        shown = state if state is not None and len(state) <= rules.TEXT_LONGEST else None
        fields = {"error": error, "state": shown, "iss": self._settings.issuer}
        return SentBack(rules.answer_address(redirect_uri, fields))

    async def _hint(self, database: Transactions, token: str) -> dict[str, str] | None:
        """What an ID token of ours says, though it may have expired."""
        if not token:
            return None
        try:
            keys = jwt.PyJWKSet.from_dict(await self._ring.published(database))
            header = jwt.get_unverified_header(token)
            if header.get("typ") != "JWT":
                return None
            claims: dict[str, object] = jwt.decode(
                token, keys[str(header.get("kid"))], algorithms=["EdDSA"], issuer=self._settings.issuer,
                options={"verify_aud": False, "verify_exp": False, "require": ["aud", "sid", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, ValueError):
            return None
        return {"aud": str(claims["aud"]), "sid": str(claims["sid"])}
