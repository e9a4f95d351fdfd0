"""Opening balances, statements and settings over HTTP."""

from __future__ import annotations

from chassis.testing import Api, Publish

from ..builders import DAY, adjusted, company, partner, received


async def test_openings_make_one_voucher_and_open_items(publish: Publish, api: Api) -> None:
    await publish(company(), partner("C001", "customer"), partner("V1", "supplier"))

    opening = await api.post("/finance/openings", {
        "company": "E01", "bank": "10000.00",
        "receivables": [{"customer": "C001", "number": "OLD-1", "amount": "3500.00"}],
        "payables": [{"supplier": "V1", "number": "OLD-B", "amount": "1000.00"}],
        "lines": [{"account": "4001", "credit": "5000.00"}],
    })  # fmt: skip

    assert opening.status_code == 201, opening.text
    voucher = (await api.get(f"/finance/vouchers/{opening.json()['voucher']}")).json()
    assert [f"{line['account']} {line['debit']} {line['credit']}" for line in voucher["lines"]] == [
        "1122.01 3500.00 0.00", "1002 10000.00 0.00", "2202.01 0.00 1000.00", "4001 0.00 5000.00", "4104 0.00 7500.00",
    ]  # fmt: skip
    (item,) = (await api.get("/finance/receivables", company="E01")).json()["items"]
    assert (item["number"], item["open_amount"]) == ("OLD-1", "3500.00")


async def test_openings_do_not_touch_accounts_that_documents_keep(
    publish: Publish, api: Api
) -> None:
    await publish(company())

    control = await api.post(
        "/finance/openings", {"company": "E01", "lines": [{"account": "1403", "debit": "5.00"}]}
    )
    nothing = await api.post("/finance/openings", {"company": "E01"})
    nobody = await api.post("/finance/openings", {
        "company": "E01", "receivables": [{"customer": "C9", "number": "X", "amount": "1.00"}],
    })  # fmt: skip

    assert (control.status_code, control.json()["code"]) == (422, "control-account")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "validation-failed")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown-reference")


async def test_statements_come_from_the_balances(publish: Publish, api: Api) -> None:
    await publish(
        company(), partner("C001"), adjusted("AD-1", "5000.00"), received("GR-1", "10", "10")
    )
    posted = await api.post("/finance/vouchers", {
        "company": "E01", "text": "capital",
        "lines": [{"account": "1002", "debit": "800.00"}, {"account": "4001", "credit": "800.00"}],
    })  # fmt: skip
    assert posted.status_code == 201
    await api.post("/finance/vouchers", {
        "company": "E01", "text": "rent",
        "lines": [{"account": "6602", "debit": "300.00"}, {"account": "1002", "credit": "300.00"}],
    })  # fmt: skip

    trial = (await api.get("/finance/reports/trial-balance", company="E01", period=DAY[:7])).json()
    sheet = (await api.get("/finance/reports/balance-sheet", company="E01", as_of=DAY)).json()
    income = (await api.get("/finance/reports/income-statement", company="E01")).json()
    cash = (
        await api.get("/finance/reports/cash-flow", company="E01", **{"from": DAY, "to": DAY})
    ).json()
    earlier = (
        await api.get("/finance/reports/balance-sheet", company="E01", as_of="2000-01-01")
    ).json()

    assert trial["totals"]["closing_debit"] == trial["totals"]["closing_credit"] == "5900.00"
    amounts = {line["code"]: line["amount"] for line in sheet["items"]}
    assert (amounts["total_assets"], amounts["retained"], sheet["balanced"]) == (
        "5600.00",
        "4700.00",
        True,
    )
    assert {line["code"]: line["amount"] for line in income["items"]}["net_profit"] == "-300.00"
    flows = {line["code"]: line["amount"] for line in cash["items"]}
    assert (flows["capital"], flows["other_operating"], flows["closing_cash"]) == (
        "800.00",
        "-300.00",
        "500.00",
    )
    assert {line["amount"] for line in earlier["items"]} == {"0.00"}


async def test_wrong_questions_are_refused(publish: Publish, api: Api) -> None:
    await publish(company())

    month = await api.get("/finance/reports/trial-balance", company="E01", period="2026-13")
    nobody = await api.get("/finance/reports/balance-sheet", company="E99")
    backwards = await api.get(
        "/finance/reports/cash-flow", company="E01", **{"from": "2026-02-01", "to": "2026-01-01"}
    )
    outside = await api.as_("finance.*", companies=["E02"]).get(
        "/finance/reports/balance-sheet", company="E01"
    )

    ancient = await api.get("/finance/reports/cash-flow", company="E01", **{"from": "0001-01-01"})
    assert (ancient.status_code, ancient.json()["code"]) == (400, "invalid-query")
    assert (month.status_code, month.json()["code"]) == (400, "invalid-query")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown-reference")
    assert (backwards.status_code, backwards.json()["code"]) == (400, "invalid-query")
    assert (outside.status_code, outside.json()["code"]) == (403, "out-of-scope")


async def test_the_price_tolerance_is_the_companys(publish: Publish, api: Api) -> None:
    await publish(company(), partner("V3", "supplier"), received("GR-1", "10", "10"))
    changed = await api.put("/finance/settings/E01", {"price_tolerance": "0.1"}, if_match='"1"')

    bill = (await api.post("/finance/bills", {
        "number": "F-1", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "10", "unit_price": "10.50"}],
    })).json()  # fmt: skip

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert bill["status"] == "matched"
    assert (
        await api.put("/finance/settings/E01", {"price_tolerance": "0"}, if_match='"1"')
    ).status_code == 412


async def test_a_bill_with_a_tax_that_cannot_be_is_refused(publish: Publish, api: Api) -> None:
    await publish(company(), partner("V3", "supplier"), received("GR-1", "10", "10"))
    body = {
        "number": "F-1",
        "purchase_order": "PO-1",
        "lines": [{"line": 1, "quantity": "10", "unit_price": "10"}],
    }

    for tax in ("-1.00", "100.01"):
        answer = await api.post("/finance/bills", {**body, "amount_tax": tax})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    huge = {"line": 1, "quantity": "999999999999999", "unit_price": "999999999999999"}
    beyond = await api.post("/finance/bills", {**body, "lines": [huge]})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "validation-failed")
    stated = (await api.post("/finance/bills", {**body, "amount_tax": "13.01"})).json()
    assert stated["amount_gross"] == "113.01"


async def test_a_sub_account_is_added_below_one_that_exists(publish: Publish, api: Api) -> None:
    await publish(company())
    body = {"company": "E01", "code": "1002.01", "name": "工商银行", "parent": "1002"}

    added = await api.post("/finance/accounts", body)

    assert (added.status_code, added.json()["kind"]) == (201, "asset")
    assert (await api.post("/finance/accounts", body)).json()["code"] == "duplicate"
    assert (await api.post("/finance/accounts", {**body, "code": "1003.01"})).json()[
        "code"
    ] == "validation-failed"
    codes = [
        one["code"] for one in (await api.get("/finance/accounts", company="E01")).json()["items"]
    ]
    assert "1002.01" in codes
