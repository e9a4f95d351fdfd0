"""E3 core: make to order with shortage, yield, rework, subcontracting and job cost; work orders by hand. To the cent."""

from decimal import Decimal
from typing import Any

import pytest

from operations.client import Client

from ..company import Company, amounts, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
D = Decimal


async def engineer(erp: Client, company: Company, **items: str) -> None:
    """What is made of what, and in which steps: X of 2 S and packaging, S of 3 kg B and a chip C."""
    x, s, p, b, c, box, tape = (items[name] for name in ("x", "s", "p", "b", "c", "box", "tape"))

    def bom(item: str, *components: tuple[str, str], **values: Any) -> dict[str, Any]:
        return {
            "company": company.code,
            "item": item,
            "components": [{"item": code, "quantity": q} for code, q in components],
            **values,
        }

    await erp.post("/production/boms", bom(p, (box, "1"), (tape, "0.5")))
    await erp.post("/production/boms", bom(s, (b, "3"), (c, "1"), yield_rate="0.97"))
    await erp.post("/production/boms", bom(x, (s, "2"), (p, "1")))
    work_centre = company.of("WC")
    await erp.post(
        "/production/work-centres",
        {
            "company": company.code,
            "code": work_centre,
            "name": "装配",
            "labour_rate": "50.00",
            "overhead_rate": "20.00",
        },
    )
    for item in (s, x):
        await erp.post(
            "/production/routings",
            {
                "company": company.code,
                "item": item,
                "operations": [{"operation": 10, "work_centre": work_centre, "run_hours": "0.2"}],
            },
        )


def summed(vouchers: list[dict[str, Decimal]]) -> dict[str, Decimal]:
    """Several vouchers as one."""
    sums: dict[str, Decimal] = {}
    for voucher in vouchers:
        for account, change in voucher.items():
            sums[account] = sums.get(account, D(0)) + change
    return sums


