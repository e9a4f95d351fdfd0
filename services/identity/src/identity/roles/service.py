"""What can be done with roles."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Sequence
from importlib.resources import files

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import Duplicate, NotFound, UnknownReference
from chassis.http import check_version
from chassis.ids import named, uuid7
from chassis.outbox import emit
from identity.roles import rules, store
from identity.roles.rules import RoleRow
from tongheng_contracts.identity import Role, RoleChanged

lock_administration = store.lock_administration


async def create_role(
    session: AsyncSession,
    caller: Principal,
    *,
    code: str,
    name: str,
    name_en: str,
    permissions: Sequence[str],
) -> RoleRow:
    """Add a role; nobody puts a permission into it that he does not have."""
    rules.check_code(code)
    given = rules.check_permissions(permissions)
    rules.check_grant(caller.permissions, given)
    if await store.by_code(session, [code]):
        raise Duplicate(what=("A role", "角色"), field="/code")

    try:
        await store.add(session, _new(code, name, name_en, given, ready_made=False))
    except IntegrityError:
        raise Duplicate(what=("A role", "角色"), field="/code") from None

    role = await get_role(session, code)
    await _tell(session, role)
    await _record(session, "create", None, role)
    return role


async def change_role(
    session: AsyncSession,
    caller: Principal,
    reference: str,
    *,
    version: int | None,
    name: str | None,
    name_en: str | None,
    permissions: Sequence[str] | None,
    second_factor: bool | None = None,
) -> RoleRow:
    """Change a role for everybody who has it; what the changer does not have himself he neither adds nor takes."""
    before = await store.find(session, reference, lock=True)
    if before is None:
        raise NotFound(what=("role", "角色"))
    check_version(version, before.version)
    if before.code == rules.ADMINISTRATOR and not (
        name is None and name_en is None and permissions is None
    ):
        raise rules.AdministratorRoleFixed
    # whoever does not have all that a role gives must not make it easier to get in with it
    if second_factor is not None and second_factor != before.second_factor:
        rules.check_grant(caller.permissions, before.permissions)
    given = (
        tuple(before.permissions) if permissions is None else rules.check_permissions(permissions)
    )
    rules.check_grant(caller.permissions, sorted({*given} ^ {*before.permissions}))

    await store.change(
        session,
        before.id,
        {
            "name": before.name if name is None else name,
            "name_en": before.name_en if name_en is None else name_en,
            "permissions": list(given),
            "second_factor": before.second_factor if second_factor is None else second_factor,
            "edited": before.edited or permissions is not None,
            "version": before.version + 1,
        },
    )

    role = await get_role(session, before.code)
    await _tell(session, role)
    await _record(session, "change", before, role)
    return role


async def get_role(session: AsyncSession, reference: str) -> RoleRow:
    """The role with this code or id."""
    role = await store.find(session, reference)
    if role is None:
        raise NotFound(what=("role", "角色"))
    return role


async def check_assignment(
    session: AsyncSession, caller: Principal, codes: Sequence[str], *, before: Collection[str] = ()
) -> None:
    """Refuse roles that do not exist, and giving or taking rights that the caller does not have."""
    known = await store.by_code(session, {*codes, *before})
    rules.check_known(codes, known, UnknownReference)
    for code in sorted({*codes} ^ {*before}):
        if code in known:
            rules.check_grant(caller.permissions, known[code].permissions)


async def permissions_by_role(
    session: AsyncSession, codes: Collection[str]
) -> dict[str, list[str]]:
    """What each of these roles permits."""
    return {code: role.permissions for code, role in (await store.by_code(session, codes)).items()}


@functools.cache
def catalogue() -> tuple[rules.Permission, ...]:
    """Every permission that a route of some service asks for."""
    listed = json.loads(files("identity.roles").joinpath("catalogue.json").read_text("utf-8"))
    return tuple(
        rules.Permission(each["permission"], each["service"], tuple(each["operations"]))
        for each in listed
    )


def catalogue_permissions() -> tuple[str, ...]:
    """Their names."""
    return tuple(each.permission for each in catalogue())


async def need_second_factor(session: AsyncSession, codes: Sequence[str]) -> bool:
    """Whether one of these roles asks for a second factor."""
    known = await store.by_code(session, codes)
    return any(role.second_factor for role in known.values())


async def seed(session: AsyncSession) -> None:
    """The ready-made roles; one that nobody edited follows what this release says of it."""
    wanted = {role.code: role for role in rules.READY_MADE}
    before = await store.by_code(session, wanted)
    missing = [code for code in wanted if code not in before]
    if missing:
        await store.add_missing(
            session,
            [
                _new(
                    code,
                    wanted[code].name,
                    wanted[code].name_en,
                    wanted[code].permissions,
                    ready_made=True,
                )
                for code in missing
            ],
        )
    stale = [
        role
        for role in before.values()
        if role.ready_made
        and not role.edited
        and tuple(role.permissions) != tuple(sorted(wanted[role.code].permissions))
    ]
    for role in stale:
        values = {"permissions": sorted(wanted[role.code].permissions), "version": role.version + 1}
        await store.change(session, role.id, values)
    now = await store.by_code(session, [*missing, *(role.code for role in stale)])
    for role in now.values():
        await _tell(session, role)
        await _record(session, "seed", before.get(role.code), role)


def _new(
    code: str, name: str, name_en: str, permissions: Sequence[str], *, ready_made: bool
) -> dict[str, object]:
    return {
        "id": named("identity.role", code) if ready_made else uuid7(),
        "code": code,
        "name": name,
        "name_en": name_en,
        "permissions": sorted(permissions),
        "ready_made": ready_made,
        "edited": False,
        "version": 1,
    }


async def _tell(session: AsyncSession, role: RoleRow) -> None:
    event = RoleChanged(
        role=Role(
            id=role.id, code=role.code, name=role.name, name_en=role.name_en,
            permissions=role.permissions, version=role.version,
        )
    )  # fmt: skip
    await emit(session, event)
    # this service's own replica follows at once: the first administrator works before Kafka is there
    await access.on_roles_changed(session, [event])


def _seen(role: RoleRow | None) -> dict[str, object] | None:
    if role is None:
        return None
    return {
        "name": role.name, "name_en": role.name_en, "permissions": role.permissions,
        "second_factor": role.second_factor,
    }  # fmt: skip


async def _record(session: AsyncSession, verb: str, before: RoleRow | None, after: RoleRow) -> None:
    await record(
        session,
        AuditEntry(
            action=f"identity.role.{verb}", document_type="identity.role", document_id=after.id, number=after.code,
            company="", before=_seen(before), after=_seen(after),
        ),
    )  # fmt: skip
