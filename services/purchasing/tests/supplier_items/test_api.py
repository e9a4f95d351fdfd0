"""Supplier items over HTTP."""

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.purchasing import SupplierItemChanged

from .. import builders  # noqa: F401  # the package's fixtures

OFFER = {
    "supplier": "V3",
    "item": "A",
    "unit": "CTN",
    "unit_price": "47.87",
    "lead_time_days": 17,
    "minimum_quantity": "100",
    "maximum_quantity": "1000",
}


async def test_an_offer_keeps_the_suppliers_unit_as_named(
    buying: Api, emitted_events: EmittedEvents
) -> None:
    answer = await buying.post("/purchasing/supplier-items", OFFER)

    body = answer.json()
    assert answer.status_code == 201, answer.text
    assert (body["unit"], body["unit_price"], body["currency"]) == ("CTN", "47.87", "CNY")
    assert (body["minimum_quantity"], body["preferred"], body["version"]) == ("100", False, 1)
    (told,) = await emitted_events(SupplierItemChanged)
    assert str(told.supplier_item.id) == body["id"]
    again = await buying.post("/purchasing/supplier-items", OFFER)
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")


async def test_an_offer_changes_by_version(buying: Api, emitted_events: EmittedEvents) -> None:
    ref = (await buying.post("/purchasing/supplier-items", OFFER)).json()["id"]

    changed = await buying.patch(
        f"/purchasing/supplier-items/{ref}",
        {"unit_price": "50", "preferred": True, "maximum_quantity": None},
        if_match='"1"',
    )
    stale = await buying.patch(
        f"/purchasing/supplier-items/{ref}", {"unit_price": "51"}, if_match='"1"'
    )

    body = changed.json()
    assert (body["unit_price"], body["version"], body["maximum_quantity"]) == ("50", 2, None)
    assert (body["lead_time_days"], body["minimum_quantity"]) == (17, "100")
    assert stale.status_code == 412
    assert len(await emitted_events(SupplierItemChanged)) == 2


async def test_a_batch_answers_each_row(buying: Api) -> None:
    rows = [
        OFFER,
        OFFER,
        {**OFFER, "item": "B", "maximum_quantity": "10"},
        {**OFFER, "item": "?"},
        {**OFFER, "supplier": "C001"},
        {**OFFER, "unit_price": 5},
        {**OFFER, "supplier": "V1"},
    ]

    answer = await buying.post("/purchasing/supplier-items:batch", {"rows": rows})
    listed = await buying.get("/purchasing/supplier-items", item="A")

    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [each["status"] for each in results] == [201, 409, 422, 422, 409, 422, 201]
    assert [each["supplier"] for each in listed.json()["items"]] == ["V1", "V3"]
