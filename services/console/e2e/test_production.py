"""Production through the pages: a bill entered, a plan run and firmed, an order made and received. Once in each language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from .erp import Company, Erp
from .screen import Screen

PLAN_MS = 300_000
PAGES = (
    "orders", "orders/new", "board", "board?by=centre", "dispatch", "schedule", "quality", "runs", "planned-orders",
    "exceptions", "promise", "boms", "boms/new", "routings", "routings/new", "work-centres", "work-centres/new",
    "calendars", "calendars/new", "item-plans", "item-plans/new", "subcontracts", "cost", "lots",
)  # fmt: skip


def workshop(erp: Erp, company: Company) -> dict[str, str]:
    """What a shelf is made of, where, and a customer who wants some."""
    names = {
        "x": company.item(
            "X",
            "铝合金货架",
            "Aluminium shelf",
            procurement="make",
            valuation_class="finished_goods",
        ),
        "s": company.item("S", "横梁", "Beam", procurement="make", valuation_class="semi_finished"),
        "b": company.item("B", "铝型材", "Aluminium profile", valuation_class="raw_material"),
        "c": company.item("C", "螺栓", "Bolt", valuation_class="raw_material"),
        "customer": company.partner("C1", "customer", "北方仓储", "Northern Storage"),
        "supplier": company.partner("V1", "supplier", "西部铝业", "Western Aluminium"),
        "centre": company.of("WC"),
    }
    erp.quiet()
    company.opening((names["b"], "SH", "900", "10.80"), (names["c"], "SH", "200", "0.50"))
    centre = {"company": company.code, "code": names["centre"], "name": "装配"}
    erp.post(
        "/production/work-centres", centre | {"labour_rate": "50.00", "overhead_rate": "20.00"}
    )
    for item in ("s", "x"):
        operations = [
            {
                "operation": 10,
                "work_centre": names["centre"],
                "setup_hours": "0.5",
                "run_hours": "0.2",
            }
        ]
        erp.post(
            "/production/routings",
            {"company": company.code, "item": names[item], "operations": operations},
        )
    components = [{"item": names["b"], "quantity": "3"}, {"item": names["c"], "quantity": "1"}]
    beam = {"company": company.code, "item": names["s"], "yield_rate": "0.97"}
    erp.post("/production/boms", beam | {"components": components})
    erp.quiet()
    return names


def order_of(erp: Erp, company: Company, item: str, quantity: str) -> dict[str, Any]:
    """A production order, planned."""
    body = {
        "company": company.code,
        "item": item,
        "quantity": quantity,
        "warehouse": company.of("SH"),
    }
    made: dict[str, Any] = erp.post("/production/orders", body)
    return made


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_is_sold_is_planned_made_and_explained(
    erp: Erp, company: Company, window: Callable[..., Screen], language: str
) -> None:
    names = workshop(erp, company)
    screen = window(company.code, language=language)
    page = screen.page

    # the bill of the shelf, by keyboard
    screen.go("/production/boms/new")
    screen.look_up("f.item", names["x"])
    for row, (item, quantity) in enumerate(((names["s"], "2"), (names["c"], "8"))):
        screen.cell(row, 0).fill(item)
        screen.cell(row, 0).press("Enter")
        expect(screen.cell(row, 1)).to_be_focused()
        screen.cell(row, 1).fill(quantity)
        for _ in range(3):
            page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    screen.number("BOM")
    tree = page.get_by_role("treegrid", name=screen.t("making.tree"))
    tree.get_by_role("button", name=screen.t("tree.open")).first.click()
    expect(tree).to_contain_text(names["b"])

    # sold, planned, looked up, firmed
    line = {"item": names["x"], "quantity": "20", "unit_price": "400.00"}
    sold = erp.post(
        "/sales/orders",
        {"company": company.code, "customer": names["customer"], "lines": [line]},
    )
    erp.quiet()
    screen.go("/production/runs")
    screen.press("making.run")
    # the first plan of a process is compiled before it is computed
    tag = page.locator(".grid-table .tag").first
    expect(tag).to_have_text(screen.t("v.completed"), timeout=PLAN_MS)
    screen.go("/production/planned-orders")
    rows = page.locator(".grid-table tbody tr")
    expect(rows.filter(has_text=names["s"])).to_have_count(1)
    rows.filter(has_text=names["s"]).get_by_role("link", name=screen.t("making.pegs")).click()
    expect(page.get_by_role("link", name=sold["number"]).first).to_be_visible()
    assert screen.faults() == []
    screen.shot("pegging" if language == "en" else "pegging-zh")
    screen.go("/production/planned-orders?kind=make")
    page.get_by_role("checkbox", name=screen.t("list.pickAll")).check()
    page.locator(".page-head .ant-btn-primary").click()
    expect(rows.filter(has_text=screen.t("v.firmed"))).to_have_count(2)
    erp.quiet()

    # the beams are made: released, given out, reported, received
    found = erp.get("/production/orders", company=company.code, item=names["s"])["items"]
    screen.go(f"/production/orders/{found[0]['id']}")
    screen.press("making.release")
    screen.status("making.released")
    screen.press("making.issue")
    erp.quiet()
    screen.press("making.report")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(screen.t("f.good"), exact=True).fill(found[0]["quantity"])
    dialog.get_by_label(screen.t("f.hours"), exact=True).fill("8.5")
    dialog.locator(".ant-btn-primary").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".facts").filter(has_text=screen.t("f.quantity_good"))).to_contain_text(
        found[0]["quantity"]
    )
    screen.press("making.complete")
    dialog.locator(".ant-btn-primary").click()
    screen.status("making.completed")
    erp.quiet()
    assert screen.faults() == []
    screen.shot("production-order" if language == "en" else "production-order-zh")
    screen.go(f"/production/cost?item={names['s']}")
    expect(page.get_by_role("treegrid")).to_contain_text(names["b"])
    assert screen.faults() == []
    screen.shot("cost-tree" if language == "en" else "cost-tree-zh")


def test_every_page_of_production_is_sound(
    erp: Erp, company: Company, window: Callable[..., Screen]
) -> None:
    names = workshop(erp, company)
    orders = [order_of(erp, company, names["s"], quantity) for quantity in ("40", "25", "60", "10")]
    for order in orders[:3]:
        erp.post(f"/production/orders/{order['id']}/release")
    erp.quiet()
    screen = window(company.code, language="en")
    found: dict[str, list[str]] = {}

    for path in PAGES:
        screen.go(f"/production/{path}")
        expect(screen.page.locator("h1")).to_be_visible()
        expect(screen.page.locator(".skeleton")).to_have_count(0)
        if path in ("board", "schedule"):
            expect(screen.page.get_by_role("link", name=orders[0]["number"])).not_to_have_count(0)
            screen.shot(f"production-{path}")
        if faults := screen.faults():
            found[path] = faults

    assert found == {}

    # kept, the schedule is what the floor goes by
    screen.go("/production/schedule")
    screen.press("making.keep")
    screen.page.get_by_role("dialog").locator(".ant-btn-primary").click()
    expect(
        screen.page.locator(".facts").filter(has_text=screen.t("f.freeze_until"))
    ).to_be_visible()
    expect(screen.page.locator(".gantt-bar")).to_have_count(3)
