"""The live stream over a real broker: who sees what, and what becomes of a stream that breaks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from chassis.ids import uuid7
from tongheng_contracts import examples
from tongheng_contracts.cloudevents import headers_of
from tongheng_contracts.envelope import Envelope
from tongheng_contracts.finance import VoucherPosted
from tongheng_contracts.sales import OrderPlaced

from .conftest import Client, Start, Upstream

Publish = Callable[..., Any]


@pytest_asyncio.fixture
async def publish(kafka_bootstrap: str) -> AsyncGenerator[Publish]:
    """Publishes an event as a service's relay does."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all")
    await producer.start()

    async def send(
        kind: type, subject: str, *, company: str = "E01", actor: str = "li.na", **changes: Any
    ) -> str:
        event = examples.example(kind.contract.topic).event  # type: ignore[attr-defined]
        part = kind.contract.part  # type: ignore[attr-defined]
        document = getattr(event, part).model_copy(update={"company": company, **changes})
        event = event.model_copy(update={part: document})
        envelope = Envelope(
            id=UUID(str(uuid7())), topic=event.contract.topic, time=_now(), subject=subject,
            company=company, actor=actor, correlation_id="case", causation_id="",
        )  # fmt: skip
        await producer.send_and_wait(
            event.contract.topic, event.model_dump_json().encode(), key=event.key.encode(),
            headers=headers_of(envelope),
        )  # fmt: skip
        return str(envelope.id)

    yield send
    await producer.stop()


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


class Stream:
    """An open stream, read event by event."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.last = ""

    async def next(self, subject: str, *, seconds: float = 20) -> dict[str, Any]:
        """The next event about this subject; others, of tests before, are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                kind, said = await self.event()
                if kind == "reset" or said.get("subject") == subject:
                    return said

    async def subjects(self, until: str) -> list[str]:
        """All subjects up to this one."""
        found: list[str] = []
        async with asyncio.timeout(20):
            while until not in found:
                found.append(str((await self.event())[1].get("subject")))
        return found

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next event."""
        kind, data = "", ""
        while True:
            line = (await self.answer.content.readline()).decode()
            if not line:
                raise EOFError
            line = line.rstrip("\n")
            if line.startswith("id: "):
                self.last = line[4:]
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line and data:
                return kind, json.loads(data)


@contextlib.asynccontextmanager
async def listening(client: Client, query: str = "", **headers: str) -> AsyncGenerator[Stream]:
    """A stream of this caller."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent["authorization"] = f"Bearer {client.token}"
    async with client.session.get(
        client.address + "/api/v1/stream" + query, headers=sent
    ) as answer:
        assert answer.status == 200, await answer.text()
        yield Stream(answer)


@pytest_asyncio.fixture
async def gateway(start: Start, upstream: Upstream, kafka_bootstrap: str) -> AsyncGenerator[Client]:
    """A gateway that follows a real broker, and a caller who may read all."""
    upstream.permissions = ("*",)
    async with start(kafka=kafka_bootstrap) as plain:
        async with asyncio.timeout(30):
            await plain.gateway.live.following.wait()
        yield plain.as_("li.na")


async def test_what_happens_is_told_without_the_document(gateway: Client, publish: Publish) -> None:
    async with listening(gateway) as stream:
        sent = await publish(OrderPlaced, "SO-LIVE-1")
        said = await stream.next("SO-LIVE-1")

    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    assert said["id"] == sent
    assert (said["type"], said["company"], said["case"]) == ("sales.OrderPlaced", "E01", "case")
    assert said["version"] == examples.example("sales.OrderPlaced").event.order.version  # type: ignore[attr-defined]
    assert set(said) == {
        "id", "type", "subject", "document_id", "version", "company", "case", "time"
    }  # fmt: skip


async def test_one_sees_what_one_may_read_in_ones_companies(
    gateway: Client, upstream: Upstream, publish: Publish
) -> None:
    upstream.permissions = ("sales.order.read",)
    upstream.scope = {"companies": ["E01"]}
    async with listening(gateway.as_("narrow")) as stream:
        await publish(VoucherPosted, "V-LIVE-2")
        await publish(OrderPlaced, "SO-LIVE-2-OTHER", company="E02")
        await publish(OrderPlaced, "SO-LIVE-2")
        subjects = await stream.subjects("SO-LIVE-2")

    assert not {"V-LIVE-2", "SO-LIVE-2-OTHER"} & set(subjects)


async def test_a_partner_sees_his_own_documents_only(
    gateway: Client, upstream: Upstream, publish: Publish
) -> None:
    upstream.scope = {"companies": None, "partners": ["C-OURS"]}
    async with listening(gateway.as_("partner")) as stream:
        await publish(OrderPlaced, "SO-LIVE-3-THEIRS", customer="C-THEIRS")
        await publish(VoucherPosted, "V-LIVE-3")
        await publish(OrderPlaced, "SO-LIVE-3", customer="C-OURS")
        subjects = await stream.subjects("SO-LIVE-3")

    assert set(subjects) == {"SO-LIVE-3"}


