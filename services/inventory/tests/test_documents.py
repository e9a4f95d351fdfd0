"""The documents' own rules: what is refused, what is kept, what moves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.testing import Api, EmittedEvents, Publish
from inventory.control import service as control
from inventory.stock.rules import plain
from tongheng_contracts.inventory import (
    GoodsShipped,
    StockAdjusted,
    StockReserved,
    TransferReceived,
    TransferShipped,
)

from . import builders as a


@pytest.fixture
async def ten(company: Api) -> Api:
    """Ten pieces of A in SH, worth 100.00."""
    assert (
        await company.post("/inventory/adjustments", a.opening(("A", "SH", "10", "10")))
    ).status_code == 201
    return company


def code(answer: Any) -> tuple[int, str]:
    return (answer.status_code, answer.json()["code"])


def taking(quantity: str, **line: Any) -> dict[str, Any]:
    return {
        "company": "E01",
        "reason": "damage",
        "lines": [{"item": "A", "warehouse": "SH", "quantity": quantity, **line}],
    }


async def test_an_adjustment_takes_neither_what_is_reserved_nor_what_is_not_there(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(a.order("SO-1", ("A", "7")))

    assert code(await ten.post("/inventory/adjustments", taking("-4"))) == (
        409,
        "insufficient-stock",
    )
    chinese = await ten.post("/inventory/adjustments", taking("-4"), accept_language="zh-CN")
    assert "已预留 7" in chinese.json()["detail"]
    assert (await ten.post("/inventory/adjustments", taking("-3"))).json()["lines"][0][
        "amount"
    ] == "-30.00"
    assert len(await emitted_events(StockAdjusted)) == 2


async def test_values_that_cannot_be_are_refused(ten: Api) -> None:
    adjustments = "/inventory/adjustments"
    assert code(await ten.post(adjustments, taking("0.5"))) == (422, "validation-failed")
    assert code(await ten.post(adjustments, taking("-1", unit_cost="3"))) == (
        422,
        "validation-failed",
    )
    assert code(await ten.post(adjustments, taking("1", lot="L1"))) == (422, "validation-failed")
    assert code(await ten.post(adjustments, taking("1", item="NONE"))) == (422, "unknown-reference")
    assert code(await ten.post(adjustments, taking("1", warehouse="NONE"))) == (
        422,
        "unknown-reference",
    )
    assert code(await ten.post(adjustments, {**taking("1"), "company": "E99"})) == (
        422,
        "unknown-reference",
    )
    assert code(await ten.as_("*", companies=["E02"]).post(adjustments, taking("1"))) == (
        403,
        "out-of-scope",
    )
    assert code(await ten.as_("inventory.stock.read").post(adjustments, taking("1"))) == (
        403,
        "forbidden",
    )


async def test_an_increase_without_a_value_comes_in_at_the_average_or_at_standard_cost(
    ten: Api, publish: Publish
) -> None:
    await publish(a.item("S", standard_cost="2.5"))

    assert (await ten.post("/inventory/adjustments", taking("3"))).json()["lines"][0][
        "amount"
    ] == "30.00"
    standard = await ten.post("/inventory/adjustments", taking("4", item="S"))
    assert standard.json()["lines"][0]["amount"] == "10.00"
    free = await ten.post("/inventory/adjustments", taking("4", item="X"))
    assert free.json()["lines"][0]["amount"] == "0.00"


async def test_the_last_unit_takes_the_remaining_cents(company: Api, session: AsyncSession) -> None:
    third = {
        "company": "E01",
        "reason": "opening",
        "lines": [{"item": "A", "warehouse": "SH", "quantity": "3", "amount": "1.00"}],
    }
    await company.post("/inventory/adjustments", third)

    taken = [
        (await company.post("/inventory/adjustments", taking("-1"))).json()["lines"][0]["amount"]
        for _ in range(3)
    ]

    assert taken == ["-0.33", "-0.34", "-0.33"]
    assert (await session.execute(text("SELECT quantity, amount FROM stock_values"))).one() == (
        0,
        0,
    )


async def test_another_companys_documents_do_not_exist(ten: Api, publish: Publish) -> None:
    await publish(a.order("SO-1", ("A", "7")))
    [note] = (await ten.get("/inventory/deliveries", order="SO-1")).json()["items"]
    stranger = ten.as_("*", companies=["E02"])

    assert (await stranger.get(f"/inventory/deliveries/{note['id']}")).status_code == 404
    assert code(await stranger.post(f"/inventory/deliveries/{note['id']}/ship")) == (
        404,
        "not-found",
    )
    assert (await stranger.get("/inventory/stock", item="A")).json()["items"] == []
    assert (await stranger.get("/inventory/moves")).json()["items"] == []


async def test_a_delivery_is_shipped_in_parts_that_sum_to_the_line(
    ten: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    await publish(
        a.order(
            "SO-1",
            {
                "item": "A",
                "quantity": "3",
                "amount_net": "100.00",
                "amount_tax": "13.00",
                "amount_gross": "113.00",
            },
        )
    )
    nets: list[str] = []
    for _ in range(3):
        [note] = (await ten.get("/inventory/deliveries", order="SO-1", status="released")).json()[
            "items"
        ]
        more = await ten.post(
            f"/inventory/deliveries/{note['id']}/ship", {"lines": [{"line": 1, "quantity": "9"}]}
        )
        assert code(more) == (409, "insufficient-stock")
        done = await ten.post(
            f"/inventory/deliveries/{note['id']}/ship", {"lines": [{"line": 1, "quantity": "1"}]}
        )
        nets.append(done.json()["lines"][0]["amount_net"])

    assert nets == ["33.33", "33.34", "33.33"]
    facts = [event.shipment for event in await emitted_events(GoodsShipped)]
    assert str(sum(f.amount_gross for f in facts)) == "113.00"
    assert all(f.amount_gross == f.amount_net + f.amount_tax for f in facts)
    [last] = [e.reservation for e in await emitted_events(StockReserved)][-1].lines
    assert (str(last.shipped), last.held) == ("3", [])


async def test_many_deliveries_leave_together_and_each_is_answered(
    ten: Api, publish: Publish
) -> None:
    await publish(*(a.order(f"SO-{n}", ("A", "2")) for n in range(3)))
    notes = (await ten.get("/inventory/deliveries", status="released")).json()["items"]
    rows = [{"delivery": note["number"]} for note in notes]

    answer = await ten.post(
        "/inventory/deliveries:ship", {"rows": [*rows, rows[0], {"delivery": "DN-0"}, {}]}
    )

    results = answer.json()["results"]
    assert [r["status"] for r in results] == [200, 200, 200, 409, 404, 422], answer.text
    assert results[0]["body"]["status"] == "shipped"
    assert (await ten.get("/inventory/stock", item="A")).json()["items"][0]["on_hand"] == "4"


async def test_a_stale_version_ships_nothing(ten: Api, publish: Publish) -> None:
    await publish(a.order("SO-1", ("A", "2")))
    [note] = (await ten.get("/inventory/deliveries", order="SO-1")).json()["items"]

    stale = await ten.post(f"/inventory/deliveries/{note['id']}/ship", if_match='"7"')

    assert code(stale) == (412, "precondition-failed")
    assert (
        await ten.post(f"/inventory/deliveries/{note['id']}/ship", if_match='"1"')
    ).status_code == 200


async def test_receipts_name_what_they_do_not_know(company: Api, publish: Publish) -> None:
    await publish(a.purchase_order("PO-1", ("A", "10", "3"), ("X", "5", "2")))
    receipts = "/inventory/receipts"

    def arrival(line: int, accepted: str, order: str = "PO-1") -> dict[str, Any]:
        return {"purchase_order": order, "lines": [{"line": line, "accepted": accepted}]}

    unknown = await company.post(receipts, arrival(1, "1", "PO-9"))
    assert (code(unknown), unknown.json()["errors"][0]["pointer"]) == (
        (422, "unknown-reference"),
        "/purchase_order",
    )
    assert code(await company.post(receipts, arrival(3, "1"))) == (422, "unknown-reference")
    assert code(await company.post(receipts, arrival(1, "0"))) == (422, "validation-failed")
    assert code(await company.post(receipts, arrival(1, "0.5"))) == (422, "validation-failed")
    twice = {
        "purchase_order": "PO-1",
        "lines": [{"line": 1, "accepted": "6"}, {"line": 1, "accepted": "5"}],
    }
    assert code(await company.post(receipts, twice)) == (422, "over-receipt")
    assert (await company.post(receipts, arrival(1, "10"))).status_code == 201
    [listed] = (await company.get(receipts, purchase_order="PO-1")).json()["items"]
    assert (listed["amount"], listed["lines"][0]["accepted"]) == ("30.00", "10")


async def test_all_rejected_goods_leave_no_trace_in_stock(
    company: Api, publish: Publish, emitted: Any, session: AsyncSession
) -> None:
    await publish(a.purchase_order("PO-1", ("A", "10", "3")))
    answer = await company.post(
        "/inventory/receipts",
        {"purchase_order": "PO-1", "lines": [{"line": 1, "accepted": "0", "rejected": "10"}]},
    )

    assert (answer.status_code, answer.json()["amount"]) == (201, "0.00")
    assert await emitted() == ["inventory.InspectionFailed"]
    assert await session.scalar(text("SELECT count(*) FROM moves")) == 0


async def test_lots_leave_by_expiry(company: Api, publish: Publish) -> None:
    await publish(a.item("M", tracking="lot"))
    lots = [
        {
            "item": "M",
            "warehouse": "SH",
            "quantity": "5",
            "unit_cost": "1",
            "lot": "L-LATE",
            "expiry": "2027-12-01",
        },
        {
            "item": "M",
            "warehouse": "SH",
            "quantity": "5",
            "unit_cost": "1",
            "lot": "L-SOON",
            "expiry": "2027-01-01",
        },
    ]
    await company.post(
        "/inventory/adjustments", {"company": "E01", "reason": "opening", "lines": lots}
    )

    await publish(a.order("SO-1", ("M", "7")))

    [note] = (await company.get("/inventory/deliveries", order="SO-1")).json()["items"]
    assert sorted((line["lot"], line["quantity"]) for line in note["lines"]) == [
        ("L-LATE", "2"),
        ("L-SOON", "5"),
    ]
    shipped = (await company.post(f"/inventory/deliveries/{note['id']}/ship")).json()
    assert sorted((line["lot"], line["cost"]) for line in shipped["lines"]) == [
        ("L-LATE", "2.00"),
        ("L-SOON", "5.00"),
    ]


async def test_a_transfer_keeps_its_value_on_the_road_and_serves_who_waits(
    ten: Api, publish: Publish, emitted_events: EmittedEvents, session: AsyncSession
) -> None:
    await publish(a.order("SO-1", {"item": "A", "quantity": "3", "warehouse": "GZ"}))
    made = (
        await ten.post(
            "/inventory/transfers",
            {
                "company": "E01",
                "from_warehouse": "SH",
                "to_warehouse": "GZ",
                "lines": [{"item": "A", "quantity": "6"}],
            },
        )
    ).json()
    assert code(await ten.post(f"/inventory/transfers/{made['id']}/receive")) == (
        409,
        "invalid-state",
    )
    assert (await ten.post(f"/inventory/transfers/{made['id']}/ship")).json()[
        "status"
    ] == "in_transit"
    rows = {
        r["warehouse"]: r for r in (await ten.get("/inventory/stock", item="A")).json()["items"]
    }
    assert (rows["SH"]["on_hand"], rows["SH"]["value"]) == ("4", "40.00")
    assert (rows["GZ"]["on_hand"], rows["GZ"]["in_transit"], rows["GZ"]["value"]) == (
        "0",
        "6",
        "60.00",
    )

    def arrives(quantity: str) -> dict[str, Any]:
        return {"lines": [{"line": 1, "quantity": quantity}]}

    assert (await ten.post(f"/inventory/transfers/{made['number']}/receive", arrives("2"))).json()[
        "status"
    ] == "in_transit"
    assert code(await ten.post(f"/inventory/transfers/{made['id']}/receive", arrives("5"))) == (
        422,
        "over-receipt",
    )
    assert (await ten.post(f"/inventory/transfers/{made['id']}/receive")).json()[
        "status"
    ] == "received"

    [line] = [e.reservation for e in await emitted_events(StockReserved)][-1].lines
    assert [(h.warehouse, str(h.quantity)) for h in line.held] == [("GZ", "3")]
    [shipped] = [e.movement for e in await emitted_events(TransferShipped)]
    received = [e.movement for e in await emitted_events(TransferReceived)]
    assert str(shipped.lines[0].cost) == "60.00"
    assert [str(m.lines[0].cost) for m in received] == ["20.00", "40.00"]
    assert (await session.execute(text("SELECT quantity, amount FROM stock_values"))).one() == (
        10,
        100,
    )


async def test_more_than_authorised_does_not_come_back(ten: Api, publish: Publish) -> None:
    await publish(a.order("SO-1", ("A", "4")))
    [note] = (await ten.get("/inventory/deliveries", order="SO-1")).json()["items"]
    await ten.post(f"/inventory/deliveries/{note['id']}/ship")
    line = {
        "order_line": 1,
        "item": "A",
        "quantity": "3",
        "amount_net": "300.00",
        "amount_tax": "39.00",
    }
    await publish(a.rma("RMA-1", "SO-1", line))

    def back(quantity: str) -> dict[str, Any]:
        return {"return": "RMA-1", "warehouse": "SH", "lines": [{"line": 1, "quantity": quantity}]}

    assert code(await ten.post("/inventory/returns", back("4"))) == (409, "invalid-state")
    assert (await ten.post("/inventory/returns", back("2"))).json()["amount_net"] == "200.00"
    assert code(await ten.post("/inventory/returns", back("2"))) == (409, "invalid-state")
    last = (await ten.post("/inventory/returns", back("1"))).json()
    inspect = f"/inventory/returns/{last['id']}/inspect"
    assert code(await ten.post(inspect, {"lines": [{"line": 1, "accepted": "2"}]})) == (
        422,
        "validation-failed",
    )
    assert (await ten.post(inspect, {"lines": [{"line": 1, "rejected": "1"}]})).json()[
        "status"
    ] == "inspected"
    assert code(await ten.post(inspect, {"lines": [{"line": 1, "accepted": "1"}]})) == (
        409,
        "invalid-state",
    )
    [row] = (await ten.get("/inventory/stock", item="A")).json()["items"]
    assert (row["on_hand"], row["available"], row["quarantine"], row["blocked"]) == (
        "9",
        "6",
        "2",
        "1",
    )


async def test_an_opening_load_of_five_thousand_lines(company: Api, publish: Publish) -> None:
    await publish(*(a.item(f"I{n:04}") for n in range(2500)))
    lines = [(f"I{n:04}", place, "3", "1.11") for n in range(2500) for place in ("SH", "GZ")]

    answer = await company.post("/inventory/adjustments", a.opening(*lines))

    assert answer.status_code == 201, answer.text[:500]
    [row, _] = (await company.get("/inventory/stock", item="I2499")).json()["items"]
    assert (row["on_hand"], row["value"]) == ("3", "3.33")
    page = (await company.get("/inventory/stock", limit="10")).json()
    assert len(page["items"]) == 20
    assert page["next"]


async def test_the_ledger_cannot_be_changed(ten: Api, session: AsyncSession) -> None:
    for statement in ("UPDATE moves SET quantity = 1", "DELETE FROM moves"):
        with pytest.raises(Exception, match="permission denied"):
            async with session.begin_nested():
                await session.execute(text(statement))


async def test_an_earlier_day_needs_its_permission(ten: Api) -> None:
    earlier = {**taking("1"), "business_date": "2020-01-31"}
    keeper = ten.as_("inventory.adjustment.*", companies=["E01"])

    assert code(await keeper.post("/inventory/adjustments", earlier)) == (403, "forbidden")
    dated = ten.as_("inventory.adjustment.*", "inventory.document.backdate", companies=["E01"])
    assert (await dated.post("/inventory/adjustments", earlier)).json()[
        "posting_date"
    ] == "2020-01-31"


async def test_more_than_a_document_may_carry_is_too_large(ten: Api) -> None:
    many = {**taking("1"), "lines": [{"item": "A", "warehouse": "SH", "quantity": "1"}] * 5001}

    assert code(await ten.post("/inventory/adjustments", many)) == (413, "payload-too-large")
    assert code(
        await ten.post("/inventory/deliveries:ship", {"rows": [{"delivery": "D"}] * 1001})
    ) == (413, "payload-too-large")


async def test_the_totals_say_what_the_documents_say(
    ten: Api, publish: Publish, session: AsyncSession
) -> None:
    await publish(a.purchase_order("PO-1", ("A", "10", "20")), a.order("SO-1", ("A", "4")))
    receipt = {"purchase_order": "PO-1", "lines": [{"line": 1, "accepted": "10"}]}
    assert (await ten.post("/inventory/receipts", receipt)).status_code == 201
    issue = {
        "company": "E01",
        "cost_collector": "W",
        "lines": [{"item": "A", "warehouse": "SH", "quantity": "2"}],
    }
    assert (await ten.post("/inventory/issues", issue)).json()["cost"] == "30.00"
    move = {
        "company": "E01",
        "from_warehouse": "SH",
        "to_warehouse": "GZ",
        "lines": [{"item": "A", "quantity": "5"}],
    }
    made = (await ten.post("/inventory/transfers", move)).json()
    assert (await ten.post(f"/inventory/transfers/{made['id']}/ship")).status_code == 200

    async def totals(cut: datetime) -> dict[str, tuple[str, str]]:
        found = await control.totals(session, cut)
        return {f"{t.name}/{t.key}": (str(t.amount), plain(t.quantity)) for t in found}

    now = await session.scalar(text("SELECT now()"))
    assert await totals(now) == {
        "stock/finished_goods": ("270.00", "18"),
        "received/": ("200.00", "10"),
        "issued/": ("30.00", "2"),
        "in_transit/": ("75.00", "5"),
        "in_transit_place/": ("75.00", "5"),
        "reserved/": ("0", "4"),
        "reserved_balances/": ("0", "4"),
    }
    before = await totals(now - timedelta(seconds=1))
    assert before["stock/finished_goods"] == ("0.00", "0")
    assert "received/" not in before


async def test_the_rest_of_a_part_shipment_counts_as_a_change_of_the_note_it_joins(
    company: Api, publish: Publish
) -> None:
    await company.post("/inventory/adjustments", a.opening(("A", "SH", "3", "10")))
    await publish(a.order("SO-1", ("A", "5")))
    [first] = (await company.get("/inventory/deliveries", order="SO-1")).json()["items"]
    await company.post(f"/inventory/deliveries/{first['id']}/pick")
    await company.post("/inventory/adjustments", a.opening(("A", "SH", "2", "10")))
    read = (await company.get("/inventory/deliveries", order="SO-1", status="released")).json()
    [second] = read["items"]

    answer = await company.post(
        f"/inventory/deliveries/{first['id']}/ship", {"lines": [{"line": 1, "quantity": "2"}]}
    )

    joined = (await company.get(f"/inventory/deliveries/{second['id']}")).json()
    assert answer.json() == (await company.get(f"/inventory/deliveries/{first['id']}")).json()
    assert [line["quantity"] for line in joined["lines"]] == ["3"]
    assert joined["version"] == second["version"] + 1
