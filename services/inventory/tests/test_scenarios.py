"""Inventory's part of scenarios E1 and E2, with their exact figures."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.inventory import (
    CostAdjusted,
    GoodsReceived,
    GoodsReturned,
    GoodsShipped,
    InspectionFailed,
    MaterialIssued,
    StockReserved,
    StockShort,
)
from tongheng_contracts.purchasing import PurchaseOrderChanged
from tongheng_contracts.sales import OrderChanged

from . import builders as a


async def stock(api: Api, item: str, warehouse: str = "") -> dict[str, Any]:
    rows = (await api.get("/inventory/stock", item=item)).json()["items"]
    return {row["warehouse"]: row for row in rows}[warehouse] if warehouse else rows


async def deliveries(api: Api, order: str, status: str = "released") -> dict[str, Any]:
    answer = await api.get("/inventory/deliveries", order=order, status=status)
    return {row["warehouse"]: row for row in answer.json()["items"]}


async def total(session: AsyncSession, item: str) -> tuple[str, str]:
    row = (
        await session.execute(
            text(
                "SELECT trim_scale(quantity)::text, amount::text FROM stock_values WHERE item = :item"
            ),
            {"item": item},
        )
    ).one()
    return (row[0], row[1])


async def test_order_to_cash_over_two_warehouses(
    company: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    api = company
    opened = await api.post(
        "/inventory/adjustments", a.opening(("A", "SH", "80", "40"), ("A", "GZ", "50", "40"))
    )
    assert opened.status_code == 201, opened.text
    assert [line["amount"] for line in opened.json()["lines"]] == ["3200.00", "2000.00"]
    await publish(a.purchase_order("PO-77", ("A", "30", "44"), due_date="2026-12-01"))

    # Held by credit: nothing happens. Released: both warehouses, the rest waits for PO-77.
    await publish(a.order("SO-1", ("A", "150"), status="on_hold"))
    assert await emitted_events(StockReserved) == []
    await publish(a.order("SO-1", ("A", "150"), version=2, event=OrderChanged))
    [reserved] = await emitted_events(StockReserved)
    [line] = reserved.reservation.lines
    assert [(h.warehouse, str(h.quantity)) for h in line.held] == [("SH", "80"), ("GZ", "50")]
    [expected] = line.expected
    assert (expected.source, str(expected.quantity), expected.date) == ("PO-77", "20", "2026-12-01")
    assert line.uncovered == 0
    assert [e.reservation.version for e in await emitted_events(StockShort)] == [1]
    sh = await stock(api, "A", "SH")
    assert (sh["on_hand"], sh["reserved"], sh["available"]) == ("80", "80", "0")
    assert (sh["promised"], sh["on_order"], sh["value"]) == ("20", "30", "3200.00")

    # Ship SH, then GZ.
    notes = await deliveries(api, "SO-1")
    assert set(notes) == {"SH", "GZ"}
    shipped = await api.post(
        f"/inventory/deliveries/{notes['SH']['id']}/ship",
        {"carrier": "SF", "tracking_number": "SF1"},
    )
    assert shipped.status_code == 200, shipped.text
    assert (shipped.json()["status"], shipped.json()["cost"], shipped.json()["amount_gross"]) == (
        "shipped",
        "3200.00",
        "9040.00",
    )
    assert (await api.post(f"/inventory/deliveries/{notes['SH']['number']}/ship")).json()[
        "code"
    ] == "invalid-state"
    assert (await api.post(f"/inventory/deliveries/{notes['GZ']['id']}/pick")).json()["lines"][0][
        "picked"
    ] == "50"
    assert (await api.post(f"/inventory/deliveries/{notes['GZ']['id']}/ship")).status_code == 200

    # The supplier slips three days: the order hears of it.
    await publish(
        a.purchase_order(
            "PO-77", ("A", "30", "44"), due_date="2026-12-04", version=2, event=PurchaseOrderChanged
        )
    )
    last = (await emitted_events(StockReserved))[-1].reservation
    assert last.lines[0].expected[0].date == "2026-12-04"

    # Receive 30: 20 go to the backorder.
    received = await api.post(
        "/inventory/receipts",
        {"purchase_order": "PO-77", "warehouse": "SH", "lines": [{"line": 1, "accepted": "30"}]},
    )
    assert received.status_code == 201, received.text
    assert received.json()["amount"] == "1320.00"
    last = (await emitted_events(StockReserved))[-1].reservation
    assert (
        str(last.lines[0].held[0].quantity),
        last.lines[0].expected,
        str(last.lines[0].shipped),
    ) == ("20", [], "130")
    sh = await stock(api, "A", "SH")
    assert (sh["on_hand"], sh["reserved"], sh["promised"], sh["on_order"]) == ("30", "20", "0", "0")

    note = (await deliveries(api, "SO-1"))["SH"]
    assert (await api.post(f"/inventory/deliveries/{note['id']}/ship")).json()["cost"] == "880.00"
    facts = [event.shipment for event in await emitted_events(GoodsShipped)]
    assert [(str(f.cost), str(f.amount_net), str(f.amount_tax)) for f in facts] == [
        ("3200.00", "8000.00", "1040.00"),
        ("2000.00", "5000.00", "650.00"),
        ("880.00", "2000.00", "260.00"),
    ]

    # Five come back to GZ, at what they cost.
    await publish(
        a.rma(
            "RMA-1",
            "SO-1",
            {
                "order_line": 1,
                "item": "A",
                "quantity": "5",
                "amount_net": "500.00",
                "amount_tax": "65.00",
                "shipment": facts[1].id,
            },
        )
    )
    back = await api.post(
        "/inventory/returns",
        {"return": "RMA-1", "warehouse": "GZ", "lines": [{"line": 1, "quantity": "5"}]},
    )
    assert back.status_code == 201, back.text
    [fact] = [event.goods_return for event in await emitted_events(GoodsReturned)]
    assert (str(fact.cost), str(fact.amount_net), str(fact.amount_gross)) == (
        "200.00",
        "500.00",
        "565.00",
    )
    gz = await stock(api, "A", "GZ")
    assert (gz["on_hand"], gz["quarantine"], gz["available"]) == ("5", "5", "0")
    judged = await api.post(
        f"/inventory/returns/{back.json()['id']}/inspect", {"lines": [{"line": 1, "accepted": "5"}]}
    )
    assert judged.json()["status"] == "inspected", judged.text
    assert (await stock(api, "A", "GZ"))["available"] == "5"

    assert await total(session, "A") == ("15", "640.00")
    assert sorted((r["warehouse"], r["on_hand"], r["value"]) for r in await stock(api, "A")) == [
        ("GZ", "5", "213.33"),
        ("SH", "10", "426.67"),
    ]


async def test_procure_to_pay(
    company: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    api = company
    receipt = {
        "purchase_order": "PO-1",
        "lines": [{"line": 1, "accepted": "580", "rejected": "20"}],
    }
    await publish(a.purchase_order("PO-1", ("B", "1000", "10"), status="submitted"))
    assert (await api.post("/inventory/receipts", receipt)).json()["code"] == "invalid-state"
    await publish(a.purchase_order("PO-1", ("B", "1000", "10"), version=2))

    first = (await api.post("/inventory/receipts", receipt)).json()
    assert first["amount"] == "5800.00"
    issued = await api.post(
        "/inventory/issues",
        {
            "company": "E01",
            "cost_collector": "WO-1",
            "lines": [{"item": "B", "warehouse": "SH", "quantity": "200"}],
        },
    )
    assert issued.json()["cost"] == "2000.00", issued.text

    over = await api.post(
        "/inventory/receipts", {"purchase_order": "PO-1", "lines": [{"line": 1, "accepted": "445"}]}
    )
    assert (over.status_code, over.json()["code"]) == (422, "over-receipt")
    assert await total(session, "B") == ("380", "3800.00")
    second = (
        await api.post(
            "/inventory/receipts",
            {"purchase_order": "PO-1", "lines": [{"line": 1, "accepted": "420"}]},
        )
    ).json()
    assert second["amount"] == "4200.00"
    assert await total(session, "B") == ("800", "8000.00")

    def billed(receipt: dict[str, Any], quantity: str, amount: str) -> dict[str, Any]:
        return {
            "receipt": receipt["id"],
            "receipt_line": 1,
            "item": "B",
            "quantity": quantity,
            "unit_price": "10.30",
            "amount_received": amount,
        }

    lines = (billed(first, "580", "5800.00"), billed(second, "420", "4200.00"))
    await publish(a.bill("INV-9", *lines))
    await publish(a.bill("INV-9", *lines, version=2))
    [adjusted] = [event.adjustment for event in await emitted_events(CostAdjusted)]
    shares: dict[str, Any] = {}
    for line in adjusted.lines:
        for share in line.shares:
            shares[share.destination] = shares.get(share.destination, 0) + share.amount
    assert {name: str(amount) for name, amount in shares.items()} == {
        "on_hand": "240.00",
        "work_in_process": "60.00",
    }
    assert str(adjusted.amount) == "300.00"
    assert await total(session, "B") == ("800", "8240.00")

    await publish(
        a.purchase_return(
            "PR-1",
            "PO-1",
            {
                "order_line": 1,
                "item": "B",
                "quantity": "50",
                "unit_price": "10.30",
                "amount_net": "515.00",
                "amount_tax": "66.95",
            },
        )
    )
    gone = await api.post(
        "/inventory/returns", {"return": "PR-1", "lines": [{"line": 1, "quantity": "50"}]}
    )
    assert gone.status_code == 201, gone.text
    [fact] = [event.goods_return for event in await emitted_events(GoodsReturned)]
    assert (str(fact.cost), str(fact.amount_net), str(fact.amount_gross)) == (
        "515.00",
        "515.00",
        "581.95",
    )
    assert fact.lines[0].receipt is not None
    assert await total(session, "B") == ("750", "7725.00")
    assert len(await emitted_events(GoodsReceived)) == 2
    assert len(await emitted_events(InspectionFailed)) == 1
    assert len(await emitted_events(MaterialIssued)) == 1
