"""What can be done with users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import Duplicate, NotFound, OutOfScope
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from identity.passwords import Passwords
from identity.roles import service as roles
from identity.roles.rules import ADMINISTRATOR
from identity.sessions import service as sessions
from identity.users import rules, store
from identity.users.rules import UserRow
from tongheng_contracts.identity import User, UserChanged

with_password = store.with_password
find = store.find
active = store.active
keep_password = store.set_password


async def create_user(
    session: AsyncSession,
    caller: Principal,
    passwords: Passwords,
    *,
    username: str,
    name: str,
    password: str | None,
    role_codes: Sequence[str],
    companies: Sequence[str],
    warehouses: Sequence[str] = ("*",),
    partners: Sequence[str] = ("*",),
    own: bool = False,
) -> UserRow:
    """Let a person in, with rights and companies that the caller has himself."""
    given = rules.check_password(password, username=username) if password is not None else None
    check_companies(caller, companies)
    check_scope(caller, warehouses=warehouses, partners=partners, own=own)
    await roles.check_assignment(session, caller, role_codes)
    user = replace(
        _new(username, name, role_codes, companies),
        warehouses=sorted(set(warehouses)),
        partners=sorted(set(partners)),
        own=own,
    )

    await _add(session, user)
    if given is not None:
        await store.set_password(session, user.id, await passwords.hash(given))

    await _tell(session, user)
    await _record(session, "create", None, user)
    return await get_user(session, str(user.id))


async def change_user(
    session: AsyncSession,
    caller: Principal,
    reference: str,
    *,
    version: int | None,
    name: str | None,
    role_codes: Sequence[str] | None,
    companies: Sequence[str] | None,
    warehouses: Sequence[str] | None = None,
    partners: Sequence[str] | None = None,
    own: bool | None = None,
) -> UserRow:
    """Change a user's name, roles or scope."""
    await roles.lock_administration(session)
    before = await _managed(session, caller, reference, version)
    after = replace(
        before,
        name=before.name if name is None else name,
        roles=before.roles if role_codes is None else sorted(set(role_codes)),
        companies=before.companies if companies is None else sorted(set(companies)),
        warehouses=before.warehouses if warehouses is None else sorted(set(warehouses)),
        partners=before.partners if partners is None else sorted(set(partners)),
        own=before.own if own is None else own,
        version=before.version + 1,
    )
    if companies is not None:
        check_companies(caller, companies)
    check_scope(caller, warehouses=after.warehouses, partners=after.partners, own=after.own)
    if role_codes is not None:
        await roles.check_assignment(session, caller, role_codes, before=before.roles)
    await _check_administrator_remains(session, before, after)

    await store.change(
        session,
        before.id,
        {
            "name": after.name,
            "roles": after.roles,
            "companies": after.companies,
            "warehouses": after.warehouses,
            "partners": after.partners,
            "own": after.own,
            "version": after.version,
        },
    )

    await _tell(session, after)
    await _record(session, "change", before, after)
    return after


async def set_active(
    session: AsyncSession, caller: Principal, reference: str, *, version: int | None, active: bool
) -> UserRow:
    """Shut a user out, or let him in again; shut out, he is signed out everywhere."""
    await roles.lock_administration(session)
    before = await _managed(session, caller, reference, version)
    if before.active == active:
        return before
    after = replace(before, active=active, version=before.version + 1)
    await _check_administrator_remains(session, before, after)

    await store.change(session, before.id, {"active": active, "version": after.version})
    if not active:
        await sessions.end_all(session, before.id, reason="disabled")

    await _tell(session, after)
    await _record(session, "enable" if active else "disable", before, after)
    return after


async def set_password(
    session: AsyncSession, caller: Principal, passwords: Passwords, reference: str, *, password: str
) -> UserRow:
    """Give a user a new password; he is signed out everywhere."""
    user = await _managed(session, caller, reference, None)
    given = rules.check_password(password, username=user.username)

    await store.set_password(session, user.id, await passwords.hash(given))
    await sessions.end_all(session, user.id, reason="password")

    await _record(session, "password", None, user)
    return user


async def change_own_password(
    session: AsyncSession, caller: Principal, passwords: Passwords, *, current: str, password: str
) -> None:
    """Change one's own password, knowing the present one."""
    user = await store.find(session, caller.subject, lock=True)
    if user is None:
        raise NotFound(what=("user", "用户"))
    await check_own_password(session, passwords, user, current)
    given = rules.check_password(password, username=user.username)

    await store.set_password(session, user.id, await passwords.hash(given))
    await sessions.end_all(session, user.id, reason="password")

    await _record(session, "password", None, user)


async def get_myself(session: AsyncSession, caller: Principal) -> UserRow:
    """The caller's own record; a program has none."""
    user = await store.find(session, caller.subject)
    if user is None or str(user.id) != caller.subject:
        raise NotFound(what=("user", "用户"))
    return user


