"""How deliveries are asked for over HTTP: the log, a test, a repetition, and the same events to be pulled."""

import fnmatch
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, JsonValue, model_validator
from sqlalchemy import Row

from chassis.errors import InvalidQuery, NotFound
from chassis.http import Principal, Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, TimeIn
from workflow.deliveries import service, store
from workflow.deliveries.tables import deliveries as table
from workflow.webhooks import service as webhooks
from workflow.webhooks.rules import check_types, topics_of, webhook_topics

READ = "workflow.webhook.read"
CHANGE = "workflow.webhook.change"
PULL_MAX = 500

router = commands("workflow", "webhooks")

Moment = Annotated[datetime | None, Query()]
TypeFilter = Annotated[str | None, Query(alias="type", max_length=200)]


class DeliveryView(BaseModel):
    """An event on its way to a webhook. `withheld`: its owner may not see it any more."""

    id: UUID
    sequence: int
    event: UUID
    type: str
    subject: str
    company: str
    key: UUID
    version: int
    time: datetime
    status: Literal["waiting", "delivered", "failed", "withheld"]
    attempts: int
    due_at: datetime | None
    first_attempt_at: datetime | None
    settled_at: datetime | None
    last_status: int | None
    recorded_at: datetime


class AttemptView(BaseModel):
    """One attempt: the receiver's status and the first KiB of its answer, or why there is none."""

    at: datetime
    status: int | None
    error: str
    milliseconds: int
    answer: str


class DeliveryWithAttempts(DeliveryView):
    """A delivery and each attempt, oldest first."""

    log: list[AttemptView]


class Accepted(BaseModel):
    """What will be sent: the delivery to look at."""

    delivery: UUID


class Redelivered(BaseModel):
    """How many deliveries will be made again."""

    deliveries: int


class PulledEvents(BaseModel):
    """Events in the order in which they came. `next`: where to go on, now or later."""

    items: list[dict[str, JsonValue]]
    next: str
    more: bool


class RedeliverRange(Input):
    """Which events are delivered again: by the time when they happened, from `since` up to and without `until`."""

    since: TimeIn
    until: TimeIn
    types: list[CodeIn] = []
    failed_only: bool = False

    @model_validator(mode="after")
    def _forward(self) -> "RedeliverRange":
        if self.until <= self.since:
            raise ValueError("until must be after since")
        return self


def _view(row: Row[Any]) -> DeliveryView:
    return DeliveryView(**_values(dict(by_name(row))))


def _values(found: dict[str, Any]) -> dict[str, Any]:
    waits = found["status"] == "waiting"
    told = {name: found[name] for name in DeliveryView.model_fields if name in found}
    return {**told, "type": found["topic"], "due_at": found["due_at"] if waits else None}


def _topics(pattern: str | None) -> frozenset[str] | None:
    if pattern is None:
        return None
    found = frozenset(fnmatch.filter(webhook_topics(), pattern))
    if not found:
        raise InvalidQuery(parameter="type")
    return found


def _zoned(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidQuery(parameter=name)
    return moment


@router.get("/{webhook}/deliveries", response_model=Page[DeliveryView])
async def list_deliveries(
    webhook: UUID,
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires(READ)],
    status: Annotated[Literal["waiting", "delivered", "failed", "withheld"] | None, Query()] = None,
    type_: TypeFilter = None,
    since: Moment = None,
    until: Moment = None,
) -> Page[DeliveryView]:
    """What was sent and what waits, newest first."""
    await webhooks.found(session, caller, webhook)
    query = store.listed(
        webhook,
        status=status,
        types=_topics(type_),
        since=_zoned("since", since),
        until=_zoned("until", until),
    )
    return await page(
        session,
        query,
        paging,
        key=(table.c.sequence,),
        allowed_sorts={"sequence": table.c.sequence},
        default_sort="-sequence",
        make=_view,
    )


@router.get("/{webhook}/deliveries/{delivery}", response_model=DeliveryWithAttempts)
async def get_delivery(
    webhook: UUID,
    delivery: UUID,
    session: Session,
    caller: Annotated[Principal, requires(READ)],
) -> DeliveryWithAttempts:
    """One delivery with every attempt."""
    await webhooks.found(session, caller, webhook)
    query = table.select().where(table.c.webhook == webhook, table.c.id == delivery)
    found = (await session.execute(query)).mappings().first()
    if found is None:
        raise NotFound(what=("delivery", "投递记录"))
    attempts = await store.attempts_of(session, delivery)
    log = [AttemptView(**{n: each[n] for n in AttemptView.model_fields}) for each in attempts]
    return DeliveryWithAttempts(**_values(dict(found)), log=log)


@router.post("/{webhook}/deliveries/{delivery}/redeliver", status_code=202, response_model=Accepted)
async def redeliver_one(
    webhook: UUID,
    delivery: UUID,
    session: Session,
    caller: Annotated[Principal, requires(CHANGE)],
) -> Accepted:
    """Send one event again, with the same id."""
    webhooks.check_on(await webhooks.found(session, caller, webhook))
    if not await service.redeliver(session, webhook, delivery=delivery):
        raise NotFound(what=("delivery that was settled", "已完成的投递记录"))
    return Accepted(delivery=delivery)


@router.post("/{webhook}/redeliver", status_code=202, response_model=Redelivered)
async def redeliver_range(
    webhook: UUID,
    body: RedeliverRange,
    session: Session,
    caller: Annotated[Principal, requires(CHANGE)],
) -> Redelivered:
    """Send the events of a time again, with the same ids and in the order in which they happened."""
    if body.types:
        check_types(body.types)
    webhooks.check_on(await webhooks.found(session, caller, webhook))
    count = await service.redeliver(
        session,
        webhook,
        since=body.since,
        until=body.until,
        types=topics_of(body.types) if body.types else None,
        failed_only=body.failed_only,
    )
    return Redelivered(deliveries=count)


@router.post("/{webhook}/ping", status_code=202, response_model=Accepted)
async def ping_webhook(
    webhook: UUID, session: Session, caller: Annotated[Principal, requires(CHANGE)]
) -> Accepted:
    """Send a test's event (`workflow.Ping`), also to a webhook that is off. When it is taken, what waits follows at once."""
    await webhooks.found(session, caller, webhook)
    return Accepted(delivery=await service.ping(session, webhook, caller.subject))


@router.get("/{webhook}/events", response_model=PulledEvents)
async def pull_events(
    webhook: UUID,
    session: Session,
    caller: Annotated[Principal, requires(READ)],
    cursor: Annotated[str, Query(pattern="^[0-9]{1,18}$")] = "0",
    limit: Annotated[int, Query(ge=1, le=PULL_MAX)] = 100,
) -> PulledEvents:
    """The webhook's events as they would be sent, to be fetched by yourself: from the beginning, or after a cursor."""
    one = await webhooks.found(session, caller, webhook)
    scope = await webhooks.scope_now(session, one)
    query = (
        store.pulled(webhook)
        .where(table.c.sequence > int(cursor))
        .order_by(table.c.sequence)
        .limit(limit + 1)
    )
    rows = (await session.execute(query)).mappings().all()
    taken = rows[:limit]
    items = [service.shown(dict(row), scope) for row in taken]
    return PulledEvents(
        items=[each for each in items if each is not None],
        next=str(taken[-1]["sequence"]) if taken else cursor,
        more=len(rows) > limit,
    )
