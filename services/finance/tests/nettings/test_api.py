"""Setting off: what both sides settle, what the books say afterwards, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.finance import PaymentMade, PaymentReceived

from ..builders import company, partner, purchase_order, received, shipped

NETTINGS = "/finance/nettings"


async def both(publish: Publish, api: Api) -> tuple[str, str]:
    """C001 owes 1,130.00 and is owed 565.00."""
    await publish(
        company(), partner("C001", "customer", "supplier"), shipped("DN-1", "10"),
        purchase_order("PO-1", "100", "10", supplier="C001"), received("GR-1", "50", "10", supplier="C001"),
    )  # fmt: skip
    invoice = (await api.post("/finance/invoices", {"order": "SO-1"})).json()
    line = {"line": 1, "quantity": "50", "unit_price": "10"}
    bill = (
        await api.post(
            "/finance/bills", {"number": "F-1", "purchase_order": "PO-1", "lines": [line]}
        )
    ).json()
    assert (invoice["amount_gross"], bill["status"]) == ("1130.00", "posted")
    return str(invoice["number"]), str(bill["number"])


async def open_of(api: Api, side: str) -> list[tuple[str, str]]:
    items = (await api.get(f"/finance/{side}", company="E01")).json()["items"]
    return [(one["number"], one["open_amount"]) for one in items]


async def balance(api: Api, account: str) -> Decimal:
    answer = await api.get("/finance/reports/trial-balance", company="E01")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["items"]
    [found] = [one for one in rows if one["account"] == account]
    return Decimal(found["balance"])


async def test_both_sides_are_settled_and_the_books_tie_out(
    publish: Publish, api: Api, emitted_events: EmittedEvents
) -> None:
    invoice, bill = await both(publish, api)

    answer = await api.post(NETTINGS, {"company": "E01", "partner": "C001"})

    assert answer.status_code == 201, answer.text
    netting = answer.json()
    assert (netting["amount"], netting["receivable_before"], netting["payable_before"]) == (
        "565.00",
        "1130.00",
        "565.00",
    )
    assert await open_of(api, "receivables") == [(invoice, "565.00")]
    assert await open_of(api, "payables") == []
    [incoming] = await emitted_events(PaymentReceived)
    [outgoing] = await emitted_events(PaymentMade)
    assert [one.document_number for one in incoming.payment.allocations] == [invoice]
    assert [one.document_number for one in outgoing.payment.allocations] == [bill]
    vouchers: list[list[tuple[str, str, str]]] = []
    for payment in (incoming.payment, outgoing.payment):
        [voucher] = (await api.get("/finance/vouchers", source=payment.number)).json()["items"]
        vouchers.append([(one["account"], one["debit"], one["credit"]) for one in voucher["lines"]])
    assert vouchers == [
        [("1241", "565.00", "0.00"), ("1122.01", "0.00", "565.00")],
        [("2202.01", "565.00", "0.00"), ("1241", "0.00", "565.00")],
    ]
    assert await balance(api, "1241") == 0
    assert await balance(api, "1122.01") == 565
    equalities = (await api.get("/finance/proof", company="E01")).json()["equalities"]
    differences = {one["name"]: one["difference"] for one in equalities}
    assert (differences["receivables"], differences["payables"]) == ("0.00", "0.00")
    assert (await api.get(f"{NETTINGS}/{netting['number']}")).json() == netting
    assert (await api.get(NETTINGS, partner="C001")).json()["items"] == [netting]


async def test_a_part_is_set_off_and_more_than_there_is_refused(publish: Publish, api: Api) -> None:
    invoice, bill = await both(publish, api)
    body = {"company": "E01", "partner": "C001"}

    over = await api.post(NETTINGS, {**body, "amount": "565.01"})
    assert (over.status_code, over.json()["code"]) == (409, "overpayment")
    part = await api.post(NETTINGS, {**body, "amount": "65.00"})
    assert part.status_code == 201, part.text
    assert await open_of(api, "receivables") == [(invoice, "1065.00")]
    assert await open_of(api, "payables") == [(bill, "500.00")]

    assert (await api.post(NETTINGS, body)).json()["amount"] == "500.00"
    nothing = await api.post(NETTINGS, body)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "invalid-state")


async def test_who_may_set_off_with_whom(publish: Publish, api: Api) -> None:
    await both(publish, api)
    await publish(partner("C002", "customer"))
    body = {"company": "E01", "partner": "C001"}

    one_sided = await api.post(NETTINGS, {**body, "partner": "C002"})
    assert (one_sided.status_code, one_sided.json()["code"]) == (422, "unknown-reference")
    closed = await api.post(NETTINGS, {**body, "posting_date": "2001-01-05"})
    assert (closed.status_code, closed.json()["code"]) == (409, "period-closed")
    reader = await api.as_("finance.netting.read", companies=["E01"]).post(NETTINGS, body)
    assert reader.status_code == 403
    made = (await api.post(NETTINGS, body)).json()
    other = api.as_("finance.*", companies=["E02"])
    assert (await other.post(NETTINGS, body)).status_code == 403
    assert (await other.get(f"{NETTINGS}/{made['id']}")).status_code == 404


async def test_money_of_customers_is_not_paid_through_the_clearing_account(
    publish: Publish, api: Api
) -> None:
    await both(publish, api)
    given = {
        "company": "E01", "direction": "received", "partner": "C001", "amount": "1.00", "bank_account": "1241",
    }  # fmt: skip
    assert (await api.post("/finance/payments", given)).status_code == 422
