"""The desk of parked messages: what could not be applied is looked at, repaired, released or given up by a person."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request, Response
from prometheus_client import Gauge
from pydantic import BaseModel, Field, JsonValue
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.consuming import (
    Inbox,
    Message,
    SettleEarlierFirst,
    Unreadable,
    decode,
    is_transient,
    reason_of,
)
from chassis.context import system_context
from chassis.database import Database
from chassis.errors import BusinessError, InvalidState, NotFound, OutOfScope, ValidationFailed
from chassis.http import CommandRoute, Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.values import Input, TextIn
from tongheng_contracts.catalogue import event_type

log = structlog.get_logger(__name__)

READ = "operations.parked.read"
SETTLE = "operations.parked.settle"
EXCERPT_BYTES = 4096
WATCH_SECONDS = 15.0
ALARM_SECONDS = 900.0
"""No message may wait for a person longer without being cried out in the log, at each look."""

PARKED = Gauge("tongheng_parked", "Messages that wait for a person", ["status"])
OLDEST = Gauge("tongheng_parked_oldest_age_seconds", "Age of the oldest message that waits")

parked = Table(
    "parked",
    MetaData(),
    Column("event_id", Uuid(as_uuid=True), primary_key=True),
    Column("topic", Text),
    Column("partition", Integer),
    Column("offset", BigInteger),
    Column("key", Text),
    Column("company", Text),
    Column("headers", JSONB()),
    Column("value", LargeBinary),
    Column("status", Text),
    Column("reason", Text),
    Column("detail", Text),
    Column("parked_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text),
    Column("settled_because", Text),
    Column("repaired_value", LargeBinary),
    Column("repaired_headers", JSONB()),
    Column("repaired_at", DateTime(timezone=True)),
    Column("repaired_by", Text),
    Column("repaired_because", Text),
)


class StillFails(BusinessError):
    """The message can still not be applied."""

    code = "still-failing"
    status = 409
    en = "The message can still not be applied, and everything stays as it is: {reason}"
    zh = "该消息仍无法处理，一切保持原状：{reason}"


class EarlierFirst(BusinessError):
    """An earlier message of the same document is parked too."""

    code = "earlier-message-parked"
    status = 409
    en = "Settle the earlier message of the same document first: {earlier}."
    zh = "请先处理同一单据较早的消息：{earlier}。"


class ValueDoesNotFit(ValidationFailed):
    """The corrected value is not what the topic's contract says."""

    en = "The corrected value does not fit the contract of {topic}: {reason}"
    zh = "更正后的内容不符合 {topic} 的约定：{reason}"


class OtherDocument(ValidationFailed):
    """The corrected value is another document's."""

    en = "The message is about {key}; the corrected value is about {other}."
    zh = "该消息属于 {key}，更正后的内容却属于 {other}。"


class ParkedRow(BaseModel):
    """A message that could not be applied, in a list. `waiting`: an earlier one of its document is parked."""

    event_id: UUID
    topic: str
    partition: int
    offset: int
    key: str
    company: str
    status: Literal["parked", "waiting", "released", "dropped"]
    reason: str
    detail: str
    size: int
    parked_at: datetime
    repaired_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None


class ParkedView(ParkedRow):
    """A parked message whole. `value` is null and `excerpt` (base64) its beginning where it is no JSON."""

    headers: dict[str, str]
    value: JsonValue = None
    excerpt: str | None = None
    repaired_value: JsonValue = None
    repaired_by: str | None
    repaired_because: str | None
    settled_because: str | None
    behind: int
    """How many wait with it for the same document."""


class Settled(BaseModel):
    """What became of a message: how many were settled with it, and how many of its document still wait."""

    event_id: UUID
    status: str
    settled: int
    left: int


class RepairIn(Input):
    """The corrected data of the event, and why it is right."""

    value: JsonValue
    reason: TextIn = Field(min_length=1)


class DropIn(Input):
    """Why the message is given up."""

    reason: TextIn = Field(min_length=1)


