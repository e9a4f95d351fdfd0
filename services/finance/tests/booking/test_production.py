"""Scenario E3's vouchers: labour, overhead, subcontracting, what was made, and variances; work in process ties out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chassis.ids import named
from chassis.testing import Api, Publish
from tongheng_contracts.control import (
    ControlReport,
    ControlTotal,
    InventoryControlTotals,
    ProductionControlTotals,
)
from tongheng_contracts.inventory import ProductionReceived
from tongheng_contracts.production import (
    OperationReported,
    ProductionOrderClosed,
    SubcontractReceived,
)

from ..builders import DAY, company, id_of, issued, partner

DATES: Any = {"company": "E01", "business_date": DAY, "posting_date": DAY}
ORDER: Any = {"order": id_of("MO-1"), "order_number": "MO-1"}
NOW = datetime.now(UTC)


def worked(number: str, hours: str, labour: str, overhead: str) -> OperationReported:
    return OperationReported.model_validate({"report": {
        "id": id_of(number), "number": number, **DATES, **ORDER, "item": "S", "operation": 10, "work_centre": "WC1",
        "good": "1", "scrapped": "0", "rework": "0", "hours": hours, "labour_rate": "50", "overhead_rate": "20",
        "labour": labour, "overhead": overhead,
    }})  # fmt: skip


def outside(number: str) -> SubcontractReceived:
    return SubcontractReceived.model_validate({"subcontract": {
        "id": id_of(number), "number": number, **DATES, **ORDER, "operation": 10, "supplier": "V3",
        "supplier_number": "V3-9001", "quantity": "1", "currency": "CNY", "due_date": "2026-12-31",
        "amount_net": "30.00", "amount_tax": "3.90", "amount_gross": "33.90", "tax_code": "VAT13", "tax_rate": "0.13",
    }})  # fmt: skip


def made(number: str, valuation_class: str, **costs: str) -> ProductionReceived:
    parts = {n: costs.get(n, "0") for n in ("material", "labour", "overhead", "subcontract")}
    cost = str(sum(Decimal(value) for value in parts.values()))
    return ProductionReceived.model_validate({"production_receipt": {
        "id": id_of(number), "number": number, **DATES, "output": id_of(f"O{number}"), "production_order": id_of("MO-1"),
        "production_order_number": "MO-1", "cost": cost, "lines": [{
            "line": 1, "item": "S", "warehouse": "SH", "quantity": "144", "unit": "PCS", "kind": "main",
            "valuation_class": valuation_class, "cost": cost, **parts,
        }],
    }})  # fmt: skip


def closed(number: str, labour: str) -> ProductionOrderClosed:
    return ProductionOrderClosed.model_validate({"closing": {
        "id": id_of(number), "number": number, **DATES, **ORDER, "item": "S", "material": "0", "labour": labour,
        "overhead": "0", "subcontract": "0", "cost": labour,
    }})  # fmt: skip


def totals(kind: Any, service: str, cut: datetime, sums: dict[str, str]) -> Any:
    return kind(report=ControlReport(
        id=named("control", service), service=service, version=1, cut=cut,
        totals=[
            ControlTotal(company="E01", name=name.partition("/")[0], key=name.partition("/")[2], amount=Decimal(value),
                         quantity=Decimal(0), count=1)
            for name, value in sums.items()
        ],
    ))  # fmt: skip


async def lines_of(api: Api, source: str) -> list[list[str]]:
    answer = await api.get("/finance/vouchers", source=source)
    return [
        [f"{line['account']} {line['debit']} {line['credit']}" for line in voucher["lines"]]
        for voucher in answer.json()["items"]
    ]


async def test_work_outside_work_and_what_was_made(publish: Publish, api: Api) -> None:
    await publish(company(), partner("V3", "supplier"))

    await publish(
        issued("MI-1", "5423.00"),
        worked("OR-1", "29", "1450.00", "580.00"),
        outside("SC-1"),
        made("PRC-1", "raw_material", material="3.00"),
        made("PRC-2", "semi_finished", material="5420.00", labour="1450.00", overhead="580.00", subcontract="30.00"),
    )  # fmt: skip

    assert sorted(await lines_of(api, "OR-1")) == [
        ["5001.02 1450.00 0.00", "2211 0.00 1450.00"],
        ["5001.03 580.00 0.00", "5101 0.00 580.00"],
    ]
    assert await lines_of(api, "SC-1") == [
        ["5001.04 30.00 0.00", "2221.01 3.90 0.00", "2202.01 0.00 33.90"]
    ]
    assert await lines_of(api, "PRC-1") == [["1403 3.00 0.00", "5001.01 0.00 3.00"]]
    assert await lines_of(api, "PRC-2") == [[
        "1405.02 7480.00 0.00", "5001.01 0.00 5420.00", "5001.02 0.00 1450.00", "5001.03 0.00 580.00",
        "5001.04 0.00 30.00",
    ]]  # fmt: skip
    owed = (await api.get("/finance/payables", company="E01", supplier="V3")).json()["items"]
    assert [(one["number"], one["open_amount"]) for one in owed] == [("SC-1", "33.90")]


async def test_a_variance_may_be_on_either_side_and_nothing_makes_no_voucher(
    publish: Publish, api: Api
) -> None:
    await publish(company())

    await publish(closed("CL-1", "17.50"), closed("CL-2", "-4.00"), closed("CL-3", "0"))

    assert await lines_of(api, "CL-1") == [["6401 17.50 0.00", "5001.02 0.00 17.50"]]
    assert await lines_of(api, "CL-2") == [["5001.02 4.00 0.00", "6401 0.00 4.00"]]
    assert await lines_of(api, "CL-3") == []


async def test_work_in_process_ties_out_at_two_cuts(publish: Publish, api: Api) -> None:
    await publish(company(), partner("V3", "supplier"))
    await publish(issued("MI-1", "100.00"), worked("OR-1", "1", "50.00", "20.00"), time=NOW)
    await publish(
        made("PRC-1", "semi_finished", material="60.00", labour="10.00"),
        time=NOW + timedelta(seconds=2),
    )
    await publish(worked("OR-2", "1", "50.00", "20.00"), time=NOW + timedelta(seconds=4))

    async def proven() -> tuple[str, str, str]:
        answer = await api.get("/finance/proof", company="E01")
        found = {one["name"]: one for one in answer.json()["equalities"]}["work_in_process"]
        return found["left"], found["right"], found["difference"]

    # Inventory's cut is after what was made, production's before the second report.
    inventory = {"issued": "100.00", "production_received/material": "60.00", "production_received/labour": "10.00"}  # fmt: skip
    await publish(
        totals(InventoryControlTotals, "inventory", NOW + timedelta(seconds=5), inventory),
        totals(ProductionControlTotals, "production", NOW + timedelta(seconds=1),
               {"operations/labour": "50.00", "operations/overhead": "20.00", "in_work": "100.00"}),
    )  # fmt: skip
    assert await proven() == ("100.00", "100.00", "0.00")
