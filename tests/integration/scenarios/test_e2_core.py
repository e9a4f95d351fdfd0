"""E2 core: procure to pay with partial receipt, rejects, tolerance, price variance and return. Figures to the cent."""

from decimal import Decimal

import pytest

from operations.client import Client, Refused

from ..company import Company, amounts, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def test_e2_core(erp: Client, company: Company) -> None:
    b = await company.item("B", base_unit="KG", valuation_class="raw_material", tax_code="VAT13")
    v3 = await company.partner("V3", "supplier")
    await erp.quiet()

    # 1 an ordinary order of 1,000 kg at 10.00, tolerance 2 %
    po = await company.purchase(v3, "SH", line(b, "1000", "10.00"), tolerance="0.02")
    assert po["amount_net"] == "10000.00"

    # 2 receive 600: 580 accepted, 20 rejected
    first = await erp.post(
        "/inventory/receipts",
        {
            "purchase_order": po["number"],
            "lines": [{"line": 1, "accepted": "580", "rejected": "20"}],
        },
    )
    await erp.quiet()
    assert (await company.stock(b))["on_hand"] == 580
    assert await company.vouchers(first["number"]) == [
        amounts(_1403="5800.00", _2202_02="-5800.00")
    ]

    # 3 issue 200 kg to a cost collector
    issue = await erp.post(
        "/inventory/issues",
        {
            "company": company.code,
            "cost_collector": "WO-1",
            "lines": [{"item": b, "warehouse": company.of("SH"), "quantity": "200"}],
        },
    )
    await erp.quiet()
    assert await company.vouchers(issue["number"]) == [
        amounts(_5001_01="2000.00", _1403="-2000.00")
    ]
    assert (await company.stock(b))["on_hand"] == 380

    # 4 580 + 445 > 1,020: refused, nothing posted
    with pytest.raises(Refused) as refusal:
        await erp.post(
            "/inventory/receipts",
            {"purchase_order": po["number"], "lines": [{"line": 1, "accepted": "445"}]},
        )
    assert (refusal.value.status, refusal.value.code) == (422, "over-receipt")
    assert (await company.stock(b))["on_hand"] == 380

    # 5 receive 420
    second = await erp.post(
        "/inventory/receipts",
        {"purchase_order": po["number"], "lines": [{"line": 1, "accepted": "420"}]},
    )
    await erp.quiet()
    assert (await company.stock(b))["on_hand"] == 800
    assert await company.vouchers(second["number"]) == [
        amounts(_1403="4200.00", _2202_02="-4200.00")
    ]

    # 6 billed 1,000 kg at 10.30: blocked by price, accepted; 240 stay on hand, 60 went into production
    bill = await erp.post(
        "/finance/bills",
        {
            "company": company.code,
            "supplier": v3,
            "number": "V3-INV-1",
            "purchase_order": po["number"],
            "lines": [{"line": 1, "quantity": "1000", "unit_price": "10.30"}],
        },
    )
    assert bill["status"] == "blocked"
    await erp.quiet()
    assert await company.vouchers(bill["number"]) == []
    await erp.post(f"/finance/bills/{bill['id']}/accept")
    await erp.quiet()
    assert await company.vouchers(bill["number"]) == [
        amounts(
            _2202_02="10000.00",
            _1403="240.00",
            _5001_01="60.00",
            _2221_01="1339.00",
            _2202_01="-11639.00",
        )
    ]
    stock = await company.stock(b)
    assert (stock["on_hand"], stock["value"]) == (Decimal(800), Decimal("8240.00"))

    # 8 return 50 kg at 10.30
    back = await erp.post(
        "/purchasing/returns",
        {
            "purchase_order": po["number"],
            "warehouse": company.of("SH"),
            "reason": "rust",
            "lines": [{"line": 1, "quantity": "50", "unit_price": "10.30"}],
        },
    )
    await erp.post(f"/purchasing/returns/{back['id']}/authorise")
    await erp.quiet()
    gone = await erp.post(
        "/inventory/returns",
        {
            "return": back["number"],
            "warehouse": company.of("SH"),
            "lines": [{"line": 1, "quantity": "50"}],
        },
    )
    await erp.quiet()
    assert await company.vouchers(gone["number"]) == [
        amounts(_2202_01="581.95", _1403="-515.00", _2221_04="-66.95")
    ]

    # 9 the same invoice number again
    with pytest.raises(Refused) as refusal:
        await erp.post(
            "/finance/bills",
            {
                "company": company.code,
                "supplier": v3,
                "number": "V3-INV-1",
                "purchase_order": po["number"],
                "lines": [{"line": 1, "quantity": "1", "unit_price": "10.00"}],
            },
        )
    assert (refusal.value.status, refusal.value.code) == (409, "duplicate")

    # 10 pay what is left, once
    pay = {"company": company.code, "direction": "paid", "partner": v3, "amount": "11057.05"}
    payment = await erp.post("/finance/payments", pay)
    await erp.quiet()
    assert await company.vouchers(payment["number"]) == [
        amounts(_2202_01="11057.05", _1002="-11057.05")
    ]
    with pytest.raises(Refused) as refusal:
        await erp.post("/finance/payments", pay)
    assert (refusal.value.status, refusal.value.code) == (409, "overpayment")

    # the end
    balances = await company.balances()
    assert balances.get("2202.01", Decimal(0)) == 0
    assert balances.get("2202.02", Decimal(0)) == 0
    assert balances["1403"] == Decimal("7725.00")
    stock = await company.stock(b)
    assert (stock["on_hand"], stock["value"]) == (Decimal(750), Decimal("7725.00"))
