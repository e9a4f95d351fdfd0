"""Orders are served, changed and cancelled, in whatever order their news arrive."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.inventory import Reservation, StockReserved, StockShort
from tongheng_contracts.purchasing import PurchaseOrderChanged
from tongheng_contracts.sales import OrderCancelled, OrderChanged

from .. import builders as a


async def latest(emitted_events: EmittedEvents, number: str) -> Reservation:
    """What an order was told last."""
    told = [
        e.reservation for e in await emitted_events(StockReserved) if e.reservation.number == number
    ]
    assert [r.version for r in told] == list(range(1, len(told) + 1))
    for line in told[-1].lines:
        held = sum(h.quantity for h in line.held)
        waits = sum(x.quantity for x in line.expected)
        assert line.quantity == held + line.shipped + waits + line.uncovered + line.cancelled
    return told[-1]


def held(reservation: Reservation, line: int = 0) -> list[tuple[str, str]]:
    return [(h.warehouse, str(h.quantity)) for h in reservation.lines[line].held]


@pytest.fixture
async def ten(company: Api) -> Api:
    """Ten pieces of A in SH."""
    assert (
        await company.post("/inventory/adjustments", a.opening(("A", "SH", "10", "4")))
    ).status_code == 201
    return company


async def test_the_first_order_is_served_and_the_second_is_short(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(
        a.order("SO-1", ("A", "7"), placed_at="2026-11-22T08:00:00+00:00"),
        a.order("SO-2", ("A", "4"), placed_at="2026-11-22T08:00:01+00:00"),
    )

    first, second = await latest(emitted_events, "SO-1"), await latest(emitted_events, "SO-2")
    assert held(first) == [("SH", "7")]
    assert (held(second), str(second.lines[0].uncovered), second.lines[0].warehouse) == (
        [("SH", "3")],
        "1",
        "SH",
    )
    assert [e.reservation.number for e in await emitted_events(StockShort)] == ["SO-2"]


async def test_priority_goes_before_time(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(
        a.order("SO-1", ("A", "10"), priority=100),
        a.order("SO-2", ("A", "10"), priority=1, placed_at="2026-11-22T09:00:00+00:00"),
    )

    assert held(await latest(emitted_events, "SO-2")) == [("SH", "10")]
    assert held(await latest(emitted_events, "SO-1")) == []


async def test_a_line_for_one_warehouse_takes_from_no_other(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.order("SO-1", {"item": "A", "quantity": "3", "warehouse": "GZ"}))

    told = await latest(emitted_events, "SO-1")
    assert (held(told), str(told.lines[0].uncovered), told.lines[0].warehouse) == ([], "3", "GZ")


async def test_a_cancelled_order_frees_its_stock_for_those_who_wait(
    ten: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(a.order("SO-1", ("A", "10")))
    await publish(a.order("SO-2", ("A", "6")))

    await publish(
        a.order(
            "SO-1",
            {"item": "A", "quantity": "10", "quantity_cancelled": "10"},
            version=2,
            status="cancelling",
            event=OrderChanged,
        )
    )

    first, second = await latest(emitted_events, "SO-1"), await latest(emitted_events, "SO-2")
    assert (first.released, first.order_version, str(first.lines[0].cancelled), held(first)) == (
        True,
        2,
        "10",
        [],
    )
    assert (held(second), second.version) == ([("SH", "6")], 2)
    assert await session.scalar(text("SELECT reserved FROM balances WHERE item = 'A'")) == 6
    notes = (await ten.get("/inventory/deliveries", order="SO-1")).json()["items"]
    assert [note["status"] for note in notes] == ["cancelled"]


async def test_picked_goods_are_not_released(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.order("SO-1", ("A", "10")))
    [note] = (await ten.get("/inventory/deliveries", order="SO-1")).json()["items"]
    picked = await ten.post(
        f"/inventory/deliveries/{note['id']}/pick", {"lines": [{"line": 1, "quantity": "4"}]}
    )
    assert picked.status_code == 200, picked.text

    await publish(
        a.order(
            "SO-1",
            {"item": "A", "quantity": "10", "quantity_cancelled": "10"},
            version=2,
            status="cancelling",
            event=OrderChanged,
        )
    )

    told = await latest(emitted_events, "SO-1")
    assert (str(told.lines[0].cancelled), held(told), str(told.lines[0].held[0].picked)) == (
        "6",
        [("SH", "4")],
        "4",
    )
    assert told.released
    # Sales accepts that; nothing more is said of it.
    count = len(await emitted_events(StockReserved))
    await publish(
        a.order(
            "SO-1",
            {"item": "A", "quantity": "10", "quantity_cancelled": "6"},
            version=3,
            status="processing",
            event=OrderChanged,
        )
    )
    assert len(await emitted_events(StockReserved)) == count
    assert (await ten.post(f"/inventory/deliveries/{note['id']}/ship")).status_code == 200
    assert str((await latest(emitted_events, "SO-1")).lines[0].shipped) == "4"


async def test_a_cancellation_that_overtakes_its_order_holds_nothing(
    ten: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(
        a.order(
            "SO-1",
            {"item": "A", "quantity": "10", "quantity_cancelled": "10"},
            version=2,
            status="cancelled",
            event=OrderCancelled,
        )
    )
    await publish(a.order("SO-1", ("A", "10")))

    assert await emitted_events(StockReserved) == []
    assert await session.scalar(text("SELECT sum(reserved) FROM balances")) == 0


async def test_a_mere_change_of_status_says_nothing_new(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.order("SO-1", ("A", "10")))
    await publish(a.order("SO-1", ("A", "10"), version=2, status="processing", event=OrderChanged))

    assert (await latest(emitted_events, "SO-1")).version == 1


async def test_an_order_put_on_hold_lets_its_stock_go_and_gets_it_again(
    ten: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(a.order("SO-1", ("A", "10")))
    await publish(a.order("SO-1", ("A", "10"), version=2, status="on_hold", event=OrderChanged))
    assert await session.scalar(text("SELECT sum(reserved) FROM balances")) == 0
    await publish(a.order("SO-1", ("A", "10"), version=3, event=OrderChanged))

    assert held(await latest(emitted_events, "SO-1")) == [("SH", "10")]


async def test_a_smaller_order_lets_the_difference_go(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.order("SO-1", ("A", "8"), ("X", "2")))
    await publish(a.order("SO-1", ("A", "5"), ("X", "2"), version=4, event=OrderChanged))

    assert held(await latest(emitted_events, "SO-1")) == [("SH", "5")]
    assert (await ten.get("/inventory/stock", item="A")).json()["items"][0]["available"] == "5"


async def test_supply_is_promised_by_date_and_again_when_it_changes(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(
        a.purchase_order("PO-1", ("A", "5", "4"), due_date="2026-12-10"),
        a.purchase_order("PO-2", ("A", "5", "4"), due_date="2026-12-01"),
    )
    await publish(a.order("SO-1", ("A", "18")))
    told = await latest(emitted_events, "SO-1")
    assert [(x.source, str(x.quantity)) for x in told.lines[0].expected] == [
        ("PO-2", "5"),
        ("PO-1", "3"),
    ]

    await publish(
        a.purchase_order(
            "PO-2",
            ("A", "5", "4"),
            due_date="2026-12-01",
            status="cancelled",
            version=2,
            event=PurchaseOrderChanged,
        )
    )

    told = await latest(emitted_events, "SO-1")
    assert [(x.source, str(x.quantity)) for x in told.lines[0].expected] == [("PO-1", "5")]
    assert str(told.lines[0].uncovered) == "3"


async def test_stock_that_is_found_serves_who_waits_longest(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.order("SO-1", ("A", "12")))
    await publish(a.order("SO-2", ("A", "5"), placed_at="2026-11-22T09:00:00+00:00"))
    found = {
        "company": "E01",
        "reason": "found",
        "lines": [{"item": "A", "warehouse": "GZ", "quantity": "4"}],
    }
    assert (await ten.post("/inventory/adjustments", found)).status_code == 201

    assert held(await latest(emitted_events, "SO-1")) == [("SH", "10"), ("GZ", "2")]
    assert held(await latest(emitted_events, "SO-2")) == [("GZ", "2")]


async def test_an_order_of_five_hundred_lines_is_held_in_full(
    company: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    assert (
        await company.post("/inventory/adjustments", a.opening(("A", "SH", "500", "4")))
    ).status_code == 201
    lines: list[Any] = [("A", "1")] * 500

    await publish(a.order("SO-1", *lines))

    told = await latest(emitted_events, "SO-1")
    assert all(held(told, n) == [("SH", "1")] for n in range(500))
    assert await emitted_events(StockShort) == []
