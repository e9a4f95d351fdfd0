"""Scenario E3, steps 1 and 2: a promise with its reasons, and a plan in one pass, pegged to the order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import named, uuid7
from chassis.testing import Api, EmittedEvents, Publish
from production.planning import service
from production.replicas import service as replicas
from tongheng_contracts.inventory import StockAdjusted
from tongheng_contracts.production import MrpCompleted, PlannedOrderFirmed
from tongheng_contracts.purchasing import RequisitionRaised, SupplierItemChanged
from tongheng_contracts.sales import OrderPlaced

from .. import builders as a

D = Decimal
ORDER = named("order", "SO-1")


def stock(*lines: tuple[str, str, str]) -> StockAdjusted:
    return StockAdjusted.model_validate({"adjustment": {
        "id": uuid7(), "number": "AD-1", "company": "E01", "business_date": a.DAY, "posting_date": a.DAY,
        "reason": "opening", "lines": [
            {"line": n, "item": item, "warehouse": "SH", "quantity": quantity, "unit": "PCS", "amount": amount,
             "valuation_class": "raw_material"}
            for n, (item, quantity, amount) in enumerate(lines, start=1)
        ],
    }})  # fmt: skip


def sold(item: str, quantity: str, day: date | None) -> OrderPlaced:
    return OrderPlaced.model_validate({"order": {
        "id": ORDER, "number": "SO-1", "company": "E01", "version": 1, "status": "pending", "business_date": a.DAY,
        "customer": "C001", "currency": "CNY", "priority": 100, "placed_at": "2026-11-02T08:00:00+08:00",
        "requested_date": day.isoformat() if day else None, "amount_net": "0", "amount_tax": "0", "amount_gross": "0",
        "lines": [{"line": 1, "item": item, "quantity": quantity, "unit": "PCS", "unit_price": "200", "amount_net": "0",
                   "amount_tax": "0", "amount_gross": "0", "tax_code": "VAT13", "tax_rate": "0.13",
                   "quantity_cancelled": "0"}],
    }})  # fmt: skip


def offer(item: str, days: int, minimum: str) -> SupplierItemChanged:
    return SupplierItemChanged.model_validate({"supplier_item": {
        "id": named("offer", item), "supplier": "V3", "item": item, "unit": "PCS", "unit_price": "5", "currency": "CNY",
        "lead_time_days": days, "minimum_quantity": minimum, "preferred": True, "version": 1,
    }})  # fmt: skip


@pytest.fixture
async def planning(making: Api, publish: Publish) -> Api:
    """E3's bills, lead times and stock."""
    await a.e3_bills(making)
    for item in ("X", "S"):
        plan = {"company": "E01", "item": item, "lead_time_days": 4}
        await a.made(making, "/production/item-plans", plan)
    await publish(
        offer("C", 8, "100"),
        stock(("X", "10", "1200.00"), ("S", "40", "2000.00"), ("B", "750", "8100.00"), ("C", "60", "300.00"),
              ("BOX", "1000", "500.00"), ("TAPE", "1000", "100.00")),
    )  # fmt: skip
    return making


async def run(api: Api, session: AsyncSession) -> dict[str, Any]:
    answer = await api.post("/production/mrp/runs", {"company": "E01"})
    assert answer.status_code == 202, answer.text
    assert await service.run_next(session)
    done: dict[str, Any] = (await api.get(f"/production/mrp/runs/{answer.json()['id']}")).json()
    assert (done["status"], done["error"]) == ("completed", "")
    return done


async def test_a_promise_says_when_and_why_and_what_would_make_it_earlier(
    planning: Api, session: AsyncSession
) -> None:
    today = await replicas.today(session, "E01")
    asked = {"company": "E01", "item": "X", "quantity": "100",
             "wanted": (today + timedelta(days=20)).isoformat()}  # fmt: skip

    said = await a.made(planning, "/production/promises", asked)
    faster = await a.made(
        planning, "/production/promises", {**asked, "lead_times": [{"item": "C", "days": 4}]}
    )

    assert (said["days"], said["on_time"]) == (16, True)
    assert faster["days"] == 12
    text = str(said["reasons"])
    assert "'C'" in text
    assert "'buy'" in text
    assert any(lever["item"] == "C" for lever in said["earlier"])


