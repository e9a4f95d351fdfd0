"""Bins over HTTP: goods come into them, move between them, and are picked from them in order."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from chassis.testing import Api, Emitted, EmittedEvents, Publish
from tongheng_contracts.inventory import GoodsReceived, StockRelocated

from .. import builders as a

BINS = "/inventory/bins"
MOVED = "/inventory/relocations"


def bin_(code: str, **fields: Any) -> dict[str, Any]:
    return {"company": "E01", "warehouse": "SH", "code": code, **fields}


@pytest.fixture
async def racked(company: Api) -> dict[str, dict[str, Any]]:
    """SH has the bins A-1 and B-1, A-1 later on the way; 10 A lie on its floor at 10.00."""
    rows = [bin_("A-1", zone="high", pick_order=20), bin_("B-1", zone="low", pick_order=10)]
    answer = await company.post(f"{BINS}:batch", {"rows": rows})
    made = [one["body"] for one in answer.json()["results"]]
    opened = await company.post("/inventory/adjustments", a.opening(("A", "SH", "10", "10")))
    assert opened.status_code == 201, opened.text
    return {one["code"]: one for one in made}


async def moved(api: Api, *lines: dict[str, Any], **fields: Any) -> httpx.Response:
    return await api.post(MOVED, {"company": "E01", "warehouse": "SH", "lines": lines, **fields})


async def lying(api: Api, **filters: str) -> dict[tuple[str, str], tuple[str, str]]:
    """By item and bin: on hand and reserved."""
    rows = (await api.get("/inventory/stock/places", warehouse="SH", **filters)).json()["items"]
    return {(row["item"], row["bin"]): (row["on_hand"], row["reserved"]) for row in rows}


def put(item: str, quantity: str, **fields: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity, **fields}


async def test_goods_are_put_away_and_nothing_of_their_value_changes(
    company: Api, racked: dict[str, Any], emitted_events: EmittedEvents
) -> None:
    before = (await company.get("/inventory/stock", item="A")).json()
    answer = await moved(company, put("A", "6", to_bin="A-1"), put("A", "2", to_bin="B-1"))

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert [(x["item"], x["quantity"], x["from_bin"], x["to_bin"]) for x in made["lines"]] == [
        ("A", "6", "", "A-1"),
        ("A", "2", "", "B-1"),
    ]
    assert await lying(company) == {
        ("A", ""): ("2", "0"), ("A", "A-1"): ("6", "0"), ("A", "B-1"): ("2", "0"),
    }  # fmt: skip
    assert (await company.get("/inventory/stock", item="A")).json() == before
    moves = (await company.get("/inventory/moves", document=made["id"])).json()["items"]
    assert [(x["source_bin"], x["target_bin"], x["quantity"], x["amount"]) for x in moves] == [
        ("", "B-1", "2", "0.00"),
        ("", "A-1", "6", "0.00"),
    ]
    [told] = await emitted_events(StockRelocated)
    assert [(line.to_bin, line.quantity) for line in told.relocation.lines] == [
        ("A-1", Decimal(6)),
        ("B-1", Decimal(2)),
    ]
    assert (await company.get(f"{MOVED}/{made['number']}")).json() == made
    assert (await company.get(MOVED, warehouse="SH")).json()["items"] == [made]


async def test_what_is_set_aside_stays_where_it_is_picked(
    company: Api, racked: dict[str, Any], publish: Publish
) -> None:
    await moved(company, put("A", "6", to_bin="A-1"), put("A", "4", to_bin="B-1"))
    await publish(a.order("SO-1", ("A", "8")))
    held = {place: reserved for place, (_, reserved) in (await lying(company)).items()}
    assert held == {("A", "A-1"): "6", ("A", "B-1"): "2"}

    taken = await moved(company, put("A", "1", from_bin="A-1", to_bin="B-1"))
    free = await moved(company, put("A", "2", from_bin="B-1", to_bin="A-1"))

    assert (taken.status_code, taken.json()["code"]) == (409, "insufficient-stock")
    assert taken.json()["errors"][0]["pointer"] == "/lines/0/quantity"
    assert free.status_code == 201
    [note] = (await company.get("/inventory/deliveries")).json()["items"]
    # B-1 is passed first on the way.
    assert [(x["bin"], x["zone"], x["quantity"]) for x in note["lines"]] == [
        ("B-1", "low", "2"),
        ("A-1", "high", "6"),
    ]
    shipped = await company.post(f"/inventory/deliveries/{note['id']}/ship", {})
    assert shipped.status_code == 200, shipped.text
    assert await lying(company) == {("A", "A-1"): ("2", "0")}


async def test_a_receipt_says_where_goods_are_put(
    company: Api, racked: dict[str, Any], publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.purchase_order("PO-1", ("X", "5", "3")))
    line = {"line": 1, "accepted": "5", "bin": "C-9"}
    wrong = await company.post("/inventory/receipts", {"purchase_order": "PO-1", "lines": [line]})
    right = await company.post(
        "/inventory/receipts", {"purchase_order": "PO-1", "lines": [{**line, "bin": "A-1"}]}
    )

    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/lines/0/bin")
    assert right.status_code == 201, right.text
    assert right.json()["lines"][0]["bin"] == "A-1"
    assert await lying(company, item="X") == {("X", "A-1"): ("5", "0")}
    [told] = await emitted_events(GoodsReceived)
    assert told.receipt.lines[0].bin == "A-1"


async def test_bins_are_known_once_and_closed_when_empty(
    company: Api, racked: dict[str, dict[str, Any]]
) -> None:
    again = await company.post(BINS, bin_("A-1"))
    assert (again.status_code, again.json()["code"]) == (409, "already-exists")
    rows = [bin_("C-1"), bin_("C-1"), bin_("D-1", warehouse="nowhere"), bin_("A-1")]
    answers = (await company.post(f"{BINS}:batch", {"rows": rows})).json()["results"]
    assert [one["status"] for one in answers] == [201, 409, 422, 409]

    await moved(company, put("A", "1", to_bin="A-1"))
    path = f"{BINS}/{racked['A-1']['id']}"
    bare = await company.patch(path, {"active": False}, if_match='"7"')
    full = await company.patch(path, {"active": False}, if_match='"1"')
    assert (bare.status_code, full.status_code, full.json()["code"]) == (412, 409, "invalid-state")
    await moved(company, put("A", "1", from_bin="A-1", to_bin="B-1"))
    closed = await company.patch(path, {"active": False}, if_match='"1"')
    assert (closed.json()["active"], closed.json()["version"]) == (False, 2)
    into = await moved(company, put("A", "1", to_bin="A-1"))
    assert (into.status_code, into.json()["code"]) == (409, "invalid-state")
    listed = (await company.get(BINS, warehouse="SH", active="true")).json()["items"]
    assert [one["code"] for one in listed] == ["C-1", "B-1"]


async def test_bad_moves_are_refused_and_change_nothing(
    company: Api, racked: dict[str, Any], emitted: Emitted
) -> None:
    told = await emitted()
    answers = [
        await moved(company, put("A", "1")),
        await moved(company, put("A", "11", to_bin="A-1")),
        await moved(company, put("A", "1", from_bin="A-1", to_bin="B-1")),
        await moved(company, put("A", "0", to_bin="A-1")),
        await moved(company, put("A", "0.5", to_bin="A-1")),
        await moved(company, put("nothing", "1", to_bin="A-1")),
        await moved(company, put("A", "1", to_bin="A-1"), warehouse="nowhere"),
        await moved(company, put("A", "1", to_bin="A-1"), put("A", "1", to_bin="Z-9")),
        await moved(company),
    ]

    assert [one.status_code for one in answers] == [422, 409, 409, 422, 422, 422, 422, 422, 422]
    assert await emitted() == told
    assert await lying(company) == {("A", ""): ("10", "0")}


async def test_bins_and_moves_are_for_who_serves_the_warehouse(
    company: Api, racked: dict[str, Any]
) -> None:
    rights = ("inventory.bin.*", "inventory.relocation.*", "inventory.stock.read")
    elsewhere = company.as_(*rights, companies=["E01"], warehouses=["GZ"])
    reader = company.as_("inventory.bin.read", companies=["E01"])

    assert (await elsewhere.get(BINS)).json()["items"] == []
    assert (await elsewhere.get("/inventory/stock/places", warehouse="SH")).json()["items"] == []
    refused = await moved(elsewhere, put("A", "1", to_bin="A-1"))
    assert refused.status_code in {403, 404, 422}, refused.text
    assert (await elsewhere.post(BINS, bin_("Q-1"))).status_code in {403, 404, 422}
    assert (await reader.post(BINS, bin_("Q-1"))).status_code == 403
    assert (await moved(reader, put("A", "1", to_bin="A-1"))).status_code == 403
    assert await lying(company) == {("A", ""): ("10", "0")}
