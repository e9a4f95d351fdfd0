"""Production orders: material is set aside, given out with its cost, waited for, and what is made comes in."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import named
from chassis.testing import Api, Emitted, EmittedEvents, Publish
from inventory.control import service as control
from tongheng_contracts.inventory import (
    GoodsReceived,
    MaterialIssued,
    MaterialShort,
    ProductionReceived,
    StockReserved,
)
from tongheng_contracts.production import (
    MaterialRequested,
    OutputReported,
    ProductionOrderChanged,
    ProductionOrderReleased,
)

from . import builders as a

D = Decimal


def work_order(
    number: str = "MO-1",
    *components: tuple[str, str],
    version: int = 2,
    status: str = "released",
    event: Any = ProductionOrderReleased,
    company: str = "E01",
) -> Any:
    return event.model_validate({"order": {
        "id": named("work_order", number), "number": number, "company": company, "version": version, "status": status,
        "business_date": a.DAY, "item": "X", "quantity": "10", "unit": "PCS", "warehouse": "SH", "start_date": None,
        "due_date": None, "components": [
            {"line": n, "item": item, "quantity": quantity, "unit": "PCS", "warehouse": "SH"}
            for n, (item, quantity) in enumerate(components, start=1)
        ],
    }})  # fmt: skip


def asking(
    number: str, *lines: tuple[int, str, str], request: str = "MR-1", company: str = "E01"
) -> MaterialRequested:
    return MaterialRequested.model_validate({"request": {
        "id": named("request", request), "number": request, "company": company, "business_date": a.DAY,
        "posting_date": a.DAY, "order": named("work_order", number), "order_number": number, "reason": "issue",
        "lines": [
            {"line": line, "item": item, "quantity": quantity, "unit": "PCS", "warehouse": "SH"}
            for line, item, quantity in lines
        ],
    }})  # fmt: skip


def made(number: str, quantity: str, *, item: str = "X", costs: dict[str, str]) -> OutputReported:
    parts = {n: costs.get(n, "0") for n in ("material", "labour", "overhead", "subcontract")}
    cost = str(sum(D(value) for value in parts.values()))
    return OutputReported.model_validate({"output": {
        "id": named("output", number), "number": "OP-1", "company": "E01", "business_date": a.DAY, "posting_date": a.DAY,
        "order": named("work_order", number), "order_number": number, "final": True, "cost": cost,
        "lines": [{"line": 1, "item": item, "quantity": quantity, "unit": "PCS", "warehouse": "SH", "kind": "main",
                   "cost": cost, **parts}],
    }})  # fmt: skip


async def reserved(session: AsyncSession, item: str) -> tuple[Decimal, Decimal]:
    """By the balances, and by what holds them."""
    found = await session.execute(
        text(
            "SELECT (SELECT coalesce(sum(reserved), 0) FROM proof.stock WHERE item = :item),"
            " (SELECT coalesce(sum(quantity), 0) FROM proof.reservations WHERE item = :item)"
        ),
        {"item": item},
    )
    row = found.one()
    return row[0], row[1]


@pytest.fixture
async def stocked(company: Api) -> Api:
    """100 of A at 5.00."""
    answer = await company.post("/inventory/adjustments", a.opening(("A", "SH", "100", "5")))
    assert answer.status_code == 201
    return company


async def test_released_material_is_set_aside_and_given_out_at_its_cost(
    stocked: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(work_order("MO-1", ("A", "60")))
    assert await reserved(session, "A") == (60, 60)
    await publish(a.order("SO-1", ("A", "60")))
    (sold,) = await emitted_events(StockReserved)
    assert sold.reservation.lines[0].held[0].quantity == 40

    await publish(asking("MO-1", (1, "A", "60")))

    (given,) = [e.issue for e in await emitted_events(MaterialIssued)]
    assert (given.cost, given.production_order) == (D("300.00"), named("work_order", "MO-1"))
    assert [(x.order_line, x.quantity) for x in given.lines] == [(1, D(60))]
    assert await reserved(session, "A") == (40, 40)


async def test_cancelled_orders_let_go_what_others_wait_for(
    stocked: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(work_order("MO-1", ("A", "100")))
    await publish(a.order("SO-1", ("A", "30")))
    assert await reserved(session, "A") == (100, 100)

    await publish(
        work_order(
            "MO-1", ("A", "100"), version=3, status="cancelled", event=ProductionOrderChanged
        )
    )

    assert await reserved(session, "A") == (30, 30)
    last = (await emitted_events(StockReserved))[-1]
    assert last.reservation.lines[0].held[0].quantity == 30


async def test_what_is_missing_is_told_and_given_out_when_it_comes(
    stocked: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(work_order("MO-1", ("A", "145")), asking("MO-1", (1, "A", "145")))

    (short,) = [e.reservation for e in await emitted_events(MaterialShort)]
    assert (short.version, short.lines[0].uncovered, short.lines[0].warehouse) == (1, 45, "SH")
    assert short.id == named("work_order", "MO-1")

    await publish(a.purchase_order("PO-9", ("A", "45", "5")))
    covered = [e.reservation for e in await emitted_events(MaterialShort)][-1]
    assert (covered.version, covered.lines[0].uncovered) == (2, 0)
    assert [(x.source, x.quantity) for x in covered.lines[0].expected] == [("PO-9", D(45))]

    answer = await stocked.post(
        "/inventory/receipts", {"purchase_order": "PO-9", "lines": [{"line": 1, "accepted": "45"}]}
    )
    assert answer.status_code == 201, answer.text
    await publish(*await emitted_events(GoodsReceived))

    issues = [e.issue for e in await emitted_events(MaterialIssued)]
    assert [i.cost for i in issues] == [D("500.00"), D("225.00")]
    assert {i.request for i in issues} == {named("request", "MR-1")}
    done = [e.reservation for e in await emitted_events(MaterialShort)][-1]
    assert (done.version, done.lines[0].uncovered, done.lines[0].expected) == (3, 0, [])
    assert await reserved(session, "A") == (0, 0)


async def test_a_request_may_overtake_its_order(
    stocked: Api, publish: Publish, session: AsyncSession
) -> None:
    await publish(asking("MO-1", (1, "A", "20")))
    await publish(work_order("MO-1", ("A", "60")))

    assert await reserved(session, "A") == (40, 40)


async def test_what_is_made_comes_in_at_its_cost_and_serves_who_waits(
    stocked: Api, publish: Publish, emitted_events: EmittedEvents, emitted: Emitted
) -> None:
    await publish(a.order("SO-1", ("X", "8")))
    event = made("MO-1", "10", costs={"material": "540", "labour": "150.01"})

    await publish(event)
    await publish(event)

    (receipt,) = [e.production_receipt for e in await emitted_events(ProductionReceived)]
    assert (receipt.cost, receipt.lines[0].labour) == (D("690.01"), D("150.01"))
    stock = (await stocked.get("/inventory/stock", item="X")).json()["items"]
    assert [(row["on_hand"], row["reserved"], row["value"]) for row in stock] == [
        ("10", "8", "690.01")
    ]
    shown = (await stocked.get(f"/inventory/production-receipts/{receipt.number}")).json()
    assert shown["production_order_number"] == "MO-1"


async def test_control_totals_count_what_is_set_aside_and_what_was_made(
    stocked: Api, publish: Publish, session: AsyncSession
) -> None:
    await publish(
        work_order("MO-1", ("A", "60")), made("MO-1", "1", costs={"material": "7", "overhead": "2"})
    )
    now = (await session.execute(text("SELECT now() + interval '1 second'"))).scalar_one()

    totals = {(t.name, t.key): t for t in await control.totals(session, now)}

    assert totals["reserved", ""].quantity == totals["reserved_balances", ""].quantity == 60
    assert totals["production_received", "material"].amount == 7
    assert totals["production_received", "overhead"].amount == 2
    assert isinstance(named("x"), UUID)


async def test_everything_at_once(
    stocked: Api, publish: Publish, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(
        a.order("SO-1", ("A", "50")),
        work_order("MO-1", ("A", "30")),
        work_order("MO-2", ("A", "30")),
        asking("MO-1", (1, "A", "30")),
        asking("MO-2", (1, "A", "30"), request="MR-2"),
        made("MO-1", "5", item="A", costs={"material": "25"}),
        a.purchase_order("PO-9", ("A", "45", "5")),
    )

    assert len(await emitted_events(MaterialIssued)) == 2
    held, holds = await reserved(session, "A")
    assert held == holds == 45
