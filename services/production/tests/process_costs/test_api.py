"""Process costs from what orders report: two steps, two periods."""

from decimal import Decimal

from chassis.testing import Api, Publish

from .. import builders as a

D = Decimal


async def test_two_steps_and_two_periods(making: Api, publish: Publish) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))
    await a.made(
        making,
        "/production/routings",
        {
            "company": "E01", "item": "S",
            "operations": [
                {"operation": 10, "work_centre": "WC1", "run_hours": "0.1"},
                {"operation": 20, "work_centre": "WC1", "run_hours": "0.1"},
            ],
        },
    )  # fmt: skip
    body = {"company": "E01", "item": "S", "period": "2026-11"}
    nothing = await making.post("/production/process-costs", body)
    assert nothing.status_code == 409

    order = await a.released(making, "S", "500")
    at = f"/production/orders/{order['id']}"
    await a.made(making, f"{at}/issue", {})
    await publish(a.issued(order, (1, "500", "37800.00")))
    # 400 handed on in 450 hours at 50 and 20, 100 in work half done.
    await a.made(making, f"{at}/report", {"operation": 10, "good": "400", "hours": "450"})
    await a.made(making, f"{at}/report", {"operation": 20, "good": "300", "hours": "10"})

    wrong = await making.post(
        "/production/process-costs",
        body | {"work_in_process": [{"operation": 20, "quantity": "99"}]},
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "count-differs")
    unknown = await making.post(
        "/production/process-costs", body | {"work_in_process": [{"operation": 30}]}
    )
    assert unknown.status_code == 422
    sheet = await a.made(
        making,
        "/production/process-costs",
        body
        | {
            "work_in_process": [
                {"operation": 10, "quantity": "100"},
                {"operation": 20, "conversion_degree": "0"},
            ]
        },
    )
    first, second = sheet["steps"]
    # 37,800 / 500 = 75.60; 22,500 / 450 = 50.00; 9,000 / 450 = 20.00: 145.60 a piece.
    assert (first["equivalent_units"]["material"], first["equivalent_units"]["labour"]) == (
        "500", "450",
    )  # fmt: skip
    assert (first["handed_on"]["total"], first["unit_cost"]) == ("58240.00", "145.6")
    assert first["closing"]["own"]["total"] == "11060.00"
    # 300 of 400 finished: 43,680.00 and the 700.00 of this step.
    assert second["handed_on"]["total"] == "44380.00"
    assert second["closing"]["carried"]["total"] == "14560.00"
    again = await making.post("/production/process-costs", body)
    assert again.status_code == 409

    await a.made(making, f"{at}/report", {"operation": 10, "good": "100", "hours": "50"})
    await a.made(making, f"{at}/report", {"operation": 20, "good": "190", "scrapped": "10"})
    later = await a.made(making, "/production/process-costs", body | {"period": "2026-12"})
    assert [(s["opening"]["quantity"], s["came"], s["closing"]["quantity"]) for s in later["steps"]] == [
        ("100", "0", "0"), ("100", "100", "0"),
    ]  # fmt: skip
    finished = D(second["handed_on"]["total"]) + D(later["steps"][1]["handed_on"]["total"])
    # All that ever came: 37,800.00 + 510 h × 70.00.
    assert finished == D("37800.00") + 510 * D(70)

    listed = (await making.get("/production/process-costs", item="S")).json()["items"]
    assert {(h["period"], h["in_work"]) for h in listed} == {
        ("2026-11", "25620.00"), ("2026-12", "0.00"),
    }  # fmt: skip
    shown = (await making.get(f"/production/process-costs/{sheet['number']}")).json()
    assert shown == sheet
