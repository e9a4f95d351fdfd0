"""Standards are rolled up, frozen once, and say why an order cost more."""

from decimal import Decimal

from chassis.testing import Api, Publish

from .. import builders as a

D = Decimal
PRICES = [
    {"item": "B", "price": "10"}, {"item": "C", "price": "5"},
    {"item": "BOX", "price": "0.5"}, {"item": "TAPE", "price": "0.1"},
]  # fmt: skip


async def test_a_standard_is_frozen_and_an_order_is_measured_by_it(
    making: Api, publish: Publish
) -> None:
    await a.e3_bills(making)
    body = {"company": "E01", "name": "2026", "valid_from": "2026-01-01", "lot_size": "100"}
    lacking = await a.made(making, "/production/standard-costs", body)
    assert lacking["missing"] == ["B", "C", "BOX", "TAPE"]
    refused = await making.post(f"/production/standard-costs/{lacking['id']}/freeze")
    assert (refused.status_code, refused.json()["code"]) == (409, "standard-cost-missing")

    draft = await a.made(making, "/production/standard-costs", body | {"prices": PRICES})
    assert (draft["status"], draft["missing"], draft["items"]) == ("draft", [], 6)
    path = f"/production/standard-costs/{draft['number']}"
    frozen = await a.made(making, f"{path}/freeze", {})
    assert frozen["status"] == "frozen"
    assert (await making.post(f"{path}/freeze")).status_code == 409
    same = await a.made(making, "/production/standard-costs", body | {"prices": PRICES})
    early = await making.post(f"/production/standard-costs/{same['id']}/freeze")
    assert early.status_code == 409

    s = (await making.get(f"{path}/items/S")).json()
    assert sum(D(line["amount"]) for line in s["lines"]) == D(s["total"])
    assert len((await making.get(f"{path}/items")).json()["items"]) == 6
    listed = (await making.get("/production/standard-costs", status="frozen")).json()["items"]
    assert [v["number"] for v in listed] == [draft["number"]]

    order = await a.released(making, "S", "97")
    at = f"/production/orders/{order['id']}"
    working = await making.get(f"{at}/variances")
    assert working.status_code == 409
    await a.made(making, f"{at}/issue", {})
    await publish(a.issued(order, (1, "291", "3001.00"), (2, "97", "485.00")))
    await a.made(making, f"{at}/report", {"good": "95", "scrapped": "2", "hours": "21"})
    await a.made(making, f"{at}/complete", {"quantity": "95"})

    found = (await making.get(f"{at}/variances")).json()
    assert found["standard_version"] == draft["number"]
    assert D(found["actual"]["total"]) == D("3001.00") + D("485.00") + 21 * D(70)
    assert D(found["actual"]["total"]) - D(found["standard"]["total"]) == D(found["total"])
    assert sum(D(v["amount"]) for v in found["variances"]) == D(found["total"])
    # 291 kg at 10.00 should have been 2,910.00.
    assert found["by_kind"]["price"] == "91.00"


async def test_without_a_standard_nothing_is_measured(making: Api, publish: Publish) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))
    order = await a.released(making, "S", "1")
    await a.made(making, f"/production/orders/{order['id']}/complete", {"quantity": "1"})

    refused = await making.get(f"/production/orders/{order['id']}/variances")

    assert (refused.status_code, refused.json()["code"]) == (409, "no-standard-cost")
