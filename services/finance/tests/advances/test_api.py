"""Money before its document: where it waits, what it settles later, what the books say, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.finance import (
    AdvanceApplied,
    AdvancePaid,
    AdvanceReceived,
    CreditExposureChanged,
    PaymentReceived,
)

from ..builders import DAY, company, partner, purchase_order, received, shipped

ADVANCES = "/finance/advances"
DEPOSIT = {"company": "E01", "direction": "received", "partner": "C001", "amount": "2000.00"}
PREPAID = {"company": "E01", "direction": "paid", "partner": "V3", "amount": "300.00"}


async def entered(api: Api, body: dict[str, str]) -> dict[str, Any]:
    answer = await api.post(ADVANCES, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def invoiced(publish: Publish, api: Api, order: str, quantity: str = "10") -> str:
    """100.00 a piece and 13 % VAT."""
    await publish(shipped(f"DN-{order}", quantity, order=order))
    return str((await api.post("/finance/invoices", {"order": order})).json()["number"])


async def lines_of(api: Api, source: str) -> list[tuple[str, str, str, str]]:
    [voucher] = (await api.get("/finance/vouchers", source=source)).json()["items"]
    return [
        (one["account"], one["debit"], one["credit"], one["partner"]) for one in voucher["lines"]
    ]


async def proved(api: Api) -> dict[str, tuple[str, str]]:
    """Both sides of the equalities of advances and open items, all of which hold."""
    equalities = (await api.get("/finance/proof", company="E01")).json()["equalities"]
    names = ("receivables", "payables", "advances_received", "advances_paid", "debits_credits")
    found = {one["name"]: one for one in equalities if one["name"] in names}
    assert {one["difference"] for one in found.values()} == {"0.00"}
    return {name: (found[name]["left"], found[name]["right"]) for name in names[:4]}


async def test_a_customers_advance_settles_his_invoices_later(
    publish: Publish, api: Api, emitted_events: EmittedEvents
) -> None:
    await publish(company(), partner("C001"))

    advance = await entered(api, {**DEPOSIT, "reference": "SO-1 定金"})

    assert (advance["status"], advance["open_amount"], advance["account"]) == (
        "open",
        "2000.00",
        "2203",
    )
    assert await lines_of(api, advance["number"]) == [
        ("1002", "2000.00", "0.00", ""),
        ("2203", "0.00", "2000.00", "C001"),
    ]
    assert (await proved(api))["advances_received"] == ("2000.00", "2000.00")
    assert await emitted_events(CreditExposureChanged) == []

    first = await invoiced(publish, api, "SO-1")
    answer = await api.post(f"{ADVANCES}/{advance['number']}/apply", {})

    assert answer.status_code == 200, answer.text
    applied = answer.json()
    assert (applied["status"], applied["open_amount"], applied["version"]) == (
        "partly_applied",
        "870.00",
        2,
    )
    [part] = applied["applications"]
    assert part["amount"] == "1130.00"
    assert await lines_of(api, part["number"]) == [
        ("2203", "1130.00", "0.00", "C001"),
        ("1122.01", "0.00", "1130.00", "C001"),
    ]
    [paid] = await emitted_events(PaymentReceived)
    assert [one.document_number for one in paid.payment.allocations] == [first]
    assert (await emitted_events(CreditExposureChanged))[-1].exposure.receivable == 0
    sides = await proved(api)
    assert (sides["receivables"], sides["advances_received"]) == (
        ("0.00", "0.00"),
        ("870.00", "870.00"),
    )

    second = await invoiced(publish, api, "SO-2")
    body = {"allocations": [{"invoice": second, "amount": "870.00"}]}
    applied = (await api.post(f"{ADVANCES}/{advance['id']}/apply", body)).json()
    assert (applied["status"], applied["open_amount"]) == ("applied", "0.00")
    [left] = (await api.get("/finance/receivables", company="E01")).json()["items"]
    assert (left["number"], left["open_amount"]) == (second, "260.00")
    sides = await proved(api)
    assert (sides["receivables"], sides["advances_received"]) == (
        ("260.00", "260.00"),
        ("0.00", "0.00"),
    )

    spent = await api.post(f"{ADVANCES}/{advance['id']}/apply", {})
    assert (spent.status_code, spent.json()["code"]) == (409, "invalid-state")
    assert (await api.get(f"{ADVANCES}/{advance['number']}")).json() == applied
    assert (await api.get(ADVANCES, partner="C001")).json()["items"] == [applied]
    assert (await api.get(ADVANCES, partner="C001", open_only="true")).json()["items"] == []
    [told] = await emitted_events(AdvanceReceived)
    parts = await emitted_events(AdvanceApplied)
    assert told.advance.amount == sum((one.application.amount for one in parts), Decimal(0))


async def test_a_prepayment_settles_the_suppliers_bill(
    publish: Publish, api: Api, emitted_events: EmittedEvents
) -> None:
    await publish(company(), partner("V3", "supplier"))
    advance = await entered(api, PREPAID)
    assert await lines_of(api, advance["number"]) == [
        ("1123", "300.00", "0.00", "V3"),
        ("1002", "0.00", "300.00", ""),
    ]
    nothing = await api.post(f"{ADVANCES}/{advance['id']}/apply", {})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "invalid-state")

    await publish(purchase_order("PO-1", "100", "10"), received("GR-1", "50", "10"))
    line = {"line": 1, "quantity": "50", "unit_price": "10"}
    bill = {"number": "F-1", "purchase_order": "PO-1", "lines": [line]}
    assert (await api.post("/finance/bills", bill)).json()["status"] == "posted"
    over = await api.post(f"{ADVANCES}/{advance['id']}/apply", {"amount": "300.01"})
    assert (over.status_code, over.json()["code"]) == (409, "overpayment")

    applied = (await api.post(f"{ADVANCES}/{advance['id']}/apply", {"amount": "120.00"})).json()

    assert await lines_of(api, applied["applications"][0]["number"]) == [
        ("2202.01", "120.00", "0.00", "V3"),
        ("1123", "0.00", "120.00", "V3"),
    ]
    sides = await proved(api)
    assert (sides["payables"], sides["advances_paid"]) == (
        ("445.00", "445.00"),
        ("180.00", "180.00"),
    )
    sheet = (await api.get("/finance/reports/balance-sheet", company="E01")).json()
    assert "180.00" in str(sheet)
    [told] = await emitted_events(AdvancePaid)
    assert (told.advance.account, told.advance.amount) == ("1123", Decimal(300))


async def test_what_cannot_be_applied_changes_nothing(publish: Publish, api: Api) -> None:
    await publish(company(), partner("C001"), partner("C002"))
    mine = await invoiced(publish, api, "SO-1")
    await publish(shipped("DN-9", "1", order="SO-9", customer="C002"))
    other = (await api.post("/finance/invoices", {"order": "SO-9"})).json()["number"]
    advance = await entered(api, DEPOSIT)
    path = f"{ADVANCES}/{advance['id']}/apply"

    for body, status, code in (
        ({"amount": "1130.01"}, 409, "overpayment"),
        ({"allocations": [{"invoice": mine, "amount": "1130.01"}]}, 409, "overpayment"),
        ({"allocations": [{"invoice": other, "amount": "1.00"}]}, 422, "unknown-reference"),
        ({"allocations": [{"invoice": mine, "amount": "5.00"}], "amount": "6.00"}, 422, "validation-failed"),
        ({"posting_date": "2001-01-05"}, 422, "before-the-advance"),
        ({"amount": "NaN"}, 422, "validation-failed"),
    ):  # fmt: skip
        answer = await api.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await api.get(f"{ADVANCES}/{advance['id']}")).json() == advance
    assert (await proved(api))["advances_received"] == ("2000.00", "2000.00")


async def test_who_may_and_which_accounts(publish: Publish, api: Api) -> None:
    await publish(company(), partner("C001"), partner("V3", "supplier"))
    for body, status, code in (
        ({**DEPOSIT, "partner": "V3"}, 422, "unknown-reference"),
        ({**DEPOSIT, "bank_account": "6001"}, 422, "validation-failed"),
        ({**DEPOSIT, "posting_date": "2001-01-05"}, 409, "period-closed"),
    ):
        answer = await api.post(ADVANCES, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    reader = api.as_("finance.advance.read", companies=["E01"])
    assert (await reader.post(ADVANCES, DEPOSIT)).status_code == 403
    advance = await entered(api, DEPOSIT)
    assert (await reader.post(f"{ADVANCES}/{advance['id']}/apply", {})).status_code == 403
    other = api.as_("finance.*", companies=["E02"])
    assert (await other.post(ADVANCES, DEPOSIT)).status_code == 403
    assert (await other.get(f"{ADVANCES}/{advance['id']}")).status_code == 404
    assert (await other.post(f"{ADVANCES}/{advance['id']}/apply", {})).status_code == 404
    by_hand = {
        "company": "E01", "text": "定金", "business_date": DAY,
        "lines": [{"account": "1002", "debit": "1.00"}, {"account": "2203", "credit": "1.00"}],
    }  # fmt: skip
    refused = await api.post("/finance/vouchers", by_hand)
    assert (refused.status_code, refused.json()["code"]) == (422, "control-account")
