"""What an interaction costs the browser's main thread with very many orders, before a running test stack.

The orders go straight into the sales database of the stack by COPY: they are there to be listed, nothing is done
with them. Each interaction is measured twice: the processor time of the main thread, which another load on the machine
does not lengthen, and the longest time from an event to the next paint that the browser saw (event timing: what
Interaction to Next Paint is made of; 0 is below 16 ms), which it does.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg
from playwright.sync_api import expect, sync_playwright

from chassis.ids import uuid7
from operations.services import repository

from .conftest import BROWSERS
from .erp import Company, Erp
from .screen import Screen

ORDERS = 100_000
CUSTOMERS = 20
FIRST = date(2026, 1, 1)
LOOK_MS = 150
QUIET_LOOKS = 3
IDLE_MS = 2.0
STATUSES = ("pending", "processing", "completed", "closed", "cancelled")
COLUMNS = (
    "id", "number", "company", "version", "status", "business_date", "posting_date", "recorded_at", "customer", "currency",
    "priority", "placed_at", "hold_reasons", "amount_net", "amount_tax", "amount_gross", "amount_open",
)  # fmt: skip
WATCH = """(() => {
  const seen = window.tonghengSeen = [];
  new PerformanceObserver(list => {
    for (const each of list.getEntries()) if (each.interactionId) seen.push([each.startTime, each.duration]);
  }).observe({ type: 'event', buffered: true, durationThreshold: 16 });
})()"""
WORST = "since => Math.max(0, ...window.tonghengSeen.filter(([at]) => at >= since).map(([, took]) => took))"

Row = tuple[object, ...]


def rows(company: Company, customers: list[str]) -> list[Row]:
    """Orders of the year, spread over customers and states."""
    found: list[Row] = []
    begun = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    for n in range(ORDERS):
        day = FIRST + timedelta(days=n % 300)
        at = begun + timedelta(seconds=n * 250)
        net = Decimal(100 + n % 9_900)
        tax = (net * 13 / 100).quantize(Decimal("0.01"))
        identity: UUID = uuid7()
        found.append(
            (
                identity, f"SO-{company.tag}-{n:06d}", company.code, 1, STATUSES[n % len(STATUSES)], day, day, at,
                customers[n % CUSTOMERS], "CNY", 0, at, [], net, tax, net + tax, net + tax,
            )
        )  # fmt: skip
    return found


async def seed(address: str, records: list[Row]) -> None:
    """All at once."""
    connection = await asyncpg.connect(address)
    try:
        await connection.copy_records_to_table("orders", records=records, columns=COLUMNS)
        await connection.execute("ANALYZE orders")
    finally:
        await connection.close()


def measured(screen: Screen) -> dict[str, dict[str, float]]:
    """Each interaction: processor time of the main thread, and the longest wait, in milliseconds."""
    page = screen.page
    table = page.locator(".table-wrap")
    debugger = page.context.new_cdp_session(page)
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = debugger.send("Performance.getMetrics")["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    def settled() -> None:
        expect(page.locator(".skeleton")).to_have_count(0)
        quiet = 0
        while quiet < QUIET_LOOKS:
            before = spent()
            page.wait_for_timeout(LOOK_MS)
            quiet = quiet + 1 if spent() - before < IDLE_MS else 0

    found: dict[str, dict[str, float]] = {}

    def interaction(name: str, act: Callable[[], object]) -> None:
        settled()
        since = page.evaluate("performance.now()")
        before = spent()
        act()
        settled()
        cost = spent() - before
        waited = page.evaluate(WORST, since)
        found[name] = {"cpu_ms": round(cost, 1), "longest_wait_ms": waited}

    menu = page.locator("aside.side")
    interaction("open the list", menu.locator('a[href$="/sales/orders"]').click)
    expect(table.locator("tbody tr").first).to_be_visible()
    interaction("go home", menu.locator("a").first.click)
    interaction("open the list again", menu.locator('a[href$="/sales/orders"]').click)
    expect(table.locator("tbody tr").first).to_be_visible()
    table.focus()
    interaction("one row down by the keyboard", lambda: page.keyboard.press("ArrowDown"))
    interaction("a page down by the keyboard", lambda: page.keyboard.press("PageDown"))
    for n in range(5):
        interaction(
            f"scroll to the end of what is loaded, {n + 1}",
            lambda: table.evaluate("each => { each.scrollTop = each.scrollHeight; }"),
        )
    field = page.locator(".filters input").first
    field.focus()
    interaction("a key in the filter", lambda: page.keyboard.type("S"))
    field.fill("")
    interaction("clear the filter", lambda: page.keyboard.press("Enter"))
    interaction("open a choice", page.locator(".filters .ant-select").last.click)
    interaction("choose a state", lambda: page.locator(".ant-select-item-option").nth(2).click())
    interaction("open an order", table.locator("tbody tr a").first.click)
    interaction("back to the list", page.go_back)
    return found


def main() -> None:
    """Seed, measure, tell."""
    given = os.environ.get("TONGHENG_VAR")
    stack = json.loads(
        ((Path(given) if given else repository() / "var") / "stack.json").read_text("utf-8")
    )
    binary = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if binary is None:
        sys.exit("there is no Chromium")
    erp = Erp(stack["gateway"], stack["admin"]["username"], stack["admin"]["password"])
    company = Company(erp)
    customers = [
        company.partner(f"C{n:02d}", "customer", f"客户 {n}", f"Customer {n}")
        for n in range(CUSTOMERS)
    ]
    erp.quiet()
    asyncio.run(seed(stack["postgres"].rsplit("/", 1)[0] + "/sales", rows(company, customers)))
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=binary, args=arguments)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(WATCH)
        screen = Screen(page, stack["gateway"], language="en")
        screen.sign_in(stack["admin"]["username"], stack["admin"]["password"], company=company.code)
        found = measured(screen)
        browser.close()
    erp.close()
    report = {"orders": ORDERS, "load": os.getloadavg()[0], "interactions": found}
    path = repository() / "var" / "reports" / "console-measure.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    for name, figures in found.items():
        print(f"{figures['cpu_ms']:9.1f} ms  {figures['longest_wait_ms']:7.0f} ms  {name}")


if __name__ == "__main__":
    main()
