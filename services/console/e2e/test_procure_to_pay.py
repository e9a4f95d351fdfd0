"""E2 core through the pages: partial receipts with rejects, a refusal, a price difference, a return, the payment."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from .erp import Company, Erp
from .screen import Screen


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_e2_core(erp: Erp, company: Company, window: Callable[..., Screen], language: str) -> None:
    item = company.item(
        "B", "冷轧钢板", "Cold-rolled steel", base_unit="KG", valuation_class="raw_material"
    )
    supplier = company.partner("V3", "supplier", "华东钢铁", "East China Steel")
    erp.quiet()
    screen = window(company.code, language=language)
    page = screen.page

    screen.go("/purchasing/orders/new")
    screen.look_up("f.supplier", supplier)
    screen.look_up("f.warehouse", company.of("SH"))
    screen.cell(0, 0).fill(item)
    screen.cell(0, 0).press("Enter")
    screen.cell(0, 1).fill("1000")
    screen.cell(0, 2).fill("10.00")
    expect(page.locator(".totals b")).to_have_text("10,000.00")
    screen.cell(0, 2).press("Control+Enter")
    screen.status("draft")
    screen.press("purchasing.submit")
    screen.press("purchasing.approve")
    screen.status("approved")
    order = page.url.rsplit("/", 1)[1]
    number = screen.number("PO")
    erp.quiet()

    _receive(screen, order, accepted="580", rejected="20")
    screen.number("GR")
    erp.quiet()
    issue = {"item": item, "warehouse": company.of("SH"), "quantity": "200"}
    erp.post(
        "/inventory/issues", {"company": company.code, "cost_collector": "WO-1", "lines": [issue]}
    )

    # more than the tolerance allows is refused where it was typed, and nothing is lost
    screen.errors.clear()
    _receive(screen, order, accepted="445", rejected="")
    expect(page.locator(".problem, .field-error").first).to_be_visible()
    screen.errors.clear()  # the browser notes the refused request itself
    screen.share(1, "f.accepted", "420")
    screen.press("inventory.receive")
    screen.number("GR")
    erp.quiet()

    # a bill 3 % above the order is blocked until somebody accepts the difference
    _bill(screen, order, f"INV-{company.tag}")
    screen.status("blocked")
    if language == "zh-CN":
        screen.shot("bill-blocked")
    screen.press("finance.accept")
    screen.status("posted")
    erp.quiet()

    screen.go(f"/purchasing/returns/new?order={order}")
    screen.share(1, "f.quantity", "50")
    screen.press("returns.draft")
    screen.status("draft")
    screen.press("returns.authorise")
    screen.status("authorised")
    erp.quiet()
    screen.share(1, "f.quantity", "50")
    screen.press("returns.send")
    screen.status("returned")
    erp.quiet()

    screen.go(f"/finance/payments/new?direction=paid&partner={supplier}&order={number}")
    page.get_by_label(screen.t("f.amount"), exact=True).fill("11057.05")
    screen.press("finance.enterPayment")
    screen.number("PM")
    company.at_rest()

    assert company.balance("2202.01") == 0
    assert company.balance("2202.02") == 0
    assert company.balance("1403") == Decimal("7725.00")
    screen.go("/finance/trial-balance")
    expect(page.locator("tfoot")).to_contain_text(screen.t("doc.total"))
    assert screen.faults() == []
    screen.shot("trial-balance" if language == "zh-CN" else "trial-balance-en")


def _receive(screen: Screen, order: str, *, accepted: str, rejected: str) -> None:
    screen.go(f"/inventory/receipts/new?order={order}")
    screen.share(1, "f.accepted", accepted)
    screen.share(1, "f.rejected", rejected)
    screen.press("inventory.receive")


def _bill(screen: Screen, order: str, number: str) -> None:
    screen.go(f"/finance/bills/new?order={order}")
    screen.page.get_by_label(screen.t("f.supplier_number")).fill(number)
    screen.share(1, "f.quantity", "1000")
    screen.share(1, "f.unit_price", "10.30")
    screen.press("finance.enterBill")
