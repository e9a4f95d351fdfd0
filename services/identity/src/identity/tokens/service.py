"""What a token request leads to. Each step has a transaction of its own: none is held open while a password is hashed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.context import Context, system_context
from chassis.http import Transactions
from chassis.ids import uuid7
from chassis.telemetry import counter
from identity.clients import service as clients
from identity.clients.rules import FIRST_PARTY
from identity.keys.service import KeyRing
from identity.passwords import Passwords
from identity.sessions import service as sessions
from identity.sessions.service import Lives
from identity.settings import Settings
from identity.tokens.rules import (
    Grant,
    InvalidClient,
    InvalidGrant,
    TokenRequest,
    WrongPasswords,
)
from identity.users import service as users
from identity.users.rules import UserRow, folded

_ISSUED = counter("tongheng_tokens_issued", "Access tokens issued.", "grant")
_WRONG = counter("tongheng_wrong_passwords", "Sign-ins refused for a wrong name or password.")


@dataclass(frozen=True, slots=True)
class Issued:
    """What the caller gets."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None


class Issuer:
    """Gives tokens to whoever proves who he is."""

    def __init__(self, settings: Settings, *, ring: KeyRing, passwords: Passwords) -> None:
        self._settings = settings
        self._ring = ring
        self._passwords = passwords
        self._wrong = WrongPasswords()
        self._lives = Lives(
            session=timedelta(days=settings.session_days),
            token=timedelta(hours=settings.refresh_token_hours),
        )

    async def issue(self, database: Transactions, asked: TokenRequest, *, address: str) -> Issued:
        """The tokens for a valid request."""
        match asked.grant:
            case Grant.PASSWORD:
                return await self._sign_in(database, asked, address)
            case Grant.REFRESH_TOKEN:
                return await self._go_on(database, asked)
            case Grant.CLIENT_CREDENTIALS:
                return await self._let_client_in(database, asked)

    async def revoke(self, database: Transactions, token: str) -> None:
        """Sign out the session of a refresh token; an unknown token is no error (RFC 7009)."""
        async with database.transaction(_CONTEXT) as session:
            await sessions.end_by_token(session, token)

    async def _sign_in(self, database: Transactions, asked: TokenRequest, address: str) -> Issued:
        client_id = await self._program(database, asked)
        limits = self._limits(asked.username, address)
        self._wrong.check(limits, time.monotonic())
        async with database.read(_CONTEXT) as session:
            found = await users.with_password(session, asked.username)
        user, kept = found if found is not None else (None, None)
        if user is None or not user.active:
            kept = None

        right = await self._passwords.verify(
            kept,
            asked.password,
            at_turn=lambda: self._wrong.check(limits, time.monotonic()),
            if_wrong=lambda: self._wrong.count(limits, time.monotonic()),
        )
        if not right or user is None:
            _WRONG.inc()
            raise InvalidGrant

        renewed = (
            await self._passwords.hash(asked.password)
            if self._passwords.is_outdated(kept or "")
            else None
        )
        async with database.transaction(_of(user)) as session:
            if renewed is not None:
                await users.keep_password(session, user.id, renewed)
            refresh_token = await sessions.begin(
                session, user.id, client_id=client_id, lives=self._lives
            )
        return await self._tokens(database, asked.grant, _claims_of(user, client_id), refresh_token)

    async def _go_on(self, database: Transactions, asked: TokenRequest) -> Issued:
        client_id = await self._program(database, asked)
        async with database.transaction(_CONTEXT) as session:
            gone_on = await sessions.go_on(
                session, asked.refresh_token, client_id=client_id, lives=self._lives
            )
            user = await users.find(session, str(gone_on[0])) if gone_on is not None else None
        # committed also when refused: a token used twice has ended its session
        if gone_on is None or user is None or not user.active:
            raise InvalidGrant
        return await self._tokens(database, asked.grant, _claims_of(user, client_id), gone_on[1])

    async def _let_client_in(self, database: Transactions, asked: TokenRequest) -> Issued:
        async with database.read(_CONTEXT) as session:
            client = await clients.authenticate(
                session, client_id=asked.client_id, secret=asked.client_secret or ""
            )
        if client is None:
            raise InvalidClient
        claims = _claims(
            client.client_id, client.client_id, client.name, client.roles, client.companies
        )
        return await self._tokens(database, asked.grant, claims, None)

    async def _program(self, database: Transactions, asked: TokenRequest) -> str:
        """The program that a person uses: our own, which has no secret, or one that proves itself."""
        if asked.client_secret is None:
            if asked.client_id not in ("", FIRST_PARTY):
                raise InvalidClient
            return FIRST_PARTY
        async with database.read(_CONTEXT) as session:
            client = await clients.authenticate(
                session, client_id=asked.client_id, secret=asked.client_secret
            )
        if client is None:
            raise InvalidClient
        return client.client_id

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

    def _limits(self, username: str, address: str) -> dict[str, int]:
        name = folded(username)
        wide = self._settings.wrong_passwords_max_wide
        return {
            f"both:{name}\x00{address}": self._settings.wrong_passwords_max,
            f"name:{name}": wide,
            f"address:{address}": wide,
        }


_CONTEXT = system_context("identity.tokens")


def _of(user: UserRow) -> Context:
    return Context(actor=str(user.id))


def _claims_of(user: UserRow, client_id: str) -> dict[str, object]:
    return _claims(str(user.id), client_id, user.username, user.roles, user.companies)


def _claims(
    subject: str, client_id: str, name: str, roles: Sequence[str], companies: Sequence[str]
) -> dict[str, object]:
    return {
        "sub": subject,
        "client_id": client_id,
        "name": name,
        "roles": list(roles),
        "companies": list(companies),
    }