async def test_one_asks_for_types_and_companies(gateway: Client, publish: Publish) -> None:
    async with listening(gateway, "?types=finance.*&company=E07") as stream:
        await publish(OrderPlaced, "SO-LIVE-4", company="E07")
        await publish(VoucherPosted, "V-LIVE-4-OTHER")
        await publish(VoucherPosted, "V-LIVE-4", company="E07")
        subjects = await stream.subjects("V-LIVE-4")

    assert set(subjects) == {"V-LIVE-4"}


async def test_who_comes_back_is_given_what_he_missed(gateway: Client, publish: Publish) -> None:
    async with listening(gateway) as stream:
        await publish(OrderPlaced, "SO-LIVE-5")
        await stream.next("SO-LIVE-5")
    missed = [f"SO-LIVE-5-{n}" for n in range(20)]
    for subject in missed:
        await publish(OrderPlaced, subject)
    async with listening(gateway, last_event_id=stream.last) as again:
        subjects = await again.subjects(missed[-1])
        await publish(OrderPlaced, "SO-LIVE-5-NEW")
        await again.next("SO-LIVE-5-NEW")

    assert [each for each in subjects if each in missed] == missed
    assert "SO-LIVE-5" not in subjects


async def test_another_gateway_goes_on_from_the_topics(
    gateway: Client, start: Start, publish: Publish, kafka_bootstrap: str
) -> None:
    async with listening(gateway) as stream:
        await publish(OrderPlaced, "SO-LIVE-6")
        await stream.next("SO-LIVE-6")
    missed = [f"SO-LIVE-6-{n}" for n in range(20)]
    for subject in missed:
        await publish(OrderPlaced, subject)
    async with start(kafka=kafka_bootstrap) as other:
        async with asyncio.timeout(30):
            await other.gateway.live.following.wait()
        async with listening(other.as_("li.na"), last_event_id=stream.last) as again:
            subjects = await again.subjects(missed[-1])
            await publish(OrderPlaced, "SO-LIVE-6-NEW")
            await again.next("SO-LIVE-6-NEW")

    assert [each for each in subjects if each in missed] == missed
    assert len(subjects) == len(set(subjects))


async def test_a_stream_ends_with_the_rights(
    gateway: Client, upstream: Upstream, publish: Publish
) -> None:
    async with listening(gateway.as_("soon gone")) as stream:
        await publish(OrderPlaced, "SO-LIVE-7")
        await stream.next("SO-LIVE-7")
        upstream.disabled = True
        with pytest.raises(EOFError):
            await stream.next("never", seconds=30)


async def test_and_when_the_gateway_ends(gateway: Client, publish: Publish) -> None:
    async with listening(gateway) as stream:
        await publish(OrderPlaced, "SO-LIVE-8")
        await stream.next("SO-LIVE-8")
        gateway.gateway.live.end()
        with pytest.raises(EOFError):
            await stream.next("never", seconds=10)


async def test_and_when_the_token_does(
    gateway: Client, monkeypatch: pytest.MonkeyPatch, publish: Publish
) -> None:
    async with listening(gateway) as stream:
        await publish(OrderPlaced, "SO-LIVE-9")
        await stream.next("SO-LIVE-9")
        later = time.time() + 3600
        monkeypatch.setattr("gateway.stream.time.time", lambda: later)
        with pytest.raises(EOFError):
            await stream.next("never", seconds=30)


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ("?types=nonsense", {}, 400, "invalid-query"),
        ("?types=", {}, 400, "invalid-query"),
        ("?since=1", {}, 400, "invalid-query"),
        ("?company=E01&company=E02", {}, 400, "invalid-query"),
        ("", {"last_event_id": "17"}, 400, "invalid-header"),
        ("", {"last_event_id": "1.0190aaaa-0000-7000-8000-00000000000g"}, 400, "invalid-header"),
        ("", {"accept": "application/xml"}, 406, "not-acceptable"),
        ("", {"authorization": ""}, 401, "unauthenticated"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    client: Client, query: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.ask("GET", "/api/v1/stream" + query, **headers)

    assert (answer.status, answer.json["code"]) == (status, code)


async def test_who_may_read_nothing_is_told_so(client: Client, upstream: Upstream) -> None:
    upstream.permissions = ("sales.order.place",)
    refused = await client.ask("GET", "/api/v1/stream")
    posted = await client.ask("POST", "/api/v1/stream")

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert posted.status == 405


async def test_a_caller_has_so_many_streams_and_no_more(gateway: Client) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(listening(gateway))
        refused = await gateway.ask("GET", "/api/v1/stream")
        other = await stack.enter_async_context(listening(gateway.as_("another")))

    assert refused.status == 429
    assert other.answer.status == 200
