"""The figures that nobody would see otherwise."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis import vitals
from chassis.context import Context
from chassis.database import Database
from chassis.service import Service
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
