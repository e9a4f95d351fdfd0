"""What can be done with rules of separation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import Duplicate, NotFound
from chassis.http import check_version
from chassis.ids import named, uuid7
from identity.clients import service as clients
from identity.roles import service as roles
from identity.roles.rules import check_permissions
from identity.separation import rules, store
from identity.separation.rules import Conflict, Holder, Rule
from identity.users import service as users

list_rules = store.rules


async def report(session: AsyncSession) -> list[Conflict]:
    """Who, of those within the caller's scope, has two rights that are kept apart."""
    holders = [
        Holder("user", user.id, user.username, tuple(user.roles))
        for user in await users.active(session)
    ]
    holders += [
        Holder("client", client.id, client.client_id, tuple(client.roles))
        for client in await clients.active(session)
    ]
    held = await roles.permissions_by_role(
        session, {role for each in holders for role in each.roles}
    )
    wanted = await store.rules(session, active=True)
    return rules.conflicts(wanted, holders, held, roles.catalogue_permissions())


async def add_rule(
    session: AsyncSession, *, first: str, second: str, name: str, name_en: str
) -> Rule:
    """Keep two rights apart from now on."""
    low, high = sorted((first, second))
    check_permissions([each.replace(".*.", ".any.") for each in (low, high)])
    rule = Rule(uuid7(), low, high, name, name_en, True, False, 1, datetime.now(UTC))
    try:
        await store.add(session, _values(rule))
    except IntegrityError:
        raise Duplicate(what=("A rule", "规则"), field="/second") from None
    await _record(session, "create", None, rule)
    return rule


async def set_active(
    session: AsyncSession, which: UUID, *, version: int | None, active: bool
) -> Rule:
    """Switch a rule on or off."""
    before = await store.find(session, which)
    if before is None:
        raise NotFound(what=("rule", "规则"))
    check_version(version, before.version)
    if before.active == active:
        return before
    after = replace(before, active=active, version=before.version + 1)
    await store.change(session, which, {"active": active, "version": after.version})
    await _record(session, "enable" if active else "disable", before, after)
    return after


async def seed(session: AsyncSession) -> None:
    """The rules that come with the stack."""
    now = datetime.now(UTC)
    made: list[Rule] = []
    for one, other, name, name_en in rules.READY_MADE:
        first, second = sorted((one, other))
        key = f"{first} {second}"
        made.append(
            Rule(named("identity.separation", key), first, second, name, name_en, True, True, 1, now)
        )  # fmt: skip
    await store.add_missing(session, [_values(rule) for rule in made])


def _values(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id, "first": rule.first, "second": rule.second, "name": rule.name, "name_en": rule.name_en,
        "active": rule.active, "ready_made": rule.ready_made, "version": rule.version,
    }  # fmt: skip


async def _record(session: AsyncSession, verb: str, before: Rule | None, after: Rule) -> None:
    def seen(rule: Rule) -> dict[str, object]:
        return {"first": rule.first, "second": rule.second, "active": rule.active}

    await record(
        session,
        AuditEntry(
            action=f"identity.separation_rule.{verb}", document_type="identity.separation_rule",
            document_id=after.id, number=f"{after.first} × {after.second}", company="",
            before=seen(before) if before else None, after=seen(after),
        ),
    )  # fmt: skip
