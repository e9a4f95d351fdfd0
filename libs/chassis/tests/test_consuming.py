"""Each effect once, whatever arrives twice, late, out of turn or broken."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from opentelemetry import trace as trace_api
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import telemetry
from chassis.consuming import Message, is_transient
from chassis.context import Context
from chassis.service import Service
from chassis.statements import Statement
from chassis.testing import Emitted, Harness, message_of
from tongheng_contracts.sales import OrderCancelled, OrderChanged

from .toy import main as toy
from .toy.main import order


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


async def rows(harness: Harness, sql: str) -> Sequence[tuple[object, ...]]:
    async with harness.worker.read(Context(actor="test")) as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def heard(harness: Harness) -> list[tuple[UUID, int]]:
    return [
        (UUID(str(d)), int(str(v)))
        for d, v in await rows(
            harness, "SELECT document, version FROM heard ORDER BY document, version"
        )
    ]


async def test_a_message_that_comes_twice_has_its_effect_once(harness: Harness) -> None:
    message = message_of(order(uuid4(), 1))

    await harness.inbox.apply([message, message])
    await harness.inbox.apply([message])

    assert len(await heard(harness)) == 1
    assert harness.inbox.counts.duplicates == 2


async def test_of_a_document_only_the_newest_version_is_applied(harness: Harness) -> None:
    one = uuid4()

    await harness.inbox.apply(
        [message_of(order(one, 1)), message_of(order(one, 2, topic=OrderChanged))]
    )

    assert await heard(harness) == [(one, 2)]
    assert harness.inbox.counts.superseded == 1


async def test_a_late_original_is_old_after_its_cancellation(harness: Harness) -> None:
    one = uuid4()

    await harness.inbox.apply([message_of(order(one, 2, topic=OrderCancelled))])
    await harness.inbox.apply([message_of(order(one, 1))])

    assert await heard(harness) == [(one, 2)]
    assert await rows(harness, "SELECT outcome FROM inbox ORDER BY outcome") == [
        ("applied",),
        ("superseded",),
    ]


async def test_poison_is_found_by_halving_and_everything_else_is_applied(harness: Harness) -> None:
    ids = [uuid4() for _ in range(9)]
    batch = [
        message_of(order(i, 1, customer="POISON" if n == 5 else "C")) for n, i in enumerate(ids)
    ]

    await harness.inbox.apply(batch)

    assert {i for i, _ in await heard(harness)} == {*ids} - {ids[5]}
    assert await rows(harness, "SELECT key, status, reason FROM parked") == [
        (str(ids[5]), "parked", "ValueError")
    ]


async def test_later_versions_wait_behind_the_parked_one_and_are_released_in_order(
    harness: Harness,
) -> None:
    one, other = uuid4(), uuid4()
    poison = message_of(order(one, 1, customer="POISON"))
    await harness.inbox.apply([poison])

    await harness.inbox.apply([message_of(order(one, 2)), message_of(order(other, 1))])

    assert await heard(harness) == [(other, 1)]
    assert sorted(await rows(harness, "SELECT status FROM parked")) == [("parked",), ("waiting",)]
    await harness.inbox.drop(poison.id, actor="repairer")
    waiting = await rows(harness, "SELECT event_id FROM parked WHERE status = 'waiting'")
    assert await harness.inbox.release(UUID(str(waiting[0][0])), actor="repairer") == 1
    assert (one, 2) in await heard(harness)


@pytest.mark.parametrize(
    "broken",
    [
        Message("sales.OrderPlaced", 0, 1, "k", {}, b"\xff\xfe not json"),
        Message("sales.OrderPlaced", 0, 2, "k", {"ce_id": str(uuid4())}, b'{"order": {}}'),
        Message("sales.NeverHeardOf", 0, 3, "k", {}, b"{}"),
        Message(
            "sales.OrderPlaced",
            0,
            4,
            "k",
            {"ce_dataschema": "urn:tongheng:schema:sales.OrderPlaced:v2"},
            b"{}",
        ),
    ],
)
async def test_what_cannot_be_read_is_parked_with_its_reason(
    harness: Harness, broken: Message
) -> None:
    healthy = uuid4()

    await harness.inbox.apply([broken, message_of(order(healthy, 1))])

    assert await heard(harness) == [(healthy, 1)]
    assert await rows(harness, "SELECT reason FROM parked") == [("unreadable",)]


async def test_passing_trouble_is_tried_again_until_it_passes(harness: Harness) -> None:
    toy.passing_troubles[:] = [ConnectionError("gone"), TimeoutError("late")]
    one = uuid4()

    await harness.inbox.apply([message_of(order(one, 1))])

    assert await heard(harness) == [(one, 1)]
    assert harness.inbox.counts.retries == 2
    assert await rows(harness, "SELECT 1 FROM parked") == []


async def test_what_follows_from_an_event_names_it_and_has_an_id_that_follows(
    harness: Harness, emitted: Emitted
) -> None:
    one = uuid4()
    cause = message_of(order(one, 1))

    await harness.inbox.apply([cause, message_of(order(uuid4(), 1))])

    assert await emitted() == ["sales.ReturnAuthorised"] * 2
    stored = await rows(
        harness, f"SELECT causation_id, correlation_id, actor FROM outbox WHERE key = '{one}'"
    )
    assert stored == [(str(cause.id), "case", "test")]


async def test_the_roles_can_do_no_more_than_they_need(harness: Harness) -> None:
    async with harness.api.transaction(Context(actor="x", companies=frozenset({"E01"}))) as session:
        await session.execute(
            text("INSERT INTO notes VALUES (gen_random_uuid(), 'E01', 'mine', 1)")
        )
    async with harness.api.read(Context(actor="x", companies=frozenset({"E02"}))) as session:
        assert (await session.execute(text("SELECT count(*) FROM notes"))).scalar_one() == 0

    with pytest.raises(DBAPIError, match="row-level security"):
        async with harness.api.transaction(
            Context(actor="x", companies=frozenset({"E02"}))
        ) as session:
            await session.execute(
                text("INSERT INTO notes VALUES (gen_random_uuid(), 'E01', 'forged', 1)")
            )
    with pytest.raises(DBAPIError, match="permission denied"):
        async with harness.api.transaction(Context(actor="x")) as session:
            await session.execute(text("DELETE FROM audit_entries"))


def test_errors_are_sorted_into_passing_and_lasting() -> None:
    assert is_transient(TimeoutError())
    assert is_transient(ConnectionResetError())
    assert not is_transient(ValueError("a rule is broken"))
    assert not is_transient(AssertionError())


async def test_a_poison_message_met_while_stopping_is_parked_or_comes_again(
    harness: Harness,
) -> None:
    poison = message_of(order(uuid4(), 1, customer="POISON"))

    done = await harness.inbox.apply([poison], stopping=lambda: True)

    assert done == (await rows(harness, "SELECT status FROM parked") == [("parked",)])


@pytest.mark.parametrize(
    "record",
    [
        {"key": b"k" * 100_000},
        {"headers": [("a\x00b", b"x"), ("empty", None)]},
        {"headers": [("ce_time", b"0001-01-01T00:00:00+14:00"), ("ce_id", uuid4().hex.encode())]},
        {"value": None},
        {"value": b"x" * 4_000_000},
    ],
)
async def test_whatever_a_record_is_made_of_it_is_parked(
    harness: Harness, record: dict[str, object]
) -> None:
    made = ConsumerRecord(
        **{
            "topic": "sales.OrderPlaced", "partition": 0, "offset": 7, "timestamp": 0, "timestamp_type": 0,
            "key": b"k", "value": order(uuid4(), 1).model_dump_json().encode(), "checksum": None,
            "serialized_key_size": 0, "serialized_value_size": 0, "headers": [], **record,
        }
    )  # fmt: skip

    async with asyncio.timeout(5):
        await harness.inbox.apply([Message.of(made)])

    assert await rows(harness, "SELECT reason FROM parked") == [("unreadable",)]


async def test_a_message_whose_id_is_none_is_not_applied_under_one_made_up(
    harness: Harness,
) -> None:
    sound = message_of(order(uuid4(), 1))

    await harness.inbox.apply([replace(sound, headers={**sound.headers, "ce_id": "seven"})])

    assert await heard(harness) == []


async def test_what_follows_an_unreadable_message_of_its_key_waits_in_the_same_batch(
    harness: Harness,
) -> None:
    one, other = uuid4(), uuid4()
    broken = Message("sales.OrderPlaced", 0, 1, str(one), {}, b"not json")

    await harness.inbox.apply([broken, message_of(order(one, 2)), message_of(order(other, 1))])

    assert await heard(harness) == [(other, 1)]


async def test_messages_without_a_key_do_not_wait_for_each_other(harness: Harness) -> None:
    one = uuid4()
    await harness.inbox.apply([Message("sales.OrderPlaced", 0, 1, "", {}, b"not json")])

    await harness.inbox.apply([replace(message_of(order(one, 1)), key="")])

    assert await heard(harness) == [(one, 1)]


async def test_a_batch_that_is_always_too_slow_is_halved_until_it_fits(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [uuid4() for _ in range(5)]
    real = harness.inbox._apply_once

    async def slow(messages: Sequence[Message]) -> None:
        if len(messages) > 2:
            raise TimeoutError
        await real(messages)

    monkeypatch.setattr(harness.inbox, "_apply_once", slow)

    async with asyncio.timeout(10):
        await harness.inbox.apply([message_of(order(i, 1)) for i in ids])

    assert {i for i, _ in await heard(harness)} == {*ids}
    assert await rows(harness, "SELECT 1 FROM parked") == []


async def test_too_many_arguments_are_no_passing_trouble(harness: Harness) -> None:
    names = ", ".join(f":n{n}" for n in range(33_000))

    async with harness.worker.read(Context(actor="test")) as session:
        with pytest.raises(asyncpg.InterfaceError) as refused:
            await Statement(f"SELECT 1 WHERE 1 IN ({names})").fetch(
                session, {f"n{n}": n for n in range(33_000)}
            )

    assert not is_transient(refused.value)
    assert is_transient(asyncpg.InterfaceError("connection is closed"))
    assert is_transient(asyncpg.IdleInTransactionSessionTimeoutError("too long"))
    assert is_transient(asyncpg.InvalidCachedStatementError("a column was added"))


async def test_who_is_asked_to_end_does_not_sit_out_the_back_off(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.consuming.inbox.RETRY_SECONDS", (60.0, 60.0))
    asked = asyncio.Event()
    toy.passing_troubles[:] = [ConnectionError("gone")] * 2
    turns: list[bool] = []

    def turned() -> None:
        turns.append(True)
        if len(turns) == 2:  # the first attempt has failed, and the back-off has begun
            asked.set()

    harness.inbox.turned = turned

    try:
        async with asyncio.timeout(30):
            done = await harness.inbox.apply([message_of(order(uuid4(), 1))], stopping=asked.is_set)
    finally:
        toy.passing_troubles.clear()

    assert not done
    assert len(turns) >= 2


async def test_what_follows_goes_on_in_the_trace_of_its_cause(harness: Harness) -> None:
    exporter = InMemorySpanExporter()
    telemetry.configure_traces("toy")
    provider: Any = trace_api.get_tracer_provider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    traced = message_of(order(uuid4(), 1))
    traced.headers["traceparent"] = f"00-{trace}-{parent}-01"

    await harness.inbox.apply([traced, message_of(order(uuid4(), 1))])

    spans = [s for s in exporter.get_finished_spans() if s.name == "process sales.OrderPlaced"]
    (span,) = spans
    assert span.parent is not None and span.context is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (trace, parent)
    told = await rows(harness, f"SELECT traceparent FROM outbox WHERE key = '{traced.key}'")
    assert told == [(f"00-{trace}-{span.context.span_id:016x}-01",)]
