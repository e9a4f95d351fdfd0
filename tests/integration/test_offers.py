"""From asking suppliers to a blanket order and its release (E2, step 1), and from a quotation to an order (E1), over the gateway."""

from typing import Any

import pytest

from operations.client import Client, Refused

from .company import Company

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

LAST_DAY = "2999-12-31"


async def test_offers_are_compared_agreed_and_drawn_from(erp: Client) -> None:
    company = await Company.found(erp)
    steel = await company.item("B")
    dear, best = [await company.partner(code, "supplier") for code in ("V1", "V3")]
    await erp.quiet()
    shared = {"company": company.code, "warehouse": company.of("SH")}

    rfq = await erp.post(
        "/purchasing/rfqs",
        {
            **shared,
            "suppliers": [dear, best],
            "answer_until": LAST_DAY,
            "lines": [{"item": steel, "quantity": "5000"}],
        },
    )
    for version, (supplier, price) in enumerate(((dear, "10.20"), (best, "10.00")), start=1):
        offer = {"line": 1, "unit_price": price, "lead_time_days": 5}
        await erp.request(
            "PUT",
            f"/purchasing/rfqs/{rfq['id']}/offers/{supplier}",
            body={"lines": [offer]},
            headers={"If-Match": f'"{version}"'},
        )
    compared = await erp.get(f"/purchasing/rfqs/{rfq['id']}")
    assert compared["offers"][0]["supplier"] == best

    agreed: dict[str, Any] = {"item": steel, "unit_price": "10.00", "quantity_limit": "5000"}
    agreement = await erp.post(
        "/purchasing/agreements",
        {
            "company": company.code,
            "supplier": best,
            "valid_from": "2020-01-01",
            "valid_until": LAST_DAY,
            "lines": [agreed],
        },
    )
    await erp.post(f"/purchasing/agreements/{agreement['id']}/approve")
    await erp.request(
        "PUT",
        f"/purchasing/approval-policies/{company.code}",
        body={"rules": [{"amount_above": "5000.00", "approvals": 2}]},
    )

    def release(quantity: str) -> dict[str, Any]:
        drawn = {"item": steel, "quantity": quantity, "agreement": agreement["number"]}
        return {**shared, "supplier": best, "lines": [drawn]}

    order = await erp.post("/purchasing/orders", release("1000"))
    await erp.post(f"/purchasing/orders/{order['id']}/submit")
    waiting = await erp.post(f"/purchasing/orders/{order['id']}/approve")
    with pytest.raises(Refused) as alone:
        await erp.post(f"/purchasing/orders/{order['id']}/approve")
    with pytest.raises(Refused) as overdrawn:
        await erp.post("/purchasing/orders", release("4001"))

    assert order["amount_net"] == "10000.00"
    assert (waiting["status"], waiting["approvals_given"], waiting["approvals_needed"]) == (
        "submitted", 1, 2,
    )  # fmt: skip
    assert alone.value.problem["code"] == "self-approval"
    assert overdrawn.value.problem["code"] == "agreement-exhausted"
    await erp.quiet()
    await company.prove()


async def test_a_quotation_becomes_an_order_that_inventory_hears_of(erp: Client) -> None:
    company = await Company.found(erp)
    item = await company.item("A")
    customer = await company.partner("C", "customer")
    await erp.quiet()
    # Scenario E1: 110.00, from 100 pieces 100.00.
    prices = [
        {"item": item, "unit_price": "110.00"},
        {"item": item, "unit_price": "100.00", "from_quantity": "100"},
    ]
    await erp.post(
        "/sales/price-lists",
        {"company": company.code, "code": "STANDARD", "name": "标准价目表", "prices": prices},
    )
    quoted = {"item": item, "quantity": "150"}

    quotation = await erp.post(
        "/sales/quotations",
        {
            "company": company.code,
            "customer": customer,
            "valid_until": LAST_DAY,
            "lines": [quoted],
        },
    )
    (line,) = quotation["lines"]
    assert (line["price_source"], line["price_list"], line["price_from"]) == (
        "price_list", "STANDARD", "100",
    )  # fmt: skip
    await erp.post(f"/sales/quotations/{quotation['id']}/issue")
    accepted = await erp.post(f"/sales/quotations/{quotation['id']}/accept")
    await erp.quiet()
    order = await erp.get(f"/sales/orders/{accepted['order']}")

    assert (order["amount_gross"], order["lines"][0]["price_source"]) == ("16950.00", "quotation")
    assert order["lines"][0]["uncovered"] == "150"
    await company.prove()
