"""Returns to suppliers, from draft to gone."""

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.purchasing import PurchaseReturnAuthorised

from .. import builders as a


async def of_received(api: Api, publish: Publish, *, bill: str | None = "10.30") -> dict[str, str]:
    """E2's order, received and billed."""
    order = await a.approved(api)
    await publish(a.received(order, "1000"))
    if bill:
        await publish(a.billed(order, "1000", bill))
    return order


def wanted(order: dict[str, str], quantity: str = "50", **line: str) -> dict[str, object]:
    return {
        "purchase_order": order["number"],
        "reason": "rust",
        "lines": [{"line": 1, "quantity": quantity, **line}],
    }


async def test_fifty_kilograms_go_back_at_the_billed_price(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = await of_received(buying, publish)

    draft = await buying.post("/purchasing/returns", wanted(order))
    done = await buying.post(f"/purchasing/returns/{draft.json()['number']}/authorise")

    assert draft.status_code == 201, draft.text
    body = draft.json()
    assert (body["status"], body["warehouse"], body["supplier"]) == ("draft", "SH", "V3")
    assert (body["amount_net"], body["amount_tax"], body["amount_gross"]) == (
        "515.00",
        "66.95",
        "581.95",
    )
    assert (done.json()["status"], done.headers["etag"]) == ("authorised", '"2"')
    (told,) = await emitted_events(PurchaseReturnAuthorised)
    (line,) = told.purchase_return.lines
    assert told.purchase_return.purchase_order_number == order["number"]
    assert (str(line.unit_price), line.order_line) == ("10.3", 1)
    assert (str(line.amount_net), str(line.amount_tax)) == ("515.00", "66.95")


async def test_without_a_bill_the_orders_price_is_credited_unless_another_is_agreed(
    buying: Api, publish: Publish
) -> None:
    order = await of_received(buying, publish, bill=None)

    usual = await buying.post("/purchasing/returns", wanted(order))
    agreed = await buying.post("/purchasing/returns", wanted(order, unit_price="9"))

    assert (usual.json()["amount_net"], agreed.json()["amount_net"]) == ("500.00", "450.00")


async def test_no_more_goes_back_than_is_here_and_not_promised_to_another_return(
    buying: Api, publish: Publish
) -> None:
    order = await of_received(buying, publish)
    first = (await buying.post("/purchasing/returns", wanted(order, "700"))).json()
    second = (await buying.post("/purchasing/returns", wanted(order, "400"))).json()

    too_much = await buying.post("/purchasing/returns", wanted(order, "1000.001"))
    one = await buying.post(f"/purchasing/returns/{first['id']}/approve")
    other = await buying.post(f"/purchasing/returns/{second['id']}/approve")
    await publish(a.returned(one.json(), "700"))
    still = await buying.post(f"/purchasing/returns/{second['id']}/approve")
    rest = await buying.post("/purchasing/returns", wanted(order, "300"))

    assert one.status_code == 200
    for refused in (too_much, other, still):
        assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state")
    assert rest.status_code == 201


async def test_a_return_is_returned_when_all_of_it_has_left(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = await of_received(buying, publish)
    draft = (await buying.post("/purchasing/returns", wanted(order))).json()
    await buying.post(f"/purchasing/returns/{draft['id']}/authorise")

    await publish(a.returned(draft, "20"))
    partly = (await buying.get(f"/purchasing/returns/{draft['id']}")).json()
    stuck = await buying.post(f"/purchasing/returns/{draft['id']}/cancel")
    await publish(a.returned(draft, "30"))
    wholly = (await buying.get(f"/purchasing/returns/{draft['id']}")).json()

    assert (partly["status"], partly["lines"][0]["quantity_returned"]) == ("authorised", "20")
    assert stuck.status_code == 409
    assert (wholly["status"], wholly["version"]) == ("returned", 3)
    line = (await buying.get(f"/purchasing/orders/{order['id']}")).json()["lines"][0]
    assert (line["quantity_returned"], line["quantity_received"]) == ("50", "1000")
    told = [
        event.purchase_return.status for event in await emitted_events(PurchaseReturnAuthorised)
    ]
    assert told == ["authorised", "returned"]


async def test_customers_returns_are_not_ours(buying: Api, publish: Publish) -> None:
    order = await of_received(buying, publish)
    draft = (await buying.post("/purchasing/returns", wanted(order))).json()

    await publish(a.returned(draft, "50", direction="from_customer"))

    line = (await buying.get(f"/purchasing/orders/{order['id']}")).json()["lines"][0]
    assert line["quantity_returned"] == "0"


async def test_a_cancelled_authorisation_is_told_and_frees_its_quantity(
    buying: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    order = await of_received(buying, publish)
    first = (await buying.post("/purchasing/returns", wanted(order, "1000"))).json()
    await buying.post(f"/purchasing/returns/{first['id']}/authorise")

    cancelled = await buying.post(f"/purchasing/returns/{first['id']}/cancel")
    again = await buying.post("/purchasing/returns", wanted(order, "1000"))

    assert cancelled.json()["status"] == "cancelled"
    assert (await emitted_events(PurchaseReturnAuthorised))[
        -1
    ].purchase_return.status == "cancelled"
    assert again.status_code == 201


async def test_nothing_goes_back_of_an_order_that_was_not_received(buying: Api) -> None:
    order = await a.approved(buying)

    early = await buying.post("/purchasing/returns", wanted(order, "1"))
    unknown = await buying.post("/purchasing/returns", wanted({"number": "PO-2026-999999"}))
    listed = await buying.get("/purchasing/returns", order=order["number"])

    assert (early.status_code, early.json()["code"]) == (409, "invalid-state")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-reference")
    assert listed.json() == {"items": [], "next": None}
