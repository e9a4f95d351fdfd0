"""Whoever is limited to a customer, or to his own orders, finds and makes no other."""

from typing import Any

import pytest

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.sales import OrderPlaced

from .. import builders as make


def body(customer: str, **more: Any) -> dict[str, Any]:
    return make.order(make.line(unit_price="9.00", quantity="1"), customer=customer, **more)


@pytest.fixture
async def customers(shop: Api, publish: Publish) -> Api:
    await publish(make.partner("C002"))
    return shop


async def test_a_partner_places_and_finds_only_his_own_orders(customers: Api) -> None:
    partner = customers.as_("sales.order.place", "sales.order.read", partners=["C001"])
    other = (await customers.post("/sales/orders", body("C002"))).json()

    placed = await partner.post("/sales/orders", body("C001"))
    foreign = await partner.post("/sales/orders", body("C002"))
    listed = (await partner.get("/sales/orders")).json()["items"]
    read = await partner.get(f"/sales/orders/{placed.json()['id']}")

    assert placed.status_code == 201, placed.text
    assert (foreign.status_code, foreign.json()["code"]) == (403, "out-of-scope")
    assert [each["id"] for each in listed] == [placed.json()["id"]]
    assert read.status_code == 200
    assert read.json()["lines"]
    for reference in (other["id"], other["number"]):
        answer = await partner.get(f"/sales/orders/{reference}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_batch_answers_a_partner_row_by_row(customers: Api) -> None:
    partner = customers.as_("sales.order.place", "sales.order.read", partners=["C001"])

    answer = await partner.post(
        "/sales/orders:batch", {"rows": [body("C002"), body("C001"), body("NOBODY")]}
    )

    results = answer.json()["results"]
    assert [row["status"] for row in results] == [403, 201, 422]
    assert results[0]["problem"]["code"] == "out-of-scope"
    assert results[0]["problem"]["errors"][0]["pointer"] == "/customer"


async def test_somebody_limited_to_his_own_finds_what_he_placed(customers: Api) -> None:
    mine = customers.as_("sales.order.*", subject="li.na", own=True)
    await customers.post("/sales/orders", body("C001"))

    placed = await mine.post("/sales/orders", body("C002"))

    assert placed.status_code == 201, placed.text
    listed = (await mine.get("/sales/orders")).json()["items"]
    assert [each["id"] for each in listed] == [placed.json()["id"]]


async def test_a_partner_of_nobody_finds_nothing(customers: Api) -> None:
    await customers.post("/sales/orders", body("C001"))

    assert (await customers.as_("*", partners=[]).get("/sales/orders")).json()["items"] == []


async def test_nobody_releases_the_order_he_placed_himself(
    customers: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await customers.request(
        "PUT", "/sales/credit-profiles/C001", json=make.profile("1.00"), headers={"if-match": '"0"'}
    )
    both = customers.as_("sales.order.place", "sales.order.release", subject="li.na")
    placed = (await both.post("/sales/orders", body("C001"))).json()

    own = await both.post(f"/sales/orders/{placed['id']}/release")
    other = await customers.as_("sales.order.release", subject="wang.wei").post(
        f"/sales/orders/{placed['id']}/release"
    )

    assert placed["status"] == "on_hold", placed
    assert (own.status_code, own.json()["code"]) == (403, "self-approval")
    assert other.status_code == 200
    assert await emitted_events(OrderPlaced)
