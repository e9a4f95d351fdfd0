"""Blanket orders over HTTP, and the purchase orders that draw from them."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.testing import Api, Emitted, Publish

from .. import builders as a

LINE = {"item": "B", "unit_price": "10", "quantity_limit": "5000"}


async def agreed(api: Api, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An approved agreement with V3: 5,000 kg of steel at 10.00."""
    draft = await api.post("/purchasing/agreements", a.agreement(*(lines or (LINE,)), **fields))
    assert draft.status_code == 201, draft.text
    answer = await api.post(f"/purchasing/agreements/{draft.json()['number']}/approve")
    assert answer.status_code == 200, answer.text
    return answer.json()


def released(agreement: dict[str, Any], quantity: str, **line: Any) -> dict[str, Any]:
    """Fields of an order that draws from an agreement."""
    lines = [{"item": "B", "quantity": quantity, "agreement": agreement["number"], **line}]
    return {"business_date": a.DAY, "lines": lines}


async def state(api: Api, agreement: dict[str, Any]) -> tuple[str, str, str, str]:
    """What was ordered, its value, what is left and what came of the first line."""
    (line, *_) = (await api.get(f"/purchasing/agreements/{agreement['id']}")).json()["lines"]
    return (
        line["quantity_released"],
        line["amount_released"],
        line["quantity_left"],
        line["quantity_received"],
    )


async def test_an_order_takes_the_agreed_price_and_draws_down(
    buying: Api, emitted: Emitted
) -> None:
    agreement = await agreed(buying)
    assert await emitted() == []

    order = await a.drafted(buying, **released(agreement, "1", unit="T"))

    (line,) = order["lines"]
    assert (line["quantity"], line["unit_price"], line["amount_net"]) == ("1000", "10", "10000.00")
    assert (line["agreement"], line["agreement_line"]) == (agreement["number"], 1)
    assert await state(buying, agreement) == ("1000", "10000.00", "4000", "0")
    found = await buying.get("/purchasing/orders", agreement=agreement["number"])
    assert [each["id"] for each in found.json()["items"]] == [order["id"]]


async def test_what_is_reduced_removed_or_cancelled_is_given_back(
    buying: Api, publish: Publish
) -> None:
    agreement = await agreed(buying)
    draft = await a.drafted(buying, **released(agreement, "3000"))
    url = f"/purchasing/orders/{draft['id']}"

    less = await buying.patch(url, {"lines": [{"line": 1, "quantity": "2000"}]}, if_match='"1"')
    assert less.json()["lines"][0]["agreement"] == agreement["number"]
    assert await state(buying, agreement) == ("2000", "20000.00", "3000", "0")
    more = await buying.patch(url, {"lines": [{"line": 1, "quantity": "5001"}]}, if_match='"2"')
    assert (more.status_code, more.json()["code"]) == (409, "agreement-exhausted")
    other = {"item": "A", "quantity": "1", "unit_price": "1"}
    await buying.patch(url, {"lines": [other], "remove_lines": [1]}, if_match='"2"')
    assert await state(buying, agreement) == ("0", "0.00", "5000", "0")

    order = await a.approved(buying, **released(agreement, "1000"))
    await publish(a.received(order, "580"))
    assert await state(buying, agreement) == ("1000", "10000.00", "4000", "580")
    await buying.post(f"/purchasing/orders/{order['id']}/cancel")
    assert await state(buying, agreement) == ("580", "5800.00", "4420", "580")


async def test_goods_that_cross_a_cancellation_are_drawn_again_though_nothing_is_left(
    buying: Api, publish: Publish
) -> None:
    agreement = await agreed(buying)
    first = await a.approved(buying, **released(agreement, "5000"))
    await buying.post(f"/purchasing/orders/{first['id']}/cancel")
    await a.approved(buying, **released(agreement, "5000"))

    await publish(a.received(first, "100"))

    assert await state(buying, agreement) == ("5100", "51000.00", "0", "100")


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        ({"quantity_limit": "900"}, "900 KG"),
        ({"quantity_limit": None, "amount_limit": "9999.99"}, "CNY 9999.99"),
        ({"quantity_limit": "5000", "amount_limit": "9999.99"}, "5000 KG / CNY 9999.99"),
    ],
)
async def test_more_than_is_left_is_refused_and_what_is_left_is_named(
    buying: Api, limits: dict[str, Any], left: str
) -> None:
    agreement = await agreed(buying, {**LINE, **limits})

    asked = a.order(**released(agreement, "1000"))
    refused = await buying.post("/purchasing/orders", asked)
    in_chinese = await buying.request(
        "POST", "/purchasing/orders", json=asked, headers={"accept-language": "zh"}
    )

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "agreement-exhausted")
    assert f"1000 KG / CNY 10000.00 was asked, {left} is left" in str(problem)
    assert f"剩余 {left}" in str(in_chinese.json())
    listed = await buying.get("/purchasing/orders")
    assert listed.json()["items"] == []


async def test_rows_of_a_batch_draw_one_after_the_other(buying: Api) -> None:
    agreement = await agreed(buying)
    rows = [a.order(**released(agreement, quantity)) for quantity in ("3000", "2500", "2000")]

    answer = await buying.post("/purchasing/orders:batch", {"rows": rows})

    assert [each["status"] for each in answer.json()["results"]] == [201, 409, 201]
    assert (await state(buying, agreement))[2] == "0"


