"""The replica of users, clients and roles that decides what a caller may do; fed by identity's events."""

from __future__ import annotations

import asyncio
import contextlib
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from tongheng_contracts.identity import ClientChanged, RoleChanged, SessionEnded, UserChanged

from .auth import Claims, Principal, TokenVerifier
from .consuming import Consumers
from .context import Context, system_context
from .errors import DependencyUnavailable, Unauthenticated
from .telemetry import logger

REFRESH_SECONDS = 2.0
PRINCIPALS_MAX = 10_000
ENDED_KEPT = timedelta(hours=1)
"""Longer than any access token lives: afterwards nothing is left to refuse."""
_OVERLAP = timedelta(seconds=90)
"""Rows are read again for so long, because a transaction may commit after one that began later."""

_log = logger("chassis.access")
_metadata = MetaData()

users = Table(
    "access_users",
    _metadata,
    Column("subject", Text, primary_key=True),
    Column("active", Boolean, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("companies", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("account", Text, nullable=False),
    Column("warehouses", ARRAY(Text), nullable=False),
    Column("partners", ARRAY(Text), nullable=False),
    Column("own", Boolean, nullable=False),
)

ended_sessions = Table(
    "access_ended_sessions",
    _metadata,
    Column("session", Text, primary_key=True),
    Column("ended_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

roles = Table(
    "access_roles",
    _metadata,
    Column("code", Text, primary_key=True),
    Column("permissions", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


consumers = Consumers()
"""The replica's own consumers; every service has them."""


class Reading(Protocol):
    """What the directory needs of a database."""

    def read(self, context: Context) -> contextlib.AbstractAsyncContextManager[AsyncSession]:
        """A session for reading."""
        ...


@consumers.on(UserChanged, ClientChanged)
async def on_users_changed(
    session: AsyncSession, events: Sequence[UserChanged | ClientChanged]
) -> None:
    """Keep who is active, with which roles, in which scope."""
    rows: dict[str, dict[str, object]] = {}
    for event in events:
        if isinstance(event, UserChanged):
            who, subject, account = event.user, str(event.user.id), event.user.username
        else:
            who, subject, account = event.client, event.client.client_id, event.client.client_id
        known = rows.get(subject)
        if known is None or who.version > int(str(known["version"])):
            rows[subject] = {
                "subject": subject,
                "active": who.active,
                "roles": list(who.roles),
                "companies": list(who.companies),
                "version": who.version,
                "account": folded(account),
                "warehouses": list(who.warehouses),
                "partners": list(who.partners),
                "own": who.own,
            }
    if not rows:
        return
    statement = insert(users).values([rows[subject] for subject in sorted(rows)])
    given = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[users.c.subject],
            set_={
                "active": given.active,
                "roles": given.roles,
                "companies": given.companies,
                "version": given.version,
                "account": given.account,
                "warehouses": given.warehouses,
                "partners": given.partners,
                "own": given.own,
                "changed_at": func.now(),
            },
            where=given.version > users.c.version,
        )
    )


@consumers.on(RoleChanged)
async def on_roles_changed(session: AsyncSession, events: Sequence[RoleChanged]) -> None:
    """Keep what each role permits."""
    rows: dict[str, dict[str, object]] = {}
    for event in events:
        role = event.role
        known = rows.get(role.code)
        if known is None or role.version > int(str(known["version"])):
            rows[role.code] = {
                "code": role.code,
                "permissions": list(role.permissions),
                "version": role.version,
            }
    if not rows:
        return
    statement = insert(roles).values([rows[code] for code in sorted(rows)])
    given = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[roles.c.code],
            set_={
                "permissions": given.permissions,
                "version": given.version,
                "changed_at": func.now(),
            },
            where=given.version > roles.c.version,
        )
    )


@consumers.on(SessionEnded)
async def on_sessions_ended(session: AsyncSession, events: Sequence[SessionEnded]) -> None:
    """Keep which sign-ins have ended, for as long as a token of theirs may be about."""
    ended = sorted({str(event.session.id) for event in events})
    if ended:
        await session.execute(
            insert(ended_sessions)
            .values([{"session": each} for each in ended])
            .on_conflict_do_nothing()
        )
        await session.execute(
            delete(ended_sessions).where(ended_sessions.c.ended_at < func.now() - ENDED_KEPT)
        )


def folded(account: str) -> str:
    """How names of accounts are compared: full-width and half-width, upper and lower case are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", account).casefold())


class _User:
    __slots__ = (
        "account",
        "active",
        "companies",
        "own",
        "partners",
        "roles",
        "version",
        "warehouses",
    )

    def __init__(
        self, *, active: bool, roles: Sequence[str], companies: Sequence[str], version: int, account: str = "",
        warehouses: Sequence[str] = ("*",), partners: Sequence[str] = ("*",), own: bool = False,
    ) -> None:  # fmt: skip
        self.active = active
        self.roles = tuple(roles)
        self.companies = _limit(companies)
        self.version = version
        self.account = account
        self.warehouses = _limit(warehouses)
        self.partners = _limit(partners)
        self.own = own


def _limit(codes: Sequence[str]) -> frozenset[str] | None:
    return None if "*" in codes else frozenset(codes)


_NOBODY = _User(active=True, roles=(), companies=(), version=0, warehouses=(), partners=())


class AccessDirectory:
    """The replica in memory, read again every two seconds; asked on each request."""

    def __init__(self, database: Reading | None = None) -> None:
        self._database = database
        self._users: dict[str, _User] = {}
        self._accounts: dict[str, str] = {}
        """Another provider knows people by name: the subject behind each."""
        self._ended: dict[str, datetime | None] = {}
        self._roles: dict[str, tuple[int, frozenset[str]]] = {}
        self._principals: OrderedDict[tuple[str, str], tuple[int, Principal]] = OrderedDict()
        self._generation = 0
        self._seen_until: dict[str, datetime] = {}
        self.refreshed_at = float("-inf")
        """When the replica was last read, by the monotonic clock."""

    @property
    def known(self) -> bool:
        """Whether the replica was read at all since this process began."""
        return self._database is None or self.refreshed_at > float("-inf")

    def principal_for(self, claims: Claims) -> Principal:
        """The caller as the replica knows him, else as his token says.

        Of a person whom another provider signed in, the token says the roles, our record the scope; without a record
        he sees nothing.

        Raises:
            Unauthenticated: he was disabled, or his session was ended.
            DependencyUnavailable: the replica was not read yet: who may do what is not known, nor who was disabled.
        """
        if not self.known:
            raise DependencyUnavailable
        cached = self._principals.get((claims.subject, claims.token_id))
        if cached is not None and cached[0] == self._generation:
            return cached[1]
        subject = self._subject_of(claims)
        user = self._users.get(subject)
        if user is not None and not user.active:
            raise Unauthenticated("A valid access token is needed: the account is not active.")
        if claims.session and claims.session in self._ended:
            raise Unauthenticated("A valid access token is needed: the session has ended.")
        held = user.roles if user is not None and not claims.account else claims.roles
        permissions: set[str] = set() if user is not None else set(claims.permissions)
        for code in held:
            known = self._roles.get(code)
            if known is not None:
                permissions |= known[1]
        if claims.account and user is None:
            user = _NOBODY
        principal = Principal(
            subject=subject,
            name=claims.name,
            permissions=frozenset(permissions),
            companies=user.companies if user is not None else claims.companies,
            client=claims.client,
            roles=frozenset(held),
            warehouses=user.warehouses if user is not None else claims.warehouses,
            partners=user.partners if user is not None else claims.partners,
            own=user.own if user is not None else claims.own,
            session=claims.session,
        )
        self._principals[(claims.subject, claims.token_id)] = (self._generation, principal)
        while len(self._principals) > PRINCIPALS_MAX:
            self._principals.popitem(last=False)
        return principal

    def _subject_of(self, claims: Claims) -> str:
        """Our record's subject, also where another provider names the caller in its own way."""
        if claims.account:
            for name in claims.account:
                subject = self._accounts.get(folded(name))
                if subject is not None:
                    return subject
            # its subjects are its own: one that looks like one of ours is not ours
            return f"external:{claims.subject}"
        return claims.subject

    async def refresh(self) -> None:
        """Read what changed since the last time."""
        assert self._database is not None, "a directory without a database is not refreshed"
        async with self._database.read(system_context("access")) as session:
            changed = await self._read_roles(session)
            changed = await self._read_users(session) or changed
            changed = await self._read_ended(session) or changed
        if changed:
            self._generation += 1
        self.refreshed_at = time.monotonic()

    async def run(self) -> None:
        """Keep reading, until cancelled; a database that is away is asked again."""
        while True:
            try:
                await self.refresh()
            except asyncio.CancelledError:
                raise
            except (
                Exception
            ) as error:  # the loop outlives every fault of the database; the age is a metric
                _log.warning("access directory was not refreshed", error=type(error).__name__)
            await asyncio.sleep(REFRESH_SECONDS)

    def load(
        self,
        *,
        users: Mapping[str, tuple[bool, Sequence[str], Sequence[str]]] | None = None,
        roles: Mapping[str, Sequence[str]] | None = None,
        accounts: Mapping[str, str] | None = None,
        ended: Sequence[str] = (),
    ) -> None:
        """Fill it by hand: users as (active, roles, companies), roles with their permissions, subjects by account."""
        self._accounts |= {
            folded(account): subject for account, subject in (accounts or {}).items()
        }
        self._ended |= dict.fromkeys(ended)
        for subject, (active, held, companies) in (users or {}).items():
            known = self._users.get(subject)
            version = known.version + 1 if known is not None else 1
            self._users[subject] = _User(
                active=active, roles=held, companies=companies, version=version
            )
        for code, permissions in (roles or {}).items():
            self._roles[code] = (
                self._roles.get(code, (0, frozenset[str]()))[0] + 1,
                frozenset(permissions),
            )
        self._generation += 1
        self.refreshed_at = time.monotonic()

    async def _read_users(self, session: AsyncSession) -> bool:
        query = select(
            users.c.subject,
            users.c.active,
            users.c.roles,
            users.c.companies,
            users.c.version,
            users.c.changed_at,
            users.c.account,
            users.c.warehouses,
            users.c.partners,
            users.c.own,
        )
        since = self._seen_until.get("users")
        if since is not None:
            query = query.where(users.c.changed_at > since - _OVERLAP)
        changed = False
        for subject, active, held, companies, version, at, account, warehouses, partners, own in (
            await session.execute(query)
        ).tuples():
            known = self._users.get(subject)
            if known is None or known.version != version:
                self._users[subject] = _User(
                    active=active, roles=held, companies=companies, version=version, account=account,
                    warehouses=warehouses, partners=partners, own=own,
                )  # fmt: skip
                if account:
                    self._accounts[account] = subject
                changed = True
            if since is None or at > since:
                since = at
        if since is not None:
            self._seen_until["users"] = since
        return changed

    async def _read_ended(self, session: AsyncSession) -> bool:
        query = select(ended_sessions.c.session, ended_sessions.c.ended_at)
        since = self._seen_until.get("ended")
        if since is not None:
            query = query.where(ended_sessions.c.ended_at > since - _OVERLAP)
        changed = False
        for ended, at in (await session.execute(query)).tuples():
            changed = changed or ended not in self._ended
            self._ended[ended] = at
            if since is None or at > since:
                since = at
        if since is not None:
            self._seen_until["ended"] = since
            for ended, at in list(self._ended.items()):
                if at is not None and at < since - ENDED_KEPT:
                    del self._ended[ended]
        return changed

    async def _read_roles(self, session: AsyncSession) -> bool:
        query = select(roles.c.code, roles.c.permissions, roles.c.version, roles.c.changed_at)
        since = self._seen_until.get("roles")
        if since is not None:
            query = query.where(roles.c.changed_at > since - _OVERLAP)
        changed = False
        for code, permissions, version, at in (await session.execute(query)).tuples():
            known = self._roles.get(code)
            if known is None or known[0] != version:
                self._roles[code] = (version, frozenset(permissions))
                changed = True
            if since is None or at > since:
                since = at
        if since is not None:
            self._seen_until["roles"] = since
        return changed


class Authenticator:
    """Token to principal: the verifier's signature, the replica's word on the rights."""

    def __init__(self, verifier: TokenVerifier, directory: AccessDirectory) -> None:
        self._verifier = verifier
        self._directory = directory

    async def principal(self, token: str) -> Principal:
        """The caller behind an access token, or Unauthenticated."""
        return self._directory.principal_for(await self._verifier.verify(token))

    async def claims(self, token: str) -> Claims:
        """What an access token says, whatever became of its holder since; Unauthenticated where it is none."""
        return await self._verifier.verify(token)
