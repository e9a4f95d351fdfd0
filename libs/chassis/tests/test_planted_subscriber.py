"""One subscriber with the library's own policy, on a real broker: the tenth of the planted defects (R1).

It starts at the end of its topics and acknowledges before the handler has run; what was told before is never heard.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from chassis.consuming import Consumers, Inbox, Worker
from chassis.context import Context
from chassis.database import Database
from chassis.service import Service
from chassis.testing import message_of, role_url
from operations.proving import topics
from operations.proving.topics import Told

from .toy import main as toy
from .toy.main import order

pytestmark = pytest.mark.integration
US = Context(actor="test")


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


class Careless(Worker):
    """Subscribes as the library does when nothing is said."""

    def _subscribe(self) -> None:
        self.subscriber = self.broker.subscriber(
            *self.topics,
            group_id=f"tongheng-{self._service}",
            batch=True,
            parser=self._parse,
            decoder=self._bytes,
            listener=self.progress,
        )
        self.subscriber(self._handle)
        cast("Any", self.subscriber).get_msg = self._take


@asynccontextmanager
async def running(worker: Worker) -> AsyncGenerator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def send(kafka: str, told: Told) -> None:
    message = message_of(order(UUID(told.key), 1), event_id=told.id)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        await producer.send_and_wait(
            message.topic, message.value, key=message.key.encode(), headers=headers
        )
    finally:
        await producer.stop()


async def at_the_ends(worker: Worker) -> bool:
    consumer: Any = worker.subscriber.consumer
    if consumer is None or not consumer.assignment():
        return False
    ends = await consumer.end_offsets(consumer.assignment())
    return all([await consumer.position(place) >= end for place, end in ends.items()])


@pytest.mark.parametrize("kind", [Worker, Careless], ids=["sound", "defect"])
async def test_one_subscriber_with_the_default_policy(
    scratch_database_url: str, kafka_bootstrap: str, kind: type[Worker]
) -> None:
    database = Database(role_url(scratch_database_url, "toy", "worker"))
    only = Consumers()
    only.handlers = [one for one in toy.consumers.handlers if "sales.OrderPlaced" in one[0]]
    worker = kind(
        Inbox(database, only, service="toy"), only, kafka=kafka_bootstrap, service=f"toy-{uuid4().hex[:8]}"
    )  # fmt: skip
    before, after = (Told(uuid4(), str(uuid4()), 1) for _ in range(2))

    async def applied() -> set[UUID]:
        async with database.read(US) as session:
            rows = await session.execute(text("SELECT event_id FROM proof.applied"))
            return {UUID(str(row[0])) for row in rows}

    await send(kafka_bootstrap, before)
    async with running(worker):
        async with asyncio.timeout(60):
            while not await at_the_ends(worker):
                await asyncio.sleep(0.05)
        await send(kafka_bootstrap, after)
        async with asyncio.timeout(60):
            while after.id not in await applied():
                await asyncio.sleep(0.05)

    unread = topics.unread([before, after], await applied())
    await database.close()
    assert bool(unread) is (kind is Careless)