async def test_only_an_approved_and_valid_agreement_of_this_supplier_is_drawn_from(
    buying: Api,
) -> None:
    draft = (await buying.post("/purchasing/agreements", a.agreement(LINE))).json()
    agreement = await agreed(buying)
    closed = await agreed(buying)
    kept = await a.drafted(buying, **released(closed, "10"))
    await buying.post(f"/purchasing/agreements/{closed['id']}/close")

    async def refusal(**fields: Any) -> tuple[int, str, str]:
        answer = await buying.post("/purchasing/orders", a.order(**fields))
        problem = answer.json()
        return answer.status_code, problem["code"], problem["errors"][0]["pointer"]

    at = "/lines/0/agreement"
    late = {**released(agreement, "10"), "business_date": "2027-01-01"}
    assert await refusal(**released(draft, "10")) == (409, "invalid-state", at)
    assert await refusal(**released(closed, "10")) == (409, "invalid-state", at)
    assert await refusal(**late) == (409, "agreement-not-valid", at)
    assert await refusal(**released(agreement, "10"), supplier="V1") == (
        422, "unknown-reference", at,
    )  # fmt: skip
    assert await refusal(**released(agreement, "10", item="A")) == (422, "unknown-reference", at)
    assert await refusal(**released({"number": "PA-1"}, "10")) == (422, "unknown-reference", at)
    assert await refusal(**released(agreement, "10", unit_price="9")) == (
        422, "agreed-price", "/lines/0/unit_price",
    )  # fmt: skip
    grown = await buying.patch(
        f"/purchasing/orders/{kept['id']}",
        {"lines": [{"line": 1, "quantity": "11"}]},
        if_match='"1"',
    )
    assert (grown.status_code, grown.json()["code"]) == (409, "invalid-state")
    dated = await a.drafted(buying, **released(agreement, "10"))
    moved = await buying.patch(
        f"/purchasing/orders/{dated['id']}", {"business_date": "2027-01-01"}, if_match='"1"'
    )
    assert (moved.status_code, moved.json()["code"]) == (409, "agreement-not-valid")
    priced = await buying.patch(
        f"/purchasing/orders/{dated['id']}",
        {"lines": [{"line": 1, "unit_price": "9"}]},
        if_match='"1"',
    )
    assert priced.status_code == 422
    assert (await state(buying, agreement))[0] == "10"


async def test_a_draft_is_rewritten_and_an_approved_agreement_is_not(buying: Api) -> None:
    draft = (await buying.post("/purchasing/agreements", a.agreement(LINE))).json()
    url = f"/purchasing/agreements/{draft['id']}"
    lines = [{"item": "B", "unit": "T", "unit_price": "9800", "quantity_limit": "3"}]

    changed = await buying.patch(url, {"lines": lines, "valid_until": "2027-06-30"}, if_match='"1"')
    reversed_ = await buying.patch(url, {"valid_until": "2020-01-01"}, if_match='"2"')
    boundless = await buying.patch(
        url, {"lines": [{"item": "B", "unit_price": "1"}]}, if_match='"2"'
    )
    await buying.post(f"{url}/approve")
    late = await buying.patch(url, {"valid_until": "2028-01-01"}, if_match='"3"')
    listed = await buying.get("/purchasing/agreements", item="B", status="approved")

    (line,) = changed.json()["lines"]
    assert (line["unit"], line["unit_price"], line["quantity_limit"]) == ("KG", "9.8", "3000")
    assert changed.json()["valid_until"] == "2027-06-30"
    assert (reversed_.status_code, boundless.status_code, late.status_code) == (422, 422, 409)
    assert [each["id"] for each in listed.json()["items"]] == [draft["id"]]


async def test_an_agreement_is_approved_by_somebody_else_and_is_its_companys(buying: Api) -> None:
    draft = (await buying.post("/purchasing/agreements", a.agreement(LINE))).json()
    url = f"/purchasing/agreements/{draft['id']}"
    alone = buying.as_("purchasing.agreement.approve", "purchasing.agreement.read")
    other = buying.as_("*", companies=["E02"])

    own = await alone.post(f"{url}/approve")
    hidden = await other.get(url)
    refused = await other.post("/purchasing/agreements", a.agreement(LINE))

    assert (own.status_code, own.json()["code"]) == (403, "self-approval")
    assert hidden.status_code == 404
    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")


async def test_what_is_drawn_is_what_the_orders_say(
    buying: Api, publish: Publish, session: AsyncSession
) -> None:
    agreement = await agreed(buying, {**LINE, "unit_price": "3.333333"})
    order = await a.approved(buying, **released(agreement, "1000"))
    await publish(a.received(order, "333.333"))
    await buying.post(f"/purchasing/orders/{order['id']}/cancel")
    await a.drafted(buying, **released(agreement, "77"))

    rows = await session.execute(
        text(
            "SELECT quantity_released = quantity_ordered, amount_released = amount_ordered,"
            " quantity_received = quantity_arrived FROM proof.agreement_draws"
        )
    )

    assert [tuple(row) for row in rows] == [(True, True, True)]


async def test_steel_of_scenario_e2_is_released_and_received_against_the_agreement(
    buying: Api, publish: Publish
) -> None:
    agreement = await agreed(buying)
    order = await a.approved(buying, **released(agreement, "1000"))
    assert order["lines"][0]["amount_net"] == "10000.00"
    await publish(a.received(order, "580"))
    await publish(a.received(order, "420"))
    assert await state(buying, agreement) == ("1000", "10000.00", "4000", "1000")

    await a.drafted(buying, **released(agreement, "4000"))
    last = await buying.post("/purchasing/orders", a.order(**released(agreement, "0.001")))

    assert (last.status_code, last.json()["code"]) == (409, "agreement-exhausted")
    assert await state(buying, agreement) == ("5000", "50000.00", "0", "1000")
