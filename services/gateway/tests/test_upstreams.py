"""Which replica takes a request, and what happens to those under way when one ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest_asyncio
from aiohttp import web

from gateway.upstreams import Replicas

from .conftest import Start, Upstream

NOBODY = "http://127.0.0.1:1"


@pytest_asyncio.fixture
async def second() -> AsyncGenerator[Upstream]:
    """Another replica."""
    service = Upstream()
    runner = web.ServerRunner(web.Server(service.answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def test_ready_ones_take_turns_and_the_others_come_last() -> None:
    replicas = Replicas(["a", "b", "c"])
    assert replicas.order() == ("a", "b", "c")

    replicas.note("b", ready=True)
    replicas.note("c", ready=True)

    assert {replicas.order()[0] for _ in range(4)} == {"b", "c"}
    assert replicas.order()[-1] == "a"
    replicas.note("b", ready=False)
    assert {replicas.order() for _ in range(4)} == {("c", "a", "b")}


async def test_a_refused_connection_sends_the_request_to_another_replica(
    start: Start, upstream: Upstream
) -> None:
    upstreams = {"identity": upstream.address, "sales": f"{NOBODY} {upstream.address}"}
    async with start(upstreams=upstreams) as plain:
        answer = await plain.as_("li.na").ask("PATCH", "/api/v1/sales/orders/1", data=b"{}")

        assert answer.status == 200
        assert upstream.bodies == [b"{}"]


async def test_a_replica_that_is_not_ready_gets_no_more(
    start: Start, upstream: Upstream, second: Upstream
) -> None:
    upstreams = {"identity": upstream.address, "sales": f"{upstream.address} {second.address}"}
    async with start(upstreams=upstreams) as plain:
        client, replicas = plain.as_("li.na"), plain.gateway.routes.services["sales"]
        await until(
            lambda: {replicas.order()[0] for _ in range(2)} == {upstream.address, second.address}
        )
        for _ in range(4):
            await client.ask("GET", "/api/v1/sales/orders")
        assert upstream.asked
        assert second.asked

        upstream.ready = False
        await until(lambda: {replicas.order()[0] for _ in range(2)} == {second.address})
        before = len(upstream.asked)
        for _ in range(4):
            await client.ask("GET", "/api/v1/sales/orders")

        assert len(upstream.asked) == before


async def test_a_keyed_command_whose_replica_dies_is_settled_by_another(
    start: Start, upstream: Upstream, second: Upstream
) -> None:
    upstream.deaths = 1
    second.ready = False
    upstreams = {"identity": upstream.address, "sales": f"{upstream.address} {second.address}"}
    async with start(upstreams=upstreams) as plain:
        client = plain.as_("li.na")
        answer = await client.ask("POST", "/api/v1/sales/die", data=b"{}", idempotency_key="k-1")

        assert answer.status == 200
        assert [len(upstream.asked), len(second.asked)] == [1, 1]


async def test_a_draining_gateway_lets_go_of_its_callers(start: Start) -> None:
    async with start() as plain:
        assert (await plain.ask("GET", "/version")).header("connection") == ""
        plain.gateway.draining = True

        assert (await plain.ask("GET", "/version")).header("connection") == "close"