async def test_e3_core(erp: Client, company: Company) -> None:
    x = await company.item("X", procurement="make", valuation_class="finished_goods")
    s = await company.item("S", procurement="make", valuation_class="semi_finished")
    p = await company.item("P", procurement="phantom", valuation_class="consumable")
    b = await company.item("B", base_unit="KG", quantity_decimals=3, valuation_class="raw_material")
    c = await company.item("C", valuation_class="raw_material")
    box = await company.item("BOX", valuation_class="consumable")
    tape = await company.item(
        "TAPE", base_unit="M", quantity_decimals=1, valuation_class="consumable"
    )
    scrap = await company.item("SCRAP", valuation_class="raw_material")
    customer = await company.partner("C001", "customer")
    supplier = await company.partner("V3", "supplier")
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
    order = await company.order(customer, line(x, "100", "200.00"))
    await erp.quiet()

    async def work_order(item: str, quantity: str) -> dict[str, Any]:
        made = await erp.post(
            "/production/orders",
            {
                "company": company.code,
                "item": item,
                "quantity": quantity,
                "warehouse": company.of("SH"),
                "sales_order": order["id"],
            },
        )
        return await erp.post(f"/production/orders/{made['id']}/release")

    async def vouchers_of(*numbers: str) -> list[dict[str, Decimal]]:
        return [one for number in numbers for one in await company.vouchers(number)]

    async def issues(of: dict[str, Any]) -> list[dict[str, Any]]:
        return await erp.items("/inventory/issues", cost_collector=of["number"])

    async def receipts(of: dict[str, Any]) -> list[dict[str, Any]]:
        return await erp.items(
            "/inventory/production-receipts", production_order_number=of["number"], sort="number"
        )

    # 4 work order S 145: 85 C are missing; the request raises a requisition by itself
    first = await work_order(s, "145")
    assert [(one["item"], D(one["quantity"])) for one in first["components"]] == [
        (b, 435),
        (c, 145),
    ]
    await erp.quiet()
    assert (await company.stock(b))["reserved"] == 435
    assert (await company.stock(c))["reserved"] == 60
    await erp.post(f"/production/orders/{first['id']}/issue")
    await erp.quiet()
    (asked,) = await erp.items("/purchasing/requisitions", company=company.code, status="open")
    assert [(one["item"], D(one["quantity"])) for one in asked["lines"]] == [(c, 85)]
    assert await erp.items("/purchasing/requisitions", company=company.code, item=x) == []
    await company.prove()

    # 3 buy C 100 at 5.00; what was missing is given out as it comes
    po = await company.purchase(supplier, "SH", line(c, "100", "5.00"))
    await erp.quiet()
    receipt = await erp.post(
        "/inventory/receipts",
        {"purchase_order": po["number"], "lines": [{"line": 1, "accepted": "100"}]},
    )
    await erp.quiet()
    assert await company.vouchers(receipt["number"]) == [
        amounts(_1403="500.00", _2202_02="-500.00")
    ]
    given = await issues(first)
    assert sum(D(one["cost"]) for one in given) == D("5423.00")
    assert {
        name: sum(D(part["cost"]) for one in given for part in one["lines"] if part["item"] == name)
        for name in (b, c)
    } == {b: D("4698.00"), c: D("725.00")}
    sums = summed(await vouchers_of(*(one["number"] for one in given)))
    assert sums == amounts(_5001_01="5423.00", _1403="-5423.00")
    seen = await erp.get(f"/production/orders/{first['id']}")
    assert seen["awaits_material"] is False
    await company.prove()

    # 5 141 good, 4 not: 2 reworked, 1 outside and back, 1 scrapped
    path = f"/production/orders/{first['id']}"
    reported = [
        await erp.post(
            f"{path}/report", {"good": "141", "defective": "4", "hours": "29", "defect": "crack"}
        )
    ]
    decisions: list[dict[str, Any]] = [
        {"decision": "rework", "quantity": "2"},
        {"decision": "subcontract", "quantity": "1", "supplier": supplier, "unit_price": "30"},
        {
            "decision": "scrap",
            "by_product": {"item": scrap, "quantity": "1", "value": "3.00"},
        },
    ]
    for decision in decisions:
        (odd,) = await erp.items("/production/nonconformances", order=first["id"], status="open")
        await erp.post(f"/production/nonconformances/{odd['id']}/decide", decision)
    reported.append(await erp.post(f"{path}/report", {"good": "2", "hours": "1", "reworked": True}))
    (outside,) = await erp.items("/production/subcontracts", order=first["id"])
    await erp.post(
        f"/production/subcontracts/{outside['id']}/receive",
        {"good": "1", "supplier_number": company.of("V3-9001")},
    )
    await erp.quiet()
    numbers = [one["report"]["number"] for one in reported]
    work = summed(await vouchers_of(*numbers))
    assert work == amounts(_5001_02="1500.00", _2211="-1500.00", _5001_03="600.00", _5101="-600.00")
    (owed,) = await erp.items("/finance/payables", company=company.code, supplier=supplier)
    assert owed["open_amount"] == "33.90"
    assert await company.vouchers(owed["number"]) == [
        amounts(_5001_04="30.00", _2221_01="3.90", _2202_01="-33.90")
    ]
    (fell_off,) = await receipts(first)
    assert await company.vouchers(fell_off["number"]) == [amounts(_1403="3.00", _5001_01="-3.00")]
    await company.prove()

    # 6 complete 144 S
    done = await erp.post(f"{path}/complete", {"quantity": "144"})
    assert done["status"] == "completed"
    await erp.quiet()
    _, made = await receipts(first)
    assert await company.vouchers(made["number"]) == [
        amounts(
            _1405_02="7550.00",
            _5001_01="-5420.00",
            _5001_02="-1500.00",
            _5001_03="-600.00",
            _5001_04="-30.00",
        )
    ]
    assert (await company.stock(s))["value"] == D("9550.00")
    await company.prove()

    # 7 work order X 90
    second = await work_order(x, "90")
    await erp.post(f"/production/orders/{second['id']}/issue")
    work_report = await erp.post(
        f"/production/orders/{second['id']}/report", {"good": "90", "hours": "18"}
    )
    await erp.quiet()
    (taken,) = await issues(second)
    assert await company.vouchers(taken["number"]) == [
        amounts(_5001_01="9391.89", _1405_02="-9342.39", _1411="-49.50")
    ]
    assert sorted(await company.vouchers(work_report["report"]["number"]), key=str) == sorted(
        [amounts(_5001_02="900.00", _2211="-900.00"), amounts(_5001_03="360.00", _5101="-360.00")],
        key=str,
    )
    left = await company.stock(s)
    assert (left["on_hand"], left["value"]) == (D(4), D("207.61"))

    # 8 complete 90 X: what waits for them gets them
    await erp.post(f"/production/orders/{second['id']}/complete", {"quantity": "90"})
    await erp.quiet()
    (made,) = await receipts(second)
    assert made["cost"] == "10651.89"
    assert await company.vouchers(made["number"]) == [
        amounts(_1405_01="10651.89", _5001_01="-9391.89", _5001_02="-900.00", _5001_03="-360.00")
    ]
    stock = await company.stock(x)
    assert (stock["on_hand"], stock["reserved"], stock["value"]) == (100, 100, D("11851.89"))
    await company.prove()

    # 9 ship 100
    shipment = await company.ship(order["id"], "SH")
    await erp.quiet()
    assert sorted(await company.vouchers(shipment["number"]), key=len) == [
        amounts(_6401="11851.89", _1405_01="-11851.89"),
        amounts(_1122_02="22600.00", _6001="-20000.00", _2221_03="-2600.00"),
    ]
    stock = await company.stock(x)
    assert (stock["on_hand"], stock["value"]) == (D(0), D("0.00"))

    # closing both leaves nothing in work
    for one in (first, second):
        closed = await erp.post(f"/production/orders/{one['id']}/close")
        assert closed["status"] == "closed"
    await erp.quiet()
    balances = await company.balances()
    for account in ("5001.01", "5001.02", "5001.03", "5001.04"):
        assert balances.get(account, D(0)) == 0

    # 10 why 118.52
    tree = await erp.get("/production/cost-trees", company=company.code, item=x)
    assert (tree["amount"], tree["inputs"], tree["went_off"]) == ("11851.89", "12062.50", "210.61")
    assert tree["unit_cost"].startswith("118.5189")
