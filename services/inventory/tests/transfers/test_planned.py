"""Transfers that a plan asked for."""

from typing import Any

from chassis.ids import uuid7
from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.inventory import TransferChanged
from tongheng_contracts.production import PlannedOrderFirmed

from .. import builders as a


def firmed(kind: str = "transfer", **said: Any) -> PlannedOrderFirmed:
    ref = uuid7()
    return PlannedOrderFirmed.model_validate({"firmed": {
        "id": ref, "number": "PL-000007", "company": "E01", "business_date": "2026-11-02", "posting_date": "2026-11-02",
        "planned_order": ref, "kind": kind, "item": "A", "quantity": "6", "unit": "PCS", "warehouse": "GZ",
        "from_warehouse": "SH", "start_date": "2026-11-05", "due_date": "2026-11-09", **said,
    }})  # fmt: skip


async def test_an_accepted_plan_becomes_one_transfer(
    company: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    wish = firmed()
    await company.post("/inventory/adjustments", a.opening(("A", "SH", "10", "10")))

    await publish(wish, firmed("buy"), firmed("make"))
    await publish(wish)

    (made,) = (await company.get("/inventory/transfers")).json()["items"]
    assert (made["status"], made["from_warehouse"], made["to_warehouse"]) == ("open", "SH", "GZ")
    assert (made["ship_date"], made["due_date"]) == ("2026-11-05", "2026-11-09")
    assert [(x["item"], x["quantity"]) for x in made["lines"]] == [("A", "6")]
    planned = str(wish.firmed.planned_order)
    found = (await company.get("/inventory/transfers", planned_order=planned)).json()["items"]
    assert [each["id"] for each in found] == [made["id"]]
    assert made["planned_order"] == planned

    path = f"/inventory/transfers/{made['id']}"
    assert (await company.post(f"{path}/ship")).status_code == 200
    assert (await company.post(f"{path}/receive")).status_code == 200
    told = [each.transfer for each in await emitted_events(TransferChanged)]
    assert [(each.version, each.status, str(each.lines[0].received)) for each in told] == [
        (1, "open", "0"),
        (2, "in_transit", "0"),
        (3, "received", "6"),
    ]


async def test_a_transfer_that_was_given_up_is_told(
    company: Api, emitted_events: EmittedEvents
) -> None:
    lines = [{"item": "A", "quantity": "6"}]
    asked = {"company": "E01", "from_warehouse": "SH", "to_warehouse": "GZ", "lines": lines}
    made = (await company.post("/inventory/transfers", asked)).json()

    await company.post(f"/inventory/transfers/{made['id']}/cancel")

    told = [each.transfer.status for each in await emitted_events(TransferChanged)]
    assert told == ["open", "cancelled"]


async def test_a_transfer_arrives_no_earlier_than_it_leaves(company: Api) -> None:
    asked = {
        "company": "E01",
        "from_warehouse": "SH",
        "to_warehouse": "GZ",
        "ship_date": "2026-11-05",
        "due_date": "2026-11-04",
        "lines": [{"item": "A", "quantity": "6"}],
    }

    refused = await company.post("/inventory/transfers", asked)

    assert (refused.status_code, refused.json()["code"]) == (422, "validation-failed")
    assert refused.json()["errors"][0]["pointer"] == "/due_date"
    assert (await company.get("/inventory/transfers")).json()["items"] == []
