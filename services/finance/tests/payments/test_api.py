"""Payments: what they settle, what they refuse, and two of them at once."""

from __future__ import annotations

from typing import Any

from chassis.testing import Api, Publish

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
