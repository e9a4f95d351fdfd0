"""Offers through the pages: a price list with quantity breaks, a quotation by it, changed once, accepted, and the order that it became."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .erp import Company, Erp
from .screen import Screen

Window = Callable[..., Screen]


def _entered(screen: Screen, row: int, item: str, *values: str) -> None:
    screen.cell(row, 0).fill(item)
    screen.cell(row, 0).press("Enter")
    for column, value in enumerate(values, start=1):
        if value:
            screen.cell(row, column).fill(value)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_quotation_by_a_price_list_becomes_an_order(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    item = company.item("A", "不锈钢保温杯", "Steel flask", list_price="120.00")
    customer = company.partner("C001", "customer", "北京远大商贸", "Yuanda Beijing")
    erp.quiet()
    screen = window(company.code, language=language)
    page = screen.page

    # 110.00, from 100 pieces 100.00
    screen.go("/sales/price-lists/new")
    page.get_by_label(screen.t("f.code"), exact=True).fill("STANDARD")
    page.get_by_label(screen.t("f.name"), exact=True).first.fill("标准价目表 Standard")
    _entered(screen, 0, item, "", "110.00")
    screen.cell(0, 2).press("Enter")
    _entered(screen, 1, item, "100", "100.00")
    page.keyboard.press("Control+Enter")
    screen.status("price_list.active")
    expect(page.locator(".grid-table tbody tr")).to_have_count(2)
    assert screen.faults() == []
    if language == "zh-CN":
        screen.shot("price-list")

    # while one types, the form says what it costs, why, and what a little more would cost
    screen.go("/sales/quotations/new")
    screen.look_up("f.customer", customer)
    page.get_by_label(screen.t("f.valid_until"), exact=True).fill("2099-12-31")
    page.get_by_label(screen.t("f.valid_until"), exact=True).press("Enter")
    _entered(screen, 0, item, "90")
    expect(page.locator(".totals b")).to_have_text("11,187.00")
    why = page.locator(".links li").filter(has_text="STANDARD")
    expect(why).to_contain_text("100.00")
    screen.cell(0, 1).fill("150")
    expect(page.locator(".totals b")).to_have_text("16,950.00")
    assert screen.faults() == []
    if language == "zh-CN":
        screen.shot("quotation-entry")
    page.keyboard.press("Control+Enter")
    screen.status("quotation.draft")
    number = screen.number("QT")
    screen.press("quotation.issue")
    screen.status("quotation.issued")

    # changed, it is a draft until it is issued anew; both revisions are kept
    screen.press("do.edit")
    expect(screen.cell(0, 1)).to_have_value("150")
    screen.cell(0, 1).fill("120")
    expect(page.locator(".totals b")).to_have_text("13,560.00")
    page.keyboard.press("Control+Enter")
    screen.status("quotation.draft")
    screen.press("quotation.issue")
    screen.status("quotation.issued")
    expect(page.locator(".panel").filter(has_text=screen.t("quotation.revisions"))).to_contain_text(
        "16,950.00"
    )
    assert screen.faults() == []
    if language == "en":
        screen.shot("quotation-en")

    screen.press("quotation.accept")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(screen.t("f.customers_number")).fill("PO-4711")
    dialog.get_by_role("button", name=screen.t("quotation.accept"), exact=True).click()
    screen.status("quotation.accepted")
    page.locator(".facts a").filter(has_text="SO-").click()
    screen.number("SO")
    expect(page.locator(".facts").first).to_contain_text("PO-4711")
    expect(page.locator(".totals b")).to_have_text("13,560.00")

    screen.go(f"/sales/quotations?number={number}")
    expect(page.get_by_role("link", name=number)).to_be_visible()
    screen.go("/sales/price-lists")
    page.get_by_role("link", name="STANDARD").click()
    screen.sure("priceList.withdraw")
    screen.status("price_list.withdrawn")
    assert screen.errors == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_suppliers_are_asked_compared_and_one_is_chosen(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    item = company.item("R", "铝板", "Aluminium sheet")
    first = company.partner("S1", "supplier", "长江制造", "Changjiang Works")
    second = company.partner("S2", "supplier", "黄河金属", "Huanghe Metals")
    erp.quiet()
    screen = window(company.code, language=language)
    page = screen.page

    screen.go("/purchasing/rfqs/new")
    screen.look_up("f.warehouse", company.of("SH"))
    page.get_by_label(screen.t("f.answer_until"), exact=True).fill("2099-12-31")
    page.get_by_label(screen.t("f.answer_until"), exact=True).press("Enter")
    asked = page.get_by_role("combobox", name=screen.t("rfq.suppliers"), exact=True)
    for code in (first, second):
        asked.fill(code)
        asked.press("Enter")
        expect(page.locator(".form .links li").filter(has_text=code)).to_be_visible()
        expect(asked).to_have_value("")
    _entered(screen, 0, item, "100")
    assert screen.faults() == []
    page.keyboard.press("Control+Enter")
    screen.status("rfq.open")
    number = screen.number("RFQ")

    for column, (price, days) in enumerate((("10.00", "20"), ("9.50", "30"))):
        page.get_by_role("button", name=screen.t("rfq.offer"), exact=True).nth(column).click()
        dialog = page.get_by_role("dialog")
        name = screen.t("problem.line").replace("{{line}}", "1")
        dialog.get_by_label(f"{name} {screen.t('f.unit_price')}").fill(price)
        dialog.get_by_label(f"{name} {screen.t('f.days')}").fill(days)
        dialog.get_by_role("button", name=screen.t("do.save"), exact=True).click()
        expect(dialog).to_have_count(0)
        expect(page.locator(".grid-table").last).to_contain_text(price)
    expect(page.locator(".tag").filter(has_text=screen.t("rfq.cheapest"))).to_have_count(1)
    assert screen.faults() == []
    if language == "zh-CN":
        screen.shot("rfq")

    # the cheapest of the complete offers stands first
    page.get_by_role("button", name=screen.t("rfq.award"), exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name=screen.t("rfq.award"), exact=True).click()
    screen.status("rfq.awarded")
    page.locator(".facts a").filter(has_text="PO-").click()
    screen.number("PO")
    expect(page.locator(".grid-table").first).to_contain_text("9.50")
    screen.go(f"/purchasing/rfqs?number={number}")
    expect(page.get_by_role("link", name=number)).to_be_visible()
    assert screen.errors == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_blanket_order_is_agreed_and_drawn_from(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    item = company.item("B", "铜线", "Copper wire")
    supplier = company.partner("S1", "supplier", "长江制造", "Changjiang Works")
    erp.quiet()
    screen = window(company.code, language=language)
    page = screen.page

    screen.go("/purchasing/agreements/new")
    screen.look_up("f.supplier", supplier)
    for field, day in (("f.valid_from", "2020-01-01"), ("f.valid_until", "2099-12-31")):
        page.get_by_label(screen.t(field), exact=True).fill(day)
        page.get_by_label(screen.t(field), exact=True).press("Enter")
    _entered(screen, 0, item, "8.00", "500")
    page.keyboard.press("Control+Enter")
    screen.status("agreement.draft")
    number = screen.number("PA")
    # whoever made it may approve it only where that is granted: the administrator may
    screen.press("agreement.approve")
    screen.status("agreement.approved")
    line = {"item": item, "quantity": "120", "agreement": number}
    order = {"company": company.code, "supplier": supplier, "warehouse": company.of("SH")}
    erp.post("/purchasing/orders", order | {"lines": [line]})
    expect(page.locator(".grid-table")).to_contain_text("380")
    assert screen.faults() == []
    if language == "en":
        screen.shot("agreement-en")
    screen.sure("agreement.close")
    screen.status("agreement.closed")
    assert screen.errors == []
