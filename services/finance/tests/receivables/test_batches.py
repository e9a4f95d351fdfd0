"""Invoices by the hundred: each row by itself, the good ones together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chassis.testing import Api, Publish

from ..builders import company, customer_return, id_of, partner, shipped


async def batch(api: Api, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await api.post("/finance/invoices:batch", {"rows": list(rows)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_each_order_of_a_batch_gets_its_invoice_and_voucher(
    publish: Publish, api: Api
) -> None:
    await publish(company(), partner("C001"), partner("C002"))
    await publish(
        shipped("DN-1", "10"), shipped("DN-2", "1", order="SO-2", customer="C002"), shipped("DN-3", "2", order="SO-3"),
        shipped("DN-4", "3", order="SO-3"), customer_return("RT-1", "4", shipment="DN-1"),
    )  # fmt: skip

    rows = await batch(
        api,
        {"order": "SO-1"},
        {"order": str(id_of("SO-2")).upper()},
        {"shipments": ["DN-4"]},
        {"order": "SO-3"},
    )

    assert [one["status"] for one in rows] == [201] * 4
    invoices = [one["body"] for one in rows]
    assert [one["amount_net"] for one in invoices] == ["600.00", "100.00", "300.00", "200.00"]
    assert [one["customer"] for one in invoices] == ["C001", "C002", "C001", "C001"]
    assert len({one["number"] for one in invoices}) == 4
    assert [one["open_amount"] for one in invoices] == [one["amount_gross"] for one in invoices]
    for one in invoices:
        (voucher,) = (await api.get("/finance/vouchers", source=one["number"])).json()["items"]
        deferred = Decimal(one["amount_tax"])
        assert Decimal(voucher["amount"]) == Decimal(one["amount_gross"]) + deferred
        assert (await api.get(f"/finance/invoices/{one['number']}")).json() == {
            name: value for name, value in one.items() if name != "others"
        }
    assert (await api.get("/finance/receivables/unbilled")).json()["items"] == []


async def test_a_refused_row_leaves_the_others_alone(publish: Publish, api: Api) -> None:
    await publish(company(), partner("C001"))
    await publish(shipped("DN-1", "1"), shipped("DN-2", "1", order="SO-2"))

    rows = await batch(
        api,
        {"order": "SO-1"},
        {"order": "SO-1"},
        {"order": "SO-NONE"},
        {"order": "SO-1", "shipments": ["DN-1"]},
        {"order": "SO-2", "business_date": "2001-01-05"},
        {"orders": ["SO-2"]},
        {"order": "SO-2"},
    )

    assert [(one["status"], one.get("problem", {}).get("code")) for one in rows] == [
        (201, None), (409, "invalid-state"), (409, "invalid-state"), (422, "validation-failed"), (409, "period-closed"),
        (422, "validation-failed"), (201, None),
    ]  # fmt: skip


async def test_shipments_of_several_orders_give_an_invoice_each(publish: Publish, api: Api) -> None:
    await publish(company(), partner("C001"))
    await publish(shipped("DN-1", "1"), shipped("DN-2", "2", order="SO-2"))

    (row,) = await batch(api, {"shipments": ["DN-1", "DN-2", "DN-1"]})

    assert row["body"]["amount_net"] == "100.00"
    assert [one["amount_net"] for one in row["body"]["others"]] == ["200.00"]
