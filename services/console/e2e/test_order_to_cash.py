"""E1 core through the pages: from an order above the credit limit to money in the bank, with a return. Once in each language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from .erp import Company, Erp
from .screen import Screen


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_e1_core(erp: Erp, company: Company, window: Callable[..., Screen], language: str) -> None:
    item = company.item(
        "A", "不锈钢保温杯", "Steel flask", valuation_class="finished_goods", list_price="110.00"
    )
    customer = company.partner("C001", "customer", "北京远大商贸", "Yuanda Beijing")
    supplier = company.partner("S001", "supplier", "长江制造", "Changjiang Works")
    erp.quiet()
    company.opening((item, "SH", "80", "40.00"), (item, "GZ", "50", "40.00"))
    credit = {"company": company.code, "credit_limit": "20000.00"}
    erp.put(f"/sales/credit-profiles/{customer}", credit)
    old = {"customer": customer, "number": "OLD-1", "amount": "3500.00"}
    erp.post("/finance/openings", {"company": company.code, "receivables": [old]})
    erp.quiet()
    screen = window(company.code, language=language)
    page = screen.page

    purchase = _purchase(screen, supplier, company.of("SH"), item)
    erp.quiet()

    # above the limit the form says so before, and the order is held until it is released
    screen.go("/sales/orders/new")
    screen.look_up("f.customer", customer)
    screen.cell(0, 0).fill(item)
    screen.cell(0, 0).press("Enter")
    screen.cell(0, 1).fill("150")
    screen.cell(0, 2).fill("100.00")
    expect(page.locator(".totals b")).to_have_text("16,950.00")
    expect(page.get_by_text(screen.t("sales.willHold"))).to_be_visible()
    expect(page.locator(".entry .tag")).to_have_text("130")
    if language == "zh-CN":
        screen.shot("order-entry")
    page.keyboard.press("Control+Enter")
    screen.status("on_hold")
    number = screen.number("SO")
    order = page.url.rsplit("/", 1)[1]
    screen.press("sales.release")
    screen.status("processing")

    # what is there is shipped from both warehouses; the rest waits for the purchase
    for warehouse in ("SH", "GZ"):
        _ship(screen, order, company.of(warehouse))
    screen.go(f"/inventory/receipts/new?order={purchase}")
    screen.press("inventory.receive")
    screen.number("GR")
    _ship(screen, order, company.of("SH"))
    screen.go(f"/sales/orders/{order}")
    screen.status("completed")

    screen.press("sales.invoice")
    expect(screen.linked("nav.finance.invoices")).to_have_count(1)
    erp.quiet()

    # five pieces come back
    screen.go(f"/sales/returns/new?order={order}")
    row = page.locator(".shares li").filter(has_text=company.of("GZ"))
    row.locator("input").fill("5")
    screen.press("returns.draft")
    screen.status("draft")
    screen.press("returns.authorise")
    screen.status("authorised")
    erp.quiet()
    screen.look_up("f.warehouse", company.of("GZ"))
    screen.share(1, "f.quantity", "5")
    screen.press("returns.receive")
    screen.status("quarantine")
    screen.press("inventory.inspect")
    screen.status("inspected")
    erp.quiet()

    # the money comes
    screen.go(f"/finance/payments/new?direction=received&partner={customer}&order={number}")
    page.get_by_label(screen.t("f.amount"), exact=True).fill("16385.00")
    screen.press("finance.enterReceipt")
    screen.number("RC")
    company.at_rest()

    screen.go(f"/sales/orders/{order}")
    screen.status("closed")
    if language == "en":
        screen.shot("order-en")
    screen.go(f"/sales/orders/{order}/case")
    expect(page.locator(".case-node")).to_have_count(9)
    assert screen.faults() == []
    screen.shot("case" if language == "zh-CN" else "case-en")
    equalities = erp.get("/finance/proof", company=company.code)["equalities"]
    assert len(equalities) >= 8
    screen.go("/finance/proof")
    expect(page.locator(".proof-good")).to_have_count(len(equalities))
    screen.shot("proof" if language == "zh-CN" else "proof-en")
    assert company.balance("6001") == Decimal("-14500.00")
    assert company.balance("6401") == Decimal("5880.00")
    assert company.balance("1405.01") == Decimal("640.00")
    assert company.balance("1002") == Decimal("16385.00")


def _purchase(screen: Screen, supplier: str, warehouse: str, item: str) -> str:
    """A purchase order of 30 at 44.00, submitted and approved; its id."""
    screen.go("/purchasing/orders/new")
    screen.look_up("f.supplier", supplier)
    screen.look_up("f.warehouse", warehouse)
    screen.cell(0, 0).fill(item)
    screen.cell(0, 0).press("Enter")
    screen.cell(0, 1).fill("30")
    screen.cell(0, 2).fill("44.00")
    screen.cell(0, 2).press("Control+Enter")
    screen.status("draft")
    screen.press("purchasing.submit")
    screen.status("submitted")
    screen.press("purchasing.approve")
    screen.status("approved")
    return screen.page.url.rsplit("/", 1)[1]


def _ship(screen: Screen, order: str, warehouse: str) -> None:
    """Ship the delivery that waits in this warehouse; it shows by itself when the goods are there."""
    screen.go(f"/sales/orders/{order}")
    rows = (
        screen.page.locator(".links li")
        .filter(has_text=warehouse)
        .filter(has_text=screen.t("v.released"))
    )
    rows.locator("a").click()
    screen.status("released")
    screen.press("inventory.pick")
    screen.status("picked")
    screen.press("inventory.ship")
    screen.status("shipped")
