"""Reorder rules over HTTP, and what looking at them tells."""

from typing import Any

import pytest

from chassis.ids import named
from chassis.testing import Api, EmittedEvents, Harness, Publish
from inventory.reorder import service
from tongheng_contracts.inventory import StockAlertRaised

from .. import builders as a

RULES = "/inventory/reorder-rules"


@pytest.fixture
async def watched(company: Api) -> dict[str, Any]:
    """SH: 60 A, watched: below 50, up to 200."""
    answer = await company.post("/inventory/adjustments", a.opening(("A", "SH", "60", "10")))
    assert answer.status_code == 201, answer.text
    return await ruled(company)


async def ruled(api: Api, **fields: Any) -> dict[str, Any]:
    rule = {"company": "E01", "item": "A", "warehouse": "SH", "minimum": "50", "maximum": "200"}
    answer = await api.post(RULES, {**rule, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def told(harness: Harness, emitted_events: EmittedEvents) -> list[tuple[int, str, str]]:
    """Version, position and missing quantity of all alerts so far, after one more look."""
    await service.look(harness.worker)
    return [
        (one.alert.version, f"{one.alert.position:f}", f"{one.alert.quantity:f}")
        for one in await emitted_events(StockAlertRaised)
    ]


async def test_what_runs_low_is_told_once_and_again_when_it_changes(
    company: Api,
    watched: dict[str, Any],
    publish: Publish,
    harness: Harness,
    emitted_events: EmittedEvents,
) -> None:
    assert await told(harness, emitted_events) == []
    await publish(a.order("SO-1", ("A", "20")))
    low = [(1, "40", "160")]
    assert [await told(harness, emitted_events) for _ in range(2)] == [low, low]
    shown = (await company.get(f"{RULES}/{watched['id']}")).json()
    assert (shown["missing"], shown["version"]) == ("160", 1)

    await publish(a.order("SO-2", ("A", "5")))
    assert (await told(harness, emitted_events))[1:] == [(2, "35", "165")]
    await publish(a.purchase_order("PO-1", ("A", "165", "10")))
    assert (await told(harness, emitted_events))[2:] == [(3, "200", "0")]
    last = (await emitted_events(StockAlertRaised))[-1].alert
    assert last.counted == [named("purchase", "PO-1")]


async def test_what_an_order_waits_for_is_not_counted(
    watched: dict[str, Any], publish: Publish, harness: Harness, emitted_events: EmittedEvents
) -> None:
    await publish(a.purchase_order("PO-1", ("A", "100", "10")), a.order("SO-1", ("A", "150")))
    # 60 are held and 90 of the 100 that come are waited for.
    assert await told(harness, emitted_events) == [(1, "10", "190")]


async def test_a_rule_at_rest_gives_up_what_it_asked_for(
    company: Api, watched: dict[str, Any], harness: Harness, emitted_events: EmittedEvents
) -> None:
    path = f"{RULES}/{watched['id']}"
    answer = await company.patch(path, {"minimum": "70"}, if_match='"1"')
    assert (answer.status_code, answer.json()["minimum"]) == (200, "70"), answer.text
    assert await told(harness, emitted_events) == [(1, "60", "140")]
    stale = await company.patch(path, {"active": False}, if_match='"1"')
    assert stale.status_code == 412
    assert (await company.patch(path, {"active": False}, if_match='"2"')).status_code == 200
    assert (await told(harness, emitted_events))[1:] == [(2, "60", "0")]


async def test_lists_say_what_is_low(
    company: Api, watched: dict[str, Any], harness: Harness, emitted_events: EmittedEvents
) -> None:
    low = await ruled(company, warehouse="GZ", minimum="1", maximum="1")
    await told(harness, emitted_events)
    rows = (await company.get(RULES, low="true")).json()["items"]
    assert [(row["id"], row["missing"]) for row in rows] == [(low["id"], "1")]
    assert len((await company.get(RULES, company="E01")).json()["items"]) == 2


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 409, "already-exists"),
        ({"warehouse": "GZ", "maximum": "49"}, 422, "validation-failed"),
        ({"warehouse": "GZ", "minimum": "-1"}, 422, "validation-failed"),
        ({"warehouse": "GZ", "minimum": "NaN"}, 422, "validation-failed"),
        ({"warehouse": "GZ", "minimum": "0.5"}, 422, None),
        ({"warehouse": "NONE"}, 422, "unknown-reference"),
        ({"item": "NONE"}, 422, "unknown-reference"),
        ({"company": "NONE"}, 422, None),
    ],
)
async def test_what_cannot_be_is_refused(
    company: Api, watched: dict[str, Any], fields: dict[str, str], status: int, code: str | None
) -> None:
    rule = {"company": "E01", "item": "A", "warehouse": "SH", "minimum": "50", "maximum": "200"}
    answer = await company.post(RULES, {**rule, **fields})
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert len((await company.get(RULES)).json()["items"]) == 1


async def test_an_unknown_rule_is_not_found(company: Api) -> None:
    for ref in ("none", str(named("rule", "none"))):
        assert (await company.get(f"{RULES}/{ref}")).status_code == 404
