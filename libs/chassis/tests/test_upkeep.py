"""A year of operation: days of the outbox come and go, keys are forgotten, totals keep their order."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from chassis.context import Context
from chassis.control import ControlTotals, no_totals
from chassis.database import Database
from chassis.outbox import BATCH_BYTES_MAX, BATCH_MAX, OLDEST
from chassis.service import Service, assemble
from chassis.settings import ServiceSettings
from chassis.testing import role_url
from chassis.upkeep import Upkeep
from tongheng_contracts.catalogue import contracts

from .toy import main as toy

CONTEXT = Context(actor="test")
TOPICS = [agreed.topic for agreed in contracts()]


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


@pytest.fixture
async def database(scratch_database_url: str) -> AsyncGenerator[Database]:
    made = Database(role_url(scratch_database_url, "toy", "worker"))
    yield made
    async with made.transaction(CONTEXT) as session:
        await session.execute(text("UPDATE outbox SET published_at = now()"))
    await made.close()


async def emit_at(
    database: Database, when: datetime, *, published: bool = True, value: bytes = b"{}"
) -> None:
    async with database.transaction(CONTEXT) as session:
        await session.execute(
            text(
                "INSERT INTO outbox (event_id, topic, key, version, company, subject, actor, correlation_id, causation_id,"
                " traceparent, value, recorded_at, published_at) VALUES (:e, 'sales.OrderPlaced', 'k', 1, '', '', '', '', '',"
                " '', :v, :w, :p)"
            ),
            {"e": uuid4(), "v": value, "w": when, "p": when if published else None},
        )


async def kept_in(database: Database, day: datetime, schema: str = "public") -> bool:
    async with database.read(CONTEXT) as session:
        query = (
            "SELECT count(*) FROM pg_class WHERE relname = :n AND relnamespace = "
            "(SELECT oid FROM pg_namespace WHERE nspname = :s)"
        )
        values = {"n": f"outbox_{day:%Y%m%d}", "s": schema}
        return (await session.execute(text(query), values)).scalar_one() == 1


async def in_default(database: Database) -> int:
    async with database.read(CONTEXT) as session:
        query = "SELECT count(*) FROM outbox WHERE tableoid = 'outbox_default'::regclass"
        return int((await session.execute(text(query))).scalar_one())


async def test_a_day_whose_rows_came_before_its_partition_gets_it_all_the_same(
    database: Database,
) -> None:
    now = datetime.now(UTC)
    days = [now, now + timedelta(days=2), now + timedelta(days=20)]
    for day in days:
        await emit_at(database, day)
    assert await in_default(database) == 3

    await Upkeep(database, service="toy").turn()
    await emit_at(database, days[1])

    assert await in_default(database) == 0
    assert [await kept_in(database, day) for day in days] == [True] * 3


async def test_old_days_are_archived_unless_something_is_unpublished(database: Database) -> None:
    published, pending = (datetime.now(UTC) - timedelta(days=days) for days in (60, 50))
    await emit_at(database, published)
    await emit_at(database, pending, published=False)
    upkeep = Upkeep(database, service="toy")

    await upkeep.turn()
    await upkeep.turn()

    assert await kept_in(database, published, "archive")
    assert await kept_in(database, pending)
    assert not await kept_in(database, pending, "archive")


async def test_answers_are_kept_for_thirty_days(
    database: Database, scratch_database_url: str
) -> None:
    api = Database(role_url(scratch_database_url, "toy", "api"))
    async with api.transaction(CONTEXT) as session:
        await session.execute(
            text(
                "INSERT INTO idempotency_keys SELECT 'c', 'k' || d, 'POST', '/', '', 201, '{}', '', now() - make_interval(days => d)"
                " FROM unnest(ARRAY[29, 31, 400]) AS d"
            )
        )
    await api.close()

    await Upkeep(database, service="toy").turn()

    async with database.read(CONTEXT) as session:
        kept = await session.scalars(text("SELECT key FROM idempotency_keys"))
        assert list(kept) == ["k29"]


async def test_the_relay_takes_no_more_at_once_than_it_can_send(database: Database) -> None:
    for _ in range(6):
        await emit_at(database, datetime.now(UTC), published=False, value=bytes(2 * 1024 * 1024))

    async with database.read(CONTEXT) as session:
        taken = (
            await session.execute(
                OLDEST, {"n": BATCH_MAX, "bytes": BATCH_BYTES_MAX, "topics": TOPICS}
            )
        ).all()

    assert len(taken) == 4


async def test_totals_of_a_service_that_starts_anew_are_newer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def totals(session: object, cut: datetime) -> list[object]:
        return []

    def new() -> ControlTotals:
        return ControlTotals(database, service="inventory", totals=totals)  # type: ignore[arg-type]

    before = await new().publish()
    monkeypatch.setattr("chassis.control.time.time", lambda: 0.0)  # a machine whose clock is wrong

    after = await new().publish()

    assert after.version >= before.version
    assert after.cut >= before.cut


async def test_a_report_names_what_is_parked_and_is_told_anew_when_that_changes(
    database: Database,
) -> None:
    made = ControlTotals(database, service="inventory", totals=no_totals)
    message = uuid4()
    async with database.transaction(CONTEXT) as session:
        await session.execute(
            text(
                'INSERT INTO parked (event_id, topic, partition, "offset", key, company, headers, value, status, reason, detail)'
                " VALUES (:id, 'sales.OrderPlaced', 0, 1, 'k', 'E01', '{}', '', 'parked', 'unreadable', 'secret')"
            ),
            {"id": message},
        )

    [note] = (await made.publish()).parked
    assert (note.event, note.topic, note.reason) == (message, "sales.OrderPlaced", "unreadable")
    async with database.transaction(CONTEXT) as session:
        await session.execute(text("UPDATE parked SET status = 'dropped'"))
    assert (await made.publish()).parked == []
    async with database.read(CONTEXT) as session:
        topics = await session.scalars(
            text("SELECT topic FROM outbox WHERE topic = 'inventory.ControlTotals'")
        )
        assert len(list(topics)) >= 2


async def test_what_is_open_holds_the_cut_back(
    database: Database, scratch_database_url: str
) -> None:
    plain = role_url(scratch_database_url, "toy", "worker").replace("+asyncpg", "")
    other = await asyncpg.connect(plain)
    transaction = other.transaction()
    await transaction.start()
    began = await other.fetchval("SELECT now()")
    try:

        async def totals(session: object, cut: datetime) -> list[object]:
            return []

        made = ControlTotals(database, service="inventory", totals=totals)  # type: ignore[arg-type]
        assert (await made.publish()).cut < began
    finally:
        await transaction.rollback()
        await other.close()


async def test_loops_that_wait_for_their_start_are_not_stuck() -> None:
    url = SecretStr("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    running = assemble(toy.build(ServiceSettings(database_url=url, worker_database_url=url)))
    assert running.relay is not None
    running.relay.turned_at -= 1000
    assert running.stuck() == []
    running.started = True
    assert running.stuck() == ["relay"]
