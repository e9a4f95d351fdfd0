"""Events reach real receivers: signed, in order, again after trouble, and never where they must not go."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from chassis.context import Context
from chassis.service import assemble, create_app
from chassis.testing import Api, Harness, SignedByTest, message_of, role_url
from tongheng_contracts.envelope import Event
from workflow.deliveries import bell, rules
from workflow.deliveries.dispatcher import IDLE_SECONDS, Dispatcher
from workflow.deliveries.sending import Sender
from workflow.main import build
from workflow.settings import Settings
from workflow.webhooks.sealing import Sealing

from . import builders as a
from .conftest import lookup

HOST = "127.20.0.1"
KEY = "k" * 32


@dataclass
class Receiver:
    """A receiver that answers as it is told, and remembers what came."""

    url: str = ""
    answers: Callable[[dict[str, Any]], web.StreamResponse] = lambda _: web.Response(text="thanks")
    came: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append((dict(request.headers), body))
        event = json.loads(body)
        answer = self.answers(event)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if 200 <= answer.status < 300:
            self.came.append(event)
        return answer

    def versions(self, order: UUID) -> list[int]:
        found = [e["data"]["order"] for e in self.came if "order" in e["data"]]
        return [each["version"] for each in found if each["id"] == str(order)]


@pytest_asyncio.fixture
async def receivers() -> AsyncGenerator[Callable[[], Any]]:
    """Makes receivers."""
    runners: list[web.AppRunner] = []

    async def made() -> Receiver:
        receiver = Receiver()
        app = web.Application()
        app.router.add_post("/in", receiver.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        port = runner.addresses[0][1]
        receiver.url = f"http://{HOST}:{port}/in"
        return receiver

    yield made
    for runner in runners:
        await runner.cleanup()


@dataclass
class Workflow:
    """The service on a database of its own, with its dispatcher running."""

    harness: Harness
    owner: UUID
    dispatcher: Dispatcher
    sending: asyncio.Task[None]

    @property
    def api(self) -> Api:
        return Api(self.harness).as_("*", subject=str(self.owner))

    async def hears(self, *events: Event) -> None:
        messages = [message_of(event, offset=n) for n, event in enumerate(events)]
        await self.harness.inbox.apply(messages)
        assert self.harness.inbox.counts.parked == 0

    async def subscribe(self, receiver: Receiver, *types: str, **body: object) -> dict[str, Any]:
        made = await self.api.post(
            "/workflow/webhooks", {"url": receiver.url, "types": list(types or ["*"]), **body}
        )
        assert made.status_code == 201, made.text
        return made.json()

    async def shown(self, webhook: dict[str, Any]) -> dict[str, Any]:
        return (await self.api.get(f"/workflow/webhooks/{webhook['id']}")).json()

    async def log(self, webhook: dict[str, Any], **filters: str) -> list[dict[str, Any]]:
        path = f"/workflow/webhooks/{webhook['id']}/deliveries"
        return (await self.api.get(path, sort="sequence", **filters)).json()["items"]

    async def execute(self, sql: str) -> None:
        async with self.harness.worker.transaction(Context(actor="test")) as session:
            await session.execute(text(sql))


async def until(condition: Callable[[], Any], *, seconds: float = 60) -> None:
    """Wait for it; generously, for the machine may be busy."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def workflow(
    scratch_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Workflow]:
    """Workflow with short pauses between attempts."""
    monkeypatch.setattr(rules, "BACK_OFF", (timedelta(seconds=0.3),) * 10)
    monkeypatch.setattr(rules, "GATE_MIN", timedelta(hours=1))
    urls = {
        f"{prefix}database_url": SecretStr(role_url(scratch_database_url, "workflow", role))
        for prefix, role in (("", "api"), ("worker_", "worker"))
    }
    settings = Settings(webhook_networks="127.20.0.0/16", key_encryption_key=SecretStr(KEY), **urls)
    service = build(settings, lookup=lookup)
    running = assemble(service)
    running.access.load()  # nobody is known: the token says who may do what
    running.started = True
    verifier = SignedByTest()
    app = create_app(service, running, verifier)
    harness = Harness(service, running.api, running.worker_database, running.inbox, verifier, app)
    dispatcher = Dispatcher(
        running.worker_database,
        Sender(settings.networks(), seconds=2.0, lookup=lookup),
        Sealing(KEY),
        connections=8,
        receivers=16,
        kept=timedelta(days=35),
    )
    sending = asyncio.create_task(dispatcher.run())
    made = Workflow(harness, uuid4(), dispatcher, sending)
    await made.execute("UPDATE webhooks SET status = 'deleted'")
    await made.hears(a.role("all", "*"), a.user(made.owner, "all"))
    yield made
    sending.cancel()
    _, lasting = await asyncio.wait({sending}, timeout=60)
    assert not lasting
    await running.api.close()
    await running.worker_database.close()


