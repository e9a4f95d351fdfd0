"""Purchase orders over HTTP."""

from typing import Any

from chassis.ids import named
from chassis.testing import Api, Emitted, EmittedEvents, Publish
from tongheng_contracts.purchasing import PurchaseOrderApproved, PurchaseOrderChanged

from .. import builders as a


async def test_a_thousand_kilograms_at_ten_are_drafted_submitted_and_approved(
    buying: Api, emitted: Emitted, emitted_events: EmittedEvents
) -> None:
    draft = await a.drafted(buying, business_date="2026-11-02")
    assert await emitted() == []

    submitted = (await buying.post(f"/purchasing/orders/{draft['number']}/submit")).json()
    answer = await buying.post(f"/purchasing/orders/{draft['id']}/approve")

    assert draft["status"] == "draft"
    assert draft["number"].startswith("PO-2026-")
    assert (draft["amount_net"], draft["amount_tax"], draft["amount_gross"]) == (
        "10000.00",
        "1300.00",
        "11300.00",
    )
    assert draft["tolerance"] == "0.02"
    assert (submitted["status"], submitted["version"]) == ("submitted", 2)
    assert (answer.json()["status"], answer.headers["etag"]) == ("approved", '"3"')
    assert await emitted() == [
        "purchasing.PurchaseOrderChanged",
        "purchasing.PurchaseOrderApproved",
    ]
    (told,) = await emitted_events(PurchaseOrderApproved)
    assert (told.order.status, told.order.version, told.order.payment_days) == ("approved", 3, 30)
    (line,) = told.order.lines
    assert (str(line.quantity), line.unit, str(line.unit_price)) == ("1000", "KG", "10")
    assert (line.due_date, line.tax_code, str(line.tax_rate)) == ("2026-11-02", "VAT13", "0.13")


async def test_a_draft_cannot_be_approved_and_an_approved_order_not_again(buying: Api) -> None:
    draft = await a.drafted(buying)
    done = await a.approved(buying)

    early = await buying.post(f"/purchasing/orders/{draft['id']}/approve")
    twice = await buying.post(f"/purchasing/orders/{done['id']}/approve")

    assert (early.status_code, early.json()["code"]) == (409, "invalid-state")
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid-state")


async def test_approving_needs_its_own_permission(buying: Api) -> None:
    waiting = await a.submitted(buying)
    buyer = buying.as_("purchasing.order.create", "purchasing.order.submit")

    refused = await buyer.post(f"/purchasing/orders/{waiting['id']}/approve")

    assert refused.status_code == 403


async def test_references_may_be_ids_and_unknown_ones_are_named(buying: Api) -> None:
    by_id = a.order(
        company=str(named("company", "E01")),
        supplier=str(named("partner", "V3")),
        warehouse=str(named("warehouse", "SH")),
        lines=[{"item": str(named("item", "B")), "quantity": "1", "unit_price": "10"}],
    )
    wrong: dict[str, dict[str, Any]] = {
        "/company": {"company": "E99"},
        "/supplier": {"supplier": "V99"},
        "/warehouse": {"warehouse": "HK"},
        "/lines/0/item": {"lines": [{"item": "?", "quantity": "1", "unit_price": "1"}]},
        "/lines/0/quantity": {
            "lines": [{"item": "B", "quantity": "1", "unit": "CTN", "unit_price": "1"}]
        },
        "/lines/0/tax_code": {
            "lines": [{"item": "B", "quantity": "1", "unit_price": "1", "tax_code": "VAT99"}]
        },
    }

    good = await buying.post("/purchasing/orders", by_id)
    refusals = {
        field: await buying.post("/purchasing/orders", a.order(**fields))
        for field, fields in wrong.items()
    }

    assert good.status_code == 201, good.text
    assert (good.json()["supplier"], good.json()["lines"][0]["item"]) == ("V3", "B")
    for field, answer in refusals.items():
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference"), field
        assert answer.json()["errors"][0]["pointer"] == field


