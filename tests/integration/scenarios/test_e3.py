"""E3 whole: promise, plan in one pass, requisition, work orders from the plan, cost to the cent and why. To the cent."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from operations.client import Client

from ..company import Company, amounts, line
from .test_e3_core import engineer

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
D = Decimal


async def run_mrp(erp: Client, company: Company) -> dict[str, Any]:
    """Plan the company, and wait for the job."""
    job = await erp.post("/production/mrp/runs", {"company": company.code})

    async def seen() -> dict[str, Any]:
        return await erp.get(f"/production/mrp/runs/{job['id']}")

    return await erp.eventually(seen, lambda row: row["status"] == "completed", seconds=30)


async def deliver(erp: Client, purchase: dict[str, Any], day: date) -> None:
    """Let a purchase order come on another day."""
    path = f"/purchasing/orders/{purchase['id']}"
    now = await erp.get(path)
    await erp.request(
        "PATCH", path, body={"due_date": str(day)}, headers={"if-match": f'"{now["version"]}"'}
    )


async def moved(
    erp: Client, company: Company, order: dict[str, Any], day: str | None
) -> dict[str, Any]:
    """What sales shows of the first line's promise, once a plan of now has told that day; nothing where it never moved."""
    await erp.quiet()
    await run_mrp(erp, company)
    await erp.quiet()

    async def seen() -> dict[str, Any]:
        return (await erp.get(f"/sales/orders/{order['id']}"))["lines"][0]["promise_change"] or {}

    return await erp.eventually(seen, lambda told: told.get("new_date") == day)


