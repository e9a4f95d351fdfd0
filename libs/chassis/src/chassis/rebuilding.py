"""A service's derived state made again from the topics, and proof that it is the same.

What a service hears of others (replicas) is made again by its own handlers from the newest version of each document.
What it decided is read from its own topics, and laid into its tables by the service's own statements: nothing is decided
anew, nothing is published. All of it is one transaction: a result that differs from what was there is not kept.

In place, the derived tables are locked first, so that nobody writes; then what the outbox still holds is published; then
the topics are read up to their ends. Inbox, offsets, parked messages, audit trail, keys and what never leaves the service
stay as they are: they say what was applied, and the rebuilt state is exactly that.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from chassis import migrations
from chassis.brokers import connection
from chassis.consuming import Consumers, Message, Unreadable, decode
from chassis.context import system_context
from chassis.ids import derived
from chassis.outbox import muted
from tongheng_contracts.catalogue import contracts
from tongheng_contracts.envelope import Event, Kind

log = structlog.get_logger(__name__)

LOCK = 0x7265_6275  # held while a service's state is made again
BATCH = 2000
HANDLED_AT_ONCE = 500
PUBLISHED_SECONDS_MAX = 120.0
KAFKA_SECONDS_MAX = 30.0
PROGRESS_SECONDS = 0.25
APPLIED = ("applied", "superseded", "released")
BOOKKEEPING = ("inbox", "document_versions", "parked")
"""What the chassis remembers of messages: kept in place, copied into a fresh database."""

STAGE_EVENTS = (
    "CREATE TEMP TABLE replayed (event_id uuid NOT NULL, topic text NOT NULL, key uuid NOT NULL, version integer NOT NULL,"
    " recorded_at timestamptz NOT NULL, actor text NOT NULL, body jsonb NOT NULL) ON COMMIT DROP"
)
STAGE_IDS = (
    "CREATE TEMP TABLE derived_ids (document uuid NOT NULL, what text NOT NULL, line integer NOT NULL, id uuid NOT NULL)"
    " ON COMMIT DROP"
)
STAGED = ("event_id", "topic", "key", "version", "recorded_at", "actor", "body")

Step = str | Callable[[AsyncSession], Awaitable[None]]
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it, of how much."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What of a service follows from topics, and how.

    `steps` read the temporary table `replayed`: each event of `topics` once, with the document it carries as `body`; of
    other services' events only those that this service has applied.
    """

    tables: Sequence[str]
    """Emptied and made again."""
    topics: Sequence[str] = ()
    """Whose events the steps need: the service's own decisions, and others' facts."""
    steps: Sequence[Step] = ()
    """SQL statements, or functions for what SQL cannot say; in order."""
    replicas: Consumers = field(default_factory=Consumers)
    """Handlers that only keep what others say: they are given each fact once, and the newest version of each document."""
    kept: Sequence[str] = ()
    """Tables that never leave the service: from its backup, copied into a fresh database."""
    sequences: Sequence[str] = ()
    """Number series, copied into a fresh database."""
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Statements that find what must not be: any row refuses the result."""
    unhashed: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Columns by table (`*`: any) that the state hash leaves out: when a row was written, where a line stands."""
    surrogates: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """By table the column that names a row, and the one with the number that this database gave it: the row keeps it, for
    the running service may remember it; the state hash leaves it out."""


