"""What runs low is bought once, from the order that took it to the purchase order that brings it."""

from typing import Any

import pytest

from operations.client import Client

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def test_what_runs_low_is_bought_once(erp: Client, company: Company) -> None:
    a = await company.item("LOW")
    customer = await company.partner("C", "customer")
    supplier = await company.partner("V", "supplier")
    await erp.quiet()
    await company.opening((a, "SH", "60", "5.00"))
    offer = {"supplier": supplier, "item": a, "unit_price": "5.00"}
    await erp.post("/purchasing/supplier-items", offer)
    place = {"company": company.code, "item": a, "warehouse": company.of("SH")}
    rule = await erp.post("/inventory/reorder-rules", {**place, "minimum": "50", "maximum": "200"})

    async def asked() -> list[dict[str, Any]]:
        return await erp.items("/purchasing/requisitions", item=a, origin="reorder")

    async def missing() -> str:
        return (await erp.get(f"/inventory/reorder-rules/{rule['id']}"))["missing"]

    await company.order(customer, line(a, "20", "9.00"))
    (requisition,) = await erp.eventually(asked, lambda rows: len(rows) == 1, seconds=60)
    assert requisition["lines"][0]["quantity"] == "160"

    made = await erp.post("/purchasing/requisitions:order", {"requisitions": [requisition["id"]]})
    for step in ("submit", "approve"):
        await erp.post(f"/purchasing/orders/{made['orders'][0]['id']}/{step}")
    await erp.eventually(missing, lambda quantity: quantity == "0", seconds=60)
    await erp.quiet()
    assert [row["status"] for row in await asked()] == ["ordered"]
