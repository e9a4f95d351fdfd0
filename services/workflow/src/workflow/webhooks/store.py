"""Webhooks as they are read, locked and written; and what their owners may see now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from workflow.webhooks.rules import Filter, Scope, Status
from workflow.webhooks.tables import webhook_health, webhooks

LIVE = webhooks.c.status != Status.DELETED.value


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it is kept."""

    id: UUID
    version: int
    url: str
    description: str
    types: tuple[str, ...]
    filter: Filter
    status: Status
    off_because: str
    owner: str
    owner_name: str
    client: str
    scope: Scope
    """As it was given: what its owner may see now can be less."""
    secret: bytes
    secret_previous: bytes | None
    previous_until: datetime | None
    recorded_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """How a webhook's receiver is doing."""

    failures: int = 0
    """Attempts that failed since the last that did not."""
    failing_since: datetime | None = None
    retry_at: datetime | None = None
    succeeded_at: datetime | None = None


def webhook_of(row: Mapping[str, Any]) -> Webhook:
    """A row as a webhook."""
    return Webhook(
        id=row["id"],
        version=row["version"],
        url=row["url"],
        description=row["description"],
        types=tuple(row["types"]),
        filter=Filter(
            companies=frozenset(row["companies"]),
            partners=frozenset(row["partners"]),
            fields=cast("Mapping[str, str]", row["fields"]),
        ),
        status=Status(row["status"]),
        off_because=row["off_because"],
        owner=row["owner"],
        owner_name=row["owner_name"],
        client=row["client"],
        scope=Scope(
            companies=_limit(row["scope_companies"]),
            warehouses=_limit(row["scope_warehouses"]),
            partners=_limit(row["scope_partners"]),
            own=row["scope_own"],
            subject=row["owner"],
        ),
        secret=bytes(row["secret"]),
        secret_previous=None if row["secret_previous"] is None else bytes(row["secret_previous"]),
        previous_until=row["previous_until"],
        recorded_at=row["recorded_at"],
        changed_at=row["changed_at"],
    )


def _limit(codes: Sequence[str] | None) -> frozenset[str] | None:
    return None if codes is None else frozenset(codes)


def _listed(codes: frozenset[str] | None) -> list[str] | None:
    return None if codes is None else sorted(codes)


async def add(session: AsyncSession, webhook: Webhook) -> None:
    """Write a new webhook."""
    await session.execute(
        insert(webhooks).values(
            id=webhook.id,
            version=webhook.version,
            url=webhook.url,
            description=webhook.description,
            types=list(webhook.types),
            companies=sorted(webhook.filter.companies),
            partners=sorted(webhook.filter.partners),
            fields=dict(webhook.filter.fields),
            status=webhook.status.value,
            off_because="",
            owner=webhook.owner,
            owner_name=webhook.owner_name,
            client=webhook.client,
            scope_companies=_listed(webhook.scope.companies),
            scope_warehouses=_listed(webhook.scope.warehouses),
            scope_partners=_listed(webhook.scope.partners),
            scope_own=webhook.scope.own,
            secret=webhook.secret,
            recorded_at=webhook.recorded_at,
            changed_at=webhook.changed_at,
        )
    )
    await session.execute(insert(webhook_health).values(webhook=webhook.id, failures=0))


def listed(owner: str | None, status: str | None) -> Select[Any]:
    """The webhooks of one owner, or of everybody."""
    query = select(webhooks).where(LIVE)
    if owner is not None:
        query = query.where(webhooks.c.owner == owner)
    return query if status is None else query.where(webhooks.c.status == status)


async def get(session: AsyncSession, webhook: UUID, *, lock: bool = False) -> Webhook | None:
    """One webhook, or None."""
    query = select(webhooks).where(webhooks.c.id == webhook, LIVE)
    found = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if found is None else webhook_of(cast("Mapping[str, Any]", found))


async def change(session: AsyncSession, webhook: UUID, **values: object) -> Webhook:
    """Write what is different; the next version."""
    query = (
        update(webhooks)
        .where(webhooks.c.id == webhook)
        .values(version=webhooks.c.version + 1, changed_at=func.now(), **values)
        .returning(webhooks)
    )
    found = (await session.execute(query)).mappings().one()
    return webhook_of(cast("Mapping[str, Any]", found))


async def health_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Health]:
    """How receivers are doing."""
    query = select(webhook_health).where(webhook_health.c.webhook == func.any(list(ids)))
    return {
        row.webhook: Health(row.failures, row.failing_since, row.retry_at, row.succeeded_at)
        for row in await session.execute(query)
    }


async def set_health(session: AsyncSession, webhook: UUID, **values: object) -> None:
    """Write how a receiver is doing."""
    await session.execute(
        update(webhook_health).where(webhook_health.c.webhook == webhook).values(**values)
    )


async def subscribed(session: AsyncSession) -> list[Webhook]:
    """Every webhook that events are kept for: those that are off or paused too."""
    found = await session.execute(select(webhooks).where(LIVE))
    return [webhook_of(cast("Mapping[str, Any]", row)) for row in found.mappings()]


_ACCESS = text(
    "SELECT u.subject, u.companies, u.warehouses, u.partners, u.own,"
    " coalesce(array_agg(DISTINCT p) FILTER (WHERE p IS NOT NULL), '{}') AS permissions"
    " FROM access_users u LEFT JOIN access_roles r ON r.code = ANY(u.roles) LEFT JOIN LATERAL unnest(r.permissions) AS p ON true"
    " WHERE u.subject = ANY(:subjects) AND u.active GROUP BY u.subject, u.companies, u.warehouses, u.partners, u.own"
)


async def scopes_now(session: AsyncSession, subjects: Iterable[str]) -> dict[str, Scope]:
    """What people and programs may see now; who is not known or not active is not there."""
    found = await session.execute(_ACCESS, {"subjects": sorted(set(subjects))})
    return {
        row.subject: Scope(
            companies=_codes(row.companies),
            warehouses=_codes(row.warehouses),
            partners=_codes(row.partners),
            own=row.own,
            subject=row.subject,
            permissions=frozenset(row.permissions),
        )
        for row in found
    }


def _codes(codes: Sequence[str]) -> frozenset[str] | None:
    return None if "*" in codes else frozenset(codes)
