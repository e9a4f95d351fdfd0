"""Releasing, amending, cancelling, closing short – and what inventory answers."""

from decimal import Decimal
from typing import Any

from chassis.testing import Api, Emitted, EmittedEvents, Publish
from tongheng_contracts.sales import OrderCancelled, OrderChanged

from .. import builders as make


async def _placed(shop: Api, quantity: str = "10", **more: Any) -> dict[str, Any]:
    return (
        await shop.post("/sales/orders", make.order(make.line(quantity=quantity), **more))
    ).json()


async def _order(shop: Api, placed: dict[str, Any]) -> dict[str, Any]:
    return (await shop.get(f"/sales/orders/{placed['id']}")).json()


async def _open(shop: Api) -> str:
    return (await shop.get("/sales/credit-profiles/C001", company="E01")).json()["exposure"][
        "open_orders"
    ]


async def test_only_a_held_order_is_released_and_only_with_the_right(shop: Api) -> None:
    await shop.put("/sales/credit-profiles/C001", make.profile("0.00"))
    held = await _placed(shop)
    seller = shop.as_("sales.order.place", "sales.order.read")

    refused = await seller.post(f"/sales/orders/{held['id']}/release")
    stale = await shop.post(f"/sales/orders/{held['id']}/release", if_match='"9"')
    done = await shop.post(f"/sales/orders/{held['number']}/release", if_match='"1"')
    again = await shop.post(f"/sales/orders/{held['id']}/release")

    assert [a.status_code for a in (refused, stale, done, again)] == [403, 412, 200, 409]
    assert (done.json()["status"], done.json()["hold_reasons"], done.headers["etag"]) == (
        "pending",
        [],
        '"2"',
    )


async def test_priority_and_requested_date_may_change(
    shop: Api, emitted_events: EmittedEvents
) -> None:
    placed = await _placed(shop, requested_date="2026-12-24")
    path = f"/sales/orders/{placed['id']}"

    without = await shop.patch(path, {"priority": 1})
    changed = await shop.patch(path, {"priority": 1, "requested_date": None}, if_match='"1"')
    nothing = await shop.patch(path, {"priority": 1}, if_match='"2"')

    assert (without.status_code, changed.status_code, nothing.json()["version"]) == (428, 200, 2)
    (told,) = await emitted_events(OrderChanged)
    assert (told.order.priority, told.order.requested_date, told.order.version) == (1, None, 2)


async def test_held_order_is_cancelled_at_once(shop: Api, emitted_events: EmittedEvents) -> None:
    await shop.put("/sales/credit-profiles/C001", make.profile("0.00"))
    held = await _placed(shop)

    part = await shop.post(
        f"/sales/orders/{held['id']}/cancel", {"lines": [{"line": 1, "quantity": "4"}]}
    )
    rest = await shop.post(f"/sales/orders/{held['id']}/cancel")

    assert (part.status_code, part.json()["status"], part.json()["lines"][0]["quantity_open"]) == (
        200,
        "on_hold",
        "6",
    )
    assert (rest.status_code, rest.json()["status"]) == (200, "cancelled")
    (told,) = await emitted_events(OrderCancelled)
    assert (told.order.version, told.order.lines[0].quantity_cancelled) == (3, Decimal(10))
    assert (await shop.post(f"/sales/orders/{held['id']}/release")).status_code == 409


async def test_part_of_a_held_order_counts_once_released(shop: Api) -> None:
    await shop.put("/sales/credit-profiles/C001", make.profile("0.00"))
    held = await _placed(shop)
    await shop.post(f"/sales/orders/{held['id']}/cancel", {"lines": [{"line": 1, "quantity": "4"}]})

    await shop.post(f"/sales/orders/{held['id']}/release")

    assert await _open(shop) == "678.00"


async def test_cancelling_waits_for_inventory_and_ends_cancelled(
    shop: Api, publish: Publish, emitted: Emitted
) -> None:
    placed = await _placed(shop)
    await publish(make.reserved(placed, 1, held={"SH": "10"}))

    asked = await shop.post(f"/sales/orders/{placed['id']}/cancel")
    assert (asked.status_code, asked.json()["status"], asked.json()["version"]) == (
        202,
        "cancelling",
        2,
    )
    assert (asked.json()["lines"][0]["quantity_cancelled"], await _open(shop)) == ("10", "1130.00")
    again = await shop.post(f"/sales/orders/{placed['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state")
    await publish(make.reserved(placed, 2, held={"SH": "10"}))  # an answer to the version before
    assert (await _order(shop, placed))["status"] == "cancelling"
    await publish(make.reserved(placed, 3, cancelled="10", released=True, order_version=2))

    done = await _order(shop, placed)
    assert (done["status"], done["version"], done["amount_open"], await _open(shop)) == (
        "cancelled",
        3,
        "0.00",
        "0.00",
    )
    assert await emitted() == ["sales.OrderPlaced", "sales.OrderChanged", "sales.OrderCancelled"]


