"""Can the proof fail? Each test plants a defect that a service of Kafka and PostgreSQL may well have, provokes it once,
and looks whether the questions of `tongheng prove` find it; without the defect the same run must be clean.

`make chaos-selftest` runs these. The processes that are killed end at a failpoint, by an exception that nobody catches.
"""

from collections.abc import AsyncGenerator, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis import failpoints, numbers, outbox
from chassis.consuming import Inbox, Worker
from chassis.consuming import inbox as inboxes
from chassis.context import Context
from chassis.database import Database
from chassis.outbox import Relay, emit
from chassis.service import Service
from chassis.testing import message_of, role_url
from operations.proving import topics
from operations.proving.checks import within
from operations.proving.topics import Told

from .toy import main as toy
from .toy.main import order

US = Context(actor="test")


@pytest.fixture(params=[False, True], ids=["sound", "defect"])
def planted_or_not(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


class Killed(BaseException):
    """The process is gone."""


class Deadly(failpoints.Failpoints):
    """Ends at one point, the first time."""

    def __init__(self, point: str) -> None:
        super().__init__(f"{point}:1")

    def reach(self, name: str) -> None:
        if self._left.pop(name, 0):
            raise Killed


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


@pytest.fixture
async def database(scratch_database_url: str) -> AsyncGenerator[Database]:
    made = Database(role_url(scratch_database_url, "toy", "worker"))
    yield made
    owner = Database(role_url(scratch_database_url, "toy", "owner"))
    async with owner.transaction(US) as session:
        await session.execute(
            text("TRUNCATE outbox, inbox, parked, document_versions, heard, outbox_offsets")
        )
    await owner.close()
    await made.close()


def inbox_of(database: Database, service: Service) -> Inbox:
    return Inbox(database, service.all_consumers(), service="toy")


async def rows(database: Database, query: str) -> list[Any]:
    async with database.read(US) as session:
        return list((await session.execute(text(query))).all())


async def unpublished(database: Database) -> int:
    """A3, as it is asked everywhere."""
    query = next(one.rows for one in within(["toy"]) if "marked as published" in one.says)
    found = await rows(database, f"SELECT count(*) FILTER (WHERE bad) FROM ({query}) AS looked (what, bad)")  # fmt: skip
    return int(found[0][0])


async def applied(database: Database) -> set[UUID]:
    return {UUID(str(row[0])) for row in await rows(database, "SELECT event_id FROM proof.applied")}


async def test_offsets_committed_before_the_effects(
    database: Database, service: Service, monkeypatch: pytest.MonkeyPatch, planted_or_not: bool
) -> None:
    committed: dict[Any, int] = {}

    async def commit(offsets: dict[Any, int]) -> None:
        committed.update(offsets)

    def process() -> Worker:
        made = Worker(
            inbox_of(database, service), service.all_consumers(), kafka="127.0.0.1:1", service="toy"
        )
        made.subscriber = SimpleNamespace(consumer=SimpleNamespace(commit=commit))  # pyright: ignore[reportAttributeAccessIssue]
        return made

    if planted_or_not:
        handle = Worker._handle

        async def before(self: Worker, message: Any) -> None:
            await commit({("t", 0): message.raw_message[-1].offset + 1})
            await handle(self, message)

        monkeypatch.setattr(Worker, "_handle", before)
    told = Told(uuid4(), str(uuid4()), 1)
    event = order(UUID(told.key), 1)
    message = message_of(event, event_id=told.id)
    record = SimpleNamespace(
        topic=message.topic, partition=0, offset=0, key=message.key.encode(), value=message.value,
        headers=[(name, value.encode()) for name, value in message.headers.items()],
    )  # fmt: skip

    monkeypatch.setattr(failpoints, "_armed", Deadly("F8"))
    with pytest.raises(Killed):
        await process()._handle(SimpleNamespace(raw_message=(record,)))
    monkeypatch.setattr(failpoints, "_armed", None)
    if not any(committed.values()):
        await process()._handle(SimpleNamespace(raw_message=(record,)))

    unread = topics.unread([told], await applied(database))
    assert bool(unread) is planted_or_not


async def test_no_inbox(
    database: Database, service: Service, monkeypatch: pytest.MonkeyPatch, planted_or_not: bool
) -> None:
    if planted_or_not:

        async def everything(self: Inbox, session: Any, messages: Sequence[Any]) -> set[UUID]:
            return {message.id for message in messages}

        monkeypatch.setattr(Inbox, "_record", everything)
        monkeypatch.setattr(inboxes, "newest", _all_of_them)
    told = Told(uuid4(), str(uuid4()), 1)
    message = message_of(order(UUID(told.key), 1), event_id=told.id)
    for _ in range(2):
        await inbox_of(database, service).apply([message])

    unread = topics.unread([told], await applied(database))
    ((effects,),) = await rows(database, "SELECT count(*) FROM heard")
    parked = await rows(database, "SELECT 1 FROM parked")
    assert (bool(unread) or effects != 1 or bool(parked)) is planted_or_not


async def test_a_relay_that_goes_by_the_last_id(
    database: Database, monkeypatch: pytest.MonkeyPatch, planted_or_not: bool
) -> None:
    sent: list[UUID] = []

    async def send(producer: Any, batch: Sequence[Any], **_: Any) -> dict[Any, int]:
        sent.extend(row["event_id"] for row in batch)
        if planted_or_not and batch:
            last = max(row["id"] for row in batch)
            later = str(outbox.OLDEST).replace("published_at IS NULL", f"id > {last}")
            monkeypatch.setattr(outbox, "OLDEST", text(later))
        return {}

    monkeypatch.setattr(outbox, "send", send)
    relay = Relay(database, kafka="127.0.0.1:1", service="toy")

    async def publish() -> None:
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await relay._publish_batch(connection, None)  # pyright: ignore[reportArgumentType]

    async with database.transaction(US) as late:
        await emit(late, order(uuid4(), 1))
        await late.flush()
        async with database.transaction(US) as early:
            await emit(early, order(uuid4(), 1))
        await publish()
    await publish()

    assert len(sent) == (1 if planted_or_not else 2)
    assert await unpublished(database) == (1 if planted_or_not else 0)


async def test_a_handler_that_publishes(
    database: Database, service: Service, monkeypatch: pytest.MonkeyPatch, planted_or_not: bool
) -> None:
    topic: list[UUID] = []
    if planted_or_not:

        async def publish(session: Any, *events: Any, **more: Any) -> None:
            topic.extend(uuid4() for _ in events)

        monkeypatch.setattr(toy, "emit", publish)
    monkeypatch.setattr(failpoints, "_armed", Deadly("F6"))
    with pytest.raises(Killed):
        await inbox_of(database, service).apply([message_of(order(uuid4(), 1))])

    kept = await rows(database, "SELECT event_id, key, version FROM outbox")
    told = [Told(UUID(str(row[0])), row[1], row[2]) for row in kept]
    assert bool(topics.strangers(told, topic, set(), "t").wrong) is planted_or_not


async def _all_of_them(session: Any, events: Sequence[Any]) -> list[Any]:
    return list(events)


async def test_no_guard_of_versions(
    database: Database, service: Service, monkeypatch: pytest.MonkeyPatch, planted_or_not: bool
) -> None:
    if planted_or_not:
        monkeypatch.setattr(inboxes, "newest", _all_of_them)
    one = uuid4()
    for version in (2, 1):
        await inbox_of(database, service).apply([message_of(order(one, version))])

    # What follows from an old version is told after what follows from the new one.
    check = next(each for each in within(["toy"]) if each.says.startswith("a document's versions"))
    found = await rows(database, f"SELECT what FROM ({check.rows}) AS looked (what, bad) WHERE bad")
    assert bool(found) is planted_or_not


async def test_numbers_by_the_highest_so_far(
    database: Database, scratch_database_url: str, planted_or_not: bool
) -> None:
    owner = Database(role_url(scratch_database_url, "toy", "owner"))
    async with owner.transaction(US) as session:
        for statement in (
            "CREATE TABLE IF NOT EXISTS numbered (number text)", "TRUNCATE numbered",
            "CREATE SEQUENCE IF NOT EXISTS number_series", "ALTER SEQUENCE number_series RESTART",
            "GRANT SELECT, INSERT ON numbered TO toy_worker", "GRANT USAGE ON SEQUENCE number_series TO toy_worker",
        ):  # fmt: skip
            await session.execute(text(statement))
    await owner.close()

    async def draw(session: Any) -> str:
        if planted_or_not:
            query = "SELECT 'N-2026-' || lpad((coalesce(max(right(number, 6)::int), 0) + 1)::text, 6, '0') FROM numbered"
            return str(await session.scalar(text(query)))
        return (await numbers.draw(session, "number_series", "N", 2026))[0]

    keep = text("INSERT INTO numbered VALUES (:number)")
    async with database.transaction(US) as one, database.transaction(US) as other:
        for session in (one, other):
            await session.execute(keep, {"number": await draw(session)})

    ((count, different),) = await rows(
        database, "SELECT count(*), count(DISTINCT number) FROM numbered"
    )
    assert (count != different) is planted_or_not


async def test_a_swallowed_exception(
    database: Database, service: Service, monkeypatch: pytest.MonkeyPatch, planted_or_not: bool
) -> None:
    if planted_or_not:
        once = Inbox._apply_once

        async def careless(self: Inbox, messages: Sequence[Any]) -> None:
            try:
                await once(self, messages)
            except Exception:  # the planted defect: what fails is lost in silence
                return

        monkeypatch.setattr(Inbox, "_apply_once", careless)
    told = Told(uuid4(), str(uuid4()), 1)
    message = message_of(order(UUID(told.key), 1, customer="POISON"), event_id=told.id)
    await inbox_of(database, service).apply([message])

    unread = topics.unread([told], await applied(database))
    assert bool(unread) is planted_or_not
