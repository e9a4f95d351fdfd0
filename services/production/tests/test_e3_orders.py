"""Scenario E3, steps 4 to 8, in production's own books: what the work orders for S and X cost, to the cent."""

from decimal import Decimal

from chassis.testing import Api, Emitted, EmittedEvents, Publish
from tongheng_contracts.production import (
    MaterialRequested,
    OperationReported,
    OutputReported,
    ProductionOrderClosed,
    ProductionOrderReleased,
    SubcontractReceived,
)

from . import builders as a

D = Decimal


async def test_s_and_x_cost_what_went_into_them(
    making: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await a.e3_bills(making)

    # 4 work order S 145: 435 kg B and 145 C
    s = await a.released(making, "S", "145")
    assert [(c["item"], c["quantity"]) for c in s["components"]] == [("B", "435"), ("C", "145")]
    (told,) = [e.order for e in await emitted_events(ProductionOrderReleased)]
    assert [c.quantity for c in told.components] == [D(435), D(145)]
    await a.made(making, f"/production/orders/{s['id']}/issue", {})
    (asked,) = await emitted_events(MaterialRequested)
    assert [(x.item, x.quantity) for x in asked.request.lines] == [("B", D(435)), ("C", D(145))]
    await publish(a.issued(s, (1, "435", "4698.00"), (2, "145", "725.00")))

    # 5 141 good, 4 not: 2 reworked, 1 outside and back, 1 scrapped
    await a.made(
        making,
        f"/production/orders/{s['id']}/report",
        {"good": "141", "defective": "4", "hours": "29", "defect": "crack"},
    )
    (odd,) = (await making.get("/production/nonconformances", status="open")).json()["items"]
    await a.made(
        making,
        f"/production/nonconformances/{odd['id']}/decide",
        {"decision": "rework", "quantity": "2"},
    )
    (odd,) = (await making.get("/production/nonconformances", status="open")).json()["items"]
    await a.made(
        making,
        f"/production/nonconformances/{odd['id']}/decide",
        {"decision": "subcontract", "quantity": "1", "supplier": "V3", "unit_price": "30"},
    )
    (odd,) = (await making.get("/production/nonconformances", status="open")).json()["items"]
    assert odd["quantity"] == "1"
    await a.made(
        making,
        f"/production/nonconformances/{odd['id']}/decide",
        {"decision": "scrap", "by_product": {"item": "CHIPS", "quantity": "0.5", "value": "3.00"}},
    )
    await a.made(
        making,
        f"/production/orders/{s['id']}/report",
        {"good": "2", "hours": "1", "reworked": True},
    )
    (outside,) = (await making.get("/production/subcontracts")).json()["items"]
    await a.made(
        making,
        f"/production/subcontracts/{outside['id']}/receive",
        {"good": "1", "supplier_number": "V3-9001"},
    )
    reports = [e.report for e in await emitted_events(OperationReported)]
    assert (sum(r.labour for r in reports), sum(r.overhead for r in reports)) == (
        D("1500.00"), D("600.00"),
    )  # fmt: skip
    (bill,) = [e.subcontract for e in await emitted_events(SubcontractReceived)]
    assert (bill.amount_net, bill.amount_tax, bill.amount_gross) == (
        D("30.00"),
        D("3.90"),
        D("33.90"),
    )

    # 6 complete 144 S at 7,550.00
    done = await a.made(making, f"/production/orders/{s['id']}/complete", {"quantity": "144"})
    assert (done["status"], done["quantity_scrapped"]) == ("completed", "1")
    scrap, main = [e.output for e in await emitted_events(OutputReported)]
    assert (scrap.lines[0].kind, scrap.cost) == ("by", D("3.00"))
    (line,) = main.lines
    assert (main.final, main.cost) == (True, D("7550.00"))
    assert (line.material, line.labour, line.overhead, line.subcontract) == (
        D("5420.00"), D("1500.00"), D("600.00"), D("30.00"),
    )  # fmt: skip
    sheet = (await making.get(f"/production/orders/{s['id']}/cost-sheet")).json()
    assert sheet["in_work"]["total"] == "0.00"
    assert sheet["unit_cost"] == "52.430556"

    # 7, 8 work order X 90
    x = await a.released(making, "X", "90")
    assert [(c["item"], c["quantity"]) for c in x["components"]] == [
        ("S", "180"), ("BOX", "90"), ("TAPE", "45"),
    ]  # fmt: skip
    await a.made(making, f"/production/orders/{x['id']}/issue", {})
    await publish(a.issued(x, (1, "180", "9342.39"), (2, "90", "45.00"), (3, "45", "4.50")))
    await a.made(making, f"/production/orders/{x['id']}/report", {"good": "90", "hours": "18"})
    await a.made(making, f"/production/orders/{x['id']}/complete", {"quantity": "90"})
    last = [e.output for e in await emitted_events(OutputReported)][-1]
    assert last.cost == D("10651.89")

    # closing leaves nothing: the variance is 0.00
    await a.made(making, f"/production/orders/{x['id']}/close", {})
    (closing,) = [e.closing for e in await emitted_events(ProductionOrderClosed)]
    assert closing.cost == 0


async def test_what_is_completed_waits_for_the_material_that_was_asked_for(
    making: Api, publish: Publish, emitted: Emitted
) -> None:
    bill = a.bom("S", ("C", "1"))
    bill["components"][0]["backflush"] = True
    await a.made(making, "/production/boms", bill)
    s = await a.released(making, "S", "10")

    done = await a.made(making, f"/production/orders/{s['id']}/complete", {"quantity": "10"})
    assert (done["status"], done["awaits_material"]) == ("completed", True)
    assert "production.OutputReported" not in await emitted()
    refused = await making.post(f"/production/orders/{s['id']}/close")
    assert refused.status_code == 409

    await publish(a.issued(s, (1, "4", "20.00")))
    assert "production.OutputReported" not in await emitted()
    await publish(a.issued(s, (1, "6", "31.00")))

    sheet = (await making.get(f"/production/orders/{s['id']}/cost-sheet")).json()
    assert (sheet["cost_completed"], sheet["in_work"]["total"]) == ("51.00", "0.00")


async def test_partial_completions_share_the_cost_and_the_last_takes_the_rest(
    making: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))
    s = await a.released(making, "S", "3")
    await a.made(making, f"/production/orders/{s['id']}/issue", {})
    await publish(a.issued(s, (1, "3", "100.00")))

    for _ in range(3):
        await a.made(making, f"/production/orders/{s['id']}/complete", {"quantity": "1"})

    costs = [e.output.cost for e in await emitted_events(OutputReported)]
    assert costs == [D("33.33"), D("33.34"), D("33.33")]
    assert (await making.get(f"/production/orders/{s['id']}")).json()["status"] == "completed"


