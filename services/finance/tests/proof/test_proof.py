"""The proof over real flows: 0.00 when all is applied, and it names what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import named, uuid7
from chassis.testing import Api, Publish
from finance.control import service as control
from finance.proof import service
from tongheng_contracts.control import (
    ControlReport,
    ControlTotal,
    InventoryControlTotals,
    RecentFact,
)

from ..builders import (
    adjusted,
    company,
    cost_adjusted,
    issued,
    partner,
    purchase_order,
    received,
    shipped,
)

NOW = datetime.now(UTC)


def told(
    totals: dict[str, str],
    *,
    cut: datetime | None = None,
    version: int = 1,
    recent: list[tuple[UUID, str, str]] | None = None,
) -> InventoryControlTotals:
    """Inventory's control totals; a name may have a key after a slash."""
    at = cut or NOW + timedelta(hours=1)
    return InventoryControlTotals(
        report=ControlReport(
            id=named("control", "inventory"), service="inventory", version=version, cut=at,
            totals=[
                ControlTotal(
                    company="E01", name=name.split("/")[0], key=name.partition("/")[2], amount=Decimal(value),
                    quantity=Decimal(value) if name.startswith("reserved") else Decimal(0), count=1,
                )
                for name, value in totals.items()
            ],
            recent=[
                RecentFact(event=event, topic=topic, number=number, company="E01", recorded_at=at)
                for event, topic, number in recent or []
            ],
        )
    )  # fmt: skip


async def proof(api: Api) -> dict[str, dict[str, Any]]:
    """The equalities by name."""
    answer = await api.get("/finance/proof", company="E01")
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()["equalities"]}


async def test_the_books_tie_out_with_the_goods(publish: Publish, api: Api) -> None:
    await publish(
        company(), partner("C001"), partner("V3", "supplier"), purchase_order("PO-1", "1000", "10")
    )
    await publish(
        adjusted("AD-1", "400.00"),
        received("GR-1", "1000", "10"),
        issued("MI-1", "2000.00"),
        shipped("DN-1", "2", cost="100.00"),
    )
    bill = (await api.post("/finance/bills", {
        "number": "F-1", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "1000", "unit_price": "10.20"}],
    })).json()  # fmt: skip
    await publish(told({
        "stock/finished_goods": "300.00", "stock/raw_material": "8000.00", "received": "10000.00", "issued": "2000.00",
        "reserved": "5", "reserved_balances": "5",
    }))  # fmt: skip

    found = await proof(api)

    assert {name: one["difference"] for name, one in found.items()} == dict.fromkeys(
        (
            "stock",
            "grni",
            "receivables",
            "payables",
            "advances_received",
            "advances_paid",
            "work_in_process",
            "in_transit",
            "reserved",
            "debits_credits",
        ),
        "0.00",
    )
    assert (found["stock"]["left"], found["grni"]["left"], found["reserved"]["left"]) == (
        "8300.00",
        "10000.00",
        "5.00",
    )
    assert [one["document"] for one in found["grni"]["in_flight"]] == [bill["number"]]

    await publish(
        cost_adjusted("CA-1", UUID(bill["id"]), {"on_hand": "160.00", "work_in_process": "40.00"})
    )
    await publish(told({
        "stock/finished_goods": "300.00", "stock/raw_material": "8160.00", "received": "10000.00", "issued": "2000.00",
        "cost_adjusted/work_in_process": "40.00", "cost_adjusted/on_hand": "160.00",
    }, version=2, cut=NOW + timedelta(hours=2)))  # fmt: skip

    found = await proof(api)

    assert {one["difference"] for one in found.values()} == {"0.00"}
    assert [one["in_flight"] for one in found.values()] == [[]] * 10
    assert found["grni"]["right"] == "0.00"


