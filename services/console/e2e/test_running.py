"""What keeps the books running, through the pages: stock moved by hand, people and keys, the history, what goes on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import expect

from .erp import Company, Erp
from .screen import Screen

PAGES = (
    "/inventory/transfers", "/inventory/transfers/new", "/inventory/adjustments", "/inventory/adjustments/new",
    "/inventory/counts", "/inventory/counts/new", "/system/separation",
    "/finance/periods", "/finance/posting-rules", "/finance/vouchers/new", "/system/parked", "/system/audit",
    "/system/webhooks", "/system/webhooks/new", "/system/users", "/system/users/new", "/system/roles",
    "/system/roles/new", "/system/clients", "/system/clients/new",
    "/system/usage", "/account",
)  # fmt: skip


def test_what_is_moved_by_hand_has_a_history_and_goes_on_paper(
    erp: Erp, company: Company, window: Callable[..., Screen], tmp_path: Path
) -> None:
    item = company.item("K", "=机械键盘", "Keyboard", list_price="99.00")
    customer = company.partner("C1", "customer", "东方商贸", "Dongfang Trading")
    erp.quiet()
    company.opening((item, "SH", "20", "50.00"))
    erp.quiet()
    screen = window(company.code, language="en")
    page = screen.page

    screen.go("/inventory/transfers/new")
    screen.look_up("f.from_warehouse", company.of("SH"))
    screen.look_up("f.to_warehouse", company.of("GZ"))
    screen.cell(0, 0).fill(item)
    screen.cell(0, 0).press("Enter")
    screen.cell(0, 1).fill("5")
    page.keyboard.press("Control+Enter")
    screen.status("stock.open")
    screen.press("stock.ship")
    screen.status("in_transit")
    screen.press("stock.receive")
    screen.status("received")
    erp.quiet()
    screen.press("audit.title")
    expect(page.locator(".ant-drawer .audit-entry")).not_to_have_count(0)
    page.locator(".ant-drawer").get_by_role("button", name=screen.t("audit.show")).first.click()
    expect(page.locator(".audit-changes").first).to_be_visible()
    screen.shot("history")
    page.keyboard.press("Escape")

    line = {"item": item, "quantity": "2", "unit_price": "99.00"}
    order = erp.post(
        "/sales/orders", {"company": company.code, "customer": customer, "lines": [line]}
    )
    erp.quiet()
    screen.go(f"/sales/orders/{order['id']}")
    expect(page.locator(".page-head h1")).to_contain_text(order["number"])
    page.emulate_media(media="print")
    expect(page.locator(".paper-head")).to_contain_text(screen.t("print.order"))
    expect(page.locator("header.bar")).to_be_hidden()
    screen.shot("order-on-paper")
    page.emulate_media(media="screen")

    screen.go("/masterdata/items?q=" + item)
    expect(page.get_by_role("link", name=item)).to_be_visible()
    screen.press("do.export")
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name=screen.t("do.exportXlsx")).click()
    path = tmp_path / "items.xlsx"
    waiting.value.save_as(path)
    with ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_people_and_keys_are_made_and_every_page_is_sound(
    erp: Erp, company: Company, window: Callable[..., Screen]
) -> None:
    screen = window(company.code)
    page = screen.page
    screen.go("/system/users/new")
    page.get_by_label(screen.t("f.username"), exact=True).fill(f"u{company.tag.lower()}")
    page.get_by_label(screen.t("f.name"), exact=True).fill("张三")
    screen.press("people.create")
    screen.status("active")
    screen.sure("people.disable")
    screen.status("inactive")

    screen.go("/system/clients/new")
    page.get_by_label(screen.t("f.name"), exact=True).fill(f"门店 {company.tag}")
    screen.press("people.clientAdd")
    expect(page.locator(".once")).to_be_visible()
    page.get_by_role("dialog").locator(".ant-btn-primary").click()
    screen.status("active")

    made = erp.post(
        "/identity/clients",
        {
            "client_id": f"shop-{company.tag.lower()}",
            "name": "门店 Shop",
            "roles": ["auditor"],
            "requests_per_second": 5,
        },
    )
    assert erp.program(made["client_id"], made["secret"], "/identity/me", times=4) == [200] * 4
    expect(page.locator("h1")).to_be_visible()
    screen.go("/system/usage")
    row = page.get_by_role("row").filter(has_text=made["client_id"])
    expect(row.get_by_text(re.compile("^4$"))).to_be_visible(timeout=60_000)
    screen.shot("usage")
    row.get_by_role("link").click()
    expect(page.get_by_text(screen.t("usage.hours"))).to_be_visible()
    expect(page.locator("canvas")).to_have_count(2)
    assert screen.faults() == []
    screen.shot("usage-of-client")

    found: dict[str, list[str]] = {}
    for path in PAGES:
        screen.go(path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        if faults := screen.faults():
            found[path] = faults

    assert found == {}
