"""Approval policies, and the orders that they hold back."""

from typing import Any

from chassis.testing import Api, Emitted, Publish

from .. import builders as a

POLICY = "/purchasing/approval-policies/E01"
TWO_ABOVE_5000 = {"rules": [{"amount_above": "5000.00", "approvals": 2}]}


def approver(api: Api, name: str) -> Api:
    """Somebody who may approve."""
    return api.as_("purchasing.order.approve", "purchasing.order.read", subject=name)


async def test_order_of_scenario_e2_is_approved_by_two_people(
    buying: Api, emitted: Emitted
) -> None:
    await buying.put(POLICY, TWO_ABOVE_5000)
    order = await a.submitted(buying)
    url = f"/purchasing/orders/{order['id']}/approve"
    first, second = approver(buying, "first"), approver(buying, "second")

    once = await first.post(url)
    twice = await first.post(url)
    stale = await second.post(url, if_match=f'"{order["version"]}"')
    done = await second.post(url)

    assert (order["amount_net"], order["approvals_needed"]) == ("10000.00", 2)
    assert (once.json()["status"], once.json()["approvals_given"]) == ("submitted", 1)
    assert (twice.status_code, twice.json()["code"]) == (403, "self-approval")
    assert stale.status_code == 412
    assert (done.json()["status"], done.json()["approvals_given"]) == ("approved", 2)
    told = [each.rpartition(".")[2] for each in await emitted()]
    assert told == ["PurchaseOrderChanged", "PurchaseOrderChanged", "PurchaseOrderApproved"]


async def test_category_counts_and_submitted_orders_keep_what_they_were_asked_for(
    buying: Api, publish: Publish
) -> None:
    await publish(a.item("B", version=9, category="STEEL", base_unit="KG"))
    steel: dict[str, Any] = {"amount_above": "100.00", "approvals": 3, "category": "STEEL"}
    await buying.put(POLICY, {"rules": [steel]})
    order = await a.submitted(buying)
    await buying.put(POLICY, {"rules": []}, if_match='"1"')
    usual = await a.approved(buying)

    kept = (await buying.get(f"/purchasing/orders/{order['id']}")).json()

    assert (order["approvals_needed"], kept["approvals_needed"]) == (3, 3)
    assert (usual["approvals_needed"], usual["approvals_given"]) == (1, 1)


async def test_policy_has_versions_and_a_company(buying: Api) -> None:
    none = await buying.get(POLICY)
    first = await buying.put(POLICY, TWO_ABOVE_5000)
    blind = await buying.put(POLICY, {"rules": []})
    stale = await buying.put(POLICY, {"rules": []}, if_match='"7"')
    bad = await buying.put(
        POLICY, {"rules": [{"amount_above": "-1", "approvals": 9}]}, if_match='"1"'
    )
    unseen = await buying.as_("*", companies=["E02"]).get(POLICY)
    unknown = await buying.put("/purchasing/approval-policies/NONE", TWO_ABOVE_5000)

    assert (none.json()["version"], none.json()["rules"]) == (0, [])
    assert (first.json()["version"], first.headers["etag"]) == (1, '"1"')
    assert [each.status_code for each in (blind, stale, bad)] == [428, 412, 422]
    assert [each.status_code for each in (unseen, unknown)] == [404, 404]
    assert (await buying.get(POLICY)).json() == first.json()
