"""Stocktakes over HTTP, down to the ledger."""

from typing import Any

import pytest

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.inventory import StockAdjusted

from .. import builders as a

COUNTS = "/inventory/counts"


@pytest.fixture
async def stocked(company: Api) -> Api:
    """SH: 10 A at 10.00, of these 4 in bin R-1; 5 X at 2.00. GZ: 7 A."""
    opening = a.opening(("A", "SH", "6", "10"), ("A", "SH", "4", "10"), ("X", "SH", "5", "2"))
    opening["lines"][1]["bin"] = "R-1"
    assert (await company.post("/inventory/adjustments", opening)).status_code == 201
    answer = await company.post("/inventory/adjustments", a.opening(("A", "GZ", "7", "10")))
    assert answer.status_code == 201, answer.text
    return company


async def begun(api: Api, **fields: Any) -> dict[str, Any]:
    answer = await api.post(COUNTS, {"company": "E01", "warehouse": "SH", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def recorded(api: Api, count: dict[str, Any], *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(f"{COUNTS}/{count['id']}/record", {"lines": list(lines)})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def on_hand(api: Api, item: str, warehouse: str) -> tuple[str, str]:
    answer = await api.get("/inventory/stock", item=item, warehouse=warehouse)
    [row] = answer.json()["items"]
    return row["on_hand"], row["value"]


async def test_what_differs_is_posted_where_it_was_found(
    stocked: Api, emitted_events: EmittedEvents
) -> None:
    count = await begun(stocked)
    assert [(one["item"], one["bin"], one["book"]) for one in count["lines"]] == [
        ("A", "", "6"),
        ("A", "R-1", "4"),
        ("X", "", "5"),
    ]
    early = await stocked.post(f"{COUNTS}/{count['id']}/post")
    assert (early.status_code, early.json()["code"]) == (409, "invalid-state")

    await recorded(stocked, count, {"item": "A", "quantity": "6"})
    after = await recorded(
        stocked,
        count,
        {"item": "A", "bin": "R-1", "quantity": "1"},
        {"item": "X", "quantity": "7"},
    )
    assert (after["counted"], after["different"], after["error_rate"]) == (3, 2, "0.666667")
    assert [one["difference"] for one in after["lines"]] == ["0", "-3", "2"]

    posted = (await stocked.post(f"{COUNTS}/{count['number']}/post")).json()
    assert posted["status"] == "posted"
    assert await on_hand(stocked, "A", "SH") == ("7", "70.00")
    assert await on_hand(stocked, "A", "GZ") == ("7", "70.00")
    assert await on_hand(stocked, "X", "SH") == ("7", "14.00")
    fact = (await emitted_events(StockAdjusted))[-1].adjustment
    assert (fact.reason, fact.text, fact.number) == (
        "count",
        count["number"],
        posted["adjustment_number"],
    )
    assert [(str(one.quantity), str(one.amount)) for one in fact.lines] == [
        ("-3", "-30.00"),
        ("2", "4.00"),
    ]
    again = await stocked.post(f"{COUNTS}/{count['id']}/post")
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state")


async def test_trading_goes_on_while_it_is_counted(stocked: Api) -> None:
    count = await begun(stocked, items=["X"])
    taken = {"item": "X", "warehouse": "SH", "quantity": "-2"}
    gone = {"company": "E01", "reason": "damage", "lines": [taken]}
    assert (await stocked.post("/inventory/adjustments", gone)).status_code == 201
    await recorded(stocked, count, {"item": "X", "quantity": "3"})
    assert (await stocked.post("/inventory/adjustments", gone)).status_code == 201

    posted = (await stocked.post(f"{COUNTS}/{count['id']}/post")).json()
    assert (posted["different"], posted["adjustment"]) == (0, None)
    assert (await on_hand(stocked, "X", "SH"))[0] == "1"


async def test_what_is_reserved_cannot_be_missing(stocked: Api, publish: Publish) -> None:
    await publish(a.order("SO-1", ("X", "4")))
    count = await begun(stocked, items=["X"])
    await recorded(stocked, count, {"item": "X", "quantity": "3"})

    refused = await stocked.post(f"{COUNTS}/{count['id']}/post")
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert (await stocked.get(f"{COUNTS}/{count['id']}")).json()["status"] == "open"


async def test_who_counts_blindly_does_not_see_the_ledger(stocked: Api) -> None:
    count = await begun(stocked, blind=True)
    counter = stocked.as_("inventory.count.record", "inventory.count.read", companies=["E01"])
    seen = await recorded(counter, count, {"item": "X", "quantity": "4"})

    line = next(one for one in seen["lines"] if one["item"] == "X")
    assert (line["counted"], line["book"], line["expected"], line["difference"]) == (
        "4",
        None,
        None,
        None,
    )
    assert (seen["different"], seen["error_rate"]) == (None, None)
    [listed] = (await counter.get(COUNTS, warehouse="SH", status="open")).json()["items"]
    assert (listed["id"], listed["different"]) == (count["id"], None)
    refused = await counter.post(f"{COUNTS}/{count['id']}/post")
    assert refused.status_code == 403
    whole = (await stocked.get(f"{COUNTS}/{count['id']}")).json()
    assert next(one for one in whole["lines"] if one["item"] == "X")["difference"] == "-1"


async def test_what_cannot_be_is_refused(stocked: Api) -> None:
    count = await begun(stocked)
    record = f"{COUNTS}/{count['id']}/record"
    for lines, code in (
        ([{"item": "A", "quantity": "-1"}], 422),
        ([{"item": "A", "quantity": "0.5"}], 422),
        ([{"item": "NONE", "quantity": "1"}], 422),
        ([{"item": "X", "lot": "L1", "quantity": "1"}], 422),
        ([], 422),
    ):
        assert (await stocked.post(record, {"lines": lines})).status_code == code, lines
    stale = await stocked.post(record, {"lines": [{"item": "A", "quantity": "1"}]}, if_match='"9"')
    assert stale.status_code == 412
    nothing = await stocked.post(COUNTS, {"company": "E01", "warehouse": "NONE"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "unknown-reference")
    other = stocked.as_("*", companies=["E02"])
    assert (await other.get(f"{COUNTS}/{count['id']}")).status_code == 404

    assert (await stocked.post(f"{COUNTS}/{count['id']}/cancel")).json()["status"] == "cancelled"
    late = await stocked.post(record, {"lines": [{"item": "A", "quantity": "1"}]})
    assert (late.status_code, late.json()["code"]) == (409, "invalid-state")
