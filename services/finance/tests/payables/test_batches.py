"""Suppliers' bills by the hundred: each row by itself, the good ones together."""

from __future__ import annotations

from typing import Any

from chassis.testing import Api, Publish

from ..builders import company, id_of, partner, purchase_order, received


def bill(number: str, quantity: str, price: str = "10", **fields: Any) -> dict[str, Any]:
    line = {"line": 1, "quantity": quantity, "unit_price": price}
    return {"number": number, "purchase_order": "PO-1", "lines": [line], **fields}


async def ordered(publish: Publish) -> None:
    await publish(
        company(), partner("V3", "supplier"), purchase_order("PO-1", "1000", "10"), received("GR-1", "100", "10")
    )  # fmt: skip


async def test_bills_of_one_order_share_its_receipts_in_their_order(
    publish: Publish, api: Api
) -> None:
    await ordered(publish)

    answer = await api.post("/finance/bills:batch", {"rows": [
        bill("F-1", "60"),
        bill("F-1", "10"),
        bill("F-2", "60"),
        bill("F-3", "10", purchase_order=str(id_of("PO-1"))),
        bill("F-4", "1", purchase_order="PO-NONE"),
        bill("F-5", "20", posting_date="2001-01-05"),
        {"number": "F-6"},
        bill("F-7", "30", price="10.10"),
    ]})  # fmt: skip

    assert answer.status_code == 200, answer.text
    rows = answer.json()["results"]
    assert [(one["status"], one.get("problem", {}).get("code")) for one in rows] == [
        (201, None), (409, "duplicate"), (201, None), (201, None), (422, "unknown-reference"), (409, "period-closed"),
        (422, "validation-failed"), (201, None),
    ]  # fmt: skip
    made = [one["body"] for one in rows if "body" in one]
    assert [one["status"] for one in made] == ["posted", "blocked", "posted", "matched"]
    assert [one["supplier_number"] for one in made] == ["F-1", "F-2", "F-3", "F-7"]
    vouchers = [
        len((await api.get("/finance/vouchers", source=one["number"])).json()["items"])
        for one in made
    ]
    assert vouchers == [1, 0, 1, 0]
    for one in made:
        assert (await api.get(f"/finance/bills/{one['number']}")).json() == one
    owed = (await api.get("/finance/payables", supplier="V3")).json()["items"]
    assert {one["number"] for one in owed} == {made[0]["number"], made[2]["number"]}


async def test_a_refused_bill_leaves_nothing_behind(publish: Publish, api: Api) -> None:
    await ordered(publish)

    (row,) = (await api.post("/finance/bills:batch", {"rows": [
        bill("F-5", "20", posting_date="2001-01-05"),
    ]})).json()["results"]  # fmt: skip
    again = await api.post("/finance/bills", bill("F-5", "100"))

    assert row["problem"]["code"] == "period-closed"
    assert (again.status_code, again.json()["status"]) == (201, "posted")
