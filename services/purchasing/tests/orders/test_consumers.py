"""What receipts, returns and bills make of purchase orders."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, EmittedEvents, Harness, Publish
from purchasing import control
from tongheng_contracts.purchasing import PurchaseOrderChanged

from .. import builders as a


async def seen(api: Api, order: dict[str, str]) -> dict[str, object]:
    """The order as it is now."""
    return (await api.get(f"/purchasing/orders/{order['id']}")).json()


async def test_receipts_of_580_and_420_make_the_order_partly_and_then_wholly_received(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = await a.approved(buying)

    await publish(a.received(order, "580"))
    partly = await seen(buying, order)
    await publish(a.received(order, "420"))
    wholly = await seen(buying, order)

    assert (partly["status"], partly["version"]) == ("partly_received", 4)
    assert partly["lines"][0]["quantity_open"] == "420"  # type: ignore[index]
    assert (wholly["status"], wholly["version"]) == ("received", 5)
    assert wholly["lines"][0]["quantity_received"] == "1000"  # type: ignore[index]
    told = [event.order.status for event in await emitted_events(PurchaseOrderChanged)]
    assert told == ["submitted", "partly_received", "received"]


async def test_a_second_partial_receipt_changes_nothing_that_others_see(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = await a.approved(buying)

    await publish(a.received(order, "100"), a.received(order, "50"))
    await publish(a.received(order, "50"))

    now = await seen(buying, order)
    assert (now["version"], now["lines"][0]["quantity_received"]) == (4, "200")  # type: ignore[index]
    assert len(await emitted_events(PurchaseOrderChanged)) == 2


async def test_the_same_receipt_twice_counts_once(
    buying: Api, publish: Publish, harness: Harness
) -> None:
    from chassis.testing import message_of

    order = await a.approved(buying)
    message = message_of(a.received(order, "580"))

    await harness.inbox.apply([message])
    await harness.inbox.apply([message])

    assert (await seen(buying, order))["lines"][0]["quantity_received"] == "580"  # type: ignore[index]


async def test_what_is_not_received_can_be_cancelled_which_closes_the_order(
    buying: Api, publish: Publish
) -> None:
    order = await a.approved(buying)
    await publish(a.received(order, "580"))

    answer = await buying.post(f"/purchasing/orders/{order['id']}/cancel")

    assert answer.json()["status"] == "closed"
    assert answer.json()["lines"][0]["quantity_cancelled"] == "420"
    assert answer.json()["lines"][0]["quantity_open"] == "0"


async def test_only_received_orders_are_closed(buying: Api, publish: Publish) -> None:
    order = await a.approved(buying)

    early = await buying.post(f"/purchasing/orders/{order['id']}/close")
    await publish(a.received(order, "1000"))
    done = await buying.post(f"/purchasing/orders/{order['id']}/close")

    assert early.status_code == 409
    assert (done.json()["status"], done.json()["lines"][0]["quantity_cancelled"]) == ("closed", "0")


async def test_goods_that_crossed_the_cancellation_were_bought_after_all(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = await a.approved(buying)
    await buying.post(f"/purchasing/orders/{order['id']}/cancel")

    await publish(a.received(order, "300"))

    now = await seen(buying, order)
    assert now["status"] == "closed"
    assert now["lines"][0]["quantity_cancelled"] == "700"  # type: ignore[index]
    assert (await emitted_events(PurchaseOrderChanged))[-1].order.status == "closed"


async def test_a_receipt_over_the_ordered_quantity_leaves_nothing_open(
    buying: Api, publish: Publish
) -> None:
    order = await a.approved(buying)

    await publish(a.received(order, "1020"))

    now = await seen(buying, order)
    assert now["status"] == "received"
    assert now["lines"][0]["amount_open"] == "0.00"  # type: ignore[index]


async def test_the_newest_bill_gives_the_price_and_a_later_version_replaces_an_earlier(
    buying: Api, publish: Publish
) -> None:
    order = await a.approved(buying)
    bill = UUID(int=7)

    await publish(a.billed(order, "600", "10.50", bill=bill, day="2026-11-05"))
    await publish(a.billed(order, "400", "10.20", day="2026-11-03"))
    before = (await seen(buying, order))["lines"][0]  # type: ignore[index]
    await publish(a.billed(order, "500", "10.30", bill=bill, version=2, day="2026-11-05"))
    after = (await seen(buying, order))["lines"][0]  # type: ignore[index]

    assert (before["quantity_billed"], before["billed_price"]) == ("1000", "10.5")
    assert (after["quantity_billed"], after["billed_price"]) == ("900", "10.3")


async def test_a_receipt_of_an_order_that_is_not_ours_is_kept_and_changes_nothing(
    buying: Api, publish: Publish, harness: Harness
) -> None:
    stranger = {"id": str(UUID(int=1)), "number": "PO-?"}

    await publish(a.received(stranger, "1"))

    async with harness.worker.read(Context(actor="test")) as session:
        kept = await session.scalar(text("SELECT count(*) FROM order_movements"))
    assert kept == 1


async def test_open_orders_are_worth_what_is_not_yet_received(
    buying: Api, publish: Publish, harness: Harness
) -> None:
    order = await a.approved(buying)
    await a.submitted(buying)
    await publish(a.received(order, "580"))
    after = datetime.now(UTC) + timedelta(seconds=5)

    async with harness.worker.read(Context(actor="test")) as session:
        (now,) = await control.totals(session, after)
        before = await control.totals(session, after - timedelta(days=1))

    assert (now.company, now.name, str(now.amount), now.count) == (
        "E01",
        "open_orders",
        "4200.00",
        1,
    )
    assert now.quantity == 420
    # One transaction made it all in this test, so that before it there was nothing.
    assert [(each.amount, each.quantity, each.count) for each in before] == [(0, 0, 0)]
