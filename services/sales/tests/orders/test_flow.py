"""An order's whole way, with the figures of scenario E1 (core)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.context import Context
from chassis.ids import uuid7
from chassis.testing import Api, Emitted, EmittedEvents, Harness, Publish
from tongheng_contracts.sales import OrderChanged, OrderPlaced, ReturnAuthorised

from .. import builders as make


async def test_order_over_two_warehouses_from_credit_hold_to_closing(
    shop: Api, publish: Publish, emitted: Emitted, emitted_events: EmittedEvents
) -> None:
    await shop.put("/sales/credit-profiles/C001", make.profile("20000.00"))
    await publish(make.exposure(1, "3500.00"))

    placed = (await shop.post("/sales/orders", make.order())).json()
    assert (placed["status"], placed["hold_reasons"]) == ("on_hold", ["credit"])
    assert [placed[f"amount_{part}"] for part in ("net", "tax", "gross")] == [
        "15000.00",
        "1950.00",
        "16950.00",
    ]
    assert (await _exposure(shop))["total"] == "3500.00"
    (event,) = await emitted_events(OrderPlaced)
    assert (event.order.status, event.order.version) == ("on_hold", 1)

    released = (await shop.post(f"/sales/orders/{placed['id']}/release")).json()
    assert (released["status"], released["version"]) == ("pending", 2)
    assert (await _exposure(shop))["open_orders"] == "16950.00"

    answer = make.reserved(released, held={"SH": "80", "GZ": "50"}, expected="20")
    await publish(answer, time=make.NOON)
    processing = (await shop.get(f"/sales/orders/{placed['number']}")).json()
    assert (processing["status"], processing["promised_date"]) == ("processing", "2026-12-01")
    assert processing["version"] == 2
    assert [held["quantity"] for held in processing["lines"][0]["held"]] == ["80", "50"]

    first, second, third = uuid7(), uuid7(), uuid7()
    await publish(make.shipped(placed, "80", "8000.00", "1040.00", id=first))
    await publish(make.shipped(placed, "50", "5000.00", "650.00", warehouse="GZ", id=second))
    assert await _figures(shop) == ("2260.00", "14690.00", "3500.00")
    await publish(make.exposure(2, "18190.00", first, second))
    assert await _figures(shop) == ("2260.00", "0.00", "18190.00")

    await publish(make.shipped(placed, "20", "2000.00", "260.00", id=third))
    completed = (await emitted_events(OrderChanged))[-1].order
    assert (completed.status, completed.version) == ("completed", 3)
    await publish(make.exposure(3, "20450.00", third), make.invoiced(placed, "16950.00"))

    returned = (
        await shop.post(
            "/sales/returns",
            {
                "order": placed["number"],
                "lines": [{"order_line": 1, "quantity": "5", "shipment": str(second)}],
            },
        )
    ).json()
    assert [returned[f"amount_{part}"] for part in ("net", "tax", "gross")] == [
        "500.00",
        "65.00",
        "565.00",
    ]
    authorised = await shop.post(f"/sales/returns/{returned['id']}/authorise")
    assert authorised.json()["status"] == "authorised"
    (told,) = await emitted_events(ReturnAuthorised)
    assert (told.sales_return.lines[0].shipment, told.sales_return.version) == (second, 2)
    await publish(make.came_back(returned, "5"), make.credited(placed, "565.00"))
    assert (await shop.get(f"/sales/returns/{returned['number']}")).json()["status"] == "received"

    await publish(make.paid(placed, "16385.00"))
    closed = (await shop.get(f"/sales/orders/{placed['id']}")).json()
    assert (closed["status"], closed["version"], closed["amount_paid"]) == ("closed", 4, "16385.00")
    assert await _figures(shop) == ("0.00", "0.00", "20450.00")
    assert await emitted() == [
        "sales.OrderPlaced", "sales.OrderChanged", "sales.OrderChanged", "sales.ReturnAuthorised", "sales.OrderChanged",
    ]  # fmt: skip


async def test_facts_in_any_order_lead_to_the_same_end(shop: Api, publish: Publish) -> None:
    placed = (await shop.post("/sales/orders", make.order())).json()
    shipment = UUID(int=7)

    await publish(make.paid(placed, "16950.00"))
    await publish(make.exposure(5, "0.00", shipment))
    await publish(make.invoiced(placed, "16950.00"))
    assert (await shop.get(f"/sales/orders/{placed['id']}")).json()["status"] == "pending"
    await publish(make.shipped(placed, "150", "15000.00", "1950.00", id=shipment))
    await publish(make.reserved(placed, 1, held={"SH": "150"}))

    closed = (await shop.get(f"/sales/orders/{placed['id']}")).json()
    assert (closed["status"], closed["version"]) == ("closed", 2)
    assert await _figures(shop) == ("0.00", "0.00", "0.00")


async def test_credit_counts_what_the_orders_say_in_every_step(
    shop: Api, publish: Publish, harness: Harness
) -> None:
    placed = (
        await shop.post("/sales/orders", make.order(make.line(quantity="7", unit_price="3.333333")))
    ).json()
    other = (await shop.post("/sales/orders", make.order(make.line(quantity="10")))).json()
    await _credit_is_proven(harness)

    await publish(make.shipped(placed, "2", "6.67", "0.87"))
    await _credit_is_proven(harness)
    await shop.post(
        f"/sales/orders/{placed['id']}/cancel", {"lines": [{"line": 1, "quantity": "3"}]}
    )
    await _credit_is_proven(harness)
    await publish(
        make.reserved(
            placed, held={"SH": "3"}, cancelled="2", shipped="2", released=True, order_version=2
        )
    )
    await _credit_is_proven(harness)
    await publish(
        make.shipped(other, "10", "1000.00", "130.00"), make.exposure(1, "10.00", UUID(int=1))
    )
    await _credit_is_proven(harness)
    await publish(make.shipped(placed, "3", "10.00", "1.30"))

    (row,) = await _credit_is_proven(harness)
    assert (row.open_orders, row.unacknowledged) == (Decimal(0), Decimal("1148.84"))


async def _credit_is_proven(harness: Harness) -> Sequence[Row[Any]]:
    async with harness.worker.read(Context(actor="test")) as session:
        rows = (await session.execute(text("SELECT * FROM proof.credit"))).all()
    for row in rows:
        assert row.open_orders == row.open_by_orders == row.open_by_moves
        assert row.unacknowledged == row.unacknowledged_by_shipments
    return rows


async def _exposure(shop: Api) -> dict[str, str]:
    return (await shop.get("/sales/credit-profiles/C001", company="E01")).json()["exposure"]


async def _figures(shop: Api) -> tuple[str, str, str]:
    exposure = await _exposure(shop)
    return exposure["open_orders"], exposure["unacknowledged"], exposure["receivable"]
