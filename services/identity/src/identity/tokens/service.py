"""What a token request leads to. Each step has a transaction of its own: none is held open while a password is hashed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.audit import Refusal, record_refusals
from chassis.context import Context, system_context
from chassis.http import Transactions
from chassis.ids import uuid7
from chassis.telemetry import counter
from identity.applications import service as applications
from identity.clients import service as clients
from identity.clients.rules import FIRST_PARTY, ClientRow
from identity.factors.rules import EnrolmentRequired, FactorLocked, OtpRequired
from identity.factors.service import Factors, Verdict, methods_with
from identity.guessing import rules as guessing
from identity.guessing import service as guessing_service
from identity.keys.service import KeyRing
from identity.passwords import Passwords
from identity.sessions import service as sessions
from identity.sessions.rules import Origin, SessionRow
from identity.sessions.service import Lives
from identity.settings import Settings
from identity.tokens.rules import (
    Grant,
    InvalidClient,
    InvalidGrant,
    TokenRequest,
)
from identity.users import service as users
from identity.users.rules import UserRow

_ISSUED = counter("tongheng_tokens_issued", "Access tokens issued.", "grant")
_WRONG = counter("tongheng_wrong_passwords", "Sign-ins refused for a wrong name or password.")


SCOPE_CODES_MAX = 50
"""A longer list of codes does not travel in a token; until a service knows the caller by its replica, he sees nothing."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What the caller gets."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None
    id_token: str | None = None
    scope: str = ""