async def test_more_pieces_than_came_are_refused(making: Api) -> None:
    await a.e3_bills(making)
    s = await a.released(making, "S", "10")
    path = f"/production/orders/{s['id']}"

    over = await making.post(f"{path}/report", {"good": "8", "scrapped": "3"})
    assert (over.status_code, over.json()["code"]) == (422, "over-report")
    await a.made(making, f"{path}/report", {"good": "8"})
    early = await making.post(f"{path}/complete", {"quantity": "9"})
    assert (early.status_code, early.json()["code"]) == (422, "over-completion")
    half = await making.post(f"{path}/report", {"good": "0.5"})
    assert half.status_code == 422
    nothing = await making.post(f"{path}/report", {})
    assert nothing.status_code == 422


async def test_an_order_that_cost_something_is_closed_with_its_variance_not_cancelled(
    making: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await a.e3_bills(making)
    s = await a.released(making, "S", "10")
    path = f"/production/orders/{s['id']}"
    await a.made(making, f"{path}/report", {"good": "1", "hours": "2"})

    refused = await making.post(f"{path}/cancel")
    assert refused.status_code == 409
    closed = await a.made(making, f"{path}/close", {})

    assert closed["status"] == "closed"
    (closing,) = [e.closing for e in await emitted_events(ProductionOrderClosed)]
    assert (closing.labour, closing.overhead, closing.cost) == (
        D("100.00"),
        D("40.00"),
        D("140.00"),
    )
    again = await making.post(f"{path}/close")
    assert again.status_code == 409

    await publish(a.issued(s, (2, "1", "5.00")))
    await a.made(making, f"{path}/close", {})
    late = [e.closing for e in await emitted_events(ProductionOrderClosed)][-1]
    assert (late.material, late.cost) == (D("5.00"), D("5.00"))


async def test_a_thousand_orders_are_released_by_one_command(
    making: Api, emitted_events: EmittedEvents
) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))

    released, _ = await a.release_many(making, "S", 20)

    assert {order["status"] for order in released} == {"released"}
    assert len(await emitted_events(ProductionOrderReleased)) == 20


async def test_a_command_that_names_an_unknown_order_releases_none(making: Api) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))
    body = {"company": "E01", "item": "S", "quantity": "1", "warehouse": "SH"}
    order = await a.made(making, "/production/orders", body)

    refused = await making.post(
        "/production/orders:release", {"orders": [order["number"], "MO-NONE"]}
    )
    both = await a.made(
        making, "/production/orders:release", {"orders": [order["number"], order["id"]]}
    )

    assert refused.status_code == 404
    assert [o["version"] for o in both] == [2]  # type: ignore[index]
