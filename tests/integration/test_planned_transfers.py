"""A site that is supplied from another: from the plan over the transfer to the next plan, and the proof."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from operations.client import Client

from .company import Company, line
from .scenarios.test_e3 import run_mrp

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def test_an_accepted_transfer_is_carried_out_and_planned_no_more(
    erp: Client, company: Company
) -> None:
    x = await company.item("X", procurement="make")
    customer = await company.partner("C1", "customer")
    await erp.quiet()
    await company.opening((x, "SH", "50", "10.00"))
    site = {"company": company.code, "item": x, "warehouse": company.of("GZ")}
    await erp.post(
        "/production/item-plans",
        {**site, "source": "transfer", "transfer_from": company.of("SH"), "lead_time_days": 2},
    )
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
    wanted = (today + timedelta(days=9)).isoformat()
    sold = {**line(x, "30", "20.00"), "warehouse": company.of("GZ")}
    order = await company.order(customer, sold, requested_date=wanted)
    await erp.quiet()

    assert (await run_mrp(erp, company))["planned_orders"] == 1
    (wish,) = await erp.items("/production/planned-orders", company=company.code)
    assert (wish["kind"], wish["demand_order"], Decimal(wish["quantity"])) == (
        "transfer",
        order["id"],
        30,
    )
    await erp.post("/production/planned-orders:firm", {"planned_orders": [wish["id"]]})
    await erp.quiet()
    (transfer,) = await erp.items("/inventory/transfers", planned_order=wish["id"])
    assert (transfer["status"], transfer["due_date"]) == ("open", wanted)
    assert (transfer["from_warehouse"], transfer["to_warehouse"]) == (
        company.of("SH"),
        company.of("GZ"),
    )
    assert (await run_mrp(erp, company))["planned_orders"] == 0

    await erp.post(f"/inventory/transfers/{transfer['id']}/ship")
    await erp.quiet()
    assert (await run_mrp(erp, company))["planned_orders"] == 0
    await erp.post(f"/inventory/transfers/{transfer['id']}/receive")
    await erp.quiet()
    assert (await run_mrp(erp, company))["planned_orders"] == 0
    assert (await company.stock(x, "GZ"))["reserved"] == 30
    await company.prove()