class _DeskRoute(CommandRoute):
    """A command in the worker's transaction: what is released has its effects as if it had just been consumed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            request.state.database = request.app.state.running.worker_database
            return await inner(request)

        return handle


def desk_router(service: str, *, lists: bool = True) -> APIRouter:
    """The parked messages of one service; without their list where the service has another one."""
    router = commands(service, "parked-messages")
    router.route_class = _DeskRoute

    async def list_parked_messages(
        session: Session,
        paging: Paging,
        caller: Annotated[Principal, requires(READ)],
        status: Annotated[
            Literal["parked", "waiting", "released", "dropped"] | None, Query()
        ] = None,
        topic: Annotated[str | None, Query(max_length=200)] = None,
        key: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Page[ParkedRow]:
        """Messages that could not be applied, oldest first; settled ones too."""
        _check_all_companies(caller)
        query = select(*_LISTED)
        for column, wanted in (
            (parked.c.status, status),
            (parked.c.topic, topic),
            (parked.c.key, key),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        return await page(
            session,
            query,
            paging,
            key=(parked.c.parked_at, parked.c.event_id),
            allowed_sorts={"parked_at": parked.c.parked_at},
            make=_row,
        )

    if lists:
        router.get("", response_model=Page[ParkedRow])(list_parked_messages)

    @router.get("/{event_id}", response_model=ParkedView)
    async def show_parked_message(
        event_id: UUID, session: Session, caller: Annotated[Principal, requires(READ)]
    ) -> ParkedView:
        """One message with its headers, its content, and what was done about it."""
        _check_all_companies(caller)
        found = await _found(session, event_id)
        value, excerpt = _shown(found["value"])
        repaired, _ = _shown(found["repaired_value"])
        return ParkedView(
            **{name: found[name] for name in ParkedRow.model_fields if name in found},
            size=len(found["value"]),
            headers=found["headers"],
            value=value,
            excerpt=excerpt,
            repaired_value=repaired,
            repaired_by=found["repaired_by"],
            repaired_because=found["repaired_because"],
            settled_because=found["settled_because"],
            behind=max(0, await _open(session, event_id) - 1),
        )

    @router.post("/{event_id}/release", response_model=Settled)
    async def release_parked_message(
        event_id: UUID,
        request: Request,
        session: Session,
        caller: Annotated[Principal, requires(SETTLE)],
    ) -> Settled:
        """Apply it now, with those that wait behind it, in their order; all or none."""
        _check_all_companies(caller)
        return await _release(request, session, caller, event_id, "release", reason="")

    @router.post("/{event_id}/repair", response_model=Settled)
    async def repair_parked_message(
        event_id: UUID,
        body: RepairIn,
        request: Request,
        session: Session,
        caller: Annotated[Principal, requires(SETTLE)],
    ) -> Settled:
        """Keep a corrected value beside the original, and apply that."""
        _check_all_companies(caller)
        found = await _found(session, event_id)
        _check_open(found)
        message = _repaired(found, body.value)
        await session.execute(
            update(parked)
            .where(parked.c.event_id == event_id)
            .values(
                repaired_value=message.value,
                repaired_headers=message.headers,
                repaired_at=func.now(),
                repaired_by=caller.subject,
                repaired_because=body.reason,
            )
        )
        return await _release(request, session, caller, event_id, "repair", reason=body.reason)

    @router.post("/{event_id}/drop", response_model=Settled)
    async def drop_parked_message(
        event_id: UUID,
        body: DropIn,
        request: Request,
        session: Session,
        caller: Annotated[Principal, requires(SETTLE)],
    ) -> Settled:
        """Give it up for good. Those that wait behind it can be released then."""
        _check_all_companies(caller)
        found = await _found(session, event_id)
        _check_open(found)
        await _inbox(request).drop_in(session, event_id, actor=caller.subject, reason=body.reason)
        return await _settled(session, found, "drop", "dropped", 1, body.reason)

    return router


async def _release(
    request: Request,
    session: AsyncSession,
    caller: Principal,
    event_id: UUID,
    verb: str,
    *,
    reason: str,
) -> Settled:
    found = await _found(session, event_id)
    _check_open(found)
    try:
        settled = await _inbox(request).release_in(
            session, event_id, actor=caller.subject, reason=reason
        )
        await session.flush()
    except SettleEarlierFirst as error:
        raise EarlierFirst(earlier=str(error)) from error
    except LookupError as error:
        raise InvalidState(now=("settled", "已处理")) from error
    except Exception as error:
        if is_transient(error):
            raise
        why = error.detail("en") if isinstance(error, BusinessError) else reason_of(error)
        zh = error.detail("zh") if isinstance(error, BusinessError) else why
        raise StillFails(reason=(why, zh)) from error
    return await _settled(session, found, verb, "released", settled, reason)


async def _settled(
    session: AsyncSession,
    found: Mapping[str, Any],
    verb: str,
    status: str,
    settled: int,
    reason: str,
) -> Settled:
    event_id = UUID(str(found["event_id"]))
    await record(
        session,
        AuditEntry(
            action=f"operations.parked.{verb}",
            document_type="parked-message",
            document_id=event_id,
            number=f"{found['topic']}/{found['partition']}/{found['offset']}",
            company=found["company"],
            before={"status": found["status"], "reason": found["reason"]},
            after={"status": status, "settled": settled, "reason": reason},
        ),
    )
    return Settled(
        event_id=event_id, status=status, settled=settled, left=await _open(session, event_id)
    )


_LISTED = (
    *(parked.c[name] for name in ParkedRow.model_fields if name != "size"),
    func.octet_length(parked.c.value).label("size"),
)


def _row(row: Row[Any]) -> ParkedRow:
    values = cast("Mapping[str, Any]", row._mapping)  # pyright: ignore[reportPrivateUsage]  # its public name
    return ParkedRow.model_validate({name: values[name] for name in ParkedRow.model_fields})


def _inbox(request: Request) -> Inbox:
    return request.app.state.running.inbox


def _check_all_companies(caller: Principal) -> None:
    # A message that could not be read may be anybody's.
    if caller.companies is not None:
        raise OutOfScope(what=("Parked messages of all companies", "所有公司的滞留消息"))


def _check_open(found: Mapping[str, Any]) -> None:
    if found["status"] not in ("parked", "waiting"):
        raise InvalidState(now=found["status"])


async def _found(session: AsyncSession, event_id: UUID) -> Mapping[str, Any]:
    query = select(parked).where(parked.c.event_id == event_id)
    found = (await session.execute(query)).mappings().first()
    if found is None:
        raise NotFound(what=("parked message", "滞留消息"))
    return cast("Mapping[str, Any]", found)


async def _open(session: AsyncSession, event_id: UUID) -> int:
    key = select(parked.c.key).where(parked.c.event_id == event_id).scalar_subquery()
    query = select(func.count()).where(
        parked.c.key == key, parked.c.key != "", parked.c.status.in_(("parked", "waiting"))
    )
    return int((await session.execute(query)).scalar_one())


def _shown(value: bytes | None) -> tuple[JsonValue, str | None]:
    """The content as JSON, else the beginning of its bytes."""
    if value is None:
        return None, None
    try:
        read = json.loads(value)
        json.dumps(read, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None, base64.b64encode(value[:EXCERPT_BYTES]).decode()
    return read, None


def _repaired(found: Mapping[str, Any], value: JsonValue) -> Message:
    """The message with the corrected value, and an envelope where it had none."""
    topic, key = str(found["topic"]), str(found["key"])
    try:
        contract = event_type(topic).contract
    except KeyError as error:
        reason = ("nobody here reads this topic", "本系统没有该主题的约定")
        raise ValueDoesNotFit(field="/value", topic=topic, reason=reason) from error
    headers: dict[str, str] = {
        "ce_specversion": "1.0",
        "ce_actor": "",
        **found["headers"],
        "ce_id": str(found["event_id"]),
        "ce_type": topic,
        "ce_dataschema": contract.dataschema,
    }
    headers["ce_time"] = _time_of(headers.get("ce_time", ""), found["parked_at"])
    message = Message(
        topic,
        int(found["partition"]),
        int(found["offset"]),
        key,
        headers,
        json.dumps(value, ensure_ascii=False).encode(),
    )
    try:
        event = decode(message)
        about = UUID(event.key)
    except (Unreadable, ValueError) as error:
        raise ValueDoesNotFit(field="/value", topic=topic, reason=str(error)) from error
    if _is_id(key) and UUID(key) != about:
        raise OtherDocument(field="/value", key=key, other=str(about))
    headers.setdefault("ce_subject", event.subject)
    headers.setdefault("ce_company", event.company)
    headers.setdefault("ce_source", f"/tongheng/{contract.owner}")
    return message


def _time_of(stated: str, otherwise: datetime) -> str:
    try:
        if datetime.fromisoformat(stated).tzinfo is not None:
            return stated
    except ValueError:
        pass
    return otherwise.isoformat()


def _is_id(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


async def watch(database: Database, service: str) -> None:
    """Keep the metrics of what waits for a person, until cancelled."""
    while True:
        try:
            await measure(database, service)
        except Exception as error:
            log.warning("parked messages were not counted", error=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)


async def measure(database: Database, service: str) -> None:
    """Count what waits, and how long the oldest has."""
    query = text(
        "SELECT status, count(*), min(parked_at) FROM parked WHERE status IN ('parked', 'waiting') GROUP BY status"
    )
    async with database.read(system_context(service)) as session:
        rows = {str(status): (int(n), at) for status, n, at in await session.execute(query)}
    for status in ("parked", "waiting"):
        PARKED.labels(status).set(rows[status][0] if status in rows else 0)
    since = min((at for _, at in rows.values()), default=None)
    age = max(0.0, time.time() - since.timestamp()) if since is not None else 0.0
    OLDEST.set(age)
    if age > ALARM_SECONDS:
        counts = {status: n for status, (n, _) in rows.items()}
        log.error("messages wait for a person too long", oldest_seconds=round(age), **counts)
