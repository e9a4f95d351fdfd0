"""Something that nobody has made yet: quoted, engineered, ordered by its item, planned, and released for production."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from operations.client import Client, Refused

from .company import Company, line
from .scenarios.test_e3 import run_mrp

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def test_a_special_is_engineered_and_made(erp: Client, company: Company) -> None:
    steel = await company.item("B", base_unit="KG", quantity_decimals=3)
    standard = await company.item("A")
    customer = await company.partner("C1", "customer")
    await erp.quiet()
    await company.opening((steel, "SH", "500", "10.00"), (standard, "SH", "20", "40.00"))
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
    wanted = (today + timedelta(days=30)).isoformat()
    special: dict[str, Any] = {
        "non_standard": {
            "description": "四轴移载机", "description_en": "Four-axis transfer unit",
            "specification": "行程 1200 mm，负载 80 kg。", "attributes": {"voltage": "380 V"},
        },
        "quantity": "2", "unit": "PCS", "unit_price": "24000.00", "tax_code": "VAT13",
    }  # fmt: skip
    quotation = await erp.post(
        "/sales/quotations",
        {
            "company": company.code, "customer": customer, "valid_until": "2999-12-31", "requested_date": wanted,
            "lines": [line(standard, "5", "90.00"), special],
        },
    )  # fmt: skip
    quoted = f"/sales/quotations/{quotation['id']}"
    await erp.post(f"{quoted}/issue")
    await erp.quiet()

    # 1 production engineers it; nothing is ordered before
    (request,) = await erp.items(
        "/production/engineering-requests", quotation_number=quotation["number"]
    )
    assert (request["status"], request["customer"], request["requested_date"]) == (
        "requested", customer, wanted,
    )  # fmt: skip
    with pytest.raises(Refused) as early:
        await erp.post(f"{quoted}/accept")
    assert early.value.problem["code"] == "no-item-yet"
    path = f"/production/engineering-requests/{request['id']}"
    due = (today + timedelta(days=5)).isoformat()
    await erp.post(f"{path}/take", {"due_date": due, "lead_time_days": 12})
    unit = await company.item("TU-4X", procurement="make", valuation_class="finished_goods")
    await erp.quiet()
    await erp.post(f"{path}/design", {"item": unit})
    with pytest.raises(Refused) as bare:
        await erp.post(f"{path}/release")
    assert bare.value.problem["code"] == "no-bom"
    await erp.post(
        "/production/boms",
        {"company": company.code, "item": unit, "components": [{"item": steel, "quantity": "40"}]},
    )
    released = await erp.post(f"{path}/release")
    assert (released["status"], released["item"]) == ("released", unit)
    await erp.quiet()

    # 2 the quotation has its item, and becomes an order
    named = (await erp.get(quoted))["lines"][1]
    assert (named["item"], named["non_standard"]["status"], named["non_standard"]["due_date"]) == (
        unit, "released", due,
    )  # fmt: skip
    order = await erp.post(f"{quoted}/accept")
    await erp.quiet()
    await run_mrp(erp, company)
    plain, made = await erp.items("/production/pre-production", order=order["order_number"])
    assert (plain["state"], plain["standard"], plain["item"]) == ("in_stock", True, standard)
    assert (made["state"], made["standard"], made["uncovered"]) == ("planned", False, "0")
    assert made["engineering_request"]["number"] == request["number"]
    (planned,) = [each for each in made["planned_orders"] if each["item"] == unit]
    assert (planned["kind"], Decimal(planned["quantity"])) == ("make", 2)

    # 3 the plan is accepted, and the order to make it released
    await erp.post("/production/planned-orders:firm", {"planned_orders": [planned["id"]]})
    (work,) = await erp.items("/production/orders", company=company.code, item=unit)
    assert work["sales_order"] == order["order"]
    await erp.post(f"/production/orders/{work['id']}/release")
    await erp.quiet()
    await run_mrp(erp, company)
    _, made = await erp.items("/production/pre-production", order=order["order_number"])
    assert made["state"] == "ordered"
    assert [(each["number"], each["status"]) for each in made["production_orders"]] == [
        (work["number"], "released")
    ]
    assert (await company.stock(steel))["reserved"] == 80

    # 4 made, shipped, and the books agree
    await erp.post(f"/production/orders/{work['id']}/issue")
    await erp.quiet()
    await erp.post(f"/production/orders/{work['id']}/complete", {"quantity": "2"})
    await erp.quiet()
    await company.ship(order["order"], work["warehouse"].removesuffix(f"-{company.tag}"))
    await erp.quiet()
    _, made = await erp.items("/production/pre-production", order=order["order_number"])
    assert made["state"] == "shipped"
    await company.prove()