async def test_e3(erp: Client, company: Company) -> None:
    x = await company.item("X", procurement="make", valuation_class="finished_goods")
    s = await company.item("S", procurement="make", valuation_class="semi_finished")
    p = await company.item("P", procurement="phantom", valuation_class="consumable")
    b = await company.item("B", base_unit="KG", quantity_decimals=3, valuation_class="raw_material")
    c = await company.item("C", valuation_class="raw_material")
    box = await company.item("BOX", valuation_class="consumable")
    tape = await company.item("TAPE", base_unit="M", quantity_decimals=1, valuation_class="consumable")  # fmt: skip
    customer = await company.partner("C001", "customer")
    supplier = await company.partner("V1", "supplier")
    await erp.quiet()
    await company.opening(
        (x, "SH", "10", "120.00"),
        (s, "SH", "40", "50.00"),
        (b, "SH", "750", "10.80"),
        (c, "SH", "60", "5.00"),
        (box, "SH", "1000", "0.50"),
        (tape, "SH", "1000", "0.10"),
    )
    await engineer(erp, company, x=x, s=s, p=p, b=b, c=c, box=box, tape=tape)
    for item in (x, s):
        await erp.post(
            "/production/item-plans", {"company": company.code, "item": item, "lead_time_days": 4}
        )
    await erp.post(
        "/purchasing/supplier-items",
        {
            "supplier": supplier,
            "item": c,
            "unit_price": "5.00",
            "lead_time_days": 8,
            "minimum_quantity": "100",
            "preferred": True,
        },
    )
    await erp.quiet()
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
    wanted = (today + timedelta(days=20)).isoformat()

    # 1 the promise: D+16; C by air would make it D+12
    ask = {"company": company.code, "item": x, "quantity": "100", "wanted": wanted}
    said = await erp.post("/production/promises", ask)
    assert (said["days"], said["on_time"]) == (16, True)
    assert c in str(said["reasons"])
    by_air = await erp.post("/production/promises", {**ask, "lead_times": [{"item": c, "days": 4}]})
    assert by_air["days"] == 12
    order = await company.order(customer, line(x, "100", "200.00"), requested_date=wanted)
    await erp.quiet()

    # 2 MRP, one pass, all pegged to the order
    run = await run_mrp(erp, company)
    assert run["planned_orders"] == 3
    planned = await erp.items("/production/planned-orders", company=company.code)
    assert {(one["kind"], one["item"]): D(one["quantity"]) for one in planned} == {
        ("make", x): 90, ("make", s): 145, ("buy", c): 100,
    }  # fmt: skip
    assert {one["demand_order"] for one in planned} == {order["id"]}
    await erp.post(
        "/production/planned-orders:firm", {"planned_orders": [one["id"] for one in planned]}
    )
    await erp.quiet()
    (requisition,) = await erp.items("/purchasing/requisitions", company=company.code)
    assert (requisition["origin"], [(r["item"], D(r["quantity"])) for r in requisition["lines"]]) == (
        "mrp", [(c, 100)],
    )  # fmt: skip
    # nothing is planned twice
    assert (await run_mrp(erp, company))["planned_orders"] == 0

    # 3 buy C 100 at 5.00; it is to come too late for X, then in time again, and sales hears of both
    await erp.post(f"/purchasing/requisitions/{requisition['id']}/cancel")
    last = today + timedelta(days=12)
    po = await company.purchase(supplier, "SH", {**line(c, "100", "5.00"), "due_date": str(last)})
    await moved(erp, company, order, None)
    await deliver(erp, po, last + timedelta(days=4))
    told = await moved(erp, company, order, str(today + timedelta(days=24)))
    assert (told["wanted_date"], told["old_date"], told["cause"]) == (wanted, wanted, "late")
    assert (told["waiting_item"], told["waiting_document"]) == (c, po["number"])
    listed = await erp.items("/sales/orders", company=company.code, promise_moved="true")
    assert [(one["number"], one["requested_date"]) for one in listed] == [(order["number"], wanted)]
    await deliver(erp, po, last)
    told = await moved(erp, company, order, wanted)
    assert (told["old_date"], told["cause"]) == (str(today + timedelta(days=24)), "on_time")
    assert await erp.items("/sales/orders", company=company.code, promise_moved="true") == []
    receipt = await erp.post(
        "/inventory/receipts",
        {"purchase_order": po["number"], "lines": [{"line": 1, "accepted": "100"}]},
    )
    await erp.quiet()
    assert await company.vouchers(receipt["number"]) == [
        amounts(_1403="500.00", _2202_02="-500.00")
    ]
    await company.prove()

    # 4-8 the work orders of the plan, S then X
    orders = {
        one["item"]: one for one in await erp.items("/production/orders", company=company.code)
    }
    assert D(orders[s]["quantity"]) == 145
    assert {one["sales_order"] for one in orders.values()} == {order["id"]}
    for item, quantity, hours in ((s, "145", "30"), (x, "90", "18")):
        path = f"/production/orders/{orders[item]['id']}"
        await erp.post(f"{path}/release")
        await erp.quiet()
        await erp.post(f"{path}/issue")
        scrapped = "1" if item == s else "0"
        good = str(D(quantity) - D(scrapped))
        await erp.post(f"{path}/report", {"good": good, "scrapped": scrapped, "hours": hours})
        await erp.quiet()
        await erp.post(f"{path}/complete", {"quantity": good})
        await erp.quiet()
        await company.prove()
    # without rework, fee and scrap metal: 5,423.00 + 1,500.00 + 600.00 for 144 S
    sheet = await erp.get(f"/production/orders/{orders[s]['id']}/cost-sheet")
    assert (sheet["cost_completed"], sheet["in_work"]["total"]) == ("7523.00", "0.00")

    # 9 ship 100
    shipment = await company.ship(order["id"], "SH")
    await erp.quiet()
    cost = D(shipment["cost"]) if "cost" in shipment else None

    # 10 why: the tree sums to what was shipped, and the chips are found in what the customer has
    tree = await erp.get("/production/cost-trees", company=company.code, item=x)
    assert D(tree["inputs"]) - D(tree["went_off"]) == D(tree["amount"])
    balances = await company.balances()
    assert balances["6401"] == D(tree["amount"])
    assert cost in (None, D(tree["amount"]))
    trace = await erp.get("/production/lot-traces", company=company.code, item=c)
    assert [(t["kind"], t["item"], D(t["quantity"])) for t in trace if t["kind"] == "shipment"] == [
        ("shipment", x, 100)
    ]
