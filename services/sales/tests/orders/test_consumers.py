"""Facts that come twice, in bulk, or that cannot be right."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from chassis.context import Context
from chassis.testing import Api, Harness, Publish, message_of
from sales.control import totals

from .. import builders as make


async def test_same_shipment_under_two_event_ids_counts_once(shop: Api, publish: Publish) -> None:
    placed = (await shop.post("/sales/orders", make.order(make.line(quantity="10")))).json()
    shipment = make.shipped(placed, "4", "400.00", "52.00")

    await publish(shipment)
    await publish(shipment)

    order = (await shop.get(f"/sales/orders/{placed['id']}")).json()
    assert (
        order["lines"][0]["quantity_shipped"],
        order["amount_shipped"],
        order["amount_open"],
    ) == ("4", "452.00", "678.00")
    assert [shipment["lines"][0]["quantity"] for shipment in order["shipments"]] == ["4"]


async def test_several_shipments_of_one_order_in_one_batch(shop: Api, publish: Publish) -> None:
    placed = (await shop.post("/sales/orders", make.order(make.line(quantity="10")))).json()

    await publish(
        make.shipped(placed, "4", "400.00", "52.00"),
        make.shipped(placed, "6", "600.00", "78.00", warehouse="GZ"),
        make.invoiced(placed, "1130.00"),
        make.paid(placed, "1130.00"),
    )

    order = (await shop.get(f"/sales/orders/{placed['id']}")).json()
    assert (order["status"], order["version"]) == ("closed", 3)


async def test_impossible_facts_are_parked_and_the_others_pass(shop: Api, harness: Harness) -> None:
    placed = (await shop.post("/sales/orders", make.order(make.line(quantity="10")))).json()
    lost = {**placed, "id": str(UUID(int=99))}
    events = [
        make.shipped(placed, "11", "1100.00", "143.00"),
        make.shipped(lost, "1", "100.00", "13.00"),
        make.shipped(placed, "10", "1000.00", "130.00"),
        make.reserved(lost, held={"SH": "1"}),
        make.invoiced(lost, "113.00"),
    ]

    await harness.inbox.apply([message_of(event, offset=n) for n, event in enumerate(events)])

    order = (await shop.get(f"/sales/orders/{placed['id']}")).json()
    assert (order["status"], order["amount_shipped"]) == ("completed", "1130.00")
    async with harness.worker.read(Context(actor="test")) as session:
        parked = (
            (await session.execute(text('SELECT reason FROM parked ORDER BY "offset"')))
            .scalars()
            .all()
        )
    assert parked == ["ShippedTooMuch", "UnknownReference", "UnknownReference", "UnknownReference"]


async def test_blocked_customer_is_known_from_the_event_on(shop: Api, publish: Publish) -> None:
    await publish(make.partner("C001", version=3, blocked=True))
    await publish(make.partner("C001", version=2, blocked=False))

    answer = await shop.post("/sales/orders", make.order())

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-state")


async def test_inactive_tax_code_sells_nothing(shop: Api, publish: Publish) -> None:
    code = make.tax_code("VAT13", "0.13").tax_code
    await publish(
        type(make.tax_code("VAT13", "0.13"))(
            tax_code=code.model_copy(update={"active": False, "version": 2})
        )
    )

    answer = await shop.post("/sales/orders", make.order())

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")


async def test_control_totals_are_what_was_recorded_up_to_the_cut(
    shop: Api, publish: Publish, harness: Harness
) -> None:
    placed = (await shop.post("/sales/orders", make.order(make.line(quantity="10")))).json()
    await publish(make.shipped(placed, "4", "400.00", "52.00"))

    async with harness.worker.read(Context(actor="test")) as session:
        now = {t.name: (str(t.amount), t.count) for t in await totals(session, datetime.now(UTC))}
        before = {
            t.name: (str(t.amount), t.count)
            for t in await totals(session, datetime(2020, 1, 1, tzinfo=UTC))
        }

    assert now == {"open_orders": ("678.00", 1), "shipped_gross": ("452.00", 1)}
    assert before == {"open_orders": ("0.00", 0), "shipped_gross": ("0.00", 0)}
