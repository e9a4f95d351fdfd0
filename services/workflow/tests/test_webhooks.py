"""Subscriptions: who may have which, where to, and how they are changed."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, Publish

from . import builders as a

RIGHTS = ("workflow.webhook.read", "workflow.webhook.change", "sales.order.read")


async def subscribe(api: Api, **body: object) -> dict[str, object]:
    made = await api.post("/workflow/webhooks", {"url": a.HOOK, "types": ["sales.*"], **body})
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_webhook_is_made_with_a_secret_that_is_shown_once(api: Api) -> None:
    body = {"url": a.HOOK, "types": ["sales.OrderPlaced", "inventory.*"], "description": "ours"}
    made = await api.post("/workflow/webhooks", body, idempotency_key="one")
    again = await api.post("/workflow/webhooks", body, idempotency_key="one")

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert made.headers["etag"] == '"1"'
    assert again.json() == {**made.json(), "secret": None}
    async with api.harness.worker.read(Context(actor="test")) as reading:
        kept = (
            (await reading.execute(text("SELECT after::text FROM audit_entries"))).scalars().all()
        )
    assert made.json()["secret"] not in "".join(kept)
    shown = await api.get(f"/workflow/webhooks/{made.json()['id']}")
    assert "secret" not in shown.json()
    assert shown.json()["status"] == "on"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://inside.partner.com/",
        "http://hooks.partner.com/in",
    ],
)
async def test_what_is_inside_is_no_place_for_webhooks(api: Api, url: str) -> None:
    refused = await api.post("/workflow/webhooks", {"url": url, "types": ["*"]})

    assert refused.status_code == 422, url
    assert refused.json()["code"] == "url-not-allowed"


async def test_a_network_of_the_setting_is_allowed_by_http_too(api: Api) -> None:
    made = await subscribe(api, url="http://127.20.0.9:8123/in?token=x")

    assert made["url"] == "http://127.20.0.9:8123/in?token=x"


async def test_types_and_filters_must_mean_something(api: Api) -> None:
    wrong = await api.post("/workflow/webhooks", {"url": a.HOOK, "types": ["sales.Nothing"]})
    control = await api.post(
        "/workflow/webhooks", {"url": a.HOOK, "types": ["sales.ControlTotals"]}
    )
    audit = await api.post("/workflow/webhooks", {"url": a.HOOK, "types": ["sales.AuditRecorded"]})
    field = await api.post(
        "/workflow/webhooks", {"url": a.HOOK, "types": ["*"], "fields": {"a.b.c": "1"}}
    )

    assert [each.status_code for each in (wrong, control, audit, field)] == [422] * 4
    assert wrong.json()["errors"][0]["pointer"] == "/types/0"


async def test_nobody_subscribes_beyond_his_rights_and_scope(api: Api) -> None:
    seller = api.as_(*RIGHTS, companies=["E01"], partners=["C001"])
    none = await seller.post("/workflow/webhooks", {"url": a.HOOK, "types": ["finance.*"]})
    company = await seller.post(
        "/workflow/webhooks", {"url": a.HOOK, "types": ["sales.*"], "companies": ["E02"]}
    )
    partner = await seller.post(
        "/workflow/webhooks", {"url": a.HOOK, "types": ["sales.*"], "partners": ["C002"]}
    )
    inside = await seller.post(
        "/workflow/webhooks",
        {"url": "https://10.0.0.1/", "types": ["sales.*"], "companies": ["E02"]},
    )
    without = await api.as_("sales.order.read").post(
        "/workflow/webhooks", {"url": a.HOOK, "types": ["*"]}
    )

    assert [each.json()["code"] for each in (none, company, partner, inside, without)] == [
        "forbidden", "out-of-scope", "out-of-scope", "out-of-scope", "forbidden",
    ]  # fmt: skip


async def test_a_webhook_is_its_owners_and_the_administrators(api: Api) -> None:
    mine = await subscribe(api.as_(*RIGHTS, subject="one"))
    other = api.as_(*RIGHTS, subject="two", companies=["E01"])
    path = f"/workflow/webhooks/{mine['id']}"

    assert (await other.get(path)).status_code == 404
    assert (await other.request("DELETE", path, headers={"if-match": "1"})).status_code == 404
    assert (await other.get("/workflow/webhooks")).json()["items"] == []
    assert (await other.get("/workflow/webhooks", everybody="true")).status_code == 403
    assert (await api.get(path)).json()["owner"] == "one"
    assert len((await api.get("/workflow/webhooks", everybody="true")).json()["items"]) == 1


async def test_a_webhook_is_changed_paused_and_deleted_by_version(api: Api) -> None:
    made = await subscribe(api)
    path = f"/workflow/webhooks/{made['id']}"
    paused = await api.patch(path, {"active": False, "types": ["*"]}, if_match='"1"')
    stale = await api.patch(path, {"active": True}, if_match='"1"')
    bare = await api.request("PATCH", path, json={"active": True})
    moved = await api.patch(path, {"url": "https://localhost/"}, if_match='"2"')
    gone = await api.request("DELETE", path, headers={"if-match": '"2"'})

    assert paused.json()["status"] == "paused"
    assert paused.json()["types"] == ["*"]
    assert (stale.status_code, bare.status_code, moved.status_code) == (412, 428, 422)
    assert gone.status_code == 204
    assert (await api.get(path)).status_code == 404


async def test_a_rotated_secret_is_new_and_the_old_one_ends(api: Api) -> None:
    made = await subscribe(api)
    path = f"/workflow/webhooks/{made['id']}/rotate-secret"
    rotated = await api.post(path, {"overlap_hours": 2})
    at_once = await api.post(path, {"overlap_hours": 0})

    assert rotated.json()["secret"] not in (None, made["secret"])
    assert rotated.json()["previous_secret_until"] is not None
    assert at_once.json()["previous_secret_until"] is None


async def deliveries(api: Api, webhook: object) -> list[tuple[str, int]]:
    listed = await api.get(f"/workflow/webhooks/{webhook}/deliveries", sort="sequence")
    return [(each["type"], each["version"]) for each in listed.json()["items"]]


async def test_every_event_is_kept_once_for_those_who_may_see_it(
    api: Api, publish: Publish
) -> None:
    narrow, wide = uuid4(), uuid4()
    await publish(
        a.role("seller", "sales.order.read"),
        a.user(narrow, "seller", companies=["E01"], partners=["C001"]),
        a.user(wide, "seller"),
    )
    mine = await subscribe(
        api.as_(*RIGHTS, subject=str(narrow), companies=["E01"], partners=["C001"]), types=["*"]
    )
    all_ = await subscribe(api.as_(*RIGHTS, subject=str(wide)), types=["*"])
    one = uuid4()
    await publish(
        a.order_placed(one, customer="C001"),
        a.order_changed(one, 2, customer="C001"),
        a.order_placed(customer="C002"),
        a.order_placed(customer="C001", company="E02"),
        a.changed("inventory.GoodsShipped", id=uuid4(), customer="C001"),
    )

    assert await deliveries(api, mine["id"]) == [
        ("sales.OrderPlaced", 1),
        ("sales.OrderChanged", 2),
    ]
    assert len(await deliveries(api, all_["id"])) == 4


async def test_filters_let_through_what_was_asked_for(api: Api, publish: Publish) -> None:
    owner = uuid4()
    await publish(a.role("seller", "*"), a.user(owner, "seller"))
    caller = api.as_("*", subject=str(owner))
    by_field = await subscribe(caller, types=["*"], fields={"status": "on_hold", "lines.item": "A"})
    by_partner = await subscribe(caller, types=["*"], partners=["C009"])
    by_company = await subscribe(caller, types=["*"], companies=["E02"])
    await publish(
        a.order_placed(status="on_hold"),
        a.order_placed(status="pending", customer="C009"),
        a.order_placed(status="pending", company="E02"),
    )

    counts = [len(await deliveries(api, each["id"])) for each in (by_field, by_partner, by_company)]
    assert counts == [1, 1, 1]


async def test_who_is_unknown_or_not_active_gets_nothing(api: Api, publish: Publish) -> None:
    owner = uuid4()
    made = await subscribe(api.as_("*", subject=str(owner)), types=["*"])
    await publish(a.order_placed())
    await publish(a.role("all", "*"), a.user(owner, "all"))
    await publish(a.order_placed())
    await publish(a.user(owner, "all", version=2, active=False))
    await publish(a.order_placed())

    topics = [topic for topic, _ in await deliveries(api, made["id"])]
    assert topics.count("sales.OrderPlaced") == 1


async def test_the_same_events_can_be_pulled_by_cursor(api: Api, publish: Publish) -> None:
    owner = uuid4()
    await publish(a.role("all", "*"), a.user(owner, "all"))
    caller = api.as_("*", subject=str(owner))
    made = await subscribe(caller)
    path = f"/workflow/webhooks/{made['id']}/events"
    placed = [a.order_placed(id_) for id_ in (uuid4(), uuid4(), uuid4())]
    await publish(*placed)

    first = (await caller.get(path, limit="2")).json()
    rest = (await caller.get(path, limit="2", cursor=first["next"])).json()
    end = (await caller.get(path, cursor=rest["next"])).json()

    assert (first["more"], rest["more"], end["more"]) == (True, False, False)
    pulled = [each["data"]["order"]["id"] for each in (*first["items"], *rest["items"])]
    assert sorted(pulled) == sorted(str(each.order.id) for each in placed)
    assert (end["items"], end["next"]) == ([], rest["next"])
    assert first["items"][0]["specversion"] == "1.0"
    assert UUID(first["items"][0]["id"])


async def test_a_range_is_redelivered_only_where_something_was_settled(
    api: Api, publish: Publish
) -> None:
    owner = uuid4()
    await publish(a.role("all", "*"), a.user(owner, "all"))
    caller = api.as_("*", subject=str(owner))
    made = await subscribe(caller)
    await publish(a.order_placed(), a.order_placed())
    async with api.harness.worker.transaction(Context(actor="test")) as session:
        await session.execute(text("UPDATE deliveries SET status = 'delivered', attempts = 1"))
    path = f"/workflow/webhooks/{made['id']}/redeliver"

    nothing = await caller.post(
        path, {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
    )
    both = await caller.post(
        path, {"since": "2020-01-01T00:00:00Z", "until": "2999-01-02T00:00:00Z"}
    )
    backwards = await caller.post(
        path, {"since": "2999-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
    )
    waiting = await caller.get(f"/workflow/webhooks/{made['id']}/deliveries", status="waiting")

    assert (nothing.json(), both.json()) == ({"deliveries": 0}, {"deliveries": 2})
    assert backwards.status_code == 422
    assert len(waiting.json()["items"]) == 2