async def test_one_pass_nets_every_level_and_pegs_it_to_the_order(
    planning: Api, publish: Publish, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    today = await replicas.today(session, "E01")
    await publish(sold("X", "100", today + timedelta(days=20)))

    done = await run(planning, session)

    rows = (await planning.get("/production/planned-orders", company="E01")).json()["items"]
    assert {(r["kind"], r["item"]): r["quantity"] for r in rows} == {
        ("make", "X"): "90", ("make", "S"): "145", ("buy", "C"): "100",
    }  # fmt: skip
    assert {r["demand_order"] for r in rows} == {str(ORDER)}
    assert done["planned_orders"] == 3
    (told,) = [e.run for e in await emitted_events(MrpCompleted)]
    assert told.planned_orders == 3

    chips = next(r for r in rows if r["item"] == "C")
    up = (await planning.get("/production/mrp/pegs", supply=chips["id"])).json()
    assert [(p["item"], p["need_kind"]) for p in up] == [
        ("C", "component"), ("S", "component"), ("X", "demand"),
    ]  # fmt: skip
    down = (await planning.get("/production/mrp/pegs", need=str(ORDER))).json()
    assert {(p["item"], p["supply_kind"]) for p in down} >= {
        ("X", "stock"), ("X", "planned"), ("S", "stock"), ("S", "planned"), ("B", "stock"), ("C", "stock"),
        ("C", "planned"),
    }  # fmt: skip


async def test_firmed_orders_become_documents_and_a_second_run_asks_for_nothing_more(
    planning: Api, publish: Publish, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    today = await replicas.today(session, "E01")
    await publish(sold("X", "100", today + timedelta(days=20)))
    await run(planning, session)
    rows = (await planning.get("/production/planned-orders", company="E01")).json()["items"]

    answer = await a.made(
        planning, "/production/planned-orders:firm", {"planned_orders": [r["id"] for r in rows]}
    )
    again = await a.made(
        planning, "/production/planned-orders:firm", {"planned_orders": [rows[0]["id"]]}
    )

    assert [r["status"] for r in answer["results"]] == [200, 200, 200]
    assert [r["status"] for r in again["results"]] == [409]
    orders = (await planning.get("/production/orders", company="E01")).json()["items"]
    assert {(o["item"], o["quantity"], o["status"], o["sales_order"]) for o in orders} == {
        ("X", "90", "planned", str(ORDER)), ("S", "145", "planned", str(ORDER)),
    }  # fmt: skip
    bought = next(
        e.firmed for e in await emitted_events(PlannedOrderFirmed) if e.firmed.kind == "buy"
    )
    assert (bought.item, bought.quantity, bought.supplier) == ("C", D(100), "V3")

    await publish(RequisitionRaised.model_validate({"requisition": {
        "id": named("requisition", "1"), "number": "PR-1", "company": "E01", "version": 1, "status": "open",
        "business_date": a.DAY, "origin": "mrp", "lines": [{
            "line": 1, "item": "C", "quantity": "100", "unit": "PCS", "warehouse": "SH", "due_date": bought.due_date,
            "supplier": "V3", "demand_order": None, "demand_line": None,
        }],
    }}))  # fmt: skip
    second = await run(planning, session)
    assert second["planned_orders"] == 0


async def test_what_is_shipped_and_cancelled_is_wanted_no_more(
    planning: Api, publish: Publish, session: AsyncSession
) -> None:
    event = sold("X", "100", None)
    cancelled = event.model_copy(update={"order": event.order.model_copy(
        update={"version": 2, "status": "cancelled"})})  # fmt: skip
    await publish(event)
    await publish(cancelled)

    assert (await run(planning, session))["planned_orders"] == 0


async def test_an_unknown_item_is_refused(planning: Api) -> None:
    answer = await planning.post(
        "/production/promises", {"company": "E01", "item": "NONE", "quantity": "1"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")
