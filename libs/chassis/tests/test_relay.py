"""What the outbox holds, the topics hold; what the topics hold has its effect once. On a real broker."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from sqlalchemy import text

from chassis import outbox
from chassis.consuming import Consumers, Inbox, Worker
from chassis.context import Context
from chassis.database import Database
from chassis.outbox import Relay, emit
from chassis.service import Service, _always
from chassis.testing import role_url
from tongheng_contracts.sales import OrderChanged

from .toy import main as toy
from .toy.main import order

pytestmark = pytest.mark.integration


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


@pytest.fixture
async def database(scratch_database_url: str) -> AsyncGenerator[Database]:
    made = Database(role_url(scratch_database_url, "toy", "worker"))
    yield made
    async with made.transaction(Context(actor="test")) as session:
        await session.execute(text("UPDATE outbox SET published_at = now()"))
    await made.close()


@asynccontextmanager
async def running(
    turn: Callable[[], Coroutine[Any, Any, None]], stop: Callable[[], object]
) -> AsyncGenerator[None]:
    task = asyncio.create_task(turn())
    try:
        yield
    finally:
        result = stop()
        if asyncio.iscoroutine(result):
            await result
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Coroutine[Any, Any, bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


async def pending(database: Database) -> int:
    async with database.read(Context(actor="test")) as session:
        return int(
            (
                await session.execute(
                    text("SELECT count(*) FROM outbox WHERE published_at IS NULL")
                )
            ).scalar_one()
        )


async def read_topic(bootstrap: str, topic: str, key: str) -> list[Any]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        found: list[Any] = []
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [record for record in records if record.key == key.encode()]
        return found
    finally:
        await consumer.stop()


async def test_versions_of_a_document_are_published_in_order_with_their_envelope(
    database: Database, kafka_bootstrap: str
) -> None:
    one = uuid4()
    for version in range(1, 21):
        async with database.transaction(Context(actor="alice", correlation_id="case-1")) as session:
            await emit(session, order(one, version, topic=OrderChanged))
    relay = Relay(database, kafka=kafka_bootstrap, service="toy")

    async with running(relay.run, relay.stop):
        await until(lambda: _is_zero(pending(database)))

    records = await read_topic(kafka_bootstrap, "sales.OrderChanged", str(one))
    assert [OrderChanged.model_validate_json(r.value).order.version for r in records] == list(
        range(1, 21)
    )
    headers = {name: value.decode() for name, value in records[0].headers}
    assert headers["ce_type"] == "sales.OrderChanged"
    assert headers["ce_specversion"] == "1.0"
    assert (headers["ce_actor"], headers["ce_correlationid"], headers["ce_company"]) == (
        "alice",
        "case-1",
        "E01",
    )


async def test_the_second_relay_waits_until_the_first_one_is_gone(
    database: Database, kafka_bootstrap: str
) -> None:
    first = Relay(database, kafka=kafka_bootstrap, service="toy")
    second = Relay(database, kafka=kafka_bootstrap, service="toy")

    async with running(first.run, first.stop):
        await until(lambda: _is_true(first))
        async with running(second.run, second.stop):
            await asyncio.sleep(0.3)
            assert not second.active
            first.stop()
            async with database.transaction(Context(actor="alice")) as session:
                await emit(session, order(uuid4(), 1))
            await until(lambda: _is_true(second))
            await until(lambda: _is_zero(pending(database)))


async def test_a_worker_applies_what_the_relay_published_once(
    database: Database, kafka_bootstrap: str
) -> None:
    one = uuid4()
    consumers = Consumers.join(toy.consumers)
    only_orders = Consumers()
    only_orders.handlers = [h for h in consumers.handlers if "sales.OrderPlaced" in h[0]]
    relay = Relay(database, kafka=kafka_bootstrap, service="toy")
    inbox = Inbox(database, only_orders, service="toy")
    worker = Worker(inbox, only_orders, kafka=kafka_bootstrap, service=f"toy-{one.hex[:8]}")
    async with database.transaction(Context(actor="alice")) as session:
        await emit(session, order(one, 1))
    heard = "SELECT count(*) FROM heard WHERE document = :d"

    async def is_heard() -> bool:
        async with database.read(Context(actor="test")) as session:
            return (await session.execute(text(heard), {"d": one})).scalar_one() == 1

    async def is_quiet() -> bool:
        return sum((await worker.lag()).values()) == 0

    async with running(relay.run, relay.stop), running(worker.run, worker.stop):
        await until(is_heard)
        await until(is_quiet)


def test_every_subscriber_acknowledges_by_hand_and_starts_at_the_first_message() -> None:
    inbox = Inbox(None, toy.consumers, service="toy")  # type: ignore[arg-type]
    worker = Worker(inbox, toy.consumers, kafka="127.0.0.1:1", service="toy")

    subscribers = list(worker.broker.subscribers)

    assert len(subscribers) == 1
    assert subscribers[0].ack_policy is AckPolicy.MANUAL
    subscriber: Any = subscribers[0]
    settings = subscriber._connection_args
    assert settings["auto_offset_reset"] == "earliest"
    assert settings["enable_auto_commit"] is False


@pytest.fixture
async def worker(database: Database, kafka_bootstrap: str) -> Worker:
    """A worker of orders, in a group of its own."""
    only = Consumers()
    only.handlers = [h for h in toy.consumers.handlers if "sales.OrderPlaced" in h[0]]
    inbox = Inbox(database, only, service="toy")
    return Worker(inbox, only, kafka=kafka_bootstrap, service=f"toy-{uuid4().hex[:8]}")


async def _is_assigned(worker: Worker) -> bool:
    consumer: Any = worker.subscriber.consumer
    return consumer is not None and bool(consumer.assignment())


async def test_a_worker_with_nothing_to_do_turns(worker: Worker) -> None:
    async with running(worker.run, worker.stop):
        await until(lambda: _is_assigned(worker))
        before = worker.turned_at
        worker.turned_at = 0.0
        await until(lambda: _turned_since(worker, before), seconds=5)


async def _turned_since(worker: Worker, before: float) -> bool:
    return worker.turned_at >= before


async def test_a_worker_that_failed_begins_anew_and_applies_what_it_had_in_hand(
    worker: Worker, database: Database, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = uuid4()
    real, failures = worker._inbox.apply, [RuntimeError("a defect")]

    async def apply(*args: Any, **more: Any) -> bool:
        if failures:
            raise failures.pop()
        return await real(*args, **more)

    monkeypatch.setattr(worker._inbox, "apply", apply)
    async with database.transaction(Context(actor="alice")) as session:
        await emit(session, order(one, 1))
    relay = Relay(database, kafka=kafka_bootstrap, service="toy")

    async def as_the_service_does() -> None:
        await _always("worker", worker.run, lambda: False)

    async def is_heard() -> bool:
        async with database.read(Context(actor="test")) as session:
            query = text("SELECT count(*) FROM heard WHERE document = :d")
            return (await session.execute(query, {"d": one})).scalar_one() == 1

    async with running(relay.run, relay.stop), running(as_the_service_does, worker.stop):
        await until(is_heard)


async def test_lag_is_counted_anew_when_a_partition_comes_back(worker: Worker) -> None:
    async with running(worker.run, worker.stop):
        await until(lambda: _is_assigned(worker))
        await worker.lag()
        consumer: Any = worker.subscriber.consumer
        ends = await (await worker.progress.probe()).end_offsets(consumer.assignment())
        await consumer.commit(ends)  # as another worker would have done meanwhile
        worker.progress.done.update(dict.fromkeys(ends, 0))
        listener: Any = consumer._subscription._listener

        result = listener.on_partitions_assigned(list(ends))
        if asyncio.iscoroutine(result):
            await result

        assert sum((await worker.lag()).values()) == 0


async def test_a_batch_in_hand_while_partitions_move_has_its_effects_once(
    database: Database, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = Consumers()
    only.handlers = [h for h in toy.consumers.handlers if "sales.OrderPlaced" in h[0]]
    group, ids = f"toy-{uuid4().hex[:8]}", [uuid4() for _ in range(30)]

    def made() -> Worker:
        inbox = Inbox(database, only, service="toy")
        return Worker(inbox, only, kafka=kafka_bootstrap, service=group)

    first, second = made(), made()
    in_hand, moved = asyncio.Event(), asyncio.Event()
    real = first._inbox.apply

    async def slow(*args: Any, **more: Any) -> bool:
        in_hand.set()
        await moved.wait()
        return await real(*args, **more)

    monkeypatch.setattr(first._inbox, "apply", slow)

    async def heard() -> int:
        async with database.read(Context(actor="test")) as session:
            query = text("SELECT count(*) FROM heard WHERE document = ANY(:ids)")
            return int((await session.execute(query, {"ids": ids})).scalar_one())

    async def all_heard() -> bool:
        return await heard() == len(ids)

    async def is_quiet() -> bool:
        lags = [await worker.lag() for worker in (first, second)]
        return sum(sum(lag.values()) for lag in lags) == 0

    async with database.transaction(Context(actor="alice")) as session:
        await emit(session, *(order(i, 1) for i in ids))
    relay = Relay(database, kafka=kafka_bootstrap, service="toy")
    async with running(relay.run, relay.stop), running(first.run, first.stop):
        async with asyncio.timeout(30):
            await in_hand.wait()
        async with running(second.run, second.stop):
            await until(lambda: _is_assigned(second))
            moved.set()
            await until(all_heard)
            await until(is_quiet)
    assert await heard() == len(ids)  # one row for each event: its key would refuse another


async def test_what_was_sent_but_not_marked_is_sent_again_under_the_same_id(
    database: Database, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = uuid4()
    relay = Relay(database, kafka=kafka_bootstrap, service="toy")
    real, sessions_ended = relay._mark, 0

    async def mark(connection: Any, rows: Any, offsets: Any) -> None:
        nonlocal sessions_ended
        if not sessions_ended:
            sessions_ended = 1
            own = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with database.transaction(Context(actor="test")) as session:
                await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        await real(connection, rows, offsets)

    monkeypatch.setattr(relay, "_mark", mark)
    async with database.transaction(Context(actor="alice")) as session:
        await emit(session, order(one, 1))

    async def as_the_service_does() -> None:
        await _always("relay", relay.run, lambda: False)

    async with running(as_the_service_does, relay.stop):
        await until(lambda: _is_zero(pending(database)))

    records = await read_topic(kafka_bootstrap, "sales.OrderPlaced", str(one))
    assert len(records) == 2
    assert len({dict(record.headers)["ce_id"] for record in records}) == 1


async def test_what_no_contract_names_any_more_does_not_hold_the_others_back(
    database: Database, kafka_bootstrap: str
) -> None:
    async with database.transaction(Context(actor="alice")) as session:
        await emit(session, order(uuid4(), 1))
        await session.execute(
            text("UPDATE outbox SET topic = 'sales.Forgotten' WHERE published_at IS NULL")
        )
        await emit(session, order(uuid4(), 1))
    relay = Relay(database, kafka=kafka_bootstrap, service="toy")

    async def only_the_forgotten_is_left() -> bool:
        return await pending(database) == 1

    async with running(relay.run, relay.stop):
        await until(only_the_forgotten_is_left)

    async with database.read(Context(actor="test")) as session:
        left = await session.scalars(text("SELECT topic FROM outbox WHERE published_at IS NULL"))
        assert left.all() == ["sales.Forgotten"]
    assert outbox.STRANDED_EVENTS.labels("sales.Forgotten")._value.get() == 1


async def _is_zero(count: Coroutine[Any, Any, int]) -> bool:
    return await count == 0


async def _is_true(relay: Relay) -> bool:
    return relay.active
