"""Another team subscribes by webhook: signed, in order, held while its receiver is away, and caught up with."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from operations.client import Client, Refused

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

HOST = "127.20.0.1"
"""On the one network that the stack of the tests allows for receivers (see conftest)."""


@dataclass
class Receiver:
    """A receiver of ours, that can go away and come back at the same address."""

    port: int = 0
    came: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/in"

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append((dict(request.headers), body))
        self.came.append(json.loads(body))
        return web.Response(status=204)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/in", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def events_of(self, order: str) -> list[tuple[str, int]]:
        """What came of one order: type and version."""
        found: list[tuple[str, int]] = []
        for event in self.came:
            document = next(iter(event["data"].values()))
            if isinstance(document, dict) and order in (document.get("id"), document.get("order")):
                found.append((event["type"], document.get("version", 0)))
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncGenerator[Receiver]:
    """A receiver that is there."""
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


async def until(condition: Callable[[], Any], *, seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.2)


async def subscribe(
    erp: Client, receiver: Receiver, company: Company, *types: str
) -> dict[str, Any]:
    """A webhook for one company; the test ends here where the stack allows no receivers on this machine."""
    try:
        return await erp.post(
            "/workflow/webhooks",
            {"url": receiver.url, "types": list(types), "companies": [company.code]},
        )
    except Refused as error:
        if error.code != "url-not-allowed":
            raise
        pytest.skip("the stack was started without TONGHENG_WEBHOOK_NETWORKS=127.20.0.0/16")


async def remove(erp: Client, webhook: dict[str, Any]) -> None:
    path = f"/workflow/webhooks/{webhook['id']}"
    version = (await erp.get(path))["version"]
    await erp.request("DELETE", path, headers={"If-Match": f'"{version}"'})


async def test_an_orders_events_reach_a_receiver_that_goes_away_and_comes_back(
    erp: Client, company: Company, receiver: Receiver
) -> None:
    webhook = await subscribe(erp, receiver, company, "sales.*", "inventory.*")
    item = await company.item("A")
    customer = await company.partner("C1", "customer")
    await erp.quiet()
    await company.opening((item, "SH", "100", "5.00"))
    await erp.quiet()

    first = await company.order(customer, line(item, "10", "9.00"))
    await until(lambda: ("sales.OrderPlaced", 1) in receiver.events_of(first["id"]))
    headers, body = receiver.requests[-1]
    assert Webhook(webhook["secret"]).verify(body, headers)["company"] == company.code
    assert headers["Content-Type"].startswith("application/cloudevents+json")

    await receiver.stop()
    orders = [await company.order(customer, line(item, "10", "9.00")) for _ in range(3)]
    await erp.quiet()

    async def is_failing() -> bool:
        return (await erp.get(f"/workflow/webhooks/{webhook['id']}"))["failures"] > 0

    await until(is_failing)
    assert not any(receiver.events_of(order["id"]) for order in orders)

    await receiver.start()
    await erp.post(f"/workflow/webhooks/{webhook['id']}/ping")
    path = f"/workflow/webhooks/{webhook['id']}/deliveries"

    async def all_delivered() -> bool:
        return not await erp.items(path, status="waiting")

    await until(all_delivered)
    for order in (first, *orders):
        versions = [v for kind, v in receiver.events_of(order["id"]) if kind.startswith("sales.")]
        assert versions[0] == 1
        assert versions == sorted(versions)
        assert "inventory.StockReserved" in {kind for kind, _ in receiver.events_of(order["id"])}
    delivered = {event["id"] for event in receiver.came if event["type"] != "workflow.Ping"}
    logged = {row["event"] for row in await erp.items(path) if row["type"] != "workflow.Ping"}
    assert delivered == logged

    pulled: list[dict[str, Any]] = []
    cursor, more = "0", True
    while more:
        page = await erp.get(f"/workflow/webhooks/{webhook['id']}/events", cursor=cursor, limit="5")
        pulled += page["items"]
        cursor, more = page["next"], page["more"]
    assert {event["id"] for event in pulled} == delivered
    await remove(erp, webhook)


async def test_nothing_inside_is_called(erp: Client) -> None:
    for url in (
        "http://127.0.0.1:8080/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://2130706433/",
    ):
        with pytest.raises(Refused) as refused:
            await erp.post("/workflow/webhooks", {"url": url, "types": ["sales.*"]})
        assert (refused.value.status, refused.value.code) == (422, "url-not-allowed")


async def test_what_was_done_is_found_in_one_trail(erp: Client, company: Company) -> None:
    async def is_told() -> bool:
        found = await erp.items(
            "/workflow/audit-entries", number=company.code, service="masterdata"
        )
        return any(each["document_type"] for each in found)

    await until(is_told)

    async def are_whole() -> bool:
        chains = await erp.get("/workflow/audit-chains")
        return {"masterdata", "workflow"} <= {each["service"] for each in chains} and all(
            each["whole"] for each in chains
        )

    await until(are_whole)
