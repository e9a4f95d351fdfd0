"""Payments: what they settle, what they refuse, and two of them at once."""

from __future__ import annotations

from typing import Any

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.finance import PaymentReceived

from ..builders import company, customer_return, partner, shipped


def received(amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "company": "E01",
        "direction": "received",
        "partner": "C001",
        "amount": amount,
        **fields,
    }


async def invoiced(publish: Publish, api: Api) -> str:
    await publish(company(), partner("C001", "customer"), shipped("DN-1", "10"))
    return str((await api.post("/finance/invoices", {"order": "SO-1"})).json()["number"])


async def test_what_exceeds_the_debt_stays_on_account_and_is_used_later(
    publish: Publish, api: Api
) -> None:
    number = await invoiced(publish, api)

    first = (await api.post("/finance/payments", received("1200.00"))).json()
    await publish(shipped("DN-2", "1", order="SO-2"))
    later = (await api.post("/finance/invoices", {"order": "SO-2"})).json()
    second = (await api.post("/finance/payments", received("43.00", order="SO-2"))).json()

    assert (first["on_account"], [one["number"] for one in first["allocations"]]) == (
        "70.00",
        [number],
    )
    assert [(one["number"], one["amount"]) for one in second["allocations"]] == [
        (first["number"], "-70.00"), (later["number"], "113.00"),
    ]  # fmt: skip
    assert (await api.get("/finance/receivables", customer="C001")).json()["items"] == []


async def test_a_named_invoice_is_not_paid_twice(publish: Publish, api: Api) -> None:
    number = await invoiced(publish, api)
    body = received("1130.00", allocations=[{"invoice": number, "amount": "1130.00"}])

    assert (await api.post("/finance/payments", body)).status_code == 201
    twice = await api.post("/finance/payments", body)

    assert (twice.status_code, twice.json()["code"]) == (409, "overpayment")


async def test_more_than_an_invoice_is_refused_by_name(publish: Publish, api: Api) -> None:
    number = await invoiced(publish, api)

    over = await api.post(
        "/finance/payments",
        received("2000.00", allocations=[{"invoice": number, "amount": "1130.01"}]),
    )
    unknown = await api.post(
        "/finance/payments", received("1.00", allocations=[{"invoice": "INV-0", "amount": "1.00"}])
    )

    assert (over.status_code, over.json()["code"]) == (409, "overpayment")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-reference")


