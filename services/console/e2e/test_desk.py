"""A desk of one's own: what few rights leave, keys and kept views; money before its document, vouchers of two people, material given out."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from .erp import Company, Erp
from .screen import Screen

PASSWORD = "correct-horse-battery-7"

Window = Callable[..., Screen]


def _person(erp: Erp, company: Company, role: str) -> str:
    """Somebody who has one role in one company; the name to sign in with."""
    username = f"{role[0]}{company.tag.lower()}"
    body = {"username": username, "name": f"{role} {company.tag}", "password": PASSWORD}
    erp.post("/identity/users", body | {"roles": [role], "companies": [company.code]})
    return username


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_who_may_little_is_offered_little(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    item = company.item("K", "键盘", "Keyboard")
    customer = company.partner("C1", "customer", "东方商贸", "Dongfang Trading")
    keeper = _person(erp, company, "warehouse_keeper")
    erp.quiet()
    line = {"item": item, "quantity": "1", "unit_price": "10.00"}
    body = {"company": company.code, "customer": customer, "lines": [line]}
    order = erp.post("/sales/orders", body)
    erp.quiet()
    screen = window(company.code, language=language, username=keeper, password=PASSWORD)
    page = screen.page

    # the menu has the rooms of the warehouse, and those of others only where they are read
    places = {
        str(each.get_attribute("href")).removeprefix("/console")
        for each in page.locator("aside.side nav a").all()
    }
    assert {"/inventory/deliveries", "/inventory/issues", "/sales/orders"} <= places
    assert not {each for each in places if each.startswith(("/finance", "/system"))}
    assert "/purchasing/requisitions" not in places

    # an address typed by hand opens nothing else
    for path in ("/finance/vouchers", "/sales/orders/new", "/finance/advances", "/system/users"):
        screen.go(path)
        expect(page.get_by_role("heading", name=screen.t("shell.notAllowed"))).to_be_visible()

    # what is read is read: nothing can be done with it
    screen.go("/sales/orders")
    expect(page.get_by_role("link", name=order["number"])).to_be_visible()
    expect(page.locator('[data-shortcut="n"]')).to_have_count(0)
    screen.go(f"/sales/orders/{order['id']}")
    expect(page.locator(".page-head h1")).to_contain_text(order["number"])
    for key in ("sales.cancel", "sales.close", "sales.invoice"):
        expect(page.get_by_role("button", name=screen.t(key), exact=True)).to_have_count(0)

    # nor does the search know of it
    page.keyboard.press("Control+K")
    field = page.get_by_role("combobox", name=screen.t("shell.search"))
    expect(field).to_be_focused()
    field.fill(screen.t("nav.inventory.issues"))
    options = page.locator("#command-list li")
    expect(options.first).to_contain_text(screen.t("nav.inventory.issues"))
    field.fill(screen.t("nav.finance.vouchers"))
    expect(options).to_have_count(0)


def test_keys_lead_everywhere_and_a_view_is_kept(
    erp: Erp, company: Company, window: Window
) -> None:
    item = company.item("M", "无线鼠标", "Wireless mouse")
    customer = company.partner("C1", "customer", "金桥商贸", "Jinqiao")
    other = Company(erp)
    erp.quiet()
    line = {"item": item, "quantity": "1", "unit_price": "10.00"}
    body = {"company": company.code, "customer": customer, "lines": [line]}
    kept, gone = erp.post("/sales/orders", body), erp.post("/sales/orders", body)
    erp.quiet()
    erp.post(f"/sales/orders/{gone['id']}/cancel")
    erp.quiet()
    screen = window(company.code, language="en")
    page = screen.page

    # the search: a document by its number, an item by the initials of its name, a page by its title
    page.keyboard.press("Control+K")
    field = page.get_by_role("combobox", name=screen.t("shell.search"))
    expect(field).to_be_focused()
    options = page.locator("#command-list li")
    page.keyboard.type(kept["number"].lower())
    expect(options.first).to_contain_text(kept["number"])
    screen.shot("search")
    assert screen.faults() == []
    page.keyboard.press("Enter")
    expect(page.locator(".page-head h1")).to_contain_text(kept["number"])
    page.keyboard.press("Control+K")
    field.fill(item.lower())
    expect(options.first).to_contain_text(item)
    page.keyboard.press("Enter")
    expect(page.locator(".page-head h1")).to_contain_text(item)
    page.keyboard.press("Control+K")
    field.fill(screen.t("nav.finance.trial").lower())
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(screen.t("nav.finance.trial"))

    # the help of keys, and away with it by a key
    page.keyboard.press("?")
    help_of_keys = page.get_by_role("dialog")
    expect(help_of_keys).to_contain_text(screen.t("keys.search"))
    assert screen.faults() == []
    screen.shot("keys")
    page.keyboard.press("Escape")
    expect(help_of_keys).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text(screen.t("nav.sales.orders"))
    page.keyboard.press("/")
    expect(page.locator(".filters input").first).to_be_focused()

    # what is filtered is kept under a name, and is there again when one comes back
    screen.go("/sales/orders?status=cancelled")
    rows = page.locator(".grid-table tbody tr.opens")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(gone["number"])
    screen.press("do.views")
    page.get_by_label(screen.t("do.viewName"), exact=True).fill("Given up")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Given up", exact=True)).to_be_visible()
    screen.go("/sales/returns")
    screen.go("/sales/orders")
    expect(rows).to_have_count(2)
    screen.press("do.views")
    page.get_by_role("button", name="Given up", exact=True).click()
    expect(rows).to_have_count(1)
    assert "status=cancelled" in page.url

    # another company, chosen by hand, has none of it
    screen.go("/sales/orders")
    expect(rows).to_have_count(2)
    chooser = page.get_by_role("combobox", name=screen.t("shell.company"))
    chooser.click()
    page.keyboard.press("Home")
    choice = page.locator(".ant-select-item-option").filter(has_text=other.code)
    for _ in range(200):
        if choice.count():
            break
        page.keyboard.press("ArrowDown")
    choice.click()
    expect(page.locator(".company")).to_contain_text(other.code)
    expect(rows).to_have_count(0)


def test_goods_are_picked_on_a_phone_by_scanning(
    erp: Erp, company: Company, window: Window
) -> None:
    item = company.item("P", "手持扫码枪", "Handheld scanner", barcode=f"K{company.tag}")
    customer = company.partner("C1", "customer", "南海商贸", "Nanhai Trading")
    keeper = _person(erp, company, "warehouse_keeper")
    erp.quiet()
    company.opening((item, "SH", "5", "200.00"))
    erp.quiet()
    line = {"item": item, "quantity": "2", "unit_price": "300.00"}
    body = {"company": company.code, "customer": customer, "lines": [line]}
    order = erp.post("/sales/orders", body)
    erp.quiet()
    (delivery,) = erp.get("/inventory/deliveries", company=company.code)["items"]
    screen = window(
        company.code, width=390, height=844, phone=True, username=keeper, password=PASSWORD
    )
    page = screen.page

    screen.go(f"/inventory/deliveries/{delivery['id']}")
    screen.status("released")
    for _ in range(2):
        page.get_by_test_id("scan").fill(f"K{company.tag}")
        page.get_by_test_id("scan").press("Enter")
        expect(page.locator(".scan [role=status]")).to_contain_text("✓")
    # a third piece belongs to nobody
    page.get_by_test_id("scan").fill(f"K{company.tag}")
    page.get_by_test_id("scan").press("Enter")
    expect(page.locator(".scan [role=status]")).not_to_contain_text("✓")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert screen.faults() == []
    screen.shot("phone-picking")
    screen.press("inventory.pick")
    screen.status("picked")
    screen.press("inventory.ship")
    screen.status("shipped")

    erp.quiet()
    shipped = erp.get(f"/sales/orders/{order['id']}")
    assert [line["quantity_shipped"] for line in shipped["lines"]] == ["2"]


def _voucher(screen: Screen, debit: str, amount: str, credit: str) -> None:
    """Two lines by the keyboard."""
    page = screen.page
    for row, (account, first, second) in enumerate(((debit, amount, ""), (credit, "", amount))):
        screen.cell(row, 0).fill(account)
        screen.cell(row, 0).press("Enter")
        expect(screen.cell(row, 1)).to_be_focused()
        page.keyboard.type(first)
        page.keyboard.press("Enter")
        page.keyboard.type(second)
        if row == 0:
            for _ in range(3):
                page.keyboard.press("Enter")
    expect(page.locator(".totals")).to_contain_text(screen.t("voucher.balanced"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_one_writes_a_voucher_and_another_posts_it(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    bookkeeper, controller = (_person(erp, company, role) for role in ("bookkeeper", "controller"))
    erp.quiet()
    screen = window(company.code, language=language, username=bookkeeper, password=PASSWORD)
    page = screen.page
    screen.go("/finance/voucher-drafts/new")
    page.get_by_label(screen.t("f.text"), exact=True).first.fill("计提房租 Rent")
    _voucher(screen, "6602", "1200.00", "1002")
    page.keyboard.press("Control+Enter")
    screen.status("draft")
    number = screen.number("VD")
    draft = page.url.rsplit("/", 1)[1]
    screen.press("draft.submit")
    screen.status("draft.submitted")
    assert company.balance("6602") == Decimal(0)
    expect(page.get_by_role("button", name=screen.t("voucher.post"), exact=True)).to_have_count(0)

    # the other sends it back, gets it mended, and posts it
    second = window(company.code, language=language, username=controller, password=PASSWORD)
    second.go("/finance/voucher-drafts?status=submitted")
    second.page.get_by_role("link", name=number).click()
    second.status("draft.submitted")
    second.press("draft.return")
    dialog = second.page.get_by_role("dialog")
    dialog.locator(".ant-btn-primary").click()
    expect(dialog.locator(".field-error")).to_be_visible()
    dialog.get_by_label(second.t("f.reason"), exact=True).fill("1,250.00")
    dialog.locator(".ant-btn-primary").click()
    expect(dialog).to_have_count(0)
    second.status("draft")
    second.errors.clear()  # the browser notes the refused request itself

    screen.status("draft")
    expect(page.locator(".facts")).to_contain_text("1,250.00")
    screen.press("do.edit")
    for row, column in ((0, 1), (1, 2)):
        expect(screen.cell(row, column)).to_have_value(re.compile("1200"))
        screen.cell(row, column).fill("1250.00")
    page.keyboard.press("Control+Enter")
    screen.status("draft")
    screen.press("draft.submit")
    screen.status("draft.submitted")
    assert screen.faults() == []
    screen.shot("voucher-draft" if language == "zh-CN" else "voucher-draft-en")

    second.status("draft.submitted")
    second.press("voucher.post")
    second.status("posted")
    expect(second.page.locator(".facts").get_by_role("link")).to_have_text(re.compile("V-"))
    assert company.balance("6602") == Decimal("1250.00")

    # who may do both is refused what he wrote himself
    alone = window(company.code, language=language)
    alone.go("/finance/voucher-drafts/new")
    alone.page.get_by_label(alone.t("f.text"), exact=True).first.fill("Alone 独自")
    _voucher(alone, "6602", "1.00", "1002")
    alone.page.keyboard.press("Control+Enter")
    alone.number("VD")
    assert alone.page.url.rsplit("/", 1)[1] != draft
    alone.press("draft.submit")
    alone.status("draft.submitted")
    alone.press("voucher.post")
    expect(alone.page.locator(".problem")).to_be_visible()
    alone.status("draft.submitted")
    alone.errors.clear()  # the browser notes the refused request itself


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_money_before_its_document_and_set_off(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    customer = company.partner("C1", "customer", "北京远大商贸", "Yuanda Beijing")
    both = company.of("B1")
    names = {"name": "华东实业", "name_en": "East China Industries"}
    erp.post("/masterdata/partners", names | {"code": both, "roles": ["customer", "supplier"]})
    erp.quiet()
    owed = [
        {"customer": customer, "number": "OLD-1", "amount": "700.00"},
        {"customer": both, "number": "OLD-2", "amount": "500.00"},
    ]
    owing = [{"supplier": both, "number": "OLD-3", "amount": "300.00"}]
    opening = {"company": company.code, "receivables": owed, "payables": owing}
    erp.post("/finance/openings", opening)
    erp.quiet()
    bookkeeper = _person(erp, company, "bookkeeper")
    erp.quiet()
    screen = window(company.code, language=language, username=bookkeeper, password=PASSWORD)
    page = screen.page

    # refused where it was typed, then entered
    screen.go("/finance/advances/new")
    screen.look_up("f.partner", customer)
    page.get_by_label(screen.t("f.amount"), exact=True).fill("-1")
    screen.press("advance.enter")
    expect(page.locator(".field-error")).to_be_visible()
    screen.errors.clear()  # the browser notes the refused request itself
    page.get_by_label(screen.t("f.amount"), exact=True).fill("1000.00")
    screen.press("advance.enter")
    screen.number("AD")
    screen.status("advance.open")
    expect(page.locator(".voucher")).to_have_count(1)
    assert company.balance("2203") == Decimal("-1000.00")

    # more than is open is refused at its field; left open, as much as can be
    screen.press("advance.apply")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(screen.t("f.amount"), exact=True).fill("5000.00")
    dialog.locator(".ant-btn-primary").click()
    expect(dialog.locator(".field-error")).to_be_visible()
    screen.errors.clear()  # the browser notes the refused request itself
    dialog.get_by_label(screen.t("f.amount"), exact=True).fill("")
    dialog.locator(".ant-btn-primary").click()
    expect(dialog).to_have_count(0)
    screen.status("advance.partly_applied")
    expect(page.locator(".facts .big").last).to_have_text("300.00")
    assert screen.faults() == []
    screen.shot("advance" if language == "zh-CN" else "advance-en")

    screen.go("/finance/nettings/new")
    screen.look_up("f.partner", both)
    screen.press("netting.enter")
    screen.number("NT")
    expect(page.locator(".facts .big").last).to_have_text("300.00")
    expect(page.get_by_text("OLD-2")).to_be_visible()
    expect(page.get_by_text("OLD-3")).to_be_visible()
    assert screen.faults() == []
    screen.shot("netting" if language == "zh-CN" else "netting-en")
    company.at_rest()

    found: dict[str, list[str]] = {}
    for path in (
        "/finance/advances",
        "/finance/nettings",
        "/finance/nettings/new",
        "/finance/voucher-drafts",
    ):
        screen.go(path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        if faults := screen.faults():
            found[path] = faults
    assert found == {}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_material_is_given_out_watched_and_orders_are_confirmed(
    erp: Erp, company: Company, window: Window, language: str
) -> None:
    item = company.item("B", "冷轧钢板", "Cold-rolled steel", base_unit="KG")
    customer = company.partner("C1", "customer", "东方商贸", "Dongfang Trading")
    erp.quiet()
    company.opening((item, "SH", "100", "10.00"))
    erp.quiet()
    screen = window(company.code, language=language)
    page = screen.page

    # a rule: refused at its field, then watched
    screen.go("/inventory/reorder-rules/new")
    screen.look_up("f.item", item)
    screen.look_up("f.warehouse", company.of("SH"))
    page.get_by_label(screen.t("f.minimum"), exact=True).fill("80")
    page.get_by_label(screen.t("f.maximum"), exact=True).fill("20")
    screen.press("reorder.add")
    expect(page.locator(".field-error")).to_be_visible()
    screen.errors.clear()  # the browser notes the refused request itself
    page.get_by_label(screen.t("f.maximum"), exact=True).fill("200")
    screen.press("reorder.add")
    rules = page.locator(".grid-table tbody tr")
    expect(rules).to_have_count(1)

    # more than there is is refused in its cell; what there is goes out at its cost
    screen.go("/inventory/issues/new")
    screen.look_up("f.warehouse", company.of("SH"))
    page.get_by_label(screen.t("f.cost_collector"), exact=True).fill("WO-7")
    screen.cell(0, 0).fill(item)
    screen.cell(0, 0).press("Enter")
    screen.cell(0, 1).fill("500")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".problem, .field-error").first).to_be_visible()
    screen.errors.clear()  # the browser notes the refused request itself
    screen.cell(0, 1).fill("40")
    page.keyboard.press("Control+Enter")
    screen.number("MI")
    expect(page.locator(".facts .big")).to_have_text("400.00")
    expect(page.locator(".voucher")).to_have_count(1)
    assert screen.faults() == []
    screen.shot("issue" if language == "zh-CN" else "issue-en")

    # the rule saw it
    screen.go("/inventory/reorder-rules?low=true")
    expect(rules).to_have_count(1)
    expect(rules.locator(".tag-warn")).to_contain_text("140")
    assert screen.faults() == []
    screen.shot("reorder-rules" if language == "zh-CN" else "reorder-rules-en")
    page.get_by_role("button", name=screen.t("do.edit"), exact=True).click()
    page.get_by_role("dialog").get_by_label(screen.t("f.minimum"), exact=True).fill("10")
    page.get_by_role("dialog").locator(".ant-btn-primary").click()
    screen.go("/inventory/reorder-rules?low=false")
    expect(rules).to_have_count(1)

    # an order is confirmed by mail, or it is told why not
    line = {"item": item, "quantity": "1", "unit_price": "20.00"}
    order = erp.post(
        "/sales/orders", {"company": company.code, "customer": customer, "lines": [line]}
    )
    erp.quiet()
    screen.go("/system/mails")
    page.get_by_role("link", name=order["number"]).click()
    screen.status("mail.not_sent")
    expect(page.locator(".facts")).to_contain_text(screen.t("v.mail.order-confirmation"))
    assert screen.faults() == []
    screen.shot("mail" if language == "zh-CN" else "mail-en")
    screen.press("mail.again")
    screen.status("mail.not_sent")
    screen.go("/system/mails?status=not_sent")
    expect(page.get_by_role("link", name=order["number"])).to_be_visible()