async def test_only_who_supplies_and_is_not_blocked_is_bought_from(
    buying: Api, publish: Publish
) -> None:
    waiting = await a.submitted(buying)
    await publish(
        a.supplier("V3", version=2, blocked=True), a.supplier("V1", version=2, active=False)
    )

    customer = await buying.post("/purchasing/orders", a.order(supplier="C001"))
    blocked = await buying.post("/purchasing/orders", a.order(supplier="V3"))
    inactive = await buying.post("/purchasing/orders", a.order(supplier="V1"))
    approval = await buying.post(f"/purchasing/orders/{waiting['id']}/approve")

    for answer in (customer, blocked, inactive, approval):
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid-state")


async def test_other_currencies_and_too_fine_quantities_are_refused(buying: Api) -> None:
    dollars = await buying.post("/purchasing/orders", a.order(currency="USD"))
    half = await buying.post(
        "/purchasing/orders",
        a.order(lines=[{"item": "A", "quantity": "0.5", "unit_price": "1"}]),
    )

    assert (dollars.status_code, dollars.json()["code"]) == (422, "currency-not-supported")
    assert (half.status_code, half.json()["code"]) == (422, "quantity-decimals")


async def test_another_unit_is_converted_to_base_units_exactly(buying: Api) -> None:
    lines = [
        {"item": "B", "quantity": "1.5", "unit": "T", "unit_price": "9800"},
        {"item": "A", "quantity": "10", "unit": "BOX", "unit_price": "100"},
    ]

    draft = await a.drafted(buying, lines=lines)

    steel, boxes = draft["lines"]
    assert (steel["quantity"], steel["unit"], steel["unit_price"]) == ("1500", "KG", "9.8")
    assert (steel["purchase_quantity"], steel["purchase_unit"]) == ("1.5", "T")
    assert steel["amount_net"] == "14700.00"
    assert (boxes["quantity"], boxes["unit_price"], boxes["amount_net"]) == (
        "120",
        "8.333333",
        "1000.00",
    )


async def test_price_and_delivery_come_from_the_suppliers_offer(buying: Api) -> None:
    await buying.post(
        "/purchasing/supplier-items",
        {"supplier": "V3", "item": "A", "unit": "BOX", "unit_price": "120", "lead_time_days": 5},
    )
    line = {"item": "A", "quantity": "24"}

    draft = await a.drafted(buying, business_date="2026-11-02", lines=[line])
    refused = await buying.post("/purchasing/orders", a.order(supplier="V1", lines=[line]))

    assert (draft["lines"][0]["unit_price"], draft["amount_net"]) == ("10", "240.00")
    assert draft["lines"][0]["due_date"] == "2026-11-07"
    assert (refused.status_code, refused.json()["code"]) == (422, "price-missing")


async def test_a_company_outside_the_callers_scope_is_refused_and_its_orders_are_not_there(
    buying: Api,
) -> None:
    draft = await a.drafted(buying)
    other = buying.as_("*", companies=["E02"])

    refused = await other.post("/purchasing/orders", a.order())
    hidden = await other.get(f"/purchasing/orders/{draft['id']}")
    listed = await other.get("/purchasing/orders")

    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")
    assert hidden.status_code == 404
    assert listed.json()["items"] == []


async def test_in_a_batch_the_good_orders_are_drafted_and_each_row_is_answered(buying: Api) -> None:
    rows = [a.order(), a.order(supplier="V99"), {"company": "E01"}, a.order(warehouse="GZ")]

    answer = await buying.post("/purchasing/orders:batch", {"rows": rows})

    results = answer.json()["results"]
    assert [each["status"] for each in results] == [201, 422, 422, 201]
    assert [each["index"] for each in results] == [0, 1, 2, 3]
    assert results[1]["problem"]["code"] == "unknown-reference"
    assert results[3]["body"]["warehouse"] == "GZ"
    assert len((await buying.get("/purchasing/orders")).json()["items"]) == 2


