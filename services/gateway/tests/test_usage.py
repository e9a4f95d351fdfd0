"""What programs ask for is counted and told to identity; one who floods hurts nobody else."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from gateway.proxy import Proxy
from gateway.settings import Settings
from gateway.usage import DAYS_KEPT, HOURS_KEPT, Usage

from .conftest import Start, Upstream


async def test_what_a_program_asked_for_is_told_once_more_is_counted(
    start: Start, upstream: Upstream
) -> None:
    async with start(rate_limit=3) as plain:
        caller = plain.as_("shop")
        for _ in range(4):
            await caller.ask("GET", "/api/v1/sales/orders")
        await plain.ask("GET", "/api/v1/sales/orders")
        await plain.gateway.usage.tell()
        await plain.gateway.usage.tell()
        await caller.ask("GET", "/api/v1/sales/orders")

    (first_token, first), (_, last) = upstream.usage
    assert first_token == f"Bearer {caller.token}"
    assert first["gateway"] == last["gateway"]
    assert [each["calls"] for each in first["days"]] == [4]
    [day] = last["days"]
    assert (day["calls"], day["limited"], day["refused"], day["failed"]) == (5, 2, 0, 0)
    assert sum(each["calls"] for each in last["hours"]) == 5


async def test_what_identity_does_not_take_is_told_later() -> None:
    proxy = Proxy(Settings(upstreams={"identity": "http://127.0.0.1:1"}))
    await proxy.open()
    usage = Usage(proxy, lambda: "http://127.0.0.1:1")
    usage.count("a", "token", 200)
    usage.count("b", "token", 500)

    await usage.tell()

    assert [each.untold for each in usage._clients.values()] == [True, True]
    await proxy.close()


async def test_usage_is_told_to_a_replica_that_is_ready(start: Start, upstream: Upstream) -> None:
    identity = f"http://127.0.0.1:1 {upstream.address}"
    upstreams = {"identity": identity, "sales": upstream.address}
    jwks_url = f"{upstream.address}/.well-known/jwks.json"
    async with start(upstreams=upstreams, jwks_url=jwks_url) as plain:
        routes = plain.gateway.routes
        async with asyncio.timeout(20):
            while routes.addresses["identity"] != upstream.address:
                await asyncio.sleep(0.02)
        await plain.as_("shop").ask("GET", "/api/v1/sales/orders")
        await plain.gateway.usage.tell()

    [(_, told)] = upstream.usage
    assert [each["calls"] for each in told["days"]] == [1]


def test_days_and_hours_that_are_over_are_forgotten() -> None:
    now = datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC)
    usage = Usage(Proxy(Settings()), str, now=lambda: now)
    for _ in range(10):
        usage.count("a", "token", 404)
        now += timedelta(hours=12)

    kept = usage._clients["a"]
    assert [day.day for day in kept.days] == [4, 5, 6][-DAYS_KEPT:]
    assert len(kept.hours) == HOURS_KEPT
    assert {hour.minute for hour in kept.hours} == {0}


def test_each_hour_is_counted_apart_also_where_the_clock_is_set_back() -> None:
    now = datetime(2026, 1, 1, 8, 59, 59, tzinfo=UTC)
    usage = Usage(Proxy(Settings()), str, now=lambda: now)
    for change in (0, 1, 1800, -1801):
        now += timedelta(seconds=change)
        usage.count("a", "token", 429)

    kept = usage._clients["a"]
    assert [(hour.hour, each.calls) for hour, each in kept.hours.items()] == [(8, 2), (9, 2)]
    assert [each.limited for each in kept.days.values()] == [4]


async def test_a_partner_who_floods_slows_and_refuses_nobody_else(start: Start) -> None:
    async with start(rate_limit=50, rate_window=2) as plain:
        flooding, fair = plain.as_("flooding"), plain.as_("fair")
        stop = asyncio.Event()

        async def flood() -> list[int]:
            statuses: list[int] = []
            while not stop.is_set():
                statuses.append((await flooding.ask("GET", "/api/v1/sales/orders")).status)
            return statuses

        floods = [asyncio.create_task(flood()) for _ in range(16)]
        took: list[float] = []
        for _ in range(40):
            begun = time.perf_counter()
            answer = await fair.ask("GET", "/api/v1/sales/orders")
            took.append(time.perf_counter() - begun)
            assert answer.status == 200, answer.body
        stop.set()
        flooded = [status for each in await asyncio.gather(*floods) for status in each]

    assert flooded.count(429) > flooded.count(200)
    assert sorted(took)[len(took) // 2] < 1.0  # seconds; milliseconds on an idle machine


async def test_batches_and_reports_are_counted_apart_however_they_are_written(start: Start) -> None:
    async with start(rate_limit_heavy=3, rate_window=60) as plain:
        caller = plain.as_("shop")
        batch = "/api/v1/sales/orders:batch"
        report = "/api/v1/sales/reports/trial-balance"
        heavy = [
            await caller.ask("POST", batch, data=b"{}", content_type="application/json"),
            await caller.ask("POST", "/api/v1/sales/orders%3Abatch", data=b"{}"),
            await caller.ask("GET", report),
            await caller.ask("POST", batch, data=b"{}"),
        ]
        light = await caller.ask("GET", "/api/v1/sales/orders")
        other = await plain.as_("other").ask("POST", batch, data=b"{}")

    assert [each.status for each in heavy] == [200, 200, 200, 429]
    assert (light.status, other.status) == (200, 200)
    assert heavy[3].header("ratelimit-policy") == '"heavy";q=3;w=60'
    assert int(heavy[3].header("retry-after")) >= 1


async def test_a_program_with_a_limit_of_its_own_is_held_to_it(start: Start) -> None:
    async with start(rate_limit=3, rate_window=60) as plain:
        small = plain.as_("small", requests_per_second=1)
        odd = plain.as_("odd", requests_per_second="many")
        asked = [await small.ask("GET", "/api/v1/sales/orders") for _ in range(61)]
        others = [await odd.ask("GET", "/api/v1/sales/orders") for _ in range(4)]

    assert [each.status for each in asked[:60]] == [200] * 60
    assert (asked[60].status, asked[60].headers["ratelimit-policy"]) == (429, '"client";q=60;w=60')
    assert [each.status for each in others] == [200, 200, 200, 429]
