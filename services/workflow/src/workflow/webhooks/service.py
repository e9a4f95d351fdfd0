"""What can be done with webhooks: make, change, turn on, give a new secret, delete; and turn off what does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import BusinessError, Forbidden, InvalidState, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from workflow.notifications import service as notifications
from workflow.webhooks import store
from workflow.webhooks.rules import (
    Filter,
    OffBecause,
    Scope,
    Status,
    check_fields,
    check_types,
    permission_of,
    topics_of,
)
from workflow.webhooks.sealing import Sealing, new_secret
from workflow.webhooks.store import Webhook

WEBHOOKS_MAX = 100
"""Of one owner."""


class TooManyWebhooks(BusinessError):
    """The owner has as many as one may have."""

    code = "too-many-webhooks"
    status = 409
    en = "You have {limit} webhooks already; delete one first."
    zh = "您已有 {limit} 个回调，请先删除一个。"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different of a webhook; None: stays."""

    url: str | None = None
    description: str | None = None
    types: tuple[str, ...] | None = None
    companies: frozenset[str] | None = None
    partners: frozenset[str] | None = None
    fields: Mapping[str, str] | None = None
    active: bool | None = None


def check(caller: Principal, types: tuple[str, ...], wanted: Filter) -> None:
    """Refuse a subscription that names nothing, or that its owner may see nothing of."""
    check_types(types)
    check_fields(wanted.fields)
    for code in sorted(wanted.companies):
        caller.check_company(code)
    for code in sorted(wanted.partners):
        caller.check_partner(code, field="/partners")
    rights = sorted({permission_of(topic) for topic in topics_of(types)})
    if not any(caller.may(each) for each in rights):
        raise Forbidden(permission=rights[0])


async def create(
    session: AsyncSession,
    caller: Principal,
    sealing: Sealing,
    *,
    url: str,
    description: str,
    types: tuple[str, ...],
    wanted: Filter,
) -> tuple[Webhook, str]:
    """A new webhook of the caller, with his scope as it is now; and its secret."""
    check(caller, types, wanted)
    mine = (await session.execute(store.listed(caller.subject, None))).all()
    if len(mine) >= WEBHOOKS_MAX:
        raise TooManyWebhooks(limit=WEBHOOKS_MAX)
    secret = new_secret()
    now = datetime.now(UTC)
    made = Webhook(
        id=uuid7(),
        version=1,
        url=url,
        description=description,
        types=types,
        filter=wanted,
        status=Status.ON,
        off_because="",
        owner=caller.subject,
        owner_name=caller.name,
        client=caller.client,
        scope=Scope.of(caller),
        secret=sealing.seal(secret),
        secret_previous=None,
        previous_until=None,
        recorded_at=now,
        changed_at=now,
    )
    await store.add(session, made)
    await _record(session, "create", None, made)
    return made, secret


async def found(
    session: AsyncSession, caller: Principal, webhook: UUID, *, lock: bool = False
) -> Webhook:
    """A webhook of the caller's, or of anybody for who administers them.

    Raises:
        NotFound: there is none that he may see.
    """
    one = await store.get(session, webhook, lock=lock)
    if one is None or (
        one.owner != caller.subject and not caller.may("workflow.webhook.administer")
    ):
        raise NotFound(what=("webhook", "回调"))
    return one


async def change(
    session: AsyncSession,
    caller: Principal,
    webhook: UUID,
    changes: Changes,
    *,
    expected: int | None,
) -> tuple[Webhook, bool]:
    """Change a webhook; and whether it is on again."""
    before = await found(session, caller, webhook, lock=True)
    check_version(expected, before.version)
    wanted = Filter(
        companies=before.filter.companies if changes.companies is None else changes.companies,
        partners=before.filter.partners if changes.partners is None else changes.partners,
        fields=before.filter.fields if changes.fields is None else changes.fields,
    )
    types = before.types if changes.types is None else changes.types
    check(caller, types, wanted)
    values: dict[str, Any] = {
        "types": list(types),
        "companies": sorted(wanted.companies),
        "partners": sorted(wanted.partners),
        "fields": dict(wanted.fields),
        "url": before.url if changes.url is None else changes.url,
        "description": before.description if changes.description is None else changes.description,
    }
    resumed = changes.active is True and before.status is not Status.ON
    if changes.active is not None:
        values["status"] = (Status.ON if changes.active else Status.PAUSED).value
        values["off_because"] = ""
    after = await store.change(session, webhook, **values)
    if resumed:
        await store.set_health(session, webhook, failures=0, failing_since=None, retry_at=None)
    await _record(session, "change", before, after)
    return after, resumed


