"""Engineering requests over HTTP: by hand, through their steps, and what is refused."""

from typing import Any

import pytest

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.production import EngineeringRequestChanged

from .. import builders as a
from ..planning.test_e3_plan import sold

URL = "/production/engineering-requests"


def wish(**values: Any) -> dict[str, Any]:
    """What is asked for."""
    return {"company": "E01", **a.SPECIAL, "quantity": "2", "unit": "PCS", **values}


async def step(api: Api, request: dict[str, Any], name: str, **body: Any) -> dict[str, Any]:
    """A step of it."""
    return await a.made(api, f"{URL}/{request['id']}/{name}", body)


async def designed(api: Api, publish: Publish, **values: Any) -> dict[str, Any]:
    """A request whose item is named."""
    await publish(a.item("TU-4X", procurement="make", valuation_class="finished_goods"))
    request = await a.made(api, URL, wish(**values))
    await step(api, request, "take")
    return await step(api, request, "design", item="TU-4X", lead_time_days=25)


async def test_a_wish_becomes_an_item_with_a_bill_and_everybody_is_told(
    making: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.customer(), sold("X", "5", None))
    request = await a.made(
        making, URL, wish(customer="C001", sales_order="SO-1", sales_order_line=1)
    )
    await publish(a.item("TU-4X", procurement="make", valuation_class="finished_goods"))
    taken = await step(making, request, "take", assignee="王伟", due_date="2999-01-31")
    drawn = await step(making, request, "design", item="TU-4X", lead_time_days=25)
    early = await making.post(f"{URL}/{request['id']}/release")
    bill = await a.made(making, "/production/boms", a.bom("TU-4X", ("B", "3"), ("C", "1")))
    released = await step(making, request, "release")

    assert (request["status"], request["sales_order_number"]) == ("requested", "SO-1")
    assert (taken["status"], taken["assignee"], taken["due_date"]) == (
        "in_engineering", "王伟", "2999-01-31",
    )  # fmt: skip
    assert (drawn["status"], drawn["item"], drawn["lead_time_days"]) == ("designed", "TU-4X", 25)
    assert (early.status_code, early.json()["code"]) == (422, "no-bom")
    assert (released["status"], released["bom"], released["routing"]) == (
        "released", bill["number"], "",
    )  # fmt: skip
    told = [e.engineering_request for e in await emitted_events(EngineeringRequestChanged)]
    assert [(each.version, each.status) for each in told] == [
        (1, "requested"), (2, "in_engineering"), (3, "designed"), (4, "released"),
    ]  # fmt: skip
    assert told[-1].attributes == {"voltage": "380 V"}
    found = (await making.get(URL, status="released", item="TU-4X")).json()["items"]
    assert [each["id"] for each in found] == [request["id"]]


@pytest.mark.parametrize(
    ("values", "status", "pointer"),
    [
        ({"customer": "NOBODY"}, 422, "/customer"),
        ({"sales_order": "SO-9"}, 422, "/order"),
        ({"sales_order": "SO-1", "sales_order_line": 7}, 422, "/order_line"),
        ({"company": "E99"}, 422, "/company"),
        ({"description": "  "}, 422, "/description"),
        ({"quantity": "0"}, 422, "/quantity"),
        ({"attributes": {f"a{n}": "1" for n in range(51)}}, 422, "/attributes"),
        ({"attributes": {"voltage": 380}}, 422, "/attributes/voltage"),
        ({"colour": "red"}, 422, "/colour"),
    ],
)
async def test_a_wish_that_nobody_understands_is_refused(
    making: Api, publish: Publish, values: dict[str, Any], status: int, pointer: str
) -> None:
    await publish(sold("X", "5", None))

    answer = await making.post(URL, wish(**values))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
    assert (await making.get(URL)).json()["items"] == []


async def test_refusals_are_in_both_languages_and_change_nothing(
    making: Api, publish: Publish
) -> None:
    request = await designed(making, publish)
    url = f"{URL}/{request['id']}"
    other = await a.made(making, URL, wish())
    await step(making, other, "take")

    bought = await making.post(f"{URL}/{other['id']}/design", {"item": "C"}, accept_language="zh")
    unknown = await making.post(f"{URL}/{other['id']}/design", {"item": "TU-9"})
    early = await making.post(f"{url}/release", accept_language="zh")
    again = await making.post(f"{url}/take")
    reasonless = await making.post(f"{url}/reject", {"reason": ""})
    blind = await making.patch(url, {"due_date": "2999-01-01"})
    stale = await making.patch(url, {"due_date": "2999-01-01"}, if_match='"1"')

    assert (bought.status_code, bought.json()["code"]) == (422, "not-a-make-item")
    assert "自制" in bought.json()["detail"]
    assert unknown.json()["errors"][0]["pointer"] == "/item"
    assert "没有有效的物料清单" in early.json()["detail"]
    assert (again.status_code, reasonless.status_code) == (409, 422)
    assert (blind.status_code, stale.status_code) == (428, 412)
    assert (await making.get(url)).json() == request


async def test_the_estimate_and_the_wish_are_changed_while_it_is_open(
    making: Api, publish: Publish
) -> None:
    request = await a.made(making, URL, wish(requested_date="2999-03-31"))
    url = f"{URL}/{request['number']}"

    changed = await making.patch(
        url, {"quantity": "3", "requested_date": None, "assignee": "李娜", "lead_time_days": 12},
        if_match='"1"',
    )  # fmt: skip
    cancelled = await step(making, request, "cancel", reason="客户不要了")
    late = await making.patch(url, {"quantity": "4"}, if_match='"3"')

    assert (changed.json()["quantity"], changed.json()["requested_date"]) == ("3", None)
    assert (changed.json()["assignee"], changed.json()["lead_time_days"]) == ("李娜", 12)
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "客户不要了")
    assert late.status_code == 409


async def test_a_design_may_be_given_back_and_a_wish_be_rejected(
    making: Api, publish: Publish
) -> None:
    request = await designed(making, publish)

    back = await step(making, request, "give-back", reason="太重")
    rejected = await step(making, request, "reject", reason="超出行程")

    assert (back["status"], back["item"]) == ("in_engineering", "")
    assert (rejected["status"], rejected["reason"]) == ("rejected", "超出行程")


async def test_whoever_designs_does_not_also_release_and_other_companies_see_nothing(
    making: Api, publish: Publish
) -> None:
    await publish(a.customer())
    request = await designed(making, publish, customer="C001")
    url = f"{URL}/{request['id']}"
    engineer = making.as_("production.engineering.read", "production.engineering.design")
    elsewhere = making.as_("*", companies=["E02"])
    narrow = making.as_("*", partners=["C002"])

    assert (await engineer.get(url)).status_code == 200
    assert (await engineer.post(f"{url}/release")).status_code == 403
    assert (await engineer.post(f"{url}/give-back", {"reason": "x"})).status_code == 403
    for stranger in (elsewhere, narrow):
        assert (await stranger.get(url)).status_code == 404
        assert (await stranger.post(f"{url}/release")).status_code == 404
        assert (await stranger.get(URL)).json()["items"] == []
    assert (await elsewhere.post(URL, wish())).status_code == 403
    assert (await narrow.post(URL, wish(customer="C001"))).status_code == 403
