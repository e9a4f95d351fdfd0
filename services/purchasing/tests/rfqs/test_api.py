"""Requests for quotation: asked, compared, awarded."""

from datetime import date, timedelta
from typing import Any

from chassis.testing import Api, Publish

from .. import builders as a

LAST_DAY = "2999-12-31"


async def asked(api: Api, publish: Publish, **fields: Any) -> dict[str, Any]:
    """5,000 kg of steel asked of three suppliers."""
    await publish(a.supplier("V2"))
    body = {
        "company": "E01",
        "warehouse": "SH",
        "suppliers": ["V1", "V2", "V3"],
        "answer_until": LAST_DAY,
        "lines": [{"item": "B", "quantity": "5", "unit": "T"}],
        **fields,
    }
    answer = await api.post("/purchasing/rfqs", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def offered(api: Api, rfq: dict[str, Any], supplier: str, *lines: tuple[str, int]) -> None:
    """An offer of price and days for each line."""
    url = f"/purchasing/rfqs/{rfq['id']}"
    version = (await api.get(url)).headers["etag"]
    body = [
        {"line": n, "unit_price": price, "lead_time_days": days}
        for n, (price, days) in enumerate(lines, start=1)
    ]
    answer = await api.put(f"{url}/offers/{supplier}", {"lines": body}, if_match=version)
    assert answer.status_code == 200, answer.text


async def test_offers_of_scenario_e2_are_compared_and_v3_gets_the_order(
    buying: Api, publish: Publish
) -> None:
    rfq = await asked(buying, publish)
    url = f"/purchasing/rfqs/{rfq['id']}"
    await offered(buying, rfq, "V1", ("10.20", 7))
    await offered(buying, rfq, "V2", ("9.80", 12))
    await offered(buying, rfq, "V3", ("10.50", 5))
    await offered(buying, rfq, "V3", ("10.00", 5))

    compared = (await buying.get(url)).json()["offers"]
    awarded = (await buying.post(f"{url}/award", {"supplier": "V3"})).json()
    again = await buying.post(f"{url}/award", {"supplier": "V1"})
    late = await buying.put(f"{url}/offers/V1", {"lines": []}, if_match='"6"')

    assert [
        (each["supplier"], each["amount_net"], each["lead_time_days"], each["cheapest"], each["fastest"])
        for each in compared
    ] == [
        ("V2", "49000.00", 12, True, False),
        ("V3", "50000.00", 5, False, True),
        ("V1", "51000.00", 7, False, False),
    ]  # fmt: skip
    assert (awarded["status"], awarded["awarded_to"]) == ("awarded", "V3")
    assert (again.status_code, late.status_code) == (409, 409)
    orders = (await buying.get("/purchasing/orders")).json()["items"]
    assert [each["number"] for each in orders] == [awarded["order_number"]]
    order = (await buying.get(f"/purchasing/orders/{awarded['order']}")).json()
    (line,) = order["lines"]
    assert (order["status"], order["supplier"], order["amount_net"]) == ("draft", "V3", "50000.00")
    assert (line["quantity"], line["unit_price"]) == ("5000", "10")
    in_days = date.fromisoformat(line["due_date"]) - date.fromisoformat(order["business_date"])
    assert in_days == timedelta(days=5)


async def test_only_a_complete_offer_of_who_was_asked_is_awarded(
    buying: Api, publish: Publish
) -> None:
    lines = [{"item": "B", "quantity": "10"}, {"item": "A", "quantity": "2"}]
    rfq = await asked(buying, publish, lines=lines, suppliers=["V1", "V3"])
    url = f"/purchasing/rfqs/{rfq['id']}"
    await offered(buying, rfq, "V1", ("1", 1))

    part = await buying.post(f"{url}/award", {"supplier": "V1"})
    never = await buying.post(f"{url}/award", {"supplier": "V2"})
    stranger = await buying.put(f"{url}/offers/V2", {"lines": []}, if_match='"2"')
    wrong = {"line": 3, "unit_price": "1", "lead_time_days": 1}
    unknown = await buying.put(f"{url}/offers/V3", {"lines": [wrong]}, if_match='"2"')
    cancelled = await buying.post(f"{url}/cancel")

    assert (part.status_code, part.json()["code"]) == (409, "offer-incomplete")
    assert [each.status_code for each in (never, stranger, unknown)] == [422, 404, 422]
    assert cancelled.json()["status"] == "cancelled"
    (first, second) = cancelled.json()["offers"]
    assert (first["supplier"], first["missing"], first["cheapest"]) == ("V1", [2], False)
    assert (second["supplier"], second["missing"]) == ("V3", [1, 2])
    assert (await buying.get("/purchasing/orders")).json()["items"] == []


async def test_a_supplier_sees_what_he_was_asked_and_no_other_offer(
    buying: Api, publish: Publish
) -> None:
    rfq = await asked(buying, publish, suppliers=["V1", "V3"])
    url = f"/purchasing/rfqs/{rfq['id']}"
    await offered(buying, rfq, "V1", ("1", 1))

    own = (await buying.as_("*", partners=["V3"]).get(url)).json()
    stranger = await buying.as_("*", partners=["V2"]).get(url)
    elsewhere = await buying.as_("*", companies=["E02"]).get(url)

    assert [each["supplier"] for each in own["offers"]] == ["V3"]
    assert own["offers"][0]["lines"] == []
    assert (stranger.status_code, elsewhere.status_code) == (404, 404)


async def test_what_cannot_be_asked_is_refused(buying: Api, publish: Publish) -> None:
    rfq = await asked(buying, publish)
    good = {
        "company": "E01", "warehouse": "SH", "suppliers": ["V1"], "answer_until": LAST_DAY,
        "lines": [{"item": "B", "quantity": "1"}],
    }  # fmt: skip

    async def pointer(**fields: Any) -> tuple[int, str]:
        answer = await buying.post("/purchasing/rfqs", {**good, **fields})
        return answer.status_code, answer.json()["errors"][0]["pointer"]

    assert await pointer(suppliers=["V1", "V1"]) == (422, "/suppliers/1")
    assert await pointer(suppliers=["C001"]) == (409, "/suppliers/0")
    assert await pointer(answer_until="2020-01-01") == (422, "/answer_until")
    assert await pointer(warehouse="HK") == (422, "/warehouse")
    assert await pointer(lines=[{"item": "NONE", "quantity": "1"}]) == (422, "/lines/0/item")
    found = (await buying.get("/purchasing/rfqs", status="open")).json()["items"]
    assert [each["id"] for each in found] == [rfq["id"]]
