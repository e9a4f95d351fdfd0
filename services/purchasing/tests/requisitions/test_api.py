"""Requisitions by hand, and how they become orders."""

from typing import Any

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.purchasing import RequisitionRaised

from .. import builders as a


def wanted(*lines: dict[str, Any], company: str = "E01") -> dict[str, Any]:
    given = lines or ({"item": "A", "quantity": "10", "warehouse": "SH", "supplier": "V3"},)
    return {"company": company, "lines": list(given)}


async def raised(api: Api, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post("/purchasing/requisitions", wanted(*lines))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_requisition_by_hand_is_told(buying: Api, emitted_events: EmittedEvents) -> None:
    body = await raised(
        buying,
        {"item": "A", "quantity": "2", "unit": "BOX", "warehouse": "SH", "due_date": "2026-12-01"},
        {"item": "B", "quantity": "1.5", "warehouse": "GZ", "supplier": "V1"},
    )

    assert (body["status"], body["origin"]) == ("open", "manual")
    assert [(x["quantity"], x["unit"], x["supplier"]) for x in body["lines"]] == [
        ("24", "PCS", None),
        ("1.5", "KG", "V1"),
    ]
    (told,) = await emitted_events(RequisitionRaised)
    assert told.requisition.number == body["number"]


async def test_wrong_references_are_named(buying: Api) -> None:
    good = {"item": "A", "quantity": "1", "warehouse": "SH"}
    for field, value in (("item", "?"), ("warehouse", "HK"), ("supplier", "V99")):
        answer = await buying.post("/purchasing/requisitions", wanted({**good, field: value}))
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")
        assert answer.json()["errors"][0]["pointer"] == f"/lines/0/{field}"
    elsewhere = await buying.as_("*", companies=["E02"]).post("/purchasing/requisitions", wanted())
    assert elsewhere.status_code == 403


async def test_lines_merge_by_supplier_and_warehouse(buying: Api) -> None:
    one = await raised(buying, {"item": "A", "quantity": "10", "warehouse": "SH", "supplier": "V3"})
    two = await raised(
        buying,
        {"item": "A", "quantity": "5", "warehouse": "SH", "supplier": "V3"},
        {"item": "A", "quantity": "1", "warehouse": "GZ", "supplier": "V3"},
        {"item": "A", "quantity": "2", "warehouse": "SH", "supplier": "V1"},
    )
    for supplier in ("V1", "V3"):
        offer = {"supplier": supplier, "item": "A", "unit_price": "4", "minimum_quantity": "3"}
        await buying.post("/purchasing/supplier-items", offer)

    answer = await buying.post(
        "/purchasing/requisitions:order", {"requisitions": [one["number"], two["id"]]}
    )

    assert answer.status_code == 201, answer.text
    found = {
        (order["supplier"], order["warehouse"]): order["lines"][0]["quantity"]
        for order in answer.json()["orders"]
    }
    assert found == {("V1", "SH"): "3", ("V3", "GZ"): "3", ("V3", "SH"): "15"}
    for ref in (one["id"], two["id"]):
        after = (await buying.get(f"/purchasing/requisitions/{ref}")).json()
        assert (after["status"], after["version"]) == ("ordered", 2)
    again = await buying.post("/purchasing/requisitions:order", {"requisitions": [one["id"]]})
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state")


async def test_a_part_of_a_line_is_ordered_and_the_rest_stays_open(buying: Api) -> None:
    one = await raised(buying)
    line = {"requisition": one["id"], "line": 1, "quantity": "4", "unit_price": "3"}

    answer = await buying.post("/purchasing/requisitions:order", {"lines": [line]})
    too_much = await buying.post(
        "/purchasing/requisitions:order", {"lines": [{**line, "quantity": "7"}]}
    )
    cancelled = await buying.post(f"/purchasing/requisitions/{one['number']}/cancel")

    assert answer.json()["orders"][0]["amount_net"] == "12.00"
    assert (too_much.status_code, too_much.json()["code"]) == (409, "invalid-state")
    assert cancelled.json()["status"] == "ordered"
    assert cancelled.json()["lines"][0]["quantity"] == "4"


async def test_without_supplier_or_price_nothing_is_ordered(buying: Api) -> None:
    nobody = await raised(buying, {"item": "A", "quantity": "1", "warehouse": "SH"})

    supplierless = await buying.post(
        "/purchasing/requisitions:order", {"requisitions": [nobody["id"]]}
    )
    priceless = await buying.post(
        "/purchasing/requisitions:order", {"requisitions": [nobody["id"]], "supplier": "V3"}
    )
    unknown = await buying.post("/purchasing/requisitions:order", {"requisitions": ["PR-0"]})

    assert supplierless.json()["code"] == "supplier-missing"
    assert priceless.json()["code"] == "price-missing"
    assert unknown.json()["code"] == "unknown-reference"
    assert (await buying.get("/purchasing/orders")).json()["items"] == []
    still = (await buying.get(f"/purchasing/requisitions/{nobody['id']}")).json()
    assert (still["status"], still["version"]) == ("open", 1)


async def test_requisitions_are_listed_by_what_a_buyer_looks_for(buying: Api) -> None:
    one = await raised(buying)
    await raised(buying, {"item": "B", "quantity": "1", "warehouse": "SH", "supplier": "V1"})

    async def found(**filters: str) -> int:
        answer = await buying.get("/purchasing/requisitions", **filters)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert await found() == 2
    assert await found(item="B") == 1
    assert await found(supplier="V3") == 1
    assert await found(number=one["number"]) == 1
    assert await found(origin="shortage") == 0
    assert await found(company="E02") == 0
    assert a.sales_order("SO-1") != one["id"]
    assert await found(order=str(a.sales_order("SO-1"))) == 0