async def test_a_fact_that_is_not_posted_is_named(publish: Publish, api: Api) -> None:
    event = uuid7()
    await publish(company())

    await publish(told({"stock/raw_material": "50.00", "received": "50.00"}, recent=[
        (event, "inventory.GoodsReceived", "GR-9"), (uuid7(), "inventory.InspectionFailed", "GR-9"),
    ]))  # fmt: skip

    found = await proof(api)
    assert found["stock"]["difference"] == "50.00"
    assert found["stock"]["in_flight"] == [
        {"document": "GR-9", "topic": "inventory.GoodsReceived", "reason": "not posted yet"}
    ]
    assert found["grni"]["difference"] == "50.00"
    assert found["work_in_process"]["in_flight"] == []


async def test_facts_after_the_cut_count_on_neither_side(publish: Publish, api: Api) -> None:
    await publish(company())
    await publish(adjusted("AD-1", "100.00"), received("GR-1", "1", "10"), time=NOW)
    await publish(
        adjusted("AD-2", "40.00"),
        received("GR-2", "1", "7"),
        issued("MI-1", "3.00"),
        time=NOW + timedelta(seconds=2),
    )

    await publish(told({"stock/finished_goods": "100.00", "stock/raw_material": "10.00", "received": "10.00"},
                       cut=NOW + timedelta(seconds=1)))  # fmt: skip

    found = await proof(api)
    assert {
        name: one["difference"] for name, one in found.items() if one["difference"] != "0.00"
    } == {}
    assert found["stock"]["right"] == "110.00"


async def test_an_older_report_does_not_replace_a_newer_one(
    publish: Publish, api: Api, session: AsyncSession
) -> None:
    await publish(company())
    await publish(told({"stock/raw_material": "5.00"}, version=2, cut=NOW))

    await publish(told({"stock/raw_material": "9.00"}, version=3, cut=NOW - timedelta(minutes=1)))

    assert (await proof(api))["stock"]["left"] == "5.00"


async def test_money_that_was_taken_from_the_ledger_shows(
    publish: Publish, api: Api, session: AsyncSession
) -> None:
    await publish(company(), partner("C001"), shipped("DN-1", "1"))
    await session.execute(
        text("UPDATE account_balances SET debit = debit - 1 WHERE account = '1122.02'")
    )
    await session.commit()

    found = await proof(api)

    assert found["receivables"]["difference"] == "1.00"
    assert found["debits_credits"]["difference"] == "-1.00"


async def test_the_proof_of_a_company_outside_the_scope_is_refused(
    publish: Publish, api: Api
) -> None:
    await publish(company("E01"), company("E02"))
    narrow = api.as_("finance.proof.read", companies=["E02"])

    refused = await narrow.get("/finance/proof", company="E01")
    listed = await narrow.get("/finance/proof")

    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")
    assert [one["company"] for one in listed.json()["items"]] == ["E02"]


async def test_control_totals_are_as_of_their_cut(publish: Publish, session: AsyncSession) -> None:
    await publish(
        company(), partner("C001", billing_policy="on_shipment"), shipped("DN-1", "1", cost="40.00")
    )

    now = {
        (one.name): one.amount
        for one in await control.totals(session, datetime.now(UTC) + timedelta(hours=1))
    }
    before = {
        (one.name): one.amount for one in await control.totals(session, NOW - timedelta(days=1))
    }

    assert now == {
        "debits": Decimal("279.00") + Decimal(0),
        "credits": Decimal("279.00"),
        "receivable": Decimal("113.00"),
    }
    assert before == {"debits": Decimal(0), "credits": Decimal(0), "receivable": Decimal(0)}


async def test_differences_are_shown_for_alarms(publish: Publish, session: AsyncSession) -> None:
    await publish(company(), partner("C001", billing_policy="on_shipment"), shipped("DN-9", "1", cost="40.00"))  # fmt: skip

    await service.measure(session)
    _, found = await service.prove(session, ["E01"])

    for one in found[0][1]:
        labels = {"company": "E01", "equality": one.name}
        assert REGISTRY.get_sample_value("tongheng_proof_difference", labels) == float(one.difference)  # fmt: skip
        assert REGISTRY.get_sample_value("tongheng_proof_in_flight", labels) == len(one.in_flight)
    assert any(one.difference for one in found[0][1]), "inventory has told nothing of its stock yet"
