"""Placing orders: prices, references, refusals, batches."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.sales import OrderPlaced

from .. import builders as make


async def test_line_without_price_takes_the_list_price_and_says_so(shop: Api) -> None:
    answer = await shop.post("/sales/orders", make.order(make.line(unit_price=None, quantity="3")))

    assert answer.status_code == 201, answer.text
    (line,) = answer.json()["lines"]
    assert (line["unit_price"], line["amount_gross"], line["price_source"]) == (
        "110",
        "372.90",
        "list_price",
    )
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"].endswith(answer.json()["id"])


async def test_boxes_become_pieces_at_the_price_per_box(
    shop: Api, emitted_events: EmittedEvents
) -> None:
    answer = await shop.post(
        "/sales/orders", make.order(make.line(quantity="2", unit="BOX", unit_price="100.00"))
    )

    (line,) = answer.json()["lines"]
    assert (line["quantity"], line["unit"], line["unit_price"]) == ("24", "PCS", "8.333333")
    assert (line["amount_net"], line["amount_tax"]) == ("200.00", "26.00")
    (placed,) = await emitted_events(OrderPlaced)
    assert placed.order.lines[0].quantity == Decimal(24)
    assert placed.order.amount_gross == Decimal("226.00")


async def test_references_may_be_ids(shop: Api) -> None:
    line = make.line(item=str(make.id_of("A")), quantity="1", warehouse=str(make.id_of("GZ")))

    answer = await shop.post("/sales/orders", make.order(line, customer=str(make.id_of("C001"))))

    assert answer.status_code == 201, answer.text
    assert (answer.json()["customer"], answer.json()["lines"][0]["warehouse"]) == ("C001", "GZ")


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (make.order(customer="NOBODY"), 422, "unknown-reference", "/customer"),
        (make.order(customer="SUP"), 422, "unknown-reference", "/customer"),
        (make.order(customer="BAD"), 409, "invalid-state", "/customer"),
        (make.order(company="E99"), 422, "unknown-reference", "/company"),
        (make.order(make.line(item="X")), 422, "unknown-reference", "/lines/0/item"),
        (make.order(make.line(), make.line(item="OLD")), 409, "invalid-state", "/lines/1/item"),
        (make.order(make.line(item="ODD")), 422, "unknown-reference", "/lines/0/item"),
        (make.order(make.line(unit="CTN")), 422, "unknown-reference", "/lines/0/unit"),
        (make.order(make.line(warehouse="XX")), 422, "unknown-reference", "/lines/0/warehouse"),
        (make.order(make.line(warehouse="HK")), 422, "unknown-reference", "/lines/0/warehouse"),
        (make.order(make.line(quantity="0.5")), 422, "validation-failed", "/lines/0/quantity"),
        (
            make.order(make.line(item="W", quantity="0.1234")),
            422,
            "validation-failed",
            "/lines/0/quantity",
        ),
        (make.order(make.line(item="N", unit_price=None)), 422, "no-price", "/lines/0/unit_price"),
        (
            make.order(make.line(quantity="999999999999999", unit_price="999")),
            422,
            "validation-failed",
            "/lines/0/quantity",
        ),
        (make.order(currency="USD"), 422, "currency-not-supported", "/currency"),
        (make.order(make.line(quantity="-1")), 422, "validation-failed", "/lines/0/quantity"),
        (make.order(status="pending"), 422, "validation-failed", "/status"),
        ({**make.order(), "lines": []}, 422, "validation-failed", "/lines"),
    ],
)
async def test_order_that_cannot_be_is_refused_by_its_field(
    shop: Api, body: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    answer = await shop.post("/sales/orders", body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert (await shop.get("/sales/orders")).json()["items"] == []


async def test_refusal_speaks_chinese_when_asked(shop: Api) -> None:
    answer = await shop.post("/sales/orders", make.order(currency="USD"), accept_language="zh-CN")

    assert answer.json()["detail"] == "目前订单只支持公司本位币 CNY，不支持 USD。"


async def test_too_many_lines_are_refused(shop: Api) -> None:
    answer = await shop.post(
        "/sales/orders", {**make.order(), "lines": [make.line(quantity="1")] * 5001}
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "payload-too-large")


async def test_order_of_five_thousand_lines_is_taken(shop: Api) -> None:
    line = {"item": "A", "quantity": "1", "unit_price": "1"}

    answer = await shop.post("/sales/orders", {**make.order(), "lines": [line] * 5000})

    assert answer.status_code == 201, answer.text
    assert answer.json()["amount_gross"] == "5650.00"


async def test_channel_number_is_taken_once_per_customer(shop: Api) -> None:
    first = await shop.post("/sales/orders", make.order(channel_number="TB-1"))
    again = await shop.post("/sales/orders", make.order(channel_number="TB-1"))
    other = await shop.post("/sales/orders", make.order(channel_number="TB-1", customer="C002"))

    assert [answer.status_code for answer in (first, again, other)] == [201, 409, 201]
    assert again.json()["code"] == "duplicate"


async def test_dating_back_needs_a_permission(shop: Api) -> None:
    seller = shop.as_("sales.order.place", companies=["E01"])

    refused = await seller.post("/sales/orders", make.order(business_date="2020-01-31"))
    taken = await shop.post("/sales/orders", make.order(business_date="2020-01-31"))

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (taken.json()["business_date"], taken.json()["number"][:8]) == ("2020-01-31", "SO-2020-")


async def test_each_row_of_a_batch_is_answered(shop: Api, emitted_events: EmittedEvents) -> None:
    await shop.put("/sales/credit-profiles/C001", make.profile("250.00"))
    one = make.line(quantity="1")
    rows = [
        make.order(one, channel_number="1"),
        make.order(one, customer="NOBODY"),
        make.order(one, channel_number="1"),
        make.order(make.line(quantity="2")),
        make.order(one),
        {**make.order(one), "priority": "high"},
        make.order(one, customer="C002"),
    ]

    answer = await shop.post("/sales/orders:batch", {"rows": rows})

    results = answer.json()["results"]
    assert [row["status"] for row in results] == [201, 422, 409, 201, 201, 422, 201]
    assert [row["body"]["status"] for row in results if row["status"] == 201] == [
        "pending",
        "on_hold",
        "pending",
        "pending",
    ]
    assert [row["problem"]["code"] for row in results if row["status"] != 201] == [
        "unknown-reference", "duplicate", "validation-failed",
    ]  # fmt: skip
    placed = await emitted_events(OrderPlaced)
    assert [str(event.order.id) for event in placed] == [
        row["body"]["id"] for row in results if row["status"] == 201
    ]
    assert (await shop.get("/sales/credit-profiles/C001")).json()["exposure"][
        "open_orders"
    ] == "226.00"


async def test_batch_of_200_orders_costs_a_handful_of_statements(
    shop: Api, connection: AsyncConnection
) -> None:
    statements: list[str] = []

    def count(record: Any) -> None:
        statements.append(record.query)

    lines = [make.line(quantity=str(n)) for n in range(1, 6)]
    body = {"rows": [make.order(*lines, customer=f"C00{n % 2 + 1}") for n in range(200)]}
    # At the driver, for not all goes through SQLAlchemy.
    driver: Any = (await connection.get_raw_connection()).driver_connection
    with driver.query_logger(count):
        answer = await shop.post("/sales/orders:batch", body)

    assert {row["status"] for row in answer.json()["results"]} == {201}
    assert 10 <= len(statements) <= 25, statements


async def test_more_than_a_thousand_rows_are_refused(shop: Api) -> None:
    answer = await shop.post("/sales/orders:batch", {"rows": [make.order()] * 1001})

    assert (answer.status_code, answer.json()["code"]) == (413, "payload-too-large")


async def test_seller_sees_and_serves_his_companies_only(shop: Api, publish: Publish) -> None:
    mine = (await shop.post("/sales/orders", make.order())).json()
    stranger = shop.as_("sales.*", companies=["E02"])

    named = await stranger.post("/sales/orders", make.order())
    by_id = await stranger.post("/sales/orders", make.order(company=str(make.id_of("E01"))))
    read = await stranger.get(f"/sales/orders/{mine['id']}")
    by_number = await stranger.get(f"/sales/orders/{mine['number']}")
    released = await stranger.post(f"/sales/orders/{mine['id']}/release")
    cancelled = await stranger.post(f"/sales/orders/{mine['id']}/cancel")
    warehouse = await stranger.post(
        "/sales/orders", make.order(make.line(warehouse="SH"), company="E02")
    )

    assert (named.status_code, named.json()["code"]) == (403, "out-of-scope")
    assert (by_id.status_code, by_id.json()["code"]) == (422, "unknown-reference")
    assert [a.status_code for a in (read, by_number, released, cancelled)] == [404, 404, 404, 404]
    assert (warehouse.status_code, warehouse.json()["code"]) == (403, "out-of-scope")
    assert (await stranger.get("/sales/orders")).json()["items"] == []


async def test_orders_are_listed_by_filters_and_pages(shop: Api) -> None:
    for customer in ("C001", "C002", "C001"):
        await shop.post(
            "/sales/orders", make.order(make.line(item="W", quantity="0.5"), customer=customer)
        )
    await shop.post("/sales/orders", make.order(make.line(item="A", quantity="1")))

    first = (await shop.get("/sales/orders", limit="3")).json()
    rest = (await shop.get("/sales/orders", limit="3", cursor=first["next"])).json()
    wire = (
        await shop.get("/sales/orders", item="W", customer="C001", status="pending", company="E01")
    ).json()

    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert first["items"][0]["number"] > first["items"][1]["number"]
    assert len(wire["items"]) == 2
    assert (await shop.get("/sales/orders", status="lost")).status_code == 400
    assert (await shop.get("/sales/orders", sort="password")).status_code == 400
