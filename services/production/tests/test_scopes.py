"""Data scopes: a planner of one warehouse sees and changes what is made there, and nobody else's own orders."""

from chassis.testing import Api

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
