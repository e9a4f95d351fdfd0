"""The two flows of the scenarios through the books, with their exact figures, and facts in every odd order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import uuid7
from chassis.testing import Api, EmittedEvents, Harness, Publish, message_of
from tongheng_contracts.finance import (
    BillBlocked,
    BillMatched,
    CreditExposureChanged,
    CreditNoteIssued,
    InvoiceIssued,
    PaymentMade,
    PaymentReceived,
    VoucherPosted,
)

from ..builders import (
    DAY,
    adjusted,
    again,
    company,
    cost_adjusted,
    customer_return,
    id_of,
    issued,
    partner,
    purchase_order,
    received,
    shipped,
    supplier_return,
)

Lines = list[list[str]]


async def lines_of(api: Api, source: str) -> Lines:
    """The vouchers of a document, each as its lines `account debit credit`."""
    answer = await api.get("/finance/vouchers", source=source)
    assert answer.status_code == 200, answer.text
    return [
        [f"{line['account']} {line['debit']} {line['credit']}" for line in voucher["lines"]]
        for voucher in answer.json()["items"]
    ]


async def balances(session: AsyncSession) -> dict[str, Decimal]:
    """Debit less credit of each account with a balance."""
    rows = await session.execute(
        text(
            "SELECT account, sum(debit - credit) FROM account_balances GROUP BY account HAVING sum(debit - credit) <> 0"
        )
    )
    return {str(row[0]): Decimal(row[1]) for row in rows}


async def made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a command answered, once it was accepted."""
    answer = await api.post(path, body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def test_order_to_cash_makes_the_vouchers_of_e1(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(company(), partner("C001", "customer"))
    await publish(
        adjusted("ADJ-1", "3200.00", quantity="80"), adjusted("ADJ-2", "2000.00", quantity="50")
    )
    await made(api, "/finance/openings", {
        "company": "E01", "receivables": [{"customer": "C001", "number": "OLD-1", "amount": "3500.00"}],
    })  # fmt: skip

    await publish(shipped("DN-1", "80", cost="3200.00"))
    assert sorted(await lines_of(api, "DN-1")) == [
        ["1122.02 9040.00 0.00", "6001 0.00 8000.00", "2221.03 0.00 1040.00"],
        ["6401 3200.00 0.00", "1405.01 0.00 3200.00"],
    ]
    await publish(shipped("DN-2", "50", cost="2000.00"))
    await publish(
        received(
            "GR-77",
            "30",
            "44",
            order="PO-77",
            supplier="V1",
            item="A",
            valuation_class="finished_goods",
        )
    )
    assert await lines_of(api, "GR-77") == [["1405.01 1320.00 0.00", "2202.02 0.00 1320.00"]]
    await publish(shipped("DN-3", "20", cost="880.00"))

    invoice = await made(api, "/finance/invoices", {"order": "SO-1"})
    assert (invoice["amount_net"], invoice["amount_tax"], invoice["amount_gross"]) == (
        "15000.00",
        "1950.00",
        "16950.00",
    )
    assert await lines_of(api, invoice["number"]) == [
        [
            "1122.01 16950.00 0.00",
            "2221.03 1950.00 0.00",
            "1122.02 0.00 16950.00",
            "2221.02 0.00 1950.00",
        ]
    ]
    again_answer = await api.post("/finance/invoices", {"order": "SO-1"})
    assert (again_answer.status_code, again_answer.json()["code"]) == (409, "invalid-state")

    await publish(customer_return("RT-1", "5", shipment="DN-2", cost="200.00"))
    assert sorted(await lines_of(api, "RT-1")) == [
        ["1405.01 200.00 0.00", "6401 0.00 200.00"],
        ["6001 500.00 0.00", "2221.02 65.00 0.00", "1122.01 0.00 565.00"],
    ]
    (note,) = await emitted_events(CreditNoteIssued)
    assert (note.credit_note.amount_gross, note.credit_note.invoiced) == (Decimal("565.00"), True)

    payment = await made(api, "/finance/payments", {
        "company": "E01", "direction": "received", "partner": "C001", "amount": "16385.00", "order": "SO-1",
    })  # fmt: skip
    assert payment["on_account"] == "0.00"
    assert [(one["number"], one["amount"]) for one in payment["allocations"]] == [
        (note.credit_note.number, "-565.00"), (invoice["number"], "16950.00"),
    ]  # fmt: skip
    assert await lines_of(api, payment["number"]) == [
        ["1002 16385.00 0.00", "1122.01 0.00 16385.00"]
    ]
    (told,) = await emitted_events(PaymentReceived)
    assert {one.order for one in told.payment.allocations} == {id_of("SO-1")}

    left = await balances(session)
    assert left["6001"] == Decimal("-14500.00")
    assert left["6401"] == Decimal("5880.00")
    assert left["1405.01"] == Decimal("640.00")
    assert left["1122.01"] == Decimal("3500.00")
    assert "1122.02" not in left
    exposure = (await emitted_events(CreditExposureChanged))[-1].exposure
    assert exposure.receivable == Decimal("3500.00")
    told_shipments = [
        one
        for event in await emitted_events(CreditExposureChanged)
        for one in event.exposure.shipments
    ]
    assert told_shipments == [id_of("DN-1"), id_of("DN-2"), id_of("DN-3")]
    assert (await api.get("/finance/receivables", order="SO-1")).json()["items"] == []


async def test_procure_to_pay_makes_the_vouchers_of_e2(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(company(), partner("V3", "supplier"), purchase_order("PO-1", "1000", "10"))
    await publish(received("GR-1", "580", "10"))
    assert await lines_of(api, "GR-1") == [["1403 5800.00 0.00", "2202.02 0.00 5800.00"]]
    await publish(issued("MI-1", "2000.00"))
    assert await lines_of(api, "MI-1") == [["5001.01 2000.00 0.00", "1403 0.00 2000.00"]]
    await publish(received("GR-2", "420", "10"))

    bill = await made(api, "/finance/bills", {
        "company": "E01", "supplier": "V3", "number": "F-100", "purchase_order": "PO-1",
        "lines": [{"line": 1, "quantity": "1000", "unit_price": "10.30"}],
    })  # fmt: skip
    assert (bill["status"], bill["block_reasons"]) == ("blocked", ["price"])
    assert bill["findings"] == [{"line": 1, "reason": "price", "expected": "10", "actual": "10.3"}]
    assert len(await emitted_events(BillBlocked)) == 1

    accepted = await made(api, f"/finance/bills/{bill['id']}/accept", {})
    assert accepted["status"] == "matched"
    assert await lines_of(api, bill["number"]) == []
    (matched,) = await emitted_events(BillMatched)
    assert [(line.receipt, line.amount_received, line.difference) for line in matched.bill.lines] == [
        (id_of("GR-1"), Decimal("5800.00"), Decimal("174.00")), (id_of("GR-2"), Decimal("4200.00"), Decimal("126.00")),
    ]  # fmt: skip
    too_early = await api.post("/finance/payments", {
        "company": "E01", "direction": "paid", "partner": "V3", "amount": "11639.00",
    })  # fmt: skip
    assert (too_early.status_code, too_early.json()["code"]) == (409, "invalid-state")

    await publish(
        cost_adjusted("CA-1", UUID(bill["id"]), {"on_hand": "240.00", "work_in_process": "60.00"})
    )
    assert [sorted(lines) for lines in await lines_of(api, bill["number"])] == [[
        "1403 240.00 0.00", "2202.01 0.00 11639.00", "2202.02 10000.00 0.00", "2221.01 1339.00 0.00", "5001.01 60.00 0.00",
    ]]  # fmt: skip
    assert (await api.get(f"/finance/bills/{bill['id']}")).json()["status"] == "posted"

    await publish(supplier_return("RS-1", "50", price="10.30", cost="515.00"))
    assert await lines_of(api, "RS-1") == [
        ["2202.01 581.95 0.00", "1403 0.00 515.00", "2221.04 0.00 66.95"]
    ]

    repeated = await api.post("/finance/bills", {
        "supplier": "V3", "number": " f-１00", "purchase_order": "PO-1",
        "lines": [{"line": 1, "quantity": "1", "unit_price": "10"}],
    })  # fmt: skip
    assert (repeated.status_code, repeated.json()["code"]) == (409, "duplicate")

    too_much = await api.post("/finance/payments", {
        "company": "E01", "direction": "paid", "partner": "V3", "amount": "11639.00",
    })  # fmt: skip
    assert (too_much.status_code, too_much.json()["code"]) == (409, "overpayment")
    payment = await made(api, "/finance/payments", {
        "company": "E01", "direction": "paid", "partner": "V3", "amount": "11057.05",
    })  # fmt: skip
    assert await lines_of(api, payment["number"]) == [
        ["2202.01 11057.05 0.00", "1002 0.00 11057.05"]
    ]
    assert len(await emitted_events(PaymentMade)) == 1
    twice = await api.post("/finance/payments", {
        "company": "E01", "direction": "paid", "partner": "V3", "amount": "11057.05",
    })  # fmt: skip
    assert (twice.status_code, twice.json()["code"]) == (409, "overpayment")

    left = await balances(session)
    assert left["1403"] == Decimal("7725.00")
    assert "2202.01" not in left
    assert "2202.02" not in left
    assert (await api.get(f"/finance/bills/{bill['id']}")).json()["status"] == "paid"


async def test_the_same_fact_twice_is_posted_once(
    publish: Publish, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(company(), shipped("DN-1", "1", cost="40.00"))

    await publish(shipped("DN-1", "1", cost="40.00"))

    assert len(await emitted_events(VoucherPosted)) == 2
    assert (await balances(session))["6401"] == Decimal("40.00")


async def test_books_open_by_themselves_for_a_company_that_is_not_known_yet(
    publish: Publish, api: Api
) -> None:
    await publish(shipped("DN-1", "1", cost="40.00", company="E09"))

    assert len(await lines_of(api, "DN-1")) == 2


async def test_a_return_that_overtakes_its_shipment_is_less_to_invoice(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(company(), partner("C001"))

    await publish(customer_return("RT-1", "2", shipment="DN-1", cost="80.00"))
    await publish(shipped("DN-1", "10", cost="400.00"))
    invoice = await made(api, "/finance/invoices", {"order": "SO-1"})

    assert invoice["amount_gross"] == "904.00"
    assert [line["quantity"] for line in invoice["lines"]] == ["8"]
    left = await balances(session)
    assert left["1122.01"] == Decimal("904.00")
    assert "1122.02" not in left
    assert "2221.03" not in left
    assert (await emitted_events(CreditNoteIssued))[0].credit_note.invoiced is False


async def test_a_shipment_to_a_customer_billed_on_shipment_is_invoiced_by_itself(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(company(), partner("C001", billing_policy="on_shipment", payment_days=10))

    await publish(
        shipped("DN-1", "10"),
        shipped("DN-2", "5", order="SO-2"),
        shipped("DN-3", "1", customer="C002"),
    )

    invoices = [event.invoice for event in await emitted_events(InvoiceIssued)]
    assert sorted((one.order_number, one.amount_gross) for one in invoices) == [
        ("SO-1", Decimal("1130.00")), ("SO-2", Decimal("565.00")),
    ]  # fmt: skip
    left = await balances(session)
    assert (left["1122.01"], left["1122.02"]) == (Decimal("1695.00"), Decimal("113.00"))


async def test_a_shipment_to_a_customer_not_known_yet_is_invoiced_when_he_is(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(
        company(), shipped("DN-1", "10"), shipped("DN-2", "5", customer="C002", order="SO-2")
    )
    assert await emitted_events(InvoiceIssued) == []

    await publish(partner("C001", billing_policy="on_shipment"), partner("C002"))

    (told,) = await emitted_events(InvoiceIssued)
    assert (told.invoice.order_number, told.invoice.amount_gross) == ("SO-1", Decimal("1130.00"))
    assert (await balances(session))["1122.01"] == Decimal("1130.00")
    assert await session.scalar(text("SELECT count(*) FROM undecided_shipments")) == 0


async def test_a_cost_difference_without_its_bill_is_parked(
    harness: Harness, publish: Publish
) -> None:
    await publish(company())

    await harness.inbox.apply([message_of(cost_adjusted("CA-9", uuid7(), {"on_hand": "1.00"}))])

    assert harness.inbox.counts.parked == 1


async def test_a_return_to_the_supplier_waits_for_its_receipt(
    publish: Publish, api: Api, session: AsyncSession
) -> None:
    await publish(company())

    await publish(supplier_return("RS-1", "10", price="10", cost="110.00", receipt="GR-1"))
    assert await lines_of(api, "RS-1") == []
    await publish(received("GR-1", "100", "10"))

    assert [sorted(lines) for lines in await lines_of(api, "RS-1")] == [
        ["1403 0.00 110.00", "2202.02 100.00 0.00", "6602 10.00 0.00"]
    ]
    assert (await balances(session))["2202.02"] == Decimal("-900.00")


async def test_a_bill_at_the_orders_price_is_posted_at_once(publish: Publish, api: Api) -> None:
    await publish(company(), partner("V3", "supplier"), received("GR-1", "3", "3.333333"))

    bill = await made(api, "/finance/bills", {
        "number": "F-1", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "3", "unit_price": "3.333333"}],
    })  # fmt: skip

    assert bill["status"] == "posted"
    assert await lines_of(api, bill["number"]) == [
        ["2202.02 10.00 0.00", "2221.01 1.30 0.00", "2202.01 0.00 11.30"]
    ]


async def test_a_bill_for_more_than_arrived_is_matched_when_the_rest_comes(
    publish: Publish, api: Api, emitted_events: EmittedEvents
) -> None:
    await publish(
        company(),
        partner("V3", "supplier"),
        purchase_order("PO-1", "100", "10"),
        received("GR-1", "60", "10"),
    )

    bill = await made(api, "/finance/bills", {
        "number": "F-1", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "100", "unit_price": "10"}],
    })  # fmt: skip
    assert bill["block_reasons"] == ["quantity"]
    refused = await api.post(f"/finance/bills/{bill['id']}/accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state")
    await publish(received("GR-2", "40", "10"))
    matched = await made(api, f"/finance/bills/{bill['id']}/match", {})

    assert matched["status"] == "posted"
    assert [one["quantity"] for one in matched["matches"]] == ["60", "40"]
    assert (await emitted_events(BillMatched))[0].bill.version == 2


async def test_stock_differences_go_through_pending_gain_or_loss(
    publish: Publish, api: Api
) -> None:
    await publish(
        company(),
        adjusted("AD-1", "-30.00", reason="damage", quantity="-1"),
        adjusted("AD-2", "5.00", reason="count"),
    )

    assert await lines_of(api, "AD-1") == [["1901 30.00 0.00", "1405.01 0.00 30.00"]]
    assert await lines_of(api, "AD-2") == [["1405.01 5.00 0.00", "1901 0.00 5.00"]]


async def test_a_fact_of_no_value_makes_no_voucher_but_is_remembered(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await publish(company())

    await publish(shipped("DN-1", "1", price="0"))

    assert await lines_of(api, "DN-1") == []
    status = await session.scalar(text("SELECT status FROM posted_facts WHERE number = 'DN-1'"))
    assert status == "empty"
    assert [event.exposure.shipments for event in await emitted_events(CreditExposureChanged)] == [
        [id_of("DN-1")]
    ]


async def test_a_fact_of_a_closed_period_is_posted_in_the_first_open_one(
    publish: Publish, api: Api
) -> None:
    year = int(DAY[:4])
    await publish(company())
    await made(api, f"/finance/periods/{year - 1}-12/close", {"company": "E01"})

    await publish(adjusted("AD-1", "5.00", day=f"{year - 1}-12-31"))

    (voucher,) = (await api.get("/finance/vouchers", source="AD-1")).json()["items"]
    assert (voucher["business_date"], voucher["posting_date"], voucher["period"]) == (
        f"{year - 1}-12-31", f"{year}-01-01", f"{year}-01",
    )  # fmt: skip


async def test_voucher_numbers_of_a_batch_have_no_gap(
    publish: Publish, session: AsyncSession
) -> None:
    await publish(company())
    first = shipped("DN-1", "1", cost="1.00")

    await publish(*(again(first) for _ in range(60)))
    await publish(*(again(first) for _ in range(60)))

    rows = await session.execute(text("SELECT voucher_type, sequence FROM vouchers ORDER BY 1, 2"))
    assert [row[1] for row in rows] == list(range(1, 241))
