"""A consumer tells the broker only what changed of what it reads, and reads all the same."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v4, FetchRequest_v11

from chassis.consuming import Worker
from chassis.fetching import EPOCH_MAX, FetchSession, IncrementalRequest, Wanted

HERE, THERE = ("sales.OrderPlaced", 0), ("sales.OrderPlaced", 1)
ALL: Wanted = {HERE: (10, 100), THERE: (20, 100)}


def request(session: FetchSession, wanted: Wanted = ALL) -> IncrementalRequest:
    topics = [
        (topic, [(partition, offset, most)])
        for (topic, partition), (offset, most) in wanted.items()
    ]
    return IncrementalRequest(FetchRequest(500, 1, 1000, 0, topics), session)


def named(built: Any) -> dict[tuple[str, int], int]:
    return {(topic, row[0]): row[2] for topic, rows in built.topics for row in rows}


def test_the_first_fetch_names_everything_and_the_next_what_changed() -> None:
    session = FetchSession()

    first = request(session).build(FetchRequest_v11)
    assert (first.session_id, first.session_epoch) == (0, 0)
    assert named(first) == {HERE: 10, THERE: 20}
    session.answered(ALL, session=7)
    idle = request(session).build(FetchRequest_v11)
    assert (idle.session_id, idle.session_epoch) == (7, 1)
    assert (named(idle), idle.forgotten_topics_data) == ({}, [])
    session.answered(ALL, session=7)
    read = request(session, {HERE: (12, 100)}).build(FetchRequest_v11)

    assert read.session_epoch == 2
    assert named(read) == {HERE: 12}
    assert read.forgotten_topics_data == [("sales.OrderPlaced", [1])]
    assert read.encode()


def test_the_whole_request_stays_what_the_library_asked_for() -> None:
    session = FetchSession()
    session.answered(ALL, session=7)
    whole = request(session)

    assert named(whole.build(FetchRequest_v11)) == {}

    assert {topic for topic, _ in whole.topics} == {"sales.OrderPlaced"}


def test_after_a_trouble_everything_is_named_again() -> None:
    session = FetchSession()
    session.answered(ALL, session=7)
    session.forget()

    again = request(session).build(FetchRequest_v11)

    assert (again.session_id, again.session_epoch) == (7, 0)
    assert named(again) == {HERE: 10, THERE: 20}


def test_without_a_session_everything_is_named_every_time() -> None:
    session = FetchSession()
    session.answered(ALL, session=0)
    again = request(session).build(FetchRequest_v11)
    old = request(session)
    sent = old.build(FetchRequest_v4)

    assert (again.session_epoch, len(named(again))) == (0, 2)
    assert not old.in_session
    assert len(sent.topics) == 2


def test_the_epochs_begin_again() -> None:
    session = FetchSession(id=7, epoch=EPOCH_MAX)
    session.answered(ALL, session=7)

    assert session.epoch == 1


@pytest_asyncio.fixture
async def topics(kafka_bootstrap: str) -> AsyncGenerator[list[str]]:
    names = [f"fetching-{uuid4()}" for _ in range(3)]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1) for name in names])
        yield names
        await admin.delete_topics(names)
    finally:
        await admin.close()


async def test_a_consumer_reads_everything_by_fetches_that_name_little(
    kafka_bootstrap: str, topics: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Worker  # its module has every consumer of the process fetch so
    epochs: list[int] = []
    real: Any = AIOKafkaClient.send

    async def watched(self: Any, node: int, what: Any, **options: Any) -> Any:
        if isinstance(what, FetchRequest):
            fetch: Any = what
            if len(epochs) == 4:
                fetch._session.epoch += 5  # the broker will not know it
            epochs.append(fetch._session.epoch)
        return await real(self, node, what, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", watched)
    written = [(topic, n % 2, b"%d" % n) for n in range(12) for topic in topics]
    consumer: Any = AIOKafkaConsumer(
        *topics, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    )
    found: list[tuple[str, int, bytes]] = []
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer, consumer:
        async with asyncio.timeout(60):
            for topic, partition, value in written:
                await producer.send_and_wait(topic, value, partition=partition)
                batches: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=500)
                found += [
                    (r.topic, r.partition, r.value) for each in batches.values() for r in each
                ]
            while len(found) < len(written):
                batches = await consumer.getmany(timeout_ms=500)
                found += [
                    (r.topic, r.partition, r.value) for each in batches.values() for r in each
                ]

    assert sorted(found) == sorted(written)
    for topic in topics:
        for partition in (0, 1):
            values = [int(value) for t, p, value in found if (t, p) == (topic, partition)]
            assert values == sorted(values)
    refused = epochs[4]
    assert (refused > 4, epochs[5]) == (True, 0), "everything is named again"
    assert epochs[-1] > 1, "and the new session goes on"