async def test_unknown_partners_roles_orders_and_accounts_are_refused(
    publish: Publish, api: Api
) -> None:
    await invoiced(publish, api)
    cases = [
        (received("1.00", partner="C999"), "unknown-reference"),
        (received("1.00", order="SO-999"), "unknown-reference"),
        (received("1.00", bank_account="6001"), "validation-failed"),
        ({**received("1.00"), "direction": "paid"}, "unknown-reference"),
        (received("0.00"), "validation-failed"),
        (received("1.00", company="E77"), "unknown-reference"),
    ]

    for body, code in cases:
        answer = await api.post("/finance/payments", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body


async def test_a_payment_is_found_by_number_partner_and_order(publish: Publish, api: Api) -> None:
    await invoiced(publish, api)
    made = (await api.post("/finance/payments", received("100.00", order="SO-1"))).json()

    assert (await api.get(f"/finance/payments/{made['number']}")).json() == made
    assert [
        one["id"] for one in (await api.get("/finance/payments", order="SO-1")).json()["items"]
    ] == [made["id"]]
    (item,) = (await api.get("/finance/receivables", order="SO-1")).json()["items"]
    assert (item["open_amount"], item["status"]) == ("1030.00", "partly_settled")
    ageing = (await api.get("/finance/receivables/ageing", company="E01")).json()["items"]
    assert [(one["partner"], one["total"]) for one in ageing] == [("C001", "1030.00")]


async def test_the_same_key_pays_once(publish: Publish, api: Api) -> None:
    await invoiced(publish, api)

    first = await api.post("/finance/payments", received("100.00"), idempotency_key="pay-1")
    again = await api.post("/finance/payments", received("100.00"), idempotency_key="pay-1")

    assert again.json() == first.json()
    assert len((await api.get("/finance/payments")).json()["items"]) == 1


async def test_a_credit_note_of_the_order_is_taken_with_its_invoice(
    publish: Publish, api: Api
) -> None:
    number = await invoiced(publish, api)
    await publish(customer_return("RT-1", "1", shipment="DN-1"))

    paid = (await api.post("/finance/payments", received("1017.00", order="SO-1"))).json()

    assert [one["amount"] for one in paid["allocations"]] == ["-113.00", "1130.00"]
    assert paid["allocations"][1]["number"] == number
    assert paid["on_account"] == "0.00"


async def test_many_payments_are_booked_one_after_the_other(publish: Publish, api: Api) -> None:
    number = await invoiced(publish, api)

    answer = await api.post("/finance/payments:batch", {"rows": [
        received("1000.00"),
        received("200.00", order="SO-1"),
        received("1.00", partner="C999"),
        received("1.00", allocations=[{"invoice": number, "amount": "1.00"}]),
        received("1.00", business_date="2001-01-05"),
        {"company": "E01"},
        received("0.01"),
    ]})  # fmt: skip

    assert answer.status_code == 200, answer.text
    rows = answer.json()["results"]
    assert [(one["index"], one["status"]) for one in rows] == [
        (0, 201), (1, 201), (2, 422), (3, 409), (4, 409), (5, 422), (6, 201),
    ]  # fmt: skip
    assert [one["problem"]["code"] for one in rows if "problem" in one] == [
        "unknown-reference", "overpayment", "period-closed", "validation-failed",
    ]  # fmt: skip
    first, second, last = rows[0]["body"], rows[1]["body"], rows[6]["body"]
    assert [(one["number"], one["amount"]) for one in first["allocations"]] == [(number, "1000.00")]
    assert [(one["number"], one["amount"]) for one in second["allocations"]] == [(number, "130.00")]
    assert (second["on_account"], last["on_account"]) == ("70.00", "0.01")
    assert (await api.get(f"/finance/payments/{second['number']}")).json() == second
    vouchers = [
        (await api.get("/finance/vouchers", source=one["number"])).json()["items"]
        for one in (first, second, last)
    ]
    assert [one[0]["amount"] for one in vouchers] == ["1000.00", "200.00", "0.01"]
    left = (await api.get("/finance/receivables", customer="C001")).json()["items"]
    assert sorted(one["open_amount"] for one in left) == ["-0.01", "-70.00"]


async def test_money_left_by_one_payment_of_a_batch_is_used_by_the_next(
    publish: Publish, api: Api, emitted_events: EmittedEvents
) -> None:
    await invoiced(publish, api)
    await publish(shipped("DN-2", "1", order="SO-2"))
    later = (await api.post("/finance/invoices", {"order": "SO-2"})).json()

    rows = (await api.post("/finance/payments:batch", {"rows": [
        received("1300.00", allocations=[{"invoice": "INV-NONE", "amount": "1.00"}]),
        received("1143.00"),
        received("1.00"),
    ]})).json()["results"]  # fmt: skip
    over, used = rows[1]["body"], rows[2]["body"]

    assert rows[0]["problem"]["code"] == "unknown-reference"
    assert over["on_account"] == "0.00"
    assert [(one["number"], one["amount"]) for one in used["allocations"]] == [
        (later["number"], "1.00")
    ]
    told = await emitted_events(PaymentReceived)
    assert [one.payment.number for one in told] == [over["number"], used["number"]]


async def test_a_credit_made_and_used_in_one_batch_says_its_number(
    publish: Publish, api: Api
) -> None:
    number = await invoiced(publish, api)

    rows = (await api.post("/finance/payments:batch", {"rows": [
        received("100.00", allocations=[{"invoice": number, "amount": "30.00"}]),
        received("1000.00"),
        received("30.00"),
    ]})).json()["results"]  # fmt: skip
    first, second, third = (one["body"] for one in rows)

    assert (first["on_account"], second["on_account"], third["on_account"]) == (
        "70.00",
        "0.00",
        "0.00",
    )
    assert [(one["number"], one["amount"]) for one in second["allocations"]] == [
        (first["number"], "-70.00"), (number, "1070.00"),
    ]  # fmt: skip
    assert [(one["number"], one["amount"]) for one in third["allocations"]] == [(number, "30.00")]
    assert (await api.get("/finance/receivables", customer="C001")).json()["items"] == []
