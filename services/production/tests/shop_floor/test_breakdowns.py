"""A work centre breaks down: what has begun goes on, what is frozen stays, the rest is placed around it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing import Api
from production.orders.rules import Operation, Order
from production.shop_floor.rules import (
    Bar,
    CardStatus,
    Downtime,
    Kept,
    NoRoom,
    Place,
    bars_of,
    cards_of,
    jobs_of,
)
from production.work_centres.rules import USUAL, Calendar
from tongheng_contracts.production import ProductionOrderStatus

from .. import builders as a

D = Decimal
MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def order(
    number: str, *operations: Operation, quantity: str = "1", due: str = "2026-12-01"
) -> Order:
    return Order(
        id=uuid4(), number=number, company="E01", version=1, status=ProductionOrderStatus.RELEASED,
        item="S", unit="PCS", quantity=D(quantity), warehouse="SH", start_date=None,
        due_date=date.fromisoformat(due), bom=None, routing=None, demand_order=None, demand_line=None,
        planned_order=None, quantity_completed=D(0), business_date=MONDAY.date(),
        posting_date=MONDAY.date(), components=(), operations=operations,
    )  # fmt: skip


def step(operation: int = 10, hours: str = "2", at: str = "WC1", **values: Any) -> Operation:
    return Operation(operation=operation, work_centre=at, run_hours=D(hours), **values)


def down(start: datetime, end: datetime, unit: int | None = None) -> Downtime:
    return Downtime(
        id=uuid4(), number="DT-2026-000001", company="E01", version=1, status="active",
        work_centre="WC1", unit=unit, starts_at=start, ends_at=end, reason="",
        business_date=MONDAY.date(), posting_date=MONDAY.date(),
    )  # fmt: skip


def kept(bars: list[Bar]) -> list[Kept]:
    return [
        Kept(b.job.order.id, b.job.operation.operation, b.job.operation.work_centre, b.unit,
             b.setup_start, b.start, b.end, b.frozen)
        for b in bars
    ]  # fmt: skip


def hours(bars: list[Bar]) -> dict[str, tuple[float, float]]:
    return {
        b.job.order.number: (
            (b.start - MONDAY).total_seconds() / 3600,
            (b.end - MONDAY).total_seconds() / 3600,
        )
        for b in bars
    }


ONE = {"WC1": Place("WC1", 1, USUAL)}
ORDERS = [
    order("MO-1", step(), due="2026-11-02"),
    order("MO-2", step(), due="2026-11-03"),
    order("MO-3", step(), due="2026-11-04"),
]


def test_what_has_begun_goes_on_after_a_breakdown_and_the_rest_follows() -> None:
    jobs = jobs_of(ORDERS)
    first = bars_of(jobs, ONE, MONDAY)
    assert hours(first) == {"MO-1": (0, 2), "MO-2": (2, 4), "MO-3": (4, 6)}

    # At nine it breaks for two hours: an hour of MO-1 is done, by the hand of the clock.
    nine = MONDAY + timedelta(hours=1)
    half = order("MO-1", step(hours="1"), due="2026-11-02")
    half = Order(**{n: getattr(half, n) for n in Order.__slots__} | {"id": ORDERS[0].id})
    again = bars_of(
        jobs_of([half, *ORDERS[1:]]),
        ONE,
        nine,
        downtimes=[down(nine, nine + timedelta(hours=2))],
        kept=kept(first),
    )

    assert hours(again) == {"MO-1": (0, 4), "MO-2": (4, 6), "MO-3": (6, 8)}
    assert {b.job.order.number: b.frozen for b in again} == {
        "MO-1": True, "MO-2": False, "MO-3": False,
    }  # fmt: skip
    assert [b.planned for b in again] == [b.start for b in first]


def test_what_is_frozen_keeps_its_slot_though_something_more_urgent_came() -> None:
    first = bars_of(jobs_of(ORDERS[1:]), ONE, MONDAY)
    urgent = order("MO-0", step(), due="2026-11-01")

    free = bars_of(jobs_of([urgent, *ORDERS[1:]]), ONE, MONDAY, kept=kept(first))
    held = bars_of(
        jobs_of([urgent, *ORDERS[1:]]),
        ONE,
        MONDAY,
        kept=kept(first),
        freeze_until=MONDAY + timedelta(hours=1),
    )

    assert hours(free)["MO-0"] == (0, 2)
    assert hours(held)["MO-2"] == (0, 2)
    assert hours(held)["MO-0"] == (2, 4)


def test_a_frozen_slot_that_is_down_is_placed_anew_and_one_unit_of_two_goes_on() -> None:
    first = bars_of(jobs_of(ORDERS), ONE, MONDAY)
    broken = bars_of(
        jobs_of(ORDERS),
        ONE,
        MONDAY,
        downtimes=[down(MONDAY, MONDAY + timedelta(hours=3))],
        kept=kept(first),
        freeze_until=MONDAY + timedelta(hours=8),
    )
    assert hours(broken) == {"MO-1": (6, 8), "MO-2": (24, 26), "MO-3": (4, 6)}

    two = {"WC1": Place("WC1", 2, USUAL)}
    halved = bars_of(
        jobs_of(ORDERS), two, MONDAY, downtimes=[down(MONDAY, MONDAY + timedelta(days=300), unit=0)]
    )
    assert {b.unit for b in halved} == {1}


def test_only_one_of_two_that_should_have_begun_on_a_unit_is_in_work() -> None:
    first = bars_of(jobs_of(ORDERS), ONE, MONDAY)
    three = MONDAY + timedelta(hours=3)

    again = bars_of(jobs_of(ORDERS), ONE, three, kept=kept(first))

    # Nobody reported: what should have ended at ten needs its two hours from now on.
    assert hours(again) == {"MO-1": (0, 5), "MO-2": (5, 7), "MO-3": (7, 24 + 1)}


def test_no_hours_left_is_said() -> None:
    never = {"WC1": Place("WC1", 1, Calendar(()))}
    with pytest.raises(NoRoom):
        bars_of(jobs_of(ORDERS), never, MONDAY)


def test_a_card_lies_where_its_operation_stands() -> None:
    pieces = D(5)
    cards = cards_of(
        [
            order("MO-1", step(good=pieces), step(20, defective=D(2), good=D(3)), quantity="5"),
            order("MO-2", step(good=D(1)), step(20), quantity="5"),
            order("MO-3", step(), step(20), quantity="5"),
            order("MO-4", step(outside=pieces), quantity="5", due="2026-10-31"),
        ],
        MONDAY.date(),
    )

    assert {(c.job.order.number, c.job.operation.operation): c.status for c in cards} == {
        ("MO-1", 10): CardStatus.DONE,
        ("MO-1", 20): CardStatus.BLOCKED,
        ("MO-2", 10): CardStatus.RUNNING,
        ("MO-2", 20): CardStatus.READY,
        ("MO-3", 10): CardStatus.READY,
        ("MO-3", 20): CardStatus.COMING,
        ("MO-4", 10): CardStatus.OUTSIDE,
    }
    assert [c.job.order.number for c in cards if c.late] == ["MO-4"]


async def test_a_breakdown_is_entered_and_the_schedule_kept_around_it(making: Api) -> None:
    await a.e3_bills(making)
    order_made = await a.released(making, "S", "10", due_date="2027-02-01")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    until, longer = now + timedelta(days=30), now + timedelta(days=40)
    made = await a.made(
        making,
        "/production/downtimes",
        {
            "company": "E01", "work_centre": "WC1", "reason": "spindle",
            "start": (now - timedelta(hours=1)).isoformat(), "end": until.isoformat(),
        },
    )  # fmt: skip
    first = await a.made(making, "/production/schedule", {"company": "E01"})
    (bar,) = first["bars"]
    assert (bar["job"]["number"], bar["frozen"], bar["planned"]) == (
        order_made["number"], False, None,
    )  # fmt: skip
    assert until <= datetime.fromisoformat(bar["start"]) < longer

    path = f"/production/downtimes/{made['id']}"
    backwards = await making.patch(
        path, {"end": (now - timedelta(hours=2)).isoformat()}, if_match='"1"'
    )
    assert backwards.status_code == 422
    later = await making.patch(path, {"end": longer.isoformat()}, if_match='"1"')
    assert later.status_code == 200, later.text
    second = await a.made(making, "/production/schedule", {"company": "E01"})
    (moved,) = second["bars"]
    assert datetime.fromisoformat(moved["start"]) >= longer
    assert moved["planned"] == bar["start"]
    in_force = (await making.get("/production/schedule/kept", company="E01")).json()
    assert (in_force["number"], len(in_force["slots"])) == (second["number"], 1)
    (column,) = (await making.get("/production/board", company="E01")).json()
    assert datetime.fromisoformat(column["down_until"]) == longer
    assert [c["number"] for c in column["cards"]["ready"]] == [order_made["number"]]

    await a.made(making, f"{path}/cancel", {})
    (free,) = (await making.get("/production/schedule", company="E01")).json()
    assert datetime.fromisoformat(free["start"]) < until
    assert (await making.post(f"{path}/cancel")).status_code == 409


async def test_a_downtime_names_a_unit_that_there_is(making: Api) -> None:
    body = {
        "company": "E01", "work_centre": "WC1", "unit": 1,
        "start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:00:00Z",
    }  # fmt: skip
    refused = await making.post("/production/downtimes", body)
    unknown = await making.post("/production/downtimes", body | {"work_centre": "WC9"})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/unit")
    assert unknown.status_code == 422
