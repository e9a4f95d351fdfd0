"""What a process says of itself while something stands or is away."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.context import Context
from chassis.database import Database
from chassis.errors import TransientError
from chassis.outbox import emit
from chassis.service import Running, Service
from chassis.testing import Api, Harness, role_url

from .toy import main as toy


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


class _Worker:
    """A worker that knows its lag, or does not."""

    def __init__(self, lag: dict[str, int] | None) -> None:
        self._lag = lag
        self.turned_at = float("inf")
        self.progress = type("Progress", (), {"seconds": 7.0})

    async def lag(self) -> dict[str, int]:
        if self._lag is None:
            raise TransientError("no partitions are assigned yet")
        return self._lag


@pytest_asyncio.fixture
async def running(
    harness: Harness, scratch_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Running]:
    """The service over a database where one event is to be published and one message is parked."""
    found: Running = harness.app.state.running
    monkeypatch.setattr(found, "worker", None)
    database = Database(role_url(scratch_database_url, "toy", "worker"))
    monkeypatch.setattr(found, "worker_database", database)
    async with database.transaction(Context(actor="test")) as session:
        await session.execute(text("UPDATE outbox SET published_at = now()"))
        await session.execute(text("UPDATE parked SET status = 'dropped'"))
        await emit(session, toy.order(uuid4(), 1))
        await session.execute(
            text(
                'INSERT INTO parked (event_id, topic, partition, "offset", key, company, headers, value, status, reason, detail)'
                " VALUES (:id, 'sales.OrderPlaced', 0, 1, 'k', 'E01', '{}', '', 'parked', 'unreadable', '')"
            ),
            {"id": uuid4()},
        )
    yield found
    await database.close()


@pytest.fixture
def client(harness: Harness) -> Api:
    return Api(harness)


async def test_a_status_tells_what_waits_on_either_side(running: Running, client: Api) -> None:
    running.worker = _Worker({"sales.OrderPlaced": 3, "inventory.ControlTotals": 2})  # type: ignore[assignment]

    answer = await client.get("/status")
    told: dict[str, Any] = answer.json()

    assert answer.status_code == 200
    assert (told["answers"], told["outbox_pending"], told["parked"]) == (True, 1, 1)
    # Control totals are always on their way: nobody waits for them.
    assert (told["lag"], told["behind"]) == (3, {"sales.OrderPlaced": 3})
    assert told["lag_seconds"] == 7.0


async def test_with_kafka_away_the_status_tells_what_waits_to_be_told(
    running: Running, client: Api
) -> None:
    running.worker = _Worker(None)  # type: ignore[assignment]

    answer = await client.get("/status")
    told: dict[str, Any] = answer.json()

    assert answer.status_code == 503
    assert (told["answers"], told["error"]) == (False, "TransientError")
    assert (told["outbox_pending"], told["parked"]) == (1, 1)
    assert "lag" not in told


async def test_a_loop_that_stands_is_named_and_is_nothing_to_the_callers_of_the_api(
    running: Running, client: Api
) -> None:
    assert (await client.get("/livez")).status_code == 200
    standing: Any = _Worker({})
    standing.turned_at = float("-inf")
    running.worker = standing

    alive, ready = await client.get("/livez"), await client.get("/readyz")

    assert (alive.status_code, alive.json()["stuck"]) == (503, ["worker"])
    assert (await client.get("/status")).json()["stuck"] == ["worker"]
    assert ready.status_code == 200, ready.json()
