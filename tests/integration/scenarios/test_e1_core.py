"""E1 core: order to cash over two warehouses, with credit hold, backorder and return. Figures to the cent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from operations.client import Client

from ..company import Company, amounts, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def test_e1_core(erp: Client, company: Company) -> None:
    a = await company.item("A", tax_code="VAT13", valuation_class="finished_goods")
    customer = await company.partner("C001", "customer")
    supplier = await company.partner("S001", "supplier")
    await erp.quiet()
    await company.opening((a, "SH", "80", "40.00"), (a, "GZ", "50", "40.00"))
    await erp.request(
        "PUT",
        f"/sales/credit-profiles/{customer}",
        body={"company": company.code, "credit_limit": "20000.00"},
    )
    await erp.post(
        "/finance/openings",
        {
            "company": company.code,
            "receivables": [{"customer": customer, "number": "OLD-1", "amount": "3500.00"}],
        },
    )
    due = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    po = await company.purchase(supplier, "SH", line(a, "30", "44.00", due_date=due))
    await erp.quiet()

    # 2 placed: exposure 3,500 + 16,950 > 20,000: held; released by somebody with the permission
    order = await company.order(customer, line(a, "150", "100.00"))
    assert (order["amount_net"], order["amount_tax"], order["amount_gross"]) == (
        "15000.00",
        "1950.00",
        "16950.00",
    )
    assert order["status"] == "on_hold"
    assert order["hold_reasons"] == ["credit"]
    await erp.quiet()
    assert (await company.stock(a))["reserved"] == 0
    released = await erp.post(f"/sales/orders/{order['id']}/release")
    assert released["status"] == "pending"
    await erp.quiet()

    # 3 reserved SH 80, GZ 50; 20 pegged to the purchase order
    assert (await company.stock(a, "SH"))["reserved"] == 80
    assert (await company.stock(a, "GZ"))["reserved"] == 50
    assert (await company.stock(a))["available"] == 0
    seen = await erp.get(f"/sales/orders/{order['id']}")
    assert seen["status"] == "processing"
    assert seen["promised_date"] == due
    (first,) = seen["lines"]
    assert [(e["source"], Decimal(e["quantity"])) for e in first["expected"]] == [
        (po["number"], Decimal(20))
    ]
    assert Decimal(first["uncovered"]) == 0

    # 4, 5 ship SH 80 and GZ 50
    shipped = {}
    for warehouse, revenue, cost in (("SH", "8000.00", "3200.00"), ("GZ", "5000.00", "2000.00")):
        shipment = await company.ship(
            order["id"], warehouse, carrier="SF", tracking_number=f"SF{warehouse}"
        )
        shipped[warehouse] = shipment
        await erp.quiet()
        tax = (Decimal(revenue) * Decimal("0.13")).quantize(Decimal("0.01"))
        gross = Decimal(revenue) + tax
        assert sorted(await company.vouchers(shipment["number"]), key=len) == [
            amounts(_6401=cost, _1405_01=f"-{cost}"),
            amounts(_1122_02=str(gross), _6001=f"-{revenue}", _2221_03=f"-{tax}"),
        ]

    # 7 receive 30 at 44.00: 20 go to the backorder first
    receipt = await erp.post(
        "/inventory/receipts",
        {"purchase_order": po["number"], "lines": [{"line": 1, "accepted": "30"}]},
    )
    await erp.quiet()
    assert (await company.stock(a, "SH")) | {"value": 0} == {
        "on_hand": 30, "reserved": 20, "available": 10, "promised": 0, "in_transit": 0, "on_order": 0, "value": 0,
    }  # fmt: skip
    assert await company.vouchers(receipt["number"]) == [
        amounts(_1405_01="1320.00", _2202_02="-1320.00")
    ]

    # 8 ship the rest
    last = await company.ship(order["id"], "SH")
    await erp.quiet()
    assert sorted(await company.vouchers(last["number"]), key=len) == [
        amounts(_6401="880.00", _1405_01="-880.00"),
        amounts(_1122_02="2260.00", _6001="-2000.00", _2221_03="-260.00"),
    ]
    assert (await erp.get(f"/sales/orders/{order['id']}"))["status"] == "completed"
    assert (await company.stock(a, "SH"))["on_hand"] == 10

    # 9 invoice for all
    invoice = await erp.post("/finance/invoices", {"order": order["number"]})
    await erp.quiet()
    assert await company.vouchers(invoice["number"]) == [
        amounts(_1122_01="16950.00", _1122_02="-16950.00", _2221_03="1950.00", _2221_02="-1950.00")
    ]

    # 10 five pieces of step 5 come back
    rma = await erp.post(
        "/sales/returns",
        {
            "order": order["number"],
            "reason": "scratched",
            "lines": [{"order_line": 1, "quantity": "5", "shipment": shipped["GZ"]["shipment"]}],
        },
    )
    await erp.post(f"/sales/returns/{rma['id']}/authorise")
    await erp.quiet()
    returned = await erp.post(
        "/inventory/returns",
        {
            "return": rma["number"],
            "warehouse": company.of("GZ"),
            "lines": [{"line": 1, "quantity": "5"}],
        },
    )
    await erp.quiet()
    assert (await company.stock(a, "GZ"))["available"] == 0
    await erp.post(
        f"/inventory/returns/{returned['id']}/inspect", {"lines": [{"line": 1, "accepted": "5"}]}
    )
    await erp.quiet()
    assert (await company.stock(a, "GZ"))["available"] == 5
    assert sorted(await company.vouchers(returned["number"]), key=len) == [
        amounts(_1405_01="200.00", _6401="-200.00"),
        amounts(_6001="500.00", _2221_02="65.00", _1122_01="-565.00"),
    ]

    # 11 cash
    payment = await erp.post(
        "/finance/payments",
        {
            "company": company.code,
            "direction": "received",
            "partner": customer,
            "order": order["number"],
            "amount": "16385.00",
        },
    )
    await erp.quiet()
    assert await company.vouchers(payment["number"]) == [
        amounts(_1002="16385.00", _1122_01="-16385.00")
    ]
    assert (await erp.get(f"/sales/orders/{order['id']}"))["status"] == "closed"

    # the end
    stock = await company.stock(a)
    assert (stock["on_hand"], stock["value"]) == (Decimal(15), Decimal("640.00"))
    balances = await company.balances()
    assert balances["6001"] == Decimal("-14500.00")
    assert balances["6401"] == Decimal("5880.00")
    assert balances["1122.01"] == Decimal("3500.00")
    assert balances.get("1122.02", Decimal(0)) == 0
    assert balances["1405.01"] == Decimal("640.00")


async def test_of_two_orders_at_the_same_instant_one_passes_the_credit_limit(
    erp: Client, company: Company
) -> None:
    import asyncio

    a = await company.item("A")
    customer = await company.partner("C002", "customer")
    await erp.quiet()
    await erp.request(
        "PUT",
        f"/sales/credit-profiles/{customer}",
        body={"company": company.code, "credit_limit": "16500.00"},
    )

    # 9,000.00 gross each
    placed = await asyncio.gather(
        *(company.order(customer, line(a, "1", "7964.60")) for _ in range(2))
    )

    assert {order["amount_gross"] for order in placed} == {"9000.00"}
    assert sorted(order["status"] for order in placed) == ["on_hold", "pending"]
