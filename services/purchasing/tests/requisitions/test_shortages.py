"""Shortages are bought once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio

from chassis.context import Context
from chassis.ids import named
from chassis.testing import Api, EmittedEvents, Harness, Publish
from purchasing.requisitions import service
from tongheng_contracts.inventory import MaterialShort
from tongheng_contracts.production import PlannedOrderFirmed
from tongheng_contracts.purchasing import RequisitionRaised

from .. import builders as a

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def offered(buying: Api) -> Api:
    """Item A is offered by V3."""
    offer = {"supplier": "V3", "item": "A", "unit_price": "44"}
    assert (await buying.post("/purchasing/supplier-items", offer)).status_code == 201
    return buying


async def raised(api: Api, **filters: str) -> list[dict[str, Any]]:
    """The requisitions, oldest first."""
    answer = await api.get("/purchasing/requisitions", sort="number", **filters)
    return answer.json()["items"]


async def of(api: Api, number: str = "SO-1") -> list[tuple[str, str, str]]:
    """Status, quantity and ordered quantity of the requisitions of a sales order."""
    return [
        (each["status"], each["lines"][0]["quantity"], each["lines"][0]["quantity_ordered"])
        for each in await raised(api, order=str(a.sales_order(number)))
    ]


async def ordered(api: Api, **body: Any) -> dict[str, Any]:
    """All open requisitions as one draft order."""
    refs = [each["id"] for each in await raised(api, status="open")]
    answer = await api.post("/purchasing/requisitions:order", {"requisitions": refs, **body})
    assert answer.status_code == 201, answer.text
    (order,) = answer.json()["orders"]
    return order


async def approve(api: Api, order: dict[str, Any]) -> None:
    for step in ("submit", "approve"):
        answer = await api.post(f"/purchasing/orders/{order['id']}/{step}")
        assert answer.status_code == 200, answer.text


async def settle(harness: Harness) -> None:
    """As if a minute had passed."""
    async with harness.worker.transaction(Context(actor="system:purchasing")) as session:
        await service.settle(session, seconds=-10)


async def test_a_shortage_raises_a_requisition_for_the_preferred_supplier(
    offered: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)

    (told,) = await emitted_events(RequisitionRaised)
    requisition = told.requisition
    (line,) = requisition.lines
    assert (requisition.origin, requisition.status, requisition.version) == ("shortage", "open", 1)
    assert requisition.number.startswith("PR-")
    assert (line.item, str(line.quantity), line.warehouse, line.supplier) == ("A", "20", "SH", "V3")
    assert (line.demand_order, line.demand_line) == (a.sales_order("SO-1"), 1)


async def test_an_order_that_is_covered_raises_nothing(offered: Api, publish: Publish) -> None:
    await publish(a.short("SO-1", "0"), time=NOON)

    assert await raised(offered) == []


async def test_more_tops_up_less_reduces_and_nothing_cancels(
    offered: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    seen: list[list[tuple[str, str, str]]] = []
    for version, uncovered in enumerate(("20", "30", "30", "12", "0"), start=1):
        await publish(a.short("SO-1", uncovered, version=version), time=NOON)
        seen.append(await of(offered))

    assert seen == [
        [("open", "20", "0")],
        [("open", "30", "0")],
        [("open", "30", "0")],
        [("open", "12", "0")],
        [("cancelled", "0", "0")],
    ]
    versions = [event.requisition.version for event in await emitted_events(RequisitionRaised)]
    assert versions == [1, 2, 3, 4]


async def test_the_same_statement_by_both_topics_and_an_older_one_count_once(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20", version=2), a.short("SO-1", "20", version=2, reserved=True))
    await publish(a.short("SO-1", "50", version=1))

    assert await of(offered) == [("open", "20", "0")]


async def test_what_is_ordered_is_not_asked_for_again_before_inventory_can_know(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    order = await ordered(offered)
    await publish(a.short("SO-1", "20", version=2), time=NOON + MINUTE)
    await approve(offered, order)
    await publish(a.short("SO-1", "20", version=3), time=NOON + 2 * MINUTE)

    assert order["lines"][0]["quantity"] == "20"
    assert (order["supplier"], order["warehouse"], order["status"]) == ("V3", "SH", "draft")
    assert await of(offered) == [("ordered", "20", "20")]


async def test_a_shortage_that_grows_after_ordering_asks_for_the_difference_only(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    await ordered(offered)

    await publish(a.short("SO-1", "26", version=2), time=NOON + MINUTE)

    assert await of(offered) == [("ordered", "20", "20"), ("open", "6", "0")]


async def test_what_is_short_although_inventory_counts_on_the_order_is_asked_for(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    order = await ordered(offered)
    await approve(offered, order)
    pegged = a.short("SO-1", "0", version=2, coming=[a.expected(order, "20")])
    await publish(pegged, time=NOON + MINUTE)
    assert await of(offered) == [("ordered", "20", "20")]

    # An order of higher priority has taken the supply.
    await publish(a.short("SO-1", "20", version=3), time=NOON + 2 * MINUTE)

    assert await of(offered) == [("ordered", "20", "20"), ("open", "20", "0")]


async def test_supply_that_went_to_another_order_is_missed_after_a_while_and_bought(
    offered: Api, publish: Publish, harness: Harness
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    order = await ordered(offered)
    await approve(offered, order)

    # Inventory gives the supply to SO-2; of SO-1 it says nothing new.
    other = a.short("SO-2", "0", coming=[a.expected(order, "20")])
    await publish(other, time=NOON + MINUTE)
    at_once = await of(offered)
    await settle(harness)

    assert at_once == [("ordered", "20", "20")]
    assert await of(offered) == [("ordered", "20", "20"), ("open", "20", "0")]


async def test_a_statement_from_before_inventory_knew_is_not_mistaken_for_a_new_shortage(
    offered: Api, publish: Publish, harness: Harness
) -> None:
    await publish(a.short("SO-1", "20"), a.short("SO-2", "5"), time=NOON)
    order = await ordered(offered)
    await approve(offered, order)
    assert order["lines"][0]["quantity"] == "25"

    # SO-1's answer comes first; SO-2's newest word was said before, and is only heard now.
    await publish(
        a.short("SO-1", "0", version=2, coming=[a.expected(order, "20")]), time=NOON + 3 * MINUTE
    )
    await publish(a.short("SO-2", "5", version=2), time=NOON + 2 * MINUTE)
    await publish(
        a.short("SO-2", "0", version=3, coming=[a.expected(order, "5")]), time=NOON + 3 * MINUTE
    )
    await settle(harness)

    assert await of(offered, "SO-2") == [("ordered", "5", "5")]
    assert await raised(offered, status="open") == []


async def test_a_word_heard_early_is_understood_when_the_sight_of_the_order_is_heard(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20"), a.short("SO-2", "5"), time=NOON)
    order = await ordered(offered)
    await approve(offered, order)

    # SO-2 misses 5 although inventory knows the order, which is learnt only from SO-1 a moment later.
    await publish(a.short("SO-2", "5", version=2), time=NOON + 2 * MINUTE)
    before = await of(offered, "SO-2")
    await publish(
        a.short("SO-1", "0", version=2, coming=[a.expected(order, "20")]), time=NOON + MINUTE
    )

    assert before == [("ordered", "5", "5")]
    assert await of(offered, "SO-2") == [("ordered", "5", "5"), ("open", "5", "0")]


async def test_a_cancelled_purchase_order_is_asked_for_again(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    order = await ordered(offered)

    await offered.post(f"/purchasing/orders/{order['id']}/cancel")

    assert await of(offered) == [("ordered", "20", "20"), ("open", "20", "0")]


async def test_a_draft_that_is_cut_gives_the_rest_back(offered: Api, publish: Publish) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    order = await ordered(offered)

    cut = await offered.patch(
        f"/purchasing/orders/{order['id']}",
        {"lines": [{"line": 1, "quantity": "15"}]},
        if_match='"1"',
    )

    assert cut.json()["lines"][0]["unit_price"] == "44"
    assert await of(offered) == [("ordered", "20", "20"), ("open", "5", "0")]


async def test_a_shortage_that_a_buyer_declined_is_not_asked_for_again_unless_it_grows(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20"), time=NOON)
    (requisition,) = await raised(offered)
    answer = await offered.post(f"/purchasing/requisitions/{requisition['id']}/cancel")
    await publish(a.short("SO-1", "20", version=2), time=NOON + MINUTE)
    declined = await of(offered)
    await publish(a.short("SO-1", "23", version=3), time=NOON + 2 * MINUTE)

    assert answer.json()["status"] == "cancelled"
    assert declined == [("cancelled", "0", "0")]
    assert await of(offered) == [("cancelled", "0", "0"), ("open", "3", "0")]


async def test_items_that_are_made_are_not_bought_and_unknown_ones_wait_until_they_are_known(
    offered: Api, publish: Publish
) -> None:
    await publish(a.short("SO-1", "20", item="X"), a.short("SO-2", "7", item="NEW"), time=NOON)
    before = await raised(offered)
    await publish(a.item("NEW"))
    (known,) = await raised(offered)
    await publish(a.item("NEW", version=2, procurement="make"))

    assert before == []
    assert (known["lines"][0]["item"], known["lines"][0]["quantity"]) == ("NEW", "7")
    assert [each["status"] for each in await raised(offered)] == ["cancelled"]


async def test_many_orders_short_at_once_get_a_requisition_each(
    offered: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(*(a.short(f"SO-{n}", str(n)) for n in range(1, 41)), time=NOON)

    told = await emitted_events(RequisitionRaised)
    assert len({event.requisition.number for event in told}) == 40
    assert sum(event.requisition.lines[0].quantity for event in told) == 820
    order = await ordered(offered)
    assert order["lines"][0]["quantity"] == "820"


async def test_material_that_a_production_order_lacks_is_bought_once(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = named("work_order", "MO-1")

    def short(version: int, uncovered: str) -> MaterialShort:
        return MaterialShort.model_validate({"reservation": {
            "id": order, "number": "MO-1", "company": "E01", "version": version, "order_version": version,
            "released": False, "lines": [{
                "line": 2, "item": "B", "unit": "KG", "quantity": "145", "cancelled": "0", "held": [], "shipped": "60",
                "expected": [], "uncovered": uncovered, "warehouse": "SH",
            }],
        }})  # fmt: skip

    await publish(short(1, "85"))
    await publish(short(2, "80"))

    raised = [e.requisition for e in await emitted_events(RequisitionRaised)]
    assert [(r.version, r.origin, r.lines[0].quantity) for r in raised] == [
        (1, "shortage", 85), (2, "shortage", 80),
    ]  # fmt: skip
    assert raised[-1].demand_order == order


async def test_a_firmed_planned_order_becomes_one_requisition(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    firmed = PlannedOrderFirmed.model_validate({"firmed": {
        "id": named("planned", "1"), "number": "PL-1", "company": "E01", "business_date": "2026-11-02",
        "posting_date": "2026-11-02", "planned_order": named("planned", "1"), "kind": "buy", "item": "B",
        "quantity": "100", "unit": "KG", "warehouse": "SH", "start_date": "2026-11-02", "due_date": "2026-11-06",
        "supplier": "V3", "demand_order": named("order", "SO-1"), "demand_line": 1,
    }})  # fmt: skip
    made_here = firmed.model_copy(
        update={"firmed": firmed.firmed.model_copy(update={"kind": "make"})}
    )

    await publish(firmed, made_here)
    await publish(firmed)

    (raised,) = [e.requisition for e in await emitted_events(RequisitionRaised)]
    (line,) = raised.lines
    assert (raised.origin, line.item, line.quantity, line.due_date, line.supplier) == (
        "mrp", "B", 100, "2026-11-06", "V3",
    )  # fmt: skip
