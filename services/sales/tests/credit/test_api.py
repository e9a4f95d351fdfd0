"""Granting credit, and what it decides."""

from chassis.ids import uuid7
from chassis.testing import Api, Publish

from .. import builders as make

PROFILE = "/sales/credit-profiles/C001"


async def test_first_grant_needs_no_version_and_later_ones_do(shop: Api) -> None:
    first = await shop.put(PROFILE, make.profile("20000.00"))
    blind = await shop.put(PROFILE, make.profile("1.00"))
    stale = await shop.put(PROFILE, make.profile("1.00"), if_match='"7"')
    second = await shop.put(
        PROFILE, make.profile("21000.00", valid_until="2999-12-31"), if_match='"1"'
    )

    assert [a.status_code for a in (first, blind, stale, second)] == [200, 428, 412, 200]
    assert (second.json()["credit_limit"], second.headers["etag"]) == ("21000.00", '"2"')
    assert (await shop.get(PROFILE)).json()["valid_until"] == "2999-12-31"


async def test_customer_without_profile_has_unlimited_credit(shop: Api) -> None:
    placed = await shop.post("/sales/orders", make.order(make.line(quantity="1000000")))
    found = (await shop.get(PROFILE)).json()

    assert placed.json()["status"] == "pending"
    assert (found["version"], found["credit_limit"], found["exposure"]["available"]) == (
        0,
        None,
        None,
    )
    assert found["exposure"]["open_orders"] == "113000000.00"


async def test_exactly_at_the_limit_passes(shop: Api) -> None:
    await shop.put(PROFILE, make.profile("16950.00"))

    at, beyond = [
        await shop.post("/sales/orders", make.order(make.line(quantity=q))) for q in ("150", "1")
    ]

    assert (at.json()["status"], beyond.json()["status"]) == ("pending", "on_hold")


async def test_limit_past_its_day_holds_everything(shop: Api) -> None:
    await shop.put(PROFILE, make.profile("20000.00", valid_until="2020-12-31"))

    placed = await shop.post("/sales/orders", make.order(make.line(quantity="1")))

    assert placed.json()["hold_reasons"] == ["credit"]


async def test_overdue_holds_when_it_is_checked(shop: Api, publish: Publish) -> None:
    await publish(make.exposure(1, "100.00", overdue="100.00"))
    await shop.put(PROFILE, make.profile(None))
    unchecked = await shop.post("/sales/orders", make.order())
    await shop.put(PROFILE, make.profile(None, check_overdue=True), if_match='"1"')
    checked = await shop.post("/sales/orders", make.order())

    assert (unchecked.json()["hold_reasons"], checked.json()["hold_reasons"]) == ([], ["overdue"])


async def test_older_figures_of_finance_do_not_replace_newer_ones(
    shop: Api, publish: Publish
) -> None:
    await publish(make.exposure(2, "500.00", overdue="20.00"))
    await publish(make.exposure(1, "900.00"))

    exposure = (await shop.get(PROFILE)).json()["exposure"]

    assert (exposure["receivable"], exposure["overdue"]) == ("500.00", "20.00")


async def test_shipment_named_before_it_was_seen_never_counts(shop: Api, publish: Publish) -> None:
    placed = (await shop.post("/sales/orders", make.order())).json()
    early, late = uuid7(), uuid7()

    await publish(make.exposure(1, "9040.00", early))
    await publish(make.shipped(placed, "80", "8000.00", "1040.00", id=early))
    await publish(make.shipped(placed, "50", "5000.00", "650.00", id=late))
    before = (await shop.get(PROFILE)).json()["exposure"]
    await publish(make.exposure(2, "14690.00", late))
    await publish(make.exposure(3, "14690.00", early, late))
    after = (await shop.get(PROFILE)).json()["exposure"]

    assert (before["unacknowledged"], before["receivable"], before["open_orders"]) == (
        "5650.00",
        "9040.00",
        "2260.00",
    )
    assert (after["unacknowledged"], after["receivable"], after["total"]) == (
        "0.00",
        "14690.00",
        "16950.00",
    )


async def test_same_shipment_in_one_batch_with_its_acknowledgement(
    shop: Api, publish: Publish
) -> None:
    placed = (await shop.post("/sales/orders", make.order())).json()
    shipment = uuid7()

    await publish(
        make.exposure(1, "9040.00", shipment),
        make.shipped(placed, "80", "8000.00", "1040.00", id=shipment),
    )

    exposure = (await shop.get(PROFILE)).json()["exposure"]
    assert (exposure["unacknowledged"], exposure["receivable"]) == ("0.00", "9040.00")


async def test_profiles_are_listed_within_the_scope(shop: Api) -> None:
    await shop.put(PROFILE, make.profile("1.00"))
    await shop.put("/sales/credit-profiles/C002", {**make.profile("2.00"), "company": "E02"})
    stranger = shop.as_("sales.credit_profile.*", companies=["E02"])

    every = (await shop.get("/sales/credit-profiles")).json()["items"]
    own = (await stranger.get("/sales/credit-profiles")).json()["items"]
    refused = await stranger.put(PROFILE, make.profile("9.00"))
    hidden = await stranger.get(PROFILE, company="E01")

    assert [profile["customer"] for profile in every] == ["C001", "C002"]
    assert [profile["company"] for profile in own] == ["E02"]
    assert (refused.status_code, hidden.status_code) == (403, 403)


async def test_negative_limit_and_unknown_customer_are_refused(shop: Api) -> None:
    negative = await shop.put(PROFILE, make.profile("-1.00"))
    unknown = await shop.put("/sales/credit-profiles/NOBODY", make.profile("1.00"))

    assert (negative.status_code, unknown.status_code) == (422, 422)
    assert unknown.json()["code"] == "unknown-reference"