@dataclass(frozen=True, slots=True)
class State:
    """What a service's tables hold, whatever the order: rows and a sum of hashes by table."""

    tables: Mapping[str, tuple[int, str]]

    @property
    def hash(self) -> str:
        """All of it in one word."""
        lines = (f"{table} {rows} {sum_}" for table, (rows, sum_) in sorted(self.tables.items()))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(rows for rows, _ in self.tables.values())

    def differences(self, other: State) -> list[str]:
        """The tables that are not the same."""
        return sorted(
            name
            for name in {*self.tables, *other.tables}
            if self.tables.get(name) != other.tables.get(name)
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a rebuild found."""

    before: State
    after: State
    events: int
    unreadable: int
    seconds: float
    kept: bool
    """Whether the result stands: it is the same, or a difference was accepted."""
    found: Mapping[str, int] = field(default_factory=dict[str, int])
    """Checks that failed, with how many rows."""

    @property
    def equal(self) -> bool:
        """Whether the state made again is the state that was there."""
        return not self.before.differences(self.after) and not self.found

    def report(self) -> dict[str, object]:
        """As the command prints it."""
        return {
            "equal": self.equal,
            "kept": self.kept,
            "differences": {
                name: [self.before.tables.get(name, (0, ""))[0], self.after.tables[name][0]]
                for name in self.before.differences(self.after)
            },
            "failed_checks": dict(self.found),
            "state_hash": self.after.hash,
            "state_hash_before": self.before.hash,
            "rows": self.after.rows,
            "events": self.events,
            "unreadable": self.unreadable,
            "seconds": round(self.seconds, 2),
        }


def derive_ids(documents: str, what: str, *, numbered: bool = False) -> Step:
    """A step that puts ids which follow from documents' (`ids.derived`) into the temporary table `derived_ids`.

    `documents` selects each document's id and a number; the number is part of the id where they are numbered.
    """

    async def derive(session: AsyncSession) -> None:
        rows = (await session.execute(text(documents))).all()
        records = [
            (row[0], what, int(row[1]), derived(row[0], what, row[1]) if numbered else derived(row[0], what))
            for row in rows
        ]  # fmt: skip
        raw = await (await session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(
            "derived_ids", records=records, columns=["document", "what", "line", "id"]
        )

    return derive


class Busy(Exception):
    """The service could not be brought to rest."""


async def state_of(connection: AsyncConnection, plan: Rebuild) -> State:
    """The state hash: of each table the number of rows, and the sum of a hash of each row without its unhashed columns."""
    found: dict[str, tuple[int, str]] = {}
    for table in plan.tables:
        out = {*plan.unhashed.get("*", ()), *plan.unhashed.get(table, ())}
        out.update(plan.surrogates.get(table, ())[1:])
        columns = await connection.scalars(
            text(
                "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0"
                " AND NOT attisdropped ORDER BY attname"
            ),
            {"table": table},
        )
        named = ", ".join(f'"{name}"' for name in columns if name not in out)
        row = await connection.execute(
            text(
                "SELECT count(*), coalesce(sum(CAST(CAST('x' || left(md5(CAST(r AS text)), 15) AS bit(60)) AS bigint)), 0)"
                f" FROM (SELECT {named} FROM {table}) AS r"
            )
        )
        count, sum_ = row.one()
        found[table] = (int(count), str(sum_))
    return State(found)


async def rebuild(
    plan: Rebuild, *, service: str, owner_url: str, kafka: str, accept: bool = False,
    progress: Progress = lambda what, done, of: None,
) -> Result:  # fmt: skip
    """Make the derived state again in place; it is kept if it is the same, or if a difference is accepted.

    Raises:
        Busy: the tables could not be locked, or the outbox was not published in time.
    """
    began = time.monotonic()
    async with _owner(owner_url) as connection, connection.begin() as transaction:
        await _lock(connection, plan)
        await _published(connection, progress)
        before = await state_of(connection, plan)
        events, unreadable = await _make(connection, plan, service, kafka, progress)
        after = await state_of(connection, plan)
        found = await _check(connection, plan)
        kept = not found and (accept or not before.differences(after))
        if not kept:
            await transaction.rollback()
        return Result(before, after, events, unreadable, time.monotonic() - began, kept, found)


async def rebuild_into(
    plan: Rebuild, *, service: str, owner_url: str, into: str, kafka: str,
    progress: Progress = lambda what, done, of: None,
) -> Result:  # fmt: skip
    """Make the state in another, migrated and empty database, and compare it with the service's own, which should be quiet."""
    began = time.monotonic()
    async with _owner(owner_url) as live, _owner(database_url(owner_url, into)) as fresh:
        async with live.begin():
            await live.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            before = await state_of(live, plan)
            async with fresh.begin():
                await _copy(live, fresh, plan, progress)
        async with fresh.begin():
            events, unreadable = await _make(fresh, plan, service, kafka, progress)
            after = await state_of(fresh, plan)
            found = await _check(fresh, plan)
        return Result(before, after, events, unreadable, time.monotonic() - began, True, found)


def database_url(url: str, database: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


@asynccontextmanager
async def _owner(url: str) -> AsyncGenerator[AsyncConnection]:
    settings = {"application_name": "tongheng-rebuild", "timezone": "UTC", "jit": "off"}
    engine = create_async_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"server_settings": settings}
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _lock(connection: AsyncConnection, plan: Rebuild) -> None:
    # Whoever holds a row of these tables finishes first; who comes later waits, is told to come again, and finds the result.
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    await connection.execute(text("SET LOCAL lock_timeout = '60s'"))
    try:
        await connection.execute(
            text(f"LOCK TABLE {', '.join(sorted(plan.tables))} IN ACCESS EXCLUSIVE MODE")
        )
    except Exception as error:
        raise Busy(f"the tables could not be locked: {type(error).__name__}") from error


async def _published(connection: AsyncConnection, progress: Progress) -> None:
    # What was decided before the locks must be in the topics; nothing more can be decided now.
    others = [c.topic for c in contracts() if c.kind is not Kind.CONTROL]
    query = text("SELECT count(*) FROM outbox WHERE published_at IS NULL AND topic = ANY(:topics)")
    until = time.monotonic() + PUBLISHED_SECONDS_MAX
    while waiting := int((await connection.execute(query, {"topics": others})).scalar_one()):
        progress("waiting for the outbox", 0, waiting)
        if time.monotonic() > until:
            raise Busy(f"{waiting} events of the outbox are not published: does the relay run?")
        await asyncio.sleep(0.1)


async def _make(
    connection: AsyncConnection, plan: Rebuild, service: str, kafka: str, progress: Progress
) -> tuple[int, int]:
    for statement in (STAGE_EVENTS, STAGE_IDS):
        await connection.execute(text(statement))
    for table in plan.tables:
        for trigger in await _triggers(connection, table):
            await connection.execute(text(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"'))
    for table, (name, number) in plan.surrogates.items():
        await connection.execute(
            text(
                f"CREATE TEMP TABLE numbers_of_{table} ON COMMIT DROP AS SELECT {name}, {number} FROM {table}"
            )
        )
    await connection.execute(text(f"TRUNCATE {', '.join(plan.tables)}"))
    known = await _known(connection)
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        session.info["context"] = system_context(service)
        await session.execute(text("SELECT set_config('tongheng.companies', '*', true)"))
        stage = _Stage(session, plan, service, known)
        with muted():
            events = await read_topics(
                kafka, sorted({*plan.topics, *plan.replicas.topics}), stage.take, progress
            )
            await stage.flush()
            await session.execute(
                text(
                    "DELETE FROM replayed AS later USING replayed AS first"
                    " WHERE later.event_id = first.event_id AND later.ctid > first.ctid"
                )
            )
            await session.execute(text("CREATE INDEX ON replayed (topic, key)"))
            await session.execute(text("ANALYZE replayed"))
            await _replicas(session, plan, stage.newest, progress)
            for table, (name, number) in plan.surrogates.items():
                # The numbers just given are all higher than those before: none is met on the way back.
                await session.execute(
                    text(
                        f"UPDATE {table} AS r SET {number} = n.{number} FROM numbers_of_{table} AS n WHERE n.{name} = r.{name}"
                    )
                )
            for number, step in enumerate(plan.steps, 1):
                progress("making the state", number, len(plan.steps))
                if isinstance(step, str):
                    await session.execute(text(step))
                else:
                    await step(session)
        await session.commit()
    for table in plan.tables:
        for trigger in await _triggers(connection, table):
            await connection.execute(text(f'ALTER TABLE {table} ENABLE TRIGGER "{trigger}"'))
    return events, stage.unreadable


async def _triggers(connection: AsyncConnection, table: str) -> Sequence[str]:
    # They guard how a row may be written by a command; what the checks of the plan find is their work done at once.
    found = await connection.scalars(
        text("SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"),
        {"table": table},
    )  # fmt: skip
    return [str(name) for name in found]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the service did with the messages it received."""

    applied: set[UUID]
    repaired: Mapping[UUID, tuple[Mapping[str, str], bytes]]


async def _known(connection: AsyncConnection) -> _Known:
    applied = await connection.scalars(
        text("SELECT event_id FROM inbox WHERE outcome = ANY(:outcomes)"),
        {"outcomes": list(APPLIED)},
    )
    repaired = await connection.execute(
        text(
            "SELECT event_id, repaired_headers, repaired_value FROM parked WHERE status = 'released'"
            " AND repaired_value IS NOT NULL"
        )
    )
    return _Known(
        {UUID(str(one)) for one in applied},
        {UUID(str(row[0])): (dict(row[1]), bytes(row[2])) for row in repaired},
    )


class _Stage:
    """Takes what is read: into the temporary table for the steps; for the replicas facts at once, of documents the newest."""

    def __init__(self, session: AsyncSession, plan: Rebuild, service: str, known: _Known) -> None:
        self._session = session
        self._handlers = plan.replicas
        self._staged = set(plan.topics)
        self._replicas = set(plan.replicas.topics)
        self._own = f"{service}."
        self._known = known
        self._rows: list[tuple[object, ...]] = []
        self._facts: list[Event] = []
        self._heard: set[UUID] = set()
        self.newest: dict[tuple[str, UUID], Event] = {}
        self.unreadable = 0

    async def take(self, messages: Sequence[Message]) -> None:
        for message in messages:
            own = message.topic.startswith(self._own)
            if not own and message.id not in self._known.applied:
                continue  # not applied yet, or parked or given up: the service will see to it as it does to any other
            event = self._read(message)
            if event is None:
                continue
            if message.topic in self._replicas:
                self._hear(event)
            if message.topic in self._staged:
                body = event.body.__pydantic_serializer__.to_json(event.body).decode()
                envelope = event.envelope
                self._rows.append(
                    (envelope.id, message.topic, UUID(event.key), event.version, envelope.time, envelope.actor, body)
                )  # fmt: skip
        if len(self._rows) >= BATCH or len(self._facts) >= HANDLED_AT_ONCE:
            await self.flush()

    def _hear(self, event: Event) -> None:
        if event.contract.kind is Kind.FACT:
            if event.envelope.id not in self._heard:
                self._heard.add(event.envelope.id)
                self._facts.append(event)
            return
        place = (event.contract.document, UUID(event.key))
        known = self.newest.get(place)
        if known is None or known.version < event.version:
            self.newest[place] = event

    def _read(self, message: Message) -> Event | None:
        repaired = self._known.repaired.get(message.id)
        if repaired is not None:
            headers, value = repaired
            message = Message(
                message.topic, message.partition, message.offset, message.key, dict(headers), value
            )
        try:
            return decode(message)
        except Unreadable as error:
            self.unreadable += 1
            log.warning("a message is passed over", topic=message.topic, error=str(error)[:200])
            return None

    async def flush(self) -> None:
        """Write what is held."""
        if self._rows:
            raw = await (await self._session.connection()).get_raw_connection()
            driver: Any = raw.driver_connection
            await driver.copy_records_to_table("replayed", records=self._rows, columns=list(STAGED))
            self._rows.clear()
        for start in range(0, len(self._facts), HANDLED_AT_ONCE):
            await self._handlers.handle(self._session, self._facts[start : start + HANDLED_AT_ONCE])
        self._facts.clear()


async def _replicas(
    session: AsyncSession,
    plan: Rebuild,
    newest: Mapping[tuple[str, UUID], Event],
    progress: Progress,
) -> None:
    documents = sorted(newest.values(), key=lambda event: (event.envelope.time, event.key))
    for start in range(0, len(documents), HANDLED_AT_ONCE):
        await plan.replicas.handle(session, documents[start : start + HANDLED_AT_ONCE])
        progress("making replicas", min(start + HANDLED_AT_ONCE, len(documents)), len(documents))


async def _check(connection: AsyncConnection, plan: Rebuild) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, statement in plan.checks.items():
        rows = len((await connection.execute(text(statement))).all())
        if rows:
            found[name] = rows
    return found


async def _copy(
    live: AsyncConnection, fresh: AsyncConnection, plan: Rebuild, progress: Progress
) -> None:
    source: Any = (await live.get_raw_connection()).driver_connection
    target: Any = (await fresh.get_raw_connection()).driver_connection
    tables = [*plan.kept, *BOOKKEEPING]
    for number, table in enumerate(tables, 1):
        progress("copying what never leaves the service", number, len(tables))
        columns = await _plain_columns(live, table)
        await fresh.execute(text(f"DELETE FROM {table}"))
        names = ", ".join(f'"{name}"' for name in columns)
        query = f"SELECT {names} FROM {table}"
        chunks: asyncio.Queue[bytes | None] = asyncio.Queue(8)

        async def given(taken: asyncio.Queue[bytes | None] = chunks) -> AsyncGenerator[bytes]:
            while (chunk := await taken.get()) is not None:
                yield chunk

        async def give(query: str = query, into: asyncio.Queue[bytes | None] = chunks) -> None:
            try:
                await source.copy_from_query(query, output=into.put)
            finally:
                await into.put(None)

        forced = await fresh.scalar(
            text("SELECT relforcerowsecurity FROM pg_class WHERE oid = CAST(:table AS regclass)"),
            {"table": table},
        )
        if forced:  # COPY does not go through policies
            await fresh.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        await asyncio.gather(give(), target.copy_to_table(table, source=given(), columns=columns))
        if forced:
            await fresh.execute(text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
    for name in plan.sequences:
        last, called = (await live.execute(text(f"SELECT last_value, is_called FROM {name}"))).one()
        await fresh.execute(
            text("SELECT setval(CAST(:name AS regclass), :last, :called)"),
            {"name": name, "last": last, "called": called},
        )


async def _plain_columns(connection: AsyncConnection, table: str) -> list[str]:
    found = await connection.scalars(
        text(
            "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum"
        ),
        {"table": table},
    )
    return [str(name) for name in found]


async def read_topics(
    kafka: str, topics: Sequence[str], take: Callable[[Sequence[Message]], Awaitable[None]],
    progress: Progress = lambda what, done, of: None,
) -> int:  # fmt: skip
    """Read topics from their first messages to the ends that they have now; the number of messages."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=kafka, group_id=None, enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 1024 * 1024, **connection(),
    )  # fmt: skip
    async with asyncio.timeout(KAFKA_SECONDS_MAX):
        await consumer.start()
    try:
        places = await _places(kafka, topics)
        consumer.assign(places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        starts: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
        left = {place for place in places if ends[place] > starts[place]}
        for place in places:
            if place in left:
                consumer.seek(place, starts[place])
            else:
                consumer.pause(place)
        total, done = sum(ends[place] - starts[place] for place in left), 0
        while left:
            found = cast(
                "dict[TopicPartition, list[Any]]",
                await consumer.getmany(timeout_ms=1000, max_records=BATCH),
            )
            messages = [
                Message.of(record)
                for place, records in found.items()
                for record in records
                if record.offset < ends[place]
            ]
            await take(messages)
            done += len(messages)
            progress("reading the topics", done, total)
            for place in [one for one in left if one in found]:
                if await consumer.position(place) >= ends[place]:
                    left.discard(place)
                    consumer.pause(place)
        return done
    finally:
        await consumer.stop()


async def _places(kafka: str, topics: Sequence[str]) -> list[TopicPartition]:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=kafka, **connection())
    async with asyncio.timeout(KAFKA_SECONDS_MAX):
        await admin.start()
    try:
        told = cast("list[dict[str, Any]]", await admin.describe_topics(list(topics)))
    finally:
        await admin.close()
    return [
        TopicPartition(str(topic["topic"]), int(partition["partition"]))
        for topic in told
        if not topic["error_code"]
        for partition in topic["partitions"]
    ]


def command(
    plan: Rebuild | None, arguments: Sequence[str], *, service: str, directory: Path, owner_url: str, kafka: str
) -> int:  # fmt: skip
    """`rebuild [--into DATABASE] [--accept]`: progress as lines of JSON, last the report; 0 if the state is the same."""
    reader = argparse.ArgumentParser(prog=f"python -m {service} rebuild")
    reader.add_argument(
        "--into", default="", help="an empty database of the same server, made by its administrator"
    )
    reader.add_argument("--accept", action="store_true", help="keep the result though it differs")
    given = reader.parse_args(list(arguments))
    if plan is None:
        reader.error(f"{service} has no plan of how to be made again from the topics")
    told = 0.0

    def progress(what: str, done: int, of: int) -> None:
        nonlocal told
        if done >= of or time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            print(json.dumps({"what": what, "done": done, "of": of}), flush=True)

    try:
        if given.into:
            migrations.upgrade(directory, database_url(owner_url, given.into))
            making = rebuild_into(
                plan, service=service, owner_url=owner_url, into=given.into, kafka=kafka, progress=progress
            )  # fmt: skip
        else:
            making = rebuild(
                plan, service=service, owner_url=owner_url, kafka=kafka, accept=given.accept, progress=progress
            )  # fmt: skip
        result = asyncio.run(making)
    except Busy as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 2
    print(json.dumps({"report": result.report()}), flush=True)
    return 0 if result.equal or (result.kept and given.accept) else 1
