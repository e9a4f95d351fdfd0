"""Data scopes: a planner of one warehouse sees and changes what is made there, and nobody else's own orders."""

from chassis.testing import Api, Publish

from . import builders as a


async def test_who_serves_one_warehouse_sees_what_is_made_there(making: Api) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("B", "1"), warehouse="SH"))
    await a.made(making, "/production/boms", a.bom("S", ("C", "1"), warehouse="GZ"))
    await a.made(making, "/production/boms", a.bom("X", ("S", "1")))
    here = await a.released(making, "S", "2", warehouse="SH")
    there = await a.released(making, "S", "3", warehouse="GZ")
    keeper = making.as_(companies=["E01"], warehouses=["SH"])

    orders = (await keeper.get("/production/orders")).json()["items"]
    bills = (await keeper.get("/production/boms")).json()["items"]

    assert [each["number"] for each in orders] == [here["number"]]
    assert (await keeper.get(f"/production/orders/{here['id']}")).json()["components"]
    assert {each["warehouse"] for each in bills} == {"SH", ""}
    for path in (
        f"/production/orders/{there['id']}",
        f"/production/orders/{there['number']}",
        f"/production/orders/{there['id']}/cost",
    ):
        assert (await keeper.get(path)).status_code == 404, path


async def test_who_serves_one_warehouse_changes_nothing_elsewhere(making: Api) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("B", "1")))
    there = await a.released(making, "S", "3", warehouse="GZ")
    keeper = making.as_(companies=["E01"], warehouses=["SH"])

    refused = await keeper.post(
        "/production/orders",
        {
            "company": "E01",
            "item": "S",
            "quantity": "1",
            "warehouse": "GZ",
            "due_date": "2026-12-01",
        },
    )
    cancelled = await keeper.post(f"/production/orders/{there['id']}/cancel", {})
    billed = await keeper.post("/production/boms", a.bom("S", ("C", "1"), warehouse="GZ"))

    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")
    assert (billed.status_code, billed.json()["code"]) == (403, "out-of-scope")
    assert cancelled.status_code == 404
    seen = (await making.get(f"/production/orders/{there['id']}")).json()
    assert seen["status"] == "released"


async def test_who_sees_his_own_only_sees_the_orders_that_he_made(making: Api) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("B", "1")))
    await a.released(making, "S", "3")
    one = making.as_(companies=["E01"], subject="one", own=True)
    mine = await a.released(one, "S", "1")

    orders = (await one.get("/production/orders")).json()["items"]

    assert [each["number"] for each in orders] == [mine["number"]]


async def test_a_supplier_sees_and_receives_the_work_given_to_him_only(
    making: Api, publish: Publish
) -> None:
    await publish(a.supplier("V4"))
    await a.e3_bills(making)
    s = await a.released(making, "S", "4")
    await a.made(making, f"/production/orders/{s['id']}/issue", {})
    await publish(a.issued(s, (1, "12", "120.00"), (2, "4", "20.00")))
    given = {
        supplier: await a.made(
            making,
            "/production/subcontracts",
            {"order": s["number"], "supplier": supplier, "quantity": "1", "unit_price": "30"},
        )
        for supplier in ("V3", "V4")
    }
    partner = making.as_(companies=["E01"], partners=["V3"])
    mine, other = given["V3"], given["V4"]
    received = {"good": "1", "supplier_number": "B-1"}

    listed = (await partner.get("/production/subcontracts")).json()["items"]
    refused = await partner.post(
        "/production/subcontracts",
        {"order": s["number"], "supplier": "V4", "quantity": "1", "unit_price": "1"},
    )
    taken = await partner.post(f"/production/subcontracts/{other['id']}/receive", received)

    assert [each["id"] for each in listed] == [mine["id"]]
    assert (await partner.get(f"/production/subcontracts/{mine['id']}")).status_code == 200
    for reference in (other["id"], other["number"]):
        assert (await partner.get(f"/production/subcontracts/{reference}")).status_code == 404
    assert taken.status_code == 404
    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")
    assert len((await making.get("/production/subcontracts")).json()["items"]) == 2
