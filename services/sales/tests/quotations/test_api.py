"""Quotations over HTTP, and the orders that they become."""

from typing import Any

import pytest

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.sales import OrderPlaced

from .. import builders as make

LAST_DAY = "2999-12-31"


async def drafted(shop: Api, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A draft for C001."""
    answer = await shop.post(
        "/sales/quotations", make.order(*lines, **{"valid_until": LAST_DAY, **more})
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def issued(shop: Api, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An issued one."""
    draft = await drafted(shop, *lines, **more)
    answer = await shop.post(f"/sales/quotations/{draft['id']}/issue")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def accepted(shop: Api, quotation: dict[str, Any], **how: Any) -> dict[str, Any]:
    """The order that it became."""
    answer = await shop.post(f"/sales/quotations/{quotation['id']}/accept", how)
    assert answer.status_code == 200, answer.text
    return (await shop.get(f"/sales/orders/{answer.json()['order']}")).json()


async def test_quotation_of_scenario_e1_becomes_an_order_that_is_held_for_credit(
    shop: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await shop.put("/sales/credit-profiles/C001", make.profile("20000.00"))
    await publish(make.exposure(1, "3500.00"))
    quotation = await issued(shop)
    assert (quotation["status"], quotation["revision"], quotation["expired"]) == (
        "issued", 1, False,
    )  # fmt: skip
    assert quotation["amount_gross"] == "16950.00"

    order = await accepted(shop, quotation, channel_number="PO-4711")

    assert (order["amount_net"], order["amount_tax"], order["amount_gross"]) == (
        "15000.00", "1950.00", "16950.00",
    )  # fmt: skip
    assert (order["status"], order["hold_reasons"]) == ("on_hold", ["credit"])
    assert (order["channel_number"], order["lines"][0]["price_source"]) == ("PO-4711", "quotation")
    now = (await shop.get("/sales/quotations", order_number=order["number"])).json()["items"]
    assert [(each["id"], each["status"]) for each in now] == [(quotation["id"], "accepted")]
    (told,) = await emitted_events(OrderPlaced)
    assert str(told.order.id) == order["id"]


async def test_prices_stay_to_the_cent_whatever_the_list_price_and_unit(
    shop: Api, publish: Publish
) -> None:
    lines = (
        make.line(quantity="10000", unit="BOX", unit_price="100.00"),
        make.line(quantity="3", unit_price=None),
    )
    quotation = await issued(shop, *lines)
    await publish(
        make.item("A", version=2, list_price=999, units=[{"unit": "BOX", "numerator": 12}])
    )

    order = await accepted(shop, quotation)

    assert [each["amount_net"] for each in quotation["lines"]] == ["1000000.00", "330.00"]
    assert [each["amount_net"] for each in order["lines"]] == ["1000000.00", "330.00"]
    assert (order["lines"][0]["quantity"], order["lines"][1]["unit_price"]) == ("120000", "110")


async def test_what_is_changed_after_issue_is_the_next_revision_and_the_old_one_is_kept(
    shop: Api,
) -> None:
    quotation = await issued(shop)
    url = f"/sales/quotations/{quotation['id']}"

    blind = await shop.patch(url, {"valid_until": LAST_DAY})
    cheaper = await shop.patch(
        url, {"lines": [make.line(unit_price="95.00")], "requested_date": "2999-01-01"},
        if_match='"2"',
    )  # fmt: skip
    early = await shop.post(f"{url}/accept")
    again = await shop.post(f"{url}/issue")
    revisions = (await shop.get(f"{url}/revisions")).json()["items"]
    order = await accepted(shop, quotation)
    late = await shop.patch(url, {"valid_until": LAST_DAY}, if_match='"5"')

    assert (blind.status_code, early.status_code, late.status_code) == (428, 409, 409)
    assert (cheaper.json()["status"], cheaper.json()["amount_net"]) == ("draft", "14250.00")
    assert (again.json()["revision"], again.json()["requested_date"]) == (2, "2999-01-01")
    assert [(each["revision"], each["amount_net"]) for each in revisions] == [
        (1, "15000.00"), (2, "14250.00"),
    ]  # fmt: skip
    assert revisions[0]["lines"] == quotation["lines"]
    assert (order["amount_net"], order["requested_date"]) == ("14250.00", "2999-01-01")


async def test_expired_is_refused_and_orders_nothing(shop: Api) -> None:
    past = await shop.post("/sales/quotations", make.order(valid_until="2020-01-01"))
    quotation = await issued(shop, valid_until="2999-06-30")
    url = f"/sales/quotations/{quotation['id']}"

    late = await shop.post(f"{url}/accept", {"business_date": "2999-07-01"})
    in_chinese = await shop.request(
        "POST", f"{url}/accept", json={"business_date": "2999-07-01"},
        headers={"accept-language": "zh"},
    )  # fmt: skip

    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (422, "/valid_until")
    assert (late.status_code, late.json()["code"]) == (409, "quotation-expired")
    assert "2999-06-30" in in_chinese.json()["detail"]
    assert "已过期" in in_chinese.json()["detail"]
    assert (await shop.get(url)).json() == quotation
    assert (await shop.get("/sales/orders")).json()["items"] == []


async def test_an_order_that_is_refused_leaves_the_quotation_issued(
    shop: Api, publish: Publish
) -> None:
    quotation = await issued(shop)
    await publish(make.partner("C001", version=2, blocked=True))

    refused = await shop.post(f"/sales/quotations/{quotation['id']}/accept")
    cancelled = await shop.post(
        f"/sales/quotations/{quotation['id']}/cancel", {"reason": "too dear"}
    )
    after = await shop.post(f"/sales/quotations/{quotation['id']}/accept")

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state")
    assert (cancelled.json()["status"], cancelled.json()["reason"]) == ("cancelled", "too dear")
    assert after.status_code == 409
    listed = (await shop.get("/sales/quotations", item="A", status="cancelled")).json()["items"]
    assert [each["id"] for each in listed] == [quotation["id"]]


@pytest.mark.parametrize(
    ("asked", "status", "pointer"),
    [
        (make.order(make.line("X")), 422, "/lines/0/item"),
        (make.order(make.line("N", unit_price=None)), 422, "/lines/0/unit_price"),
        (make.order(customer="SUP"), 422, "/customer"),
        (make.order(currency="USD"), 422, "/currency"),
    ],
)
async def test_what_no_order_could_be_is_not_quoted(
    shop: Api, asked: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await shop.post("/sales/quotations", {**asked, "valid_until": LAST_DAY})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
    assert (await shop.get("/sales/quotations")).json()["items"] == []


async def test_quotations_are_seen_within_the_scope_and_accepted_by_who_may_place_orders(
    shop: Api,
) -> None:
    quotation = await issued(shop)
    url = f"/sales/quotations/{quotation['id']}"
    reader = shop.as_("sales.quotation.*")
    elsewhere = shop.as_("*", companies=["E02"])

    assert (await reader.post(f"{url}/accept")).status_code == 403
    assert (await reader.get(url)).status_code == 200
    assert (await elsewhere.get(url)).status_code == 404
    assert (await elsewhere.get(f"{url}/revisions")).status_code == 404
    assert (await elsewhere.post(f"{url}/accept")).status_code == 404


async def test_the_last_day_itself_is_still_valid(shop: Api) -> None:
    quotation = await issued(shop, valid_until="2999-06-30")

    order = await accepted(shop, quotation, business_date="2999-06-30")

    assert order["business_date"] == "2999-06-30"
