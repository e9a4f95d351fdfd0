"""A subscriber begins where it wants: at the first event, at a moment, at the place where it left off."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tongheng_contracts.cloudevents import Unreadable, headers_of
from tongheng_contracts.envelope import Event
from tongheng_contracts.examples import example
from tongheng_contracts.replaying import places_after, replay

pytestmark = pytest.mark.integration

TOPIC = "masterdata.RateChanged"
APART = timedelta(milliseconds=20)


@dataclass
class History:
    """Ten events."""

    places: dict[tuple[str, int], int]
    began: datetime


@pytest_asyncio.fixture
async def history(kafka_bootstrap: str) -> History:
    """Where ten events begin, recorded shortly after another in one partition, a broken record among them."""
    shown = example(TOPIC)
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka_bootstrap) as consumer:
        ends: dict[Any, int] = await consumer.end_offsets(consumer.assignment())
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        began = datetime.now(UTC)
        for number in range(10):
            when = began + number * APART
            envelope = shown.envelope
            headers = dict(headers_of(envelope)) | {
                "ce_id": str(UUID(int=number + 1)).encode(),
                "ce_time": when.isoformat().encode(),
            }
            await producer.send_and_wait(
                TOPIC,
                b"{}" if number == 4 else shown.value,
                partition=0,
                timestamp_ms=int(when.timestamp() * 1000),
                headers=list(headers.items()),
            )
    return History({(place.topic, place.partition): end for place, end in ends.items()}, began)


async def heard(events: AsyncGenerator[Event]) -> list[Event]:
    async with aclosing(events) as open_events, asyncio.timeout(60):
        return [event async for event in open_events]


def numbers(events: list[Event]) -> list[int]:
    return [event.envelope.id.int - 1 for event in events]


async def test_from_a_place_and_from_where_one_left_off(
    kafka_bootstrap: str, history: History
) -> None:
    set_aside: list[str] = []

    def aside(record: object, problem: Unreadable) -> None:
        set_aside.append(str(problem))

    events = await heard(replay(kafka_bootstrap, TOPIC, since=history.places, aside=aside))
    first = places_after(events[:3])
    rest = await heard(
        replay(kafka_bootstrap, [TOPIC], since={**history.places, **first}, aside=aside)
    )

    assert numbers(events) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert numbers(rest) == [3, 5, 6, 7, 8, 9]
    assert len(set_aside) == 2
    with pytest.raises(Unreadable):
        await heard(replay(kafka_bootstrap, TOPIC, since=history.places))


async def test_from_a_moment_on(kafka_bootstrap: str, history: History) -> None:
    moment = history.began + 7 * APART - timedelta(milliseconds=5)

    events = await heard(replay(kafka_bootstrap, TOPIC, since=moment, aside=lambda *_: None))

    assert numbers(events) == [7, 8, 9]
    with pytest.raises(ValueError, match="zone"):
        await heard(replay(kafka_bootstrap, TOPIC, since=moment.replace(tzinfo=None)))


async def test_who_follows_hears_what_comes_later(kafka_bootstrap: str, history: History) -> None:
    shown = example(TOPIC)
    ends = {
        place: offset + (10 if place[1] == 0 else 0) for place, offset in history.places.items()
    }
    following = replay(kafka_bootstrap, TOPIC, since=ends, follow=True)
    async with aclosing(following), asyncio.timeout(60):
        waiting = asyncio.ensure_future(anext(following))
        async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
            await producer.send_and_wait(TOPIC, shown.value, partition=0, headers=shown.headers)

        assert (await waiting).envelope.id == shown.envelope.id