async def test_an_event_arrives_signed_and_is_logged(workflow: Workflow, receivers: Any) -> None:
    receiver = await receivers()
    webhook = await workflow.subscribe(receiver, "sales.*")
    placed = a.order_placed()
    await workflow.hears(placed)

    await until(lambda: receiver.came)
    headers, body = receiver.requests[0]
    event = Webhook(webhook["secret"]).verify(body, headers)
    assert event["data"]["order"]["id"] == str(placed.order.id)
    assert headers["webhook-id"] == event["id"]
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    await until(lambda: workflow.log(webhook, status="delivered"))
    [logged] = await workflow.log(webhook)
    path = f"/workflow/webhooks/{webhook['id']}/deliveries/{logged['id']}"
    [attempt] = (await workflow.api.get(path)).json()["log"]
    assert (attempt["status"], attempt["answer"], attempt["error"]) == (200, "thanks", "")
    kept = "SELECT 1 FROM webhooks WHERE position(convert_to(:s, 'UTF8') IN secret) > 0"
    async with workflow.harness.worker.read(Context(actor="test")) as session:
        assert not (await session.execute(text(kept), {"s": webhook["secret"]})).all()


async def test_a_failed_document_waits_in_order_and_holds_nobody_else_back(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    poor, fine = uuid4(), uuid4()
    broken = True

    def answers(event: dict[str, Any]) -> web.Response:
        is_poor = event["data"]["order"]["id"] == str(poor)
        return web.Response(status=500 if is_poor and broken else 204)

    receiver.answers = answers
    webhook = await workflow.subscribe(receiver, "sales.*")
    await workflow.hears(a.order_placed(poor), a.order_placed(fine))
    await workflow.hears(
        a.order_changed(poor, 2), a.order_changed(fine, 2), a.order_changed(poor, 3)
    )

    await until(lambda: receiver.versions(fine) == [1, 2])
    assert receiver.versions(poor) == []
    broken = False
    await until(lambda: receiver.versions(poor) == [1, 2, 3])
    assert (await workflow.shown(webhook))["failures"] == 0


async def test_an_older_version_that_comes_late_is_sent_first(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    await workflow.subscribe(receiver, "sales.*")
    one = uuid4()
    await workflow.hears(a.order_changed(one, 2))
    await workflow.hears(a.order_placed(one))

    await until(lambda: len(receiver.versions(one)) == 2)
    assert receiver.versions(one) == [1, 2]


async def test_a_receiver_that_was_down_gets_everything_in_order(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    down = True
    receiver.answers = lambda _: web.Response(status=503 if down else 200)
    webhook = await workflow.subscribe(receiver, "sales.*")
    orders = [uuid4() for _ in range(6)]
    await workflow.hears(*(a.order_placed(one) for one in orders))
    await workflow.hears(*(a.order_changed(one, 2) for one in orders))

    async def left_alone() -> bool:
        shown = await workflow.shown(webhook)
        return shown["retry_at"] is not None and shown["failures"] >= 3

    await until(left_alone)
    down = False
    pinged = await workflow.api.post(f"/workflow/webhooks/{webhook['id']}/ping")
    assert pinged.status_code == 202

    await until(lambda: all(receiver.versions(one) == [1, 2] for one in orders))
    ids = [event["id"] for event in receiver.came]
    assert len(set(ids)) == len(ids)
    assert receiver.came[0]["type"] == "workflow.Ping"


async def test_gone_is_gone_until_its_owner_turns_it_on(workflow: Workflow, receivers: Any) -> None:
    receiver = await receivers()
    gone = True
    receiver.answers = lambda _: web.Response(status=410 if gone else 200)
    webhook = await workflow.subscribe(receiver, "sales.*")
    await workflow.hears(a.order_placed())

    async def off() -> bool:
        return (await workflow.shown(webhook))["off_because"] == "gone"

    await until(off)
    await workflow.hears(a.order_placed())
    [told] = (await workflow.api.get("/workflow/notifications")).json()["items"]
    assert "turned off" in told["text"]
    assert (await workflow.api.get("/workflow/notifications/unread")).json() == {"unread": 1}
    await workflow.api.post(f"/workflow/notifications/{told['id']}/read")
    assert (await workflow.api.get("/workflow/notifications", unread="true")).json()["items"] == []
    assert receiver.came == []
    gone = False
    on = await workflow.api.patch(
        f"/workflow/webhooks/{webhook['id']}", {"active": True}, if_match='"2"'
    )
    assert on.json()["status"] == "on"
    await until(lambda: len(receiver.came) == 2)


async def test_after_three_days_it_is_off_and_nothing_is_lost(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    down = True
    receiver.answers = lambda _: web.Response(status=500 if down else 200)
    webhook = await workflow.subscribe(receiver, "sales.*")
    await workflow.hears(a.order_placed())
    await until(lambda: receiver.requests)
    await workflow.execute(
        "UPDATE deliveries SET first_attempt_at = now() - interval '3 days', due_at = now()"
        f" WHERE webhook = '{webhook['id']}'"
    )

    async def off() -> bool:
        # An attempt in hand may have written its own first moment after ours.
        await workflow.execute(
            "UPDATE deliveries SET first_attempt_at = now() - interval '3 days' WHERE status = 'waiting'"
        )
        return (await workflow.shown(webhook))["off_because"] == "failing"

    await until(off)
    [failed] = await workflow.log(webhook)
    assert failed["status"] == "failed"
    down = False
    version = (await workflow.shown(webhook))["version"]
    path = f"/workflow/webhooks/{webhook['id']}"
    await workflow.api.patch(path, {"active": True}, if_match=f'"{version}"')
    await until(lambda: len(receiver.came) == 1)


async def test_a_time_is_redelivered_with_the_same_ids(workflow: Workflow, receivers: Any) -> None:
    receiver = await receivers()
    webhook = await workflow.subscribe(receiver, "sales.*")
    one = uuid4()
    await workflow.hears(a.order_placed(one))
    await until(lambda: workflow.log(webhook, status="delivered"))
    await workflow.hears(a.order_changed(one, 2))

    async def both() -> bool:
        return len(await workflow.log(webhook, status="delivered")) == 2

    await until(both)
    asked = await workflow.api.post(
        f"/workflow/webhooks/{webhook['id']}/redeliver",
        {"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z", "types": ["sales.*"]},
    )

    assert asked.json() == {"deliveries": 2}
    await until(lambda: len(receiver.came) == 4)
    ids = [event["id"] for event in receiver.came]
    assert ids[:2] == ids[2:]
    await until(both)
    [first, _] = await workflow.log(webhook)
    path = f"/workflow/webhooks/{webhook['id']}/deliveries/{first['id']}"
    again = await workflow.api.post(f"{path}/redeliver")
    assert again.status_code == 202
    await until(lambda: len(receiver.came) == 5)
    assert receiver.came[-1]["id"] == ids[0]


async def test_slow_huge_and_redirecting_receivers_do_no_harm(
    workflow: Workflow, receivers: Any
) -> None:
    async def slowly() -> web.Response:
        await asyncio.sleep(10)
        return web.Response()

    slow, huge, away, fine = [await receivers() for _ in range(4)]
    slow.answers = lambda _: slowly()
    huge.answers = lambda _: web.Response(body=b"x" * 3_000_000)
    away.answers = lambda _: web.Response(status=307, headers={"Location": fine.url})
    webhooks = [await workflow.subscribe(each, "sales.*") for each in (slow, huge, away)]
    await workflow.hears(a.order_placed())

    async def errors() -> list[str]:
        found: list[str] = []
        for webhook in webhooks:
            for logged in await workflow.log(webhook):
                path = f"/workflow/webhooks/{webhook['id']}/deliveries/{logged['id']}"
                log = (await workflow.api.get(path)).json()["log"]
                found += [(log[0]["error"] or log[0]["answer"])[:20]] if log else []
        return found

    async def all_tried() -> bool:
        return len(await errors()) == 3

    await until(all_tried)
    assert await errors() == ["no answer within 2 s", "x" * 20, "redirects are not fo"]
    assert fine.requests == []


async def test_a_name_that_leads_inside_later_is_not_followed(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    webhook = await workflow.subscribe(receiver, "sales.*")
    await workflow.execute(
        f"UPDATE webhooks SET url = 'https://inside.partner.com/' WHERE id = '{webhook['id']}'"
    )
    await workflow.hears(a.order_placed())

    async def refused() -> bool:
        [logged] = await workflow.log(webhook)
        path = f"/workflow/webhooks/{webhook['id']}/deliveries/{logged['id']}"
        log = (await workflow.api.get(path)).json()["log"]
        return bool(log) and log[0]["error"].startswith("url-not-allowed")

    await until(refused)


async def test_what_its_owner_may_no_longer_see_is_withheld(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    down = True
    receiver.answers = lambda _: web.Response(status=500 if down else 200)
    webhook = await workflow.subscribe(receiver, "sales.*")
    await workflow.hears(a.order_placed(company="E01"))
    await until(lambda: receiver.requests)
    await workflow.hears(a.user(workflow.owner, "all", version=2, companies=["E02"]))
    down = False
    await until(lambda: workflow.log(webhook, status="withheld"))
    await workflow.hears(a.order_placed(company="E02"), a.order_placed(company="E01"))

    await until(lambda: len(receiver.came) == 1)
    assert receiver.came[0]["company"] == "E02"
    assert len(await workflow.log(webhook)) == 2


async def test_a_partner_gets_his_own_documents_without_our_costs(
    workflow: Workflow, receivers: Any
) -> None:
    receiver = await receivers()
    partner = uuid4()
    await workflow.hears(a.user(partner, "all", partners=["C001"]))
    caller = Api(workflow.harness).as_("*", subject=str(partner), partners=["C001"])
    made = await caller.post("/workflow/webhooks", {"url": receiver.url, "types": ["*"]})
    await workflow.hears(
        a.changed("inventory.GoodsShipped", id=uuid4(), customer="C001"),
        a.changed("inventory.GoodsShipped", id=uuid4(), customer="C002"),
        a.changed("finance.VoucherPosted", id=uuid4()),
    )

    await until(lambda: receiver.came)
    pulled = await caller.get(f"/workflow/webhooks/{made.json()['id']}/events")
    assert pulled.json()["items"] == receiver.came
    assert [each["data"]["shipment"]["customer"] for each in receiver.came] == ["C001"]
    assert "cost" not in json.dumps(receiver.came)
    assert "actor" not in receiver.came[0]


async def test_both_secrets_sign_until_the_old_one_ends(workflow: Workflow, receivers: Any) -> None:
    receiver = await receivers()
    webhook = await workflow.subscribe(receiver, "sales.*")
    path = f"/workflow/webhooks/{webhook['id']}/rotate-secret"
    rotated = (await workflow.api.post(path, {"overlap_hours": 1})).json()
    await workflow.hears(a.order_placed())
    await until(lambda: receiver.requests)
    headers, body = receiver.requests[0]

    assert Webhook(webhook["secret"]).verify(body, headers)
    assert Webhook(rotated["secret"]).verify(body, headers)


async def test_a_thousand_events_reach_three_receivers_once_each_in_order(
    workflow: Workflow, receivers: Any
) -> None:
    three: Sequence[Receiver] = [await receivers() for _ in range(3)]
    webhooks = [await workflow.subscribe(each, "sales.*") for each in three]
    orders = [uuid4() for _ in range(250)]
    events: list[Event] = []
    for version in range(1, 5):
        events += [
            a.order_placed(one) if version == 1 else a.order_changed(one, version) for one in orders
        ]
    began = time.monotonic()
    for start in range(0, len(events), 500):
        await workflow.hears(*events[start : start + 500])
    heard = time.monotonic() - began

    await until(lambda: all(len(each.came) >= 1000 for each in three), seconds=180)
    took = time.monotonic() - began
    for receiver in three:
        assert len({event["id"] for event in receiver.came}) == len(receiver.came) == 1000
        by_order: dict[str, list[int]] = {}
        for event in receiver.came:
            order = event["data"]["order"]
            by_order.setdefault(order["id"], []).append(order["version"])
        assert all(versions == [1, 2, 3, 4] for versions in by_order.values())

    async def all_settled() -> bool:
        waiting = [await workflow.log(each, status="waiting") for each in webhooks]
        return not any(waiting)

    await until(all_settled)
    print(f"1,000 events heard in {heard:.1f} s, 3,000 deliveries in {took:.1f} s")


@pytest.mark.parametrize("turns", range(4))
async def test_sending_ends_when_it_is_woken_in_the_same_moment(
    workflow: Workflow, turns: int
) -> None:
    await asyncio.sleep(IDLE_SECONDS / 4)  # by now it waits for work
    for wake in list(bell.listeners):
        wake()
    for _ in range(turns):
        await asyncio.sleep(0)

    workflow.sending.cancel()

    done, _ = await asyncio.wait({workflow.sending}, timeout=10)
    assert done
