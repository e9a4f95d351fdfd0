"""The figures that nobody would see otherwise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY
from pydantic import SecretStr
from sqlalchemy import text

from chassis import vitals
from chassis.consuming import offsets
from chassis.consuming.offsets import Progress
from chassis.context import Context
from chassis.database import Database
from chassis.errors import TransientError
from chassis.service import Service, assemble
from chassis.settings import ServiceSettings
from chassis.testing import Harness

from .toy import main as toy


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


class _Worker:
    topics = ("sales.OrderPlaced",)

    def __init__(self) -> None:
        self.asked = 0

    async def lag(self) -> dict[str, int]:
        self.asked += 1
        return {}


async def test_the_age_of_what_is_not_published_is_measured_without_a_relay(
    harness: Harness,
) -> None:
    from chassis.outbox import emit

    async with harness.worker.transaction(Context(actor="test")) as session:
        await emit(session, toy.order(uuid4(), 1))
        await session.execute(text("UPDATE outbox SET recorded_at = now() - interval '90 seconds'"))
    worker: Any = _Worker()

    await vitals.measure(harness.worker, worker)

    age = REGISTRY.get_sample_value("tongheng_outbox_age_seconds")
    assert age is not None
    assert 89 < age < 150
    assert worker.asked == 1


def test_connections_in_use_are_counted_when_asked_for() -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", pool_size=6)
    vitals.show_pool("trial", database, most=6)
    labels = {"pool": "trial"}

    assert REGISTRY.get_sample_value("tongheng_pool_in_use", labels) == 0
    assert REGISTRY.get_sample_value("tongheng_pool_max", labels) == 6


class _Broker:
    """What a consumer's probe and a consumer are asked."""

    def __init__(self) -> None:
        self.places = {TopicPartition("sales.OrderPlaced", 0)}
        self.end = 5
        self.joined = True

    def assignment(self) -> set[TopicPartition]:
        return self.places if self.joined else set()

    async def committed(self, place: TopicPartition) -> int:
        return 2

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, self.end)


@pytest.fixture
def broker() -> _Broker:
    return _Broker()


@pytest.fixture
def progress(broker: _Broker, monkeypatch: pytest.MonkeyPatch) -> Progress:
    made = Progress(kafka="127.0.0.1:1")
    monkeypatch.setattr(made, "_probe", broker)
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(offsets, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_a_consumer_that_stands_is_further_behind_from_look_to_look(
    clock: list[float], progress: Progress, broker: _Broker
) -> None:
    assert await progress.lag(broker) == {"sales.OrderPlaced": 3}
    clock[0] += 90
    broker.end = 8
    await progress.lag(broker)

    assert shown("tongheng_consumer_lag", topic="sales.OrderPlaced") == 6
    assert shown("tongheng_consumer_lag_seconds") == progress.seconds == 90

    progress.advance({TopicPartition("sales.OrderPlaced", 0): 5})
    clock[0] += 10
    await progress.lag(broker)
    assert progress.seconds == 10  # the first look that saw the rest
    progress.advance({TopicPartition("sales.OrderPlaced", 0): 8})
    await progress.lag(broker)
    assert shown("tongheng_consumer_lag_seconds") == 0


async def test_what_another_worker_has_now_is_shown_here_no_more(
    clock: list[float], progress: Progress, broker: _Broker
) -> None:
    await progress.lag(broker)
    clock[0] += 90
    await progress.lag(broker)
    progress.on_partitions_assigned(())
    broker.places = set()

    assert await progress.lag(broker) == {}
    assert shown("tongheng_consumer_lag", topic="sales.OrderPlaced") is None
    assert shown("tongheng_consumer_lag_seconds") == 0


async def test_a_consumer_of_which_nothing_is_known_is_seen_by_that(
    clock: list[float], progress: Progress, broker: _Broker
) -> None:
    progress.on_partitions_assigned(())
    clock[0] += 30
    await progress.lag(broker)
    assert progress.unseen() == 0
    progress.begin_anew()
    broker.joined = False
    clock[0] += 400

    with pytest.raises(TransientError):
        await progress.lag(broker)

    assert progress.unseen() == 400


def test_a_service_tells_for_how_long_its_consumer_is_not_seen() -> None:
    url = SecretStr("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assemble(toy.build(ServiceSettings(database_url=url, worker_database_url=url)))

    unseen = shown("tongheng_consumer_unseen_seconds")
    assert unseen is not None
    assert unseen > 0
