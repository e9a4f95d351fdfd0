"""The replica of users, clients and roles that decides what a caller may do; fed by identity's events."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from tongheng_contracts.identity import ClientChanged, RoleChanged, UserChanged

from .auth import Claims, Principal, TokenVerifier
from .consuming import Consumers
from .context import Context, system_context
from .errors import Unauthenticated
from .telemetry import logger

REFRESH_SECONDS = 2.0
PRINCIPALS_MAX = 10_000
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
    """Keep who is active, with which roles and companies."""
    rows: dict[str, dict[str, object]] = {}
    for event in events:
        who = event.user if isinstance(event, UserChanged) else event.client
        subject = str(event.user.id) if isinstance(event, UserChanged) else event.client.client_id
        known = rows.get(subject)
        if known is None or who.version > int(str(known["version"])):
            rows[subject] = {
                "subject": subject,
                "active": who.active,
                "roles": list(who.roles),
                "companies": list(who.companies),
                "version": who.version,
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


class _User:
    __slots__ = ("active", "companies", "roles", "version")

    def __init__(
        self, *, active: bool, roles: Sequence[str], companies: Sequence[str], version: int
    ) -> None:
        self.active = active
        self.roles = tuple(roles)
        self.companies = None if "*" in companies else frozenset(companies)
        self.version = version


class AccessDirectory:
    """The replica in memory, read again every two seconds; asked on each request."""

    def __init__(self, database: Reading | None = None) -> None:
        self._database = database
        self._users: dict[str, _User] = {}
        self._roles: dict[str, tuple[int, frozenset[str]]] = {}
        self._principals: OrderedDict[tuple[str, str], tuple[int, Principal]] = OrderedDict()
        self._generation = 0
        self._seen_until: dict[str, datetime] = {}
        self.refreshed_at = float("-inf")
        """When the replica was last read, by the monotonic clock."""

    def principal_for(self, claims: Claims) -> Principal:
        """The caller as the replica knows him, else as his token says; Unauthenticated when he was disabled."""
        cached = self._principals.get((claims.subject, claims.token_id))
        if cached is not None and cached[0] == self._generation:
            return cached[1]
        user = self._users.get(claims.subject)
        if user is not None and not user.active:
            raise Unauthenticated("A valid access token is needed: the account is not active.")
        held = user.roles if user is not None else claims.roles
        permissions: set[str] = set() if user is not None else set(claims.permissions)
        for code in held:
            known = self._roles.get(code)
            if known is not None:
                permissions |= known[1]
        principal = Principal(
            subject=claims.subject,
            name=claims.name,
            permissions=frozenset(permissions),
            companies=user.companies if user is not None else claims.companies,
            client=claims.client,
            roles=frozenset(held),
        )
        self._principals[(claims.subject, claims.token_id)] = (self._generation, principal)
        while len(self._principals) > PRINCIPALS_MAX:
            self._principals.popitem(last=False)
        return principal

    async def refresh(self) -> None:
        """Read what changed since the last time."""
        assert self._database is not None, "a directory without a database is not refreshed"
        async with self._database.read(system_context("access")) as session:
            changed = await self._read_roles(session)
            changed = await self._read_users(session) or changed
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
    ) -> None:
        """Fill it by hand: users as (active, roles, companies), roles with their permissions."""
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

    async def _read_users(self, session: AsyncSession) -> bool:
        query = select(
            users.c.subject,
            users.c.active,
            users.c.roles,
            users.c.companies,
            users.c.version,
            users.c.changed_at,
        )
        since = self._seen_until.get("users")
        if since is not None:
            query = query.where(users.c.changed_at > since - _OVERLAP)
        changed = False
        for subject, active, held, companies, version, at in (
            await session.execute(query)
        ).tuples():
            known = self._users.get(subject)
            if known is None or known.version != version:
                self._users[subject] = _User(
                    active=active, roles=held, companies=companies, version=version
                )
                changed = True
            if since is None or at > since:
                since = at
        if since is not None:
            self._seen_until["users"] = since
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
