"""What runs low by a reorder rule is bought once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest_asyncio

from chassis.ids import named
from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.inventory import StockAlert, StockAlertRaised
from tongheng_contracts.purchasing import RequisitionRaised

RULE = named("rule", "SH/A")
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def alert(
    quantity: str, version: int, *counted: UUID, warehouse: str = "SH", item: str = "A"
) -> StockAlertRaised:
    return StockAlertRaised(
        alert=StockAlert(
            id=RULE,
            company="E01",
            version=version,
            item=item,
            unit="PCS",
            warehouse=warehouse,
            minimum=Decimal(50),
            maximum=Decimal(200),
            position=Decimal(200) - Decimal(quantity),
            quantity=Decimal(quantity),
            counted=list(counted),
        )
    )


@pytest_asyncio.fixture
async def offered(buying: Api) -> Api:
    """Item A is offered by V3."""
    offer = {"supplier": "V3", "item": "A", "unit_price": "44"}
    assert (await buying.post("/purchasing/supplier-items", offer)).status_code == 201
    return buying


async def requisitions(api: Api) -> list[tuple[str, str, str]]:
    """Status, quantity and ordered quantity of those that rules raised, oldest first."""
    found = await api.get("/purchasing/requisitions", sort="number", origin="reorder")
    return [
        (each["status"], each["lines"][0]["quantity"], each["lines"][0]["quantity_ordered"])
        for each in found.json()["items"]
    ]


async def ordered(api: Api) -> dict[str, Any]:
    """All open requisitions as one approved order."""
    found = await api.get("/purchasing/requisitions", status="open")
    refs = [each["id"] for each in found.json()["items"]]
    answer = await api.post("/purchasing/requisitions:order", {"requisitions": refs})
    assert answer.status_code == 201, answer.text
    (order,) = answer.json()["orders"]
    for step in ("submit", "approve"):
        done = await api.post(f"/purchasing/orders/{order['id']}/{step}")
        assert done.status_code == 200, done.text
    return order


async def test_what_runs_low_raises_one_requisition_that_follows(
    offered: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(alert("160", 1), time=NOON)
    (told,) = await emitted_events(RequisitionRaised)
    requisition = told.requisition
    (line,) = requisition.lines
    assert (requisition.origin, requisition.demand_order, line.demand_order) == (
        "reorder",
        None,
        None,
    )
    assert (line.item, str(line.quantity), line.warehouse, line.supplier) == (
        "A",
        "160",
        "SH",
        "V3",
    )

    await publish(alert("165", 2), time=NOON + MINUTE)
    assert await requisitions(offered) == [("open", "165", "0")]
    await publish(alert("0", 3), time=NOON + 2 * MINUTE)
    assert await requisitions(offered) == [("cancelled", "0", "0")]


async def test_what_was_ordered_is_not_asked_for_again(offered: Api, publish: Publish) -> None:
    await publish(alert("160", 1), time=NOON)
    order = await ordered(offered)
    # Inventory looked before it knew of the purchase order.
    await publish(alert("165", 2), time=NOON + MINUTE)
    assert await requisitions(offered) == [("ordered", "160", "160"), ("open", "5", "0")]

    purchase = UUID(order["id"])
    await publish(alert("0", 3, purchase), time=NOON + 2 * MINUTE)
    assert await requisitions(offered) == [("ordered", "160", "160"), ("cancelled", "0", "0")]
    # And when it runs low anew with the order counted, all of it is missing.
    await publish(alert("151", 4, purchase), time=NOON + 3 * MINUTE)
    assert (await requisitions(offered))[-1] == ("open", "151", "0")


async def test_what_a_buyer_cancelled_is_not_asked_for_again(
    offered: Api, publish: Publish
) -> None:
    await publish(alert("160", 1), time=NOON)
    found = (await offered.get("/purchasing/requisitions", origin="reorder")).json()["items"]
    assert (
        await offered.post(f"/purchasing/requisitions/{found[0]['id']}/cancel")
    ).status_code == 200
    await publish(alert("170", 2), time=NOON + MINUTE)
    assert (await requisitions(offered))[-1] == ("open", "10", "0")


async def test_an_older_word_changes_nothing(offered: Api, publish: Publish) -> None:
    await publish(alert("0", 2), time=NOON + MINUTE)
    await publish(alert("160", 1), time=NOON)
    assert await requisitions(offered) == []