async def end_session(session: AsyncSession, user: UUID, which: UUID, *, reason: str) -> None:
    """End one of a user's sessions."""
    if which not in {each.id for each in await sessions.open_of(session, user)}:
        raise NotFound(what=("session", "会话"))
    await sessions.end(session, which, reason=reason)


async def check_own_password(
    session: AsyncSession, passwords: Passwords, user: UserRow, current: str
) -> None:
    """Refuse unless it is the user's present password."""
    if not await passwords.verify(await store.password_hash(session, user.id), current):
        raise rules.WrongPassword(field="/current_password")


async def get_user(session: AsyncSession, reference: str) -> UserRow:
    """The user with this id or username, within the caller's scope."""
    user = await store.find(session, reference)
    if user is None:
        raise NotFound(what=("user", "用户"))
    return user


async def seed(
    session: AsyncSession, passwords: Passwords, *, username: str, password: str
) -> None:
    """The first administrator; one who exists is left as he is."""
    if not username or not password or await store.find(session, username) is not None:
        return
    user = _new(username, "系统管理员 Administrator", [ADMINISTRATOR], ["*"])
    await _add(session, user)
    await store.set_password(session, user.id, await passwords.hash(password))
    await _tell(session, user)
    await _record(session, "seed", None, user)


def check_companies(caller: Principal, companies: Sequence[str]) -> None:
    """Refuse companies that the caller does not serve himself."""
    _check_within(caller.companies, companies, "companies", ("Company", "公司"))


def check_scope(
    caller: Principal, *, warehouses: Sequence[str], partners: Sequence[str], own: bool
) -> None:
    """Refuse a scope that is wider than the caller's own."""
    _check_within(caller.warehouses, warehouses, "warehouses", ("Warehouse", "仓库"))
    _check_within(caller.partners, partners, "partners", ("Partner", "往来单位"))
    if caller.own and not own:
        raise OutOfScope(what=("Others' documents", "他人的单据"), field="/own")


def _check_within(
    held: frozenset[str] | None, given: Sequence[str], name: str, what: tuple[str, str]
) -> None:
    for index, code in enumerate(given):
        if held is not None and code not in held:
            raise OutOfScope(
                what=(f"{what[0]} {code}", f"{what[1]}“{code}”"), field=f"/{name}/{index}"
            )


def _new(username: str, name: str, role_codes: Sequence[str], companies: Sequence[str]) -> UserRow:
    return UserRow(
        id=uuid7(),
        username=username,
        name=name or username,
        active=True,
        roles=sorted(set(role_codes)),
        companies=sorted(set(companies)),
        version=1,
        recorded_at=datetime.now(UTC),
    )


async def _add(session: AsyncSession, user: UserRow) -> None:
    try:
        await store.add(session, user)
    except IntegrityError:
        raise Duplicate(what=("A user", "用户"), field="/username") from None


async def _managed(
    session: AsyncSession, caller: Principal, reference: str, version: int | None
) -> UserRow:
    """The user, locked; only somebody with all his rights and scope manages him, else a reset password were a way up."""
    user = await store.find(session, reference, lock=True)
    if user is None:
        raise NotFound(what=("user", "用户"))
    check_version(version, user.version)
    await roles.check_assignment(session, caller, (), before=user.roles)
    check_scope(caller, warehouses=user.warehouses, partners=user.partners, own=user.own)
    return user


managed = _managed


async def _check_administrator_remains(
    session: AsyncSession, before: UserRow, after: UserRow
) -> None:
    def administers(user: UserRow) -> bool:
        return user.active and ADMINISTRATOR in user.roles and "*" in user.companies

    if not administers(before) or administers(after):
        return
    if not await store.administrators_left(session, role=ADMINISTRATOR, without=before.id):
        raise rules.LastAdministrator


async def _tell(session: AsyncSession, user: UserRow) -> None:
    event = UserChanged(
        user=User(
            id=user.id, username=user.username, name=user.name, active=user.active,
            roles=user.roles, companies=user.companies, version=user.version,
            warehouses=user.warehouses, partners=user.partners, own=user.own,
        )
    )  # fmt: skip
    await emit(session, event)
    # this service's own replica follows at once: whoever is shut out here is out here
    await access.on_users_changed(session, [event])


def _seen(user: UserRow) -> dict[str, object]:
    return {
        "username": user.username, "name": user.name, "active": user.active,
        "roles": user.roles, "companies": user.companies,
        "warehouses": user.warehouses, "partners": user.partners, "own": user.own,
    }  # fmt: skip


async def _record(session: AsyncSession, verb: str, before: UserRow | None, after: UserRow) -> None:
    await record(
        session,
        AuditEntry(
            action=f"identity.user.{verb}", document_type="identity.user", document_id=after.id,
            number=after.username, company="", before=_seen(before) if before else None, after=_seen(after),
        ),
    )  # fmt: skip
