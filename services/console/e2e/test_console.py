"""What every page promises: the keyboard, the phone, no foreign hosts, no serious fault for those who cannot see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from operations.services import repository

from .erp import Company, Erp
from .screen import Screen

PAGES = (
    "/", "/sales/orders", "/sales/orders/new", "/purchasing/orders", "/inventory/stock", "/inventory/deliveries",
    "/finance/proof", "/finance/vouchers", "/finance/income-statement", "/masterdata/items", "/system/health",
)  # fmt: skip
LCP = """() => new Promise(done => {
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true });
})"""
SLOWEST = """() => new Promise(done => {
  let worst = 0;
  new PerformanceObserver(list => { for (const each of list.getEntries()) worst = Math.max(worst, each.duration); })
    .observe({ type: 'event', buffered: true, durationThreshold: 16 });
  setTimeout(() => done(worst), 200);
})"""


def test_an_order_of_twenty_lines_is_entered_without_the_mouse(
    erp: Erp, company: Company, window: Callable[..., Screen]
) -> None:
    customer = company.partner("C1", "customer", "上海天合商贸", "Tianhe Shanghai")
    rows = [
        {
            "code": company.of(f"L{n:02d}"), "name": f"六角螺栓 {n}", "name_en": f"Hex bolt {n}", "base_unit": "PCS",
            "tax_code": "VAT13", "list_price": f"{n}.50",
        }
        for n in range(1, 21)
    ]  # fmt: skip
    erp.post("/masterdata/items:batch", {"rows": rows})
    erp.quiet()
    screen = window(company.code)
    keyboard = screen.page.keyboard

    keyboard.press("g")
    keyboard.press("o")
    expect(screen.page.locator("h1")).to_have_text(screen.t("nav.sales.orders"))
    expect(screen.page.locator('[data-shortcut="n"]')).to_be_visible()
    keyboard.press("n")
    field = screen.page.get_by_role("combobox", name=screen.t("f.customer"), exact=True)
    expect(field).to_be_focused()
    keyboard.type(customer)
    keyboard.press("Enter")
    expect(screen.page.locator("#requested")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    for n in range(1, 21):
        expect(screen.cell(n - 1, 0)).to_be_focused()
        keyboard.type(company.of(f"l{n:02d}"))
        keyboard.press("Enter")
        expect(screen.cell(n - 1, 1)).to_be_focused()
        keyboard.type(str(n))
        for _ in range(3):
            keyboard.press("Enter")
    slowest = screen.page.evaluate(SLOWEST)
    keyboard.press("Control+Enter")
    screen.number("SO")

    order = erp.get(f"/sales/orders/{screen.page.url.rsplit('/', 1)[1]}")
    assert [line["quantity"] for line in order["lines"]] == [str(n) for n in range(1, 21)]
    assert order["lines"][4]["unit_price"] == "5.5"
    _keep({"slowest_interaction_ms": slowest})


def test_goods_are_received_on_a_phone_by_scanning(
    erp: Erp, company: Company, window: Callable[..., Screen]
) -> None:
    item = company.item("P", "手持扫码枪", "Handheld scanner", barcode=f"T{company.tag}")
    supplier = company.partner("S1", "supplier", "南海制造", "Nanhai Works")
    erp.quiet()
    line = {"item": item, "quantity": "3", "unit_price": "200.00"}
    made = erp.post(
        "/purchasing/orders",
        {
            "company": company.code,
            "supplier": supplier,
            "warehouse": company.of("SH"),
            "lines": [line],
        },
    )
    erp.quiet()
    screen = window(company.code, width=390, height=844, phone=True)
    page = screen.page

    # approved on the phone, too
    screen.go(f"/purchasing/orders/{made['id']}")
    screen.press("purchasing.submit")
    screen.press("purchasing.approve")
    screen.status("approved")
    erp.quiet()
    screen.press("inventory.receive")
    for _ in range(3):
        page.get_by_test_id("scan").fill(f"T{company.tag}")
        page.get_by_test_id("scan").press("Enter")
        expect(page.locator(".scan [role=status]")).to_contain_text("✓")
    share = page.locator(".share-cells input").first
    expect(share).to_have_value("3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert screen.faults() == []
    screen.shot("phone-receipt")
    page.locator(".submit-bar .ant-btn-primary").click()

    expect(page.locator(".page-head h1")).to_have_text(re.compile("GR-"))
    erp.quiet()
    (stock,) = erp.get("/inventory/stock", item=item, company=company.code)["items"]
    assert stock["on_hand"] == "3"


def test_every_page_is_sound(erp: Erp, company: Company, window: Callable[..., Screen]) -> None:
    company.item("K", "键盘", "Keyboard")
    erp.quiet()
    screen = window(company.code)
    hosts: set[str] = set()
    screen.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    _keep({"largest_contentful_paint_ms": screen.page.evaluate(LCP)})
    found: dict[str, list[str]] = {}

    for path in PAGES:
        screen.go(path)
        expect(screen.page.locator("h1")).to_be_visible()
        expect(screen.page.locator(".skeleton")).to_have_count(0)
        if faults := screen.faults():
            found[path] = faults

    assert found == {}
    assert hosts <= {urlsplit(screen.gateway).netloc}


def test_another_sees_what_happens_without_asking_again(
    erp: Erp, company: Company, window: Callable[..., Screen]
) -> None:
    item = company.item("W", "无线鼠标", "Wireless mouse")
    customer = company.partner("C1", "customer", "金桥商贸", "Jinqiao")
    erp.quiet()
    screen = window(company.code)
    screen.go("/sales/orders")
    expect(screen.page.get_by_text(screen.t("list.empty"))).to_be_visible()

    line = {"item": item, "quantity": "1", "unit_price": "10.00"}
    order = erp.post(
        "/sales/orders", {"company": company.code, "customer": customer, "lines": [line]}
    )

    expect(screen.page.get_by_role("link", name=order["number"])).to_be_visible()


def test_language_and_colours_change_without_a_reload(
    company: Company, window: Callable[..., Screen]
) -> None:
    screen = window(company.code)
    screen.go("/sales/orders")
    expect(screen.page.locator("h1")).to_have_text("销售订单")

    screen.page.get_by_test_id("language").first.click()
    expect(screen.page.locator("h1")).to_have_text("Sales orders")
    screen.page.get_by_role("button", name="Dark colours").click()

    expect(screen.page.locator("html")).to_have_attribute("data-shade", "dark")
    expect(screen.page.locator("html")).to_have_attribute("lang", "en")
    assert screen.faults() == []


def _keep(figures: dict[str, Any]) -> None:
    """Measured beside the tests, on whatever machine this is: kept, not judged."""
    path = repository() / "var" / "reports" / "console.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(json.dumps(known | figures, indent=1) + "\n", "utf-8")