async def test_what_was_picked_stays_and_the_order_goes_on(
    shop: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    placed = await _placed(shop)
    await publish(make.reserved(placed, 1, held={"SH": "10"}))
    await shop.post(f"/sales/orders/{placed['id']}/cancel")

    await publish(
        make.reserved(placed, 2, held={"SH": "3"}, cancelled="7", released=True, order_version=2)
    )
    going_on = await _order(shop, placed)
    await publish(make.shipped(placed, "3", "300.00", "39.00"))

    assert (going_on["status"], going_on["version"], going_on["amount_open"]) == (
        "processing",
        3,
        "339.00",
    )
    last = (await emitted_events(OrderChanged))[-1].order
    assert (last.status, last.lines[0].quantity, last.lines[0].quantity_cancelled) == (
        "completed",
        Decimal(10),
        Decimal(7),
    )
    assert await _open(shop) == "0.00"


async def test_cancelling_part_of_a_waiting_order_leaves_the_rest_pending(
    shop: Api, publish: Publish
) -> None:
    placed = await _placed(shop)
    await shop.post(
        f"/sales/orders/{placed['id']}/cancel", {"lines": [{"line": 1, "quantity": "4"}]}
    )

    await publish(
        make.reserved(placed, 1, cancelled="4", uncovered="6", released=True, order_version=2)
    )

    order = await _order(shop, placed)
    assert (order["status"], order["lines"][0]["quantity_open"], order["promised_date"]) == (
        "pending",
        "6",
        None,
    )
    assert await _open(shop) == "678.00"


async def test_shipment_that_is_heard_of_after_the_release_completes_the_order(
    shop: Api, publish: Publish
) -> None:
    placed = await _placed(shop)
    await shop.post(f"/sales/orders/{placed['id']}/close")
    await publish(
        make.reserved(placed, 1, shipped="3", cancelled="7", released=True, order_version=2)
    )
    assert (await _order(shop, placed))["amount_open"] == "339.00"

    await publish(make.shipped(placed, "3", "300.00", "39.00"))

    assert (await _order(shop, placed))["status"] == "completed"


async def test_everything_shipped_while_cancelling_completes_the_order(
    shop: Api, publish: Publish
) -> None:
    placed = await _placed(shop)
    await shop.post(f"/sales/orders/{placed['id']}/cancel")

    await publish(make.shipped(placed, "10", "1000.00", "130.00"))
    await publish(make.reserved(placed, 1, shipped="10", released=True, order_version=2))

    done = await _order(shop, placed)
    assert (done["status"], done["version"], done["lines"][0]["quantity_cancelled"]) == (
        "completed",
        3,
        "0",
    )
    after = await shop.post(f"/sales/orders/{placed['id']}/cancel")
    assert (after.status_code, after.json()["code"]) == (409, "invalid-state")


async def test_more_than_is_open_cannot_be_cancelled(shop: Api, publish: Publish) -> None:
    placed = await _placed(shop)
    await publish(make.shipped(placed, "4", "400.00", "52.00"))
    path = f"/sales/orders/{placed['id']}/cancel"

    beyond = await shop.post(path, {"lines": [{"line": 1, "quantity": "7"}]})
    twice = await shop.post(
        path, {"lines": [{"line": 1, "quantity": "4"}, {"line": 1, "quantity": "4"}]}
    )
    unknown = await shop.post(path, {"lines": [{"line": 2}]})
    half = await shop.post(path, {"lines": [{"line": 1, "quantity": "0.5"}]})

    assert [a.status_code for a in (beyond, twice, unknown, half)] == [409, 409, 422, 422]
    assert unknown.json()["errors"][0]["pointer"] == "/lines/0/line"


async def test_goods_credited_before_they_were_invoiced_let_the_order_close(
    shop: Api, publish: Publish
) -> None:
    placed = await _placed(shop)
    await publish(make.shipped(placed, "10", "1000.00", "130.00"))

    await publish(make.credited(placed, "113.00", invoiced=False), make.invoiced(placed, "1017.00"))
    assert (await _order(shop, placed))["status"] == "completed"
    await publish(make.paid(placed, "1017.00"))

    assert (await _order(shop, placed))["status"] == "closed"


async def test_credit_note_offset_in_a_payment_is_not_counted_twice(
    shop: Api, publish: Publish
) -> None:
    placed = await _placed(shop)
    await publish(make.shipped(placed, "10", "1000.00", "130.00"), make.invoiced(placed, "1130.00"))
    await publish(make.credited(placed, "113.00"))

    await publish(make.paid(placed, "1130.00", "-113.01"))
    assert (await _order(shop, placed))["status"] == "completed"
    await publish(make.paid(placed, "0.01"))

    assert (await _order(shop, placed))["status"] == "closed"