async def test_a_draft_may_be_rewritten(buying: Api, emitted: Emitted) -> None:
    draft = await a.drafted(buying, business_date="2026-11-02")
    change = {
        "warehouse": "GZ",
        "tolerance": "0.05",
        "lines": [
            {"line": 1, "quantity": "500", "due_date": "2026-11-20"},
            {"item": "A", "quantity": "3", "unit_price": "7"},
        ],
    }

    changed = await buying.patch(f"/purchasing/orders/{draft['id']}", change, if_match='"1"')
    stale = await buying.patch(f"/purchasing/orders/{draft['id']}", change, if_match='"1"')
    blind = await buying.patch(f"/purchasing/orders/{draft['id']}", change)
    shorter = await buying.patch(
        f"/purchasing/orders/{draft['id']}", {"remove_lines": [1]}, if_match='"2"'
    )

    body = changed.json()
    assert (body["version"], body["warehouse"], body["tolerance"]) == (2, "GZ", "0.05")
    assert [(x["line"], x["item"], x["quantity"], x["amount_net"]) for x in body["lines"]] == [
        (1, "B", "500", "5000.00"),
        (2, "A", "3", "21.00"),
    ]
    assert body["lines"][0]["due_date"] == "2026-11-20"
    assert (stale.status_code, blind.status_code) == (412, 428)
    assert [x["line"] for x in shorter.json()["lines"]] == [2]
    assert await emitted() == []


async def test_the_supplier_slips_three_days_and_others_learn_it(
    buying: Api, emitted_events: EmittedEvents
) -> None:
    done = await a.approved(buying, business_date="2026-11-02")

    price = await buying.patch(
        f"/purchasing/orders/{done['id']}",
        {"lines": [{"line": 1, "unit_price": "9"}]},
        if_match='"3"',
    )
    slipped = await buying.patch(
        f"/purchasing/orders/{done['id']}",
        {"lines": [{"line": 1, "due_date": "2026-11-05"}]},
        if_match='"3"',
    )

    assert (price.status_code, price.json()["code"]) == (409, "invalid-state")
    assert slipped.json()["lines"][0]["due_date"] == "2026-11-05"
    told = (await emitted_events(PurchaseOrderChanged))[-1].order
    assert (told.version, told.status, told.lines[0].due_date) == (4, "approved", "2026-11-05")


async def test_cancelling_a_draft_is_nobodys_business_and_cancelling_an_approved_order_is_told(
    buying: Api, emitted: Emitted, emitted_events: EmittedEvents
) -> None:
    draft = await a.drafted(buying)
    await buying.post(f"/purchasing/orders/{draft['id']}/cancel")
    assert await emitted() == []
    done = await a.approved(buying)

    cancelled = await buying.post(f"/purchasing/orders/{done['id']}/cancel")
    again = await buying.post(f"/purchasing/orders/{done['id']}/cancel")

    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["lines"][0]["quantity_open"] == "0"
    told = (await emitted_events(PurchaseOrderChanged))[-1].order
    assert (told.status, told.version, str(told.lines[0].quantity_cancelled)) == (
        "cancelled",
        4,
        "1000",
    )
    assert again.status_code == 409


async def test_orders_are_found_by_what_a_buyer_looks_for(buying: Api) -> None:
    steel = await a.drafted(buying, lines=[{"item": "B", "quantity": "1", "unit_price": "1"}])
    other = await a.submitted(
        buying, supplier="V1", lines=[{"item": "A", "quantity": "1", "unit_price": "1"}]
    )

    async def found(**filters: str) -> list[str]:
        answer = await buying.get("/purchasing/orders", **filters)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await found(supplier="V1") == [other["id"]]
    assert await found(status="draft") == [steel["id"]]
    assert await found(item="B") == [steel["id"]]
    assert await found(number=other["number"]) == [other["id"]]
    assert set(await found(company="E01")) == {steel["id"], other["id"]}
    first = (await buying.get("/purchasing/orders", limit="1", sort="number")).json()
    second = (
        await buying.get("/purchasing/orders", limit="1", sort="number", cursor=first["next"])
    ).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [steel["id"], other["id"]]
    assert (await buying.get("/purchasing/orders", colour="red")).status_code == 400
