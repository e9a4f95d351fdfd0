"""A supplier finds the orders and agreements made with him, and no other's, by any door."""

from chassis.testing import Api, Publish

from .. import builders as a


async def test_a_supplier_finds_his_own_orders_only(buying: Api, publish: Publish) -> None:
    await publish(a.supplier("V9"))
    mine = await a.approved(buying, supplier="V9")
    other = await a.approved(buying)
    partner = buying.as_("*", partners=["V9"])

    listed = (await partner.get("/purchasing/orders")).json()["items"]
    asked = (await partner.get("/purchasing/orders", supplier=other["supplier"])).json()["items"]
    placed = await partner.post("/purchasing/orders", a.order())
    rows = {"rows": [a.order(), a.order(supplier="V9")]}
    batch = (await partner.post("/purchasing/orders:batch", rows)).json()["results"]

    assert [each["number"] for each in listed] == [mine["number"]]
    assert asked == []
    assert (placed.status_code, placed.json()["code"]) == (403, "out-of-scope")
    assert [row["status"] for row in batch] == [403, 201]
    for reference in (other["id"], other["number"]):
        for path in ("", "/approve", "/cancel", "/close"):
            url = f"/purchasing/orders/{reference}{path}"
            answer = await (partner.post(url, {}) if path else partner.get(url))
            assert answer.status_code == 404, url


async def test_a_supplier_finds_his_own_agreements_only(buying: Api, publish: Publish) -> None:
    await publish(a.supplier("V9"))
    line = {"item": "B", "unit_price": "9.00", "quantity_limit": "50"}
    mine, other = [
        (await buying.post("/purchasing/agreements", a.agreement(line, supplier=code))).json()
        for code in ("V9", "V1")
    ]
    partner = buying.as_("*", partners=["V9"])

    listed = (await partner.get("/purchasing/agreements")).json()["items"]

    assert [each["number"] for each in listed] == [mine["number"]]
    assert (await partner.get(f"/purchasing/agreements/{other['id']}")).status_code == 404
    assert (
        await partner.post(f"/purchasing/agreements/{other['id']}/close", {})
    ).status_code == 404
