"""Customers' returns."""

from decimal import Decimal
from typing import Any

import pytest

from chassis.ids import uuid7
from chassis.testing import Api, EmittedEvents, Harness, Publish, message_of
from tongheng_contracts.sales import ReturnAuthorised

from .. import builders as make


@pytest.fixture
async def sold(shop: Api, publish: Publish) -> dict[str, Any]:
    """Three pieces for 10.00, all shipped."""
    placed = (
        await shop.post("/sales/orders", make.order(make.line(quantity="3", unit_price="3.333333")))
    ).json()
    await publish(make.shipped(placed, "3", "10.00", "1.30"))
    return (await shop.get(f"/sales/orders/{placed['id']}")).json()


def _wanted(sold: dict[str, Any], quantity: str, **more: Any) -> dict[str, Any]:
    return {
        "order": sold["number"],
        "lines": [{"order_line": 1, "quantity": quantity, **more}],
        "reason": "broken",
    }


async def _authorised(shop: Api, sold: dict[str, Any], quantity: str) -> dict[str, Any]:
    drafted = (await shop.post("/sales/returns", _wanted(sold, quantity))).json()
    answer = await shop.post(f"/sales/returns/{drafted['id']}/authorise")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_credits_of_all_returns_of_a_line_sum_to_the_line(
    shop: Api, sold: dict[str, Any]
) -> None:
    returns = [await _authorised(shop, sold, "1") for _ in range(3)]

    assert [each["amount_net"] for each in returns] == ["3.33", "3.34", "3.33"]
    assert sum(Decimal(each["amount_gross"]) for each in returns) == Decimal("11.30")


async def test_more_than_was_shipped_does_not_come_back(shop: Api, sold: dict[str, Any]) -> None:
    one, two = [(await shop.post("/sales/returns", _wanted(sold, "2"))).json() for _ in range(2)]

    beyond = await shop.post("/sales/returns", _wanted(sold, "4"))
    first = await shop.post(f"/sales/returns/{one['id']}/authorise")
    second = await shop.post(f"/sales/returns/{two['id']}/authorise")
    again = await shop.post(f"/sales/returns/{one['id']}/authorise")

    assert [a.status_code for a in (beyond, first, second, again)] == [409, 200, 409, 409]
    assert {a.json()["code"] for a in (beyond, second, again)} == {"invalid-state"}


async def test_cancelled_return_makes_room_and_is_told(
    shop: Api, sold: dict[str, Any], emitted_events: EmittedEvents
) -> None:
    given_up = await _authorised(shop, sold, "3")

    cancelled = await shop.post(f"/sales/returns/{given_up['id']}/cancel", if_match='"2"')
    await _authorised(shop, sold, "3")

    assert cancelled.json()["status"] == "cancelled"
    told = [event.sales_return for event in await emitted_events(ReturnAuthorised)]
    assert [(each.version, each.status) for each in told] == [
        (2, "authorised"),
        (3, "cancelled"),
        (2, "authorised"),
    ]


async def test_received_return_is_not_cancelled_and_its_goods_count(
    shop: Api, sold: dict[str, Any], publish: Publish
) -> None:
    document = await _authorised(shop, sold, "2")
    await publish(make.came_back(document, "2"))

    received = (await shop.get(f"/sales/returns/{document['number']}")).json()
    late = await shop.post(f"/sales/returns/{document['id']}/cancel")
    beyond = await shop.post("/sales/returns", _wanted(sold, "2"))

    assert (received["status"], received["lines"][0]["quantity_received"]) == ("received", "2")
    assert (late.status_code, beyond.status_code) == (409, 409)


async def test_return_that_comes_in_parts_is_received_with_the_last_one(
    shop: Api, sold: dict[str, Any], publish: Publish
) -> None:
    document = await _authorised(shop, sold, "3")

    await publish(make.came_back(document, "1"))
    part = (await shop.get(f"/sales/returns/{document['id']}")).json()
    await publish(make.came_back(document, "1"), make.came_back(document, "1"))
    whole = (await shop.get(f"/sales/returns/{document['id']}")).json()

    assert (part["status"], part["version"]) == ("authorised", 2)
    assert (whole["status"], whole["version"]) == ("received", 3)


async def test_giving_up_the_rest_of_a_return_leaves_what_came_back_returned(
    shop: Api, sold: dict[str, Any], publish: Publish
) -> None:
    document = await _authorised(shop, sold, "3")
    await publish(make.came_back(document, "1"))

    await shop.post(f"/sales/returns/{document['id']}/cancel")
    three, two = [
        await shop.post("/sales/returns", _wanted(sold, quantity)) for quantity in ("3", "2")
    ]

    assert (three.status_code, two.status_code, two.json()["amount_net"]) == (409, 201, "6.67")


async def test_goods_to_a_supplier_are_none_of_our_returns(
    shop: Api, sold: dict[str, Any], publish: Publish
) -> None:
    document = await _authorised(shop, sold, "2")

    await publish(make.came_back(document, "2", direction="to_supplier"))

    assert (await shop.get(f"/sales/returns/{document['id']}")).json()["status"] == "authorised"


async def test_more_came_back_than_was_authorised_is_parked(
    shop: Api, sold: dict[str, Any], harness: Harness
) -> None:
    document = await _authorised(shop, sold, "1")

    await harness.inbox.apply([message_of(make.came_back(document, "2"))])

    assert harness.inbox.counts.parked == 1


async def test_return_names_a_shipment_of_its_order(shop: Api, sold: dict[str, Any]) -> None:
    right = await shop.post(
        "/sales/returns", _wanted(sold, "3", shipment=sold["shipments"][0]["id"])
    )
    wrong = await shop.post("/sales/returns", _wanted(sold, "1", shipment=str(uuid7())))

    assert (right.status_code, wrong.status_code) == (201, 422)
    assert wrong.json()["errors"][0]["pointer"] == "/lines/0/shipment"


async def test_impossible_returns_are_refused(shop: Api, sold: dict[str, Any]) -> None:
    stranger = shop.as_("sales.*", companies=["E02"])

    answers = [
        await shop.post("/sales/returns", {**_wanted(sold, "1"), "order": "SO-1999-000001"}),
        await stranger.post("/sales/returns", _wanted(sold, "1")),
        await shop.post("/sales/returns", _wanted(sold, "0.5")),
        await shop.post(
            "/sales/returns", {"order": sold["id"], "lines": [{"order_line": 9, "quantity": "1"}]}
        ),
        await shop.get("/sales/returns/RMA-1999-000001"),
    ]

    assert [a.status_code for a in answers] == [422, 422, 422, 422, 404]


async def test_returns_are_listed_by_order(shop: Api, sold: dict[str, Any]) -> None:
    document = await _authorised(shop, sold, "1")
    await shop.post("/sales/returns", _wanted(sold, "1"))

    found = (await shop.get("/sales/returns", order=sold["number"], status="authorised")).json()[
        "items"
    ]

    assert [each["id"] for each in found] == [document["id"]]
    assert (await shop.get("/sales/returns", order="SO-1999-000001")).json()["items"] == []