class Issuer:
    """Gives tokens to whoever proves who he is."""

    def __init__(
        self, settings: Settings, *, ring: KeyRing, passwords: Passwords, factors: Factors
    ) -> None:
        self._settings = settings
        self._ring = ring
        self._passwords = passwords
        self._factors = factors
        base = (settings.public_url or settings.issuer).rstrip("/")
        self._audiences = frozenset((settings.issuer, f"{base}/api/v1/auth/token"))
        self.lives = Lives(
            session=timedelta(days=settings.session_days),
            token=timedelta(hours=settings.refresh_token_hours),
        )

    async def issue(self, database: Transactions, asked: TokenRequest, *, origin: Origin) -> Issued:
        """The tokens for a valid request."""
        match asked.grant:
            case Grant.PASSWORD:
                return await self._sign_in(database, asked, origin)
            case Grant.REFRESH_TOKEN:
                return await self._go_on(database, asked)
            case Grant.AUTHORIZATION_CODE:
                return await self._redeem(database, asked)
            case Grant.CLIENT_CREDENTIALS:
                return await self._let_client_in(database, asked)

    async def revoke(self, database: Transactions, token: str) -> None:
        """Sign out the session of a refresh token; an unknown token is no error (RFC 7009)."""
        async with database.transaction(_CONTEXT) as session:
            await sessions.end_by_token(session, token)

    async def authenticate(
        self, database: Transactions, *, username: str, password: str, address: str
    ) -> UserRow:
        """The person of this name and password; the same time and words for a wrong name as for a wrong password.

        Raises:
            InvalidGrant: the name or the password is wrong, or the person is shut out.
            TooManyWrongPasswords: somebody is guessing.
        """
        limits = guessing.limits(
            username, address, narrow=self._settings.wrong_passwords_max, wide=self._settings.wrong_passwords_max_wide
        )  # fmt: skip
        async with database.read(_CONTEXT) as session:
            await guessing_service.check(session, limits)
            found = await users.with_password(session, username)
        user, kept = found if found is not None else (None, None)
        if user is None or not user.active:
            kept = None
        counted: dict[bytes, datetime] = {}

        async def count() -> None:
            async with database.transaction(_CONTEXT) as session:
                counted.update(await guessing_service.count(session, limits))

        async def take_back() -> None:
            async with database.transaction(_CONTEXT) as session:
                await guessing_service.take_back(session, counted)

        right = await self._passwords.verify(kept, password, at_turn=count, if_right=take_back)
        if not right or user is None:
            _WRONG.inc()
            await self._record_wrong(database, user, address)
            raise InvalidGrant

        if self._passwords.is_outdated(kept or ""):
            renewed = await self._passwords.hash(password)
            async with database.transaction(_of(user)) as session:
                await users.keep_password(session, user.id, renewed)
        return user

    async def verify_code(
        self, database: Transactions, user: UserRow, otp: str, *, address: str
    ) -> None:
        """Check the code of a person's second factor, which is good once.

        Raises:
            InvalidGrant: it is wrong, or was used.
            FactorLocked: too many were wrong.
        """
        async with database.transaction(_of(user)) as session:
            verdict = await self._factors.verify(session, user.id, otp)
            wait = (
                await self._factors.wait_seconds(session, user.id)
                if verdict is Verdict.LOCKED
                else 0
            )
        # committed also when refused: wrong codes count
        if verdict is Verdict.LOCKED:
            raise FactorLocked(retry_after=wait)
        if verdict is Verdict.WRONG:
            _WRONG.inc()
            await self._record_wrong(database, user, address)
            raise InvalidGrant

    async def _record_wrong(
        self, database: Transactions, user: UserRow | None, address: str
    ) -> None:
        """Write the refusal, also for an unknown name: what takes time for one takes it for the other."""
        actor = str(user.id) if user is not None else "anonymous"
        refusal = Refusal("POST /api/v1/auth/sign-in", "invalid-grant", 400, address)
        async with database.transaction(_CONTEXT) as session:
            await record_refusals(session, Context(actor=actor), [refusal])

    async def _sign_in(self, database: Transactions, asked: TokenRequest, origin: Origin) -> Issued:
        if asked.is_public and asked.client_id not in ("", FIRST_PARTY):
            raise InvalidClient  # an application in a browser never sees a password
        client_id = await self._program(database, asked)
        user = await self.authenticate(
            database, username=asked.username, password=asked.password, address=origin.address
        )
        async with database.read(_of(user)) as session:
            standing = await self._factors.standing(session, user)
        methods: tuple[str, ...] = ("pwd",)
        if standing.enrolled:
            if not asked.otp:
                raise OtpRequired
            await self.verify_code(database, user, asked.otp, address=origin.address)
            methods = methods_with(methods)
        elif standing.required:
            raise EnrolmentRequired

        async with database.transaction(_of(user, origin.address)) as session:
            begun, refresh_token = await sessions.begin(
                session, user.id, client_id=client_id, lives=self.lives, origin=origin, methods=methods
            )  # fmt: skip
        claims = _claims_of(user, client_id, begun)
        return await self._tokens(database, asked.grant, claims, refresh_token)

    async def _go_on(self, database: Transactions, asked: TokenRequest) -> Issued:
        client_id = await self._program(database, asked)
        async with database.transaction(_CONTEXT) as session:
            gone_on = await sessions.go_on(
                session, asked.refresh_token, client_id=client_id, lives=self.lives
            )
            user = (
                await users.find(session, str(gone_on.session.user))
                if gone_on is not None
                else None
            )
        # committed also when refused: a token used twice has ended its session
        if gone_on is None or user is None or not user.active:
            raise InvalidGrant
        issued = await self._tokens(
            database, asked.grant, _claims_of(user, client_id, gone_on.session), gone_on.token
        )
        return await self._with_identity(
            database, issued, user, gone_on.session, client_id=client_id, scope=gone_on.scope, nonce=None
        )  # fmt: skip

    async def _redeem(self, database: Transactions, asked: TokenRequest) -> Issued:
        client_id = await self._program(database, asked)
        async with database.transaction(_CONTEXT) as session:
            code = await sessions.redeem_code(
                session, asked.code, client_id=client_id, redirect_uri=asked.redirect_uri,
                verifier=asked.code_verifier,
            )  # fmt: skip
            user = await users.find(session, str(code.session.user)) if code is not None else None
            refresh_token = ""
            if code is not None and user is not None and user.active:
                refresh_token = await sessions.issue(
                    session, code.session, client_id=client_id, scope=code.scope, lives=self.lives
                )
        # committed also when refused: the code is used up
        if code is None or user is None or not user.active:
            raise InvalidGrant
        issued = await self._tokens(
            database, asked.grant, _claims_of(user, client_id, code.session), refresh_token
        )
        return await self._with_identity(
            database, issued, user, code.session, client_id=client_id, scope=code.scope, nonce=code.nonce
        )  # fmt: skip

    async def _with_identity(
        self,
        database: Transactions,
        issued: Issued,
        user: UserRow,
        begun: SessionRow,
        *,
        client_id: str,
        scope: str,
        nonce: str | None,
    ) -> Issued:
        """With an ID token (OpenID Connect Core, 2) where one was asked for."""
        granted = scope.split()
        if "openid" not in granted:
            return replace(issued, scope=scope)
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self._settings.issuer,
            "sub": str(user.id),
            "aud": client_id,
            "iat": now,
            "exp": now + self._settings.access_token_seconds,
            "auth_time": int(begun.began_at.timestamp()),
            "amr": list(begun.methods),
            "sid": str(begun.id),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if "profile" in granted:
            claims |= {"name": user.name, "preferred_username": user.username}
        id_token = await self._ring.sign(database, claims, kind="JWT")
        return replace(issued, id_token=id_token, scope=scope)

    async def _let_client_in(self, database: Transactions, asked: TokenRequest) -> Issued:
        client = await self._proven(database, asked)
        claims: dict[str, object] = {
            "sub": client.client_id,
            "client_id": client.client_id,
            "name": client.name,
            "roles": client.roles,
            "companies": client.companies,
            **_scope(client.warehouses, client.partners, own=client.own),
        }
        if client.requests_per_second:
            claims["requests_per_second"] = client.requests_per_second
        return await self._tokens(database, asked.grant, claims, None)

    async def _program(self, database: Transactions, asked: TokenRequest) -> str:
        """The program that a person uses: our own, a registered application, or one that proves itself."""
        if not asked.is_public:
            return (await self._proven(database, asked)).client_id
        if asked.client_id in ("", FIRST_PARTY):
            return FIRST_PARTY
        async with database.read(_CONTEXT) as session:
            application = await applications.find(session, asked.client_id)
        if application is None:
            raise InvalidClient
        return application.client_id

    async def _proven(self, database: Transactions, asked: TokenRequest) -> ClientRow:
        """The program that proves itself, by a secret or a signed statement; no other than the one it says it is."""
        if asked.client_assertion is not None:
            async with database.transaction(_CONTEXT) as session:
                client = await clients.authenticate_by_assertion(
                    session, asked.client_assertion, audiences=self._audiences, now=time.time()
                )
        else:
            async with database.read(_CONTEXT) as session:
                client = await clients.authenticate(
                    session, client_id=asked.client_id, secret=asked.client_secret or ""
                )
        if client is None or asked.client_id not in ("", client.client_id):
            raise InvalidClient
        return client

    async def _tokens(
        self,
        database: Transactions,
        grant: Grant,
        claims: Mapping[str, object],
        refresh_token: str | None,
    ) -> Issued:
        now = int(time.time())
        life = self._settings.access_token_seconds
        token = await self._ring.sign(
            database,
            {
                "iss": self._settings.issuer,
                "aud": self._settings.audience,
                "iat": now,
                "exp": now + life,
                "jti": str(uuid7()),
                **claims,
            },
        )
        _ISSUED.labels(str(grant)).inc()
        return Issued(token, life, refresh_token)


_CONTEXT = system_context("identity.tokens")


def _of(user: UserRow, address: str = "") -> Context:
    return Context(actor=str(user.id), address=address)


def _claims_of(user: UserRow, client_id: str, begun: SessionRow) -> dict[str, object]:
    return {
        "sub": str(user.id),
        "client_id": client_id,
        "name": user.username,
        "roles": user.roles,
        "companies": user.companies,
        "sid": str(begun.id),
        **_scope(user.warehouses, user.partners, own=user.own),
    }


def _scope(warehouses: Sequence[str], partners: Sequence[str], *, own: bool) -> dict[str, object]:
    return {
        "warehouses": list(warehouses) if len(warehouses) <= SCOPE_CODES_MAX else [],
        "partners": list(partners) if len(partners) <= SCOPE_CODES_MAX else [],
        "own": own,
    }