async def rotate(
    session: AsyncSession,
    caller: Principal,
    sealing: Sealing,
    webhook: UUID,
    *,
    overlap: timedelta,
    expected: int | None,
) -> tuple[Webhook, str]:
    """Give a webhook a new secret; the one it had signs too, until the overlap ends."""
    before = await found(session, caller, webhook, lock=True)
    check_version(expected, before.version)
    secret = new_secret()
    after = await store.change(
        session,
        webhook,
        secret=sealing.seal(secret),
        secret_previous=before.secret if overlap else None,
        previous_until=datetime.now(UTC) + overlap if overlap else None,
    )
    await _record(session, "rotate", before, after)
    return after, secret


async def delete(
    session: AsyncSession, caller: Principal, webhook: UUID, *, expected: int | None
) -> None:
    """Send it nothing any more."""
    before = await found(session, caller, webhook, lock=True)
    check_version(expected, before.version)
    after = await store.change(session, webhook, status=Status.DELETED.value, secret_previous=None)
    await _record(session, "delete", before, after)


async def turn_off(session: AsyncSession, webhook: UUID, because: OffBecause) -> None:
    """Stop serving a webhook whose receiver does not take its events, and tell its owner."""
    before = await store.get(session, webhook, lock=True)
    if before is None or before.status is not Status.ON:
        return
    after = await store.change(session, webhook, status=Status.OFF.value, off_because=because.value)
    await _record(session, "turn_off", before, after)
    en, zh = _WHY[because]
    await notifications.tell(
        session,
        kind="webhook-off",
        recipient=before.owner,
        text_en=f"Your webhook to {_public(before.url)} was turned off: {en}. Its events wait; turn it on when it answers.",
        text_zh=f"您的回调 {_public(before.url)} 已停用：{zh}。事件会保留，恢复后请重新启用。",
        document_type="webhook",
        document_id=str(webhook),
    )


_WHY = {
    OffBecause.GONE: ("the receiver says that it is gone (410)", "接收方返回 410，表示地址已失效"),
    OffBecause.FAILING: ("an event could not be delivered for three days", "事件连续三天无法送达"),
}


def check_on(webhook: Webhook) -> None:
    """Refuse what only a webhook that is on can do."""
    if webhook.status is not Status.ON:
        raise InvalidState(now=webhook.status.value)


def shown(webhook: Webhook) -> dict[str, Any]:
    """What a person would compare; no secret."""
    return {
        "url": _public(webhook.url),
        "description": webhook.description,
        "types": list(webhook.types),
        "companies": sorted(webhook.filter.companies),
        "partners": sorted(webhook.filter.partners),
        "fields": dict(webhook.filter.fields),
        "status": webhook.status.value,
        "off_because": webhook.off_because,
        "version": webhook.version,
    }


def _public(url: str) -> str:
    # Some receivers want a token in the query.
    return url.partition("?")[0]


async def _record(session: AsyncSession, verb: str, before: Webhook | None, after: Webhook) -> None:
    await record(
        session,
        AuditEntry(
            action=f"workflow.webhook.{verb}",
            document_type="webhook",
            document_id=after.id,
            number=_public(after.url),
            company="",
            before=None if before is None else shown(before),
            after=shown(after),
        ),
    )


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook as far as it decides which events are kept for it."""

    webhook: UUID
    types: tuple[str, ...]
    filter: Filter
    scope: Scope


async def subscriptions(session: AsyncSession) -> list[Subscription]:
    """What is wanted, by those who are known and active; each within what he could and what he can see."""
    found = await store.subscribed(session)
    if not found:
        return []
    now = await store.scopes_now(session, {each.owner for each in found})
    return [
        Subscription(each.id, each.types, each.filter, each.scope.within(now[each.owner]))
        for each in found
        if each.owner in now
    ]


async def scope_now(session: AsyncSession, webhook: Webhook) -> Scope | None:
    """What a webhook's owner may be told now; None for one who is not known or not active."""
    now = (await store.scopes_now(session, [webhook.owner])).get(webhook.owner)
    return None if now is None else webhook.scope.within(now)


async def health(session: AsyncSession, webhook: UUID) -> store.Health:
    """How a webhook's receiver is doing."""
    return (await store.health_of(session, [webhook])).get(webhook, store.Health())


async def set_health(session: AsyncSession, webhook: UUID, **values: object) -> None:
    """Write how a webhook's receiver is doing."""
    await store.set_health(session, webhook, **values)


async def one(session: AsyncSession, webhook: UUID) -> Webhook | None:
    """A webhook, for who delivers to it."""
    return await store.get(session, webhook)


def opened(webhook: Webhook, sealing: Sealing, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, the newest first."""
    secrets = [sealing.open(webhook.secret)]
    if webhook.secret_previous is not None and (
        webhook.previous_until is not None and now < webhook.previous_until
    ):
        secrets.append(sealing.open(webhook.secret_previous))
    return tuple(secrets)
