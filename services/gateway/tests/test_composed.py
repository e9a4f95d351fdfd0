"""What the gateway says of all services together."""

import pytest

from .conftest import Client, Start, Upstream


async def test_ready_means_all_are_and_those_that_are_not_are_named(
    start: Start, upstream: Upstream
) -> None:
    async with start() as plain:
        ready = await plain.ask("GET", "/readyz")
    upstream.ready = False
    async with start(
        upstreams={"sales": upstream.address, "finance": "http://127.0.0.1:1"}
    ) as plain:
        not_ready = await plain.ask("GET", "/readyz")
        alive = await plain.ask("GET", "/livez")

    assert (ready.status, ready.json) == (200, {"ready": True, "not_ready": {}})
    assert not_ready.status == 503
    assert not_ready.json["not_ready"] == {"sales": "database", "finance": "does not answer"}
    assert alive.status == 200


async def test_a_draining_gateway_is_not_ready(client: Client) -> None:
    client.gateway.draining = True

    assert (await client.ask("GET", "/readyz")).json["not_ready"] == {"gateway": "draining"}


async def test_the_system_is_quiet_when_nothing_is_pending(client: Client) -> None:
    answer = await client.ask("GET", "/api/v1/status")

    assert answer.status == 200
    assert answer.json["quiet"] is True
    assert set(answer.json["services"]) == {"identity", "sales"}


@pytest.mark.parametrize(
    "pending",
    [
        {"outbox_pending": 1},
        {"lag": 3},
        {"parked": 1},
        {"writing": 1},
        {"answers": False},
        {"started": False},
    ],
)
async def test_it_is_not_while_something_is(
    client: Client, upstream: Upstream, pending: dict[str, object]
) -> None:
    upstream.pending = pending

    assert (await client.ask("GET", "/api/v1/status")).json["quiet"] is False


async def test_nor_while_events_still_come(client: Client, upstream: Upstream) -> None:
    upstream.moving = True

    assert (await client.ask("GET", "/api/v1/status")).json["quiet"] is False


async def test_nor_when_a_service_is_down(start: Start, upstream: Upstream) -> None:
    async with start(
        upstreams={"identity": upstream.address, "finance": "http://127.0.0.1:1"}
    ) as plain:
        answer = await plain.as_("li.na").ask("GET", "/api/v1/status")

    assert answer.json["quiet"] is False
    assert answer.json["services"]["finance"]["answers"] is False


async def test_who_may_not_look_is_refused(client: Client, upstream: Upstream) -> None:
    upstream.permissions = ("sales.*",)

    refused = await client.ask("GET", "/api/v1/status")
    client.token = ""
    nobody = await client.ask("GET", "/api/v1/status")

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert nobody.status == 401


async def test_each_refusal_of_the_gateways_own_is_told_with_its_callers_token(
    client: Client, upstream: Upstream
) -> None:
    upstream.permissions = ()
    stranger = f"Bearer {client.token}"

    status = await client.ask("GET", "/api/v1/status")
    stream = await client.ask("GET", "/api/v1/stream")
    client.token = ""
    nobody = await client.ask("GET", "/api/v1/status")

    assert [each.status for each in (status, stream, nobody)] == [403, 403, 401]
    assert upstream.refusals == [
        (stranger, "127.0.0.1", {"method": "GET", "path": "/api/v1/status"}),
        (stranger, "127.0.0.1", {"method": "GET", "path": "/api/v1/stream"}),
    ]


async def test_whoever_asks_for_the_status_too_often_is_refused(start: Start) -> None:
    async with start(rate_limit=2, rate_window=60) as plain:
        caller = plain.as_("li.na")
        answers = [await caller.ask("GET", "/api/v1/status") for _ in range(3)]

    assert [each.status for each in answers] == [200, 200, 429]
    assert "r=1" in answers[0].header("ratelimit")


async def test_the_pages_need_nothing_from_elsewhere(client: Client) -> None:
    docs = await client.ask("GET", "/docs")
    landing = await client.ask("GET", "/", accept="text/html")
    links = await client.ask("GET", "/")

    for page in (docs, landing):
        assert page.header("content-type").startswith("text/html")
        assert "default-src 'none'" in page.header("content-security-policy")
        assert b"http://" not in page.body
        assert b"https://" not in page.body
    assert "sha256-" in docs.header("content-security-policy")
    assert links.json["links"]["documentation"] == "/docs"


async def test_probes_and_figures(client: Client) -> None:
    await client.ask("GET", "/api/v1/sales/x")

    metrics = await client.ask("GET", "/metrics")
    version = await client.ask("GET", "/version")
    post = await client.ask("POST", "/livez")

    assert (
        b'tongheng_gateway_seconds_count{method="GET",service="sales",status="200"}' in metrics.body
    )
    assert version.json == {"service": "gateway", "version": "0.1.0"}
    assert (post.status, post.header("allow")) == (405, "GET, HEAD")
