"""`tongheng demo`: a trading company's month, played through the gateway's public API, and the page that proves it.

The same seed gives the same figures: within a day no two orders want the same item, goods move one after the other,
and each simulated day ends with waiting for quiet.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from aiokafka import AIOKafkaConsumer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from operations.adventureworks import each
from operations.client import Client, Json, Refused
from operations.errors import OperationsError
from operations.services import var_dir
from operations.stack import is_running
from tongheng_contracts.catalogue import contracts
from tongheng_contracts.envelope import Kind

ITEMS, CUSTOMERS, SUPPLIERS = 2000, 200, 60
ORDERS = 2000
CITIES = (("SHA", "上海仓", "Shanghai", "华东"), ("GZH", "广州仓", "Guangzhou", "华南"),
          ("BJS", "北京仓", "Beijing", "华北"), ("CDU", "成都仓", "Chengdu", "西南"))  # fmt: skip
NOUNS = (("螺栓", "bolt"), ("轴承", "bearing"), ("齿轮", "gear"), ("电机", "motor"), ("阀门", "valve"), ("传感器", "sensor"),
         ("皮带", "belt"), ("滤芯", "filter"), ("开关", "switch"), ("电缆", "cable"), ("弹簧", "spring"), ("泵", "pump"))  # fmt: skip
KINDS = (("不锈钢", "stainless"), ("高强度", "high-strength"), ("微型", "miniature"), ("工业级", "industrial"),
         ("防水", "waterproof"), ("低噪", "low-noise"), ("耐高温", "heat-resistant"), ("精密", "precision"))  # fmt: skip
FAMILIES = (
    "东方",
    "长江",
    "泰山",
    "华信",
    "金桥",
    "远大",
    "恒通",
    "瑞丰",
    "南海",
    "北辰",
    "天合",
    "新程",
)


class Latency:
    """A subscriber like any other team's: counts events per topic, and times placed → reserved."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._placed: dict[bytes, datetime] = {}
        self.milliseconds: list[float] = []
        self.events: Counter[str] = Counter()
        self._stopping = asyncio.Event()
        self._listening = asyncio.Event()

    async def run(self) -> None:
        """Read every event from now on, until stopped."""
        topics = [c.topic for c in contracts() if c.kind is not Kind.CONTROL]
        # Without a group it is given every partition, and leaves no trace on the broker.
        consumer: Any = AIOKafkaConsumer(  # aiokafka has no complete types
            *topics, bootstrap_servers=self._kafka, group_id=None, auto_offset_reset="latest"
        )
        await consumer.start()
        try:
            await consumer.seek_to_end()
            for place in consumer.assignment():
                await consumer.position(place)
            self._listening.set()
            while not self._stopping.is_set():
                for place, records in (
                    await consumer.getmany(timeout_ms=200, max_records=2000)
                ).items():
                    self.events[place.topic] += len(records)
                    for record in records:
                        self._note(place.topic, record)
        finally:
            await consumer.stop()

    async def listening(self) -> None:
        """Wait until nothing will be missed."""
        await self._listening.wait()

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()

    def _note(self, topic: str, record: Any) -> None:
        if topic not in ("sales.OrderPlaced", "inventory.StockReserved"):
            return
        when = next(
            datetime.fromisoformat(value.decode())
            for name, value in record.headers
            if name == "ce_time"
        )
        if topic == "sales.OrderPlaced":
            self._placed[record.key] = when
        elif (placed := self._placed.pop(record.key, None)) is not None:
            # From the moment the order's transaction began to the moment a subscriber holds the answer.
            self.milliseconds.append((datetime.now(UTC) - placed).total_seconds() * 1000)

    def percentile(self, share: float) -> float:
        """The latency that this share of the orders did not exceed."""
        ordered = sorted(self.milliseconds)
        return (
            round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0
        )


@dataclass(slots=True)
class Told:
    """What happened in the month."""

    counts: Counter[str] = field(default_factory=Counter[str])

    def add(self, what: str, number: int = 1) -> None:
        """Count something."""
        self.counts[what] += number


class Month:
    """One trading company and its month."""

    def __init__(
        self, erp: Client, *, seed: int, progress: Progress, days_max: int | None = None
    ) -> None:
        self._erp = erp
        self._random = random.Random(seed)
        self._progress = progress
        self.company = f"D{uuid4().hex[:5].upper()}"
        first = date.today().replace(day=1)  # noqa: DTZ011 - any month will do
        first = (first - timedelta(days=1)).replace(day=1)
        length = monthrange(first.year, first.month)[1]
        days = [first + timedelta(days=n) for n in range(length)]
        business_days = [day for day in days if day.weekday() < 5]
        self.days = business_days[:days_max]
        self.orders_a_day = -(-ORDERS // len(business_days))
        self.told = Told()
        self._items: list[str] = []
        self._prices: dict[str, tuple[Decimal, Decimal]] = {}
        self._customers: list[str] = []
        self._suppliers: list[str] = []
        self._statement: set[str] = set()
        self._offers: dict[str, str] = {}
        self._open_purchases: list[tuple[int, Json]] = []
        self._to_bill: list[tuple[int, Json, dict[int, Decimal]]] = []
        self._to_invoice: set[str] = set()
        self._rank: dict[str, tuple[date, str]] = {}
        """Day and customer of each order: the numbers follow the accidents of who came first."""
        self._to_collect: list[tuple[int, Json]] = []
        self._shipped: list[Json] = []

    # -- the company --------------------------------------------------------------------------------------

    async def found(self) -> None:
        """Master data and opening balances."""
        task = self._progress.add_task("master data", total=6)
        code = self.company
        await self._erp.post(
            "/masterdata/companies",
            {"code": code, "name": f"通衡贸易 {code}", "name_en": f"Tongheng Trading {code}"},
        )
        await self._erp.batch(
            "/masterdata/warehouses",
            [{"code": f"{code}-{short}", "name": name, "name_en": english, "region": region, "company": code, "priority": 10 * n}
             for n, (short, name, english, region) in enumerate(CITIES, 1)],
        )  # fmt: skip
        self._progress.advance(task)
        await self._make_items()
        self._progress.advance(task)
        await self._make_partners()
        self._progress.advance(task)
        await self._erp.quiet(seconds=120)
        self._progress.advance(task)
        offers = [
            {"supplier": self._offers[item], "item": item, "unit_price": str(cost), "lead_time_days": self._random.randint(2, 5),
             "minimum_quantity": "10"}
            for item, (cost, _) in self._prices.items()
        ]  # fmt: skip
        await self._erp.batch("/purchasing/supplier-items", offers)
        self._progress.advance(task)
        await self._open_books()
        await self._erp.quiet(seconds=120)
        self._progress.advance(task)

    async def _make_items(self) -> None:
        rows: list[Json] = []
        for number in range(1, ITEMS + 1):
            noun, kind = self._random.choice(NOUNS), self._random.choice(KINDS)
            item = f"{self.company}-{number:04d}"
            cost = Decimal(self._random.randint(300, 30_000)) / 100
            price = (cost * Decimal(self._random.randint(125, 180)) / 100).quantize(Decimal("0.01"))
            self._items.append(item)
            self._prices[item] = (cost, price)
            rows.append({"code": item, "name": f"{kind[0]}{noun[0]} {number:04d}", "name_en": f"{kind[1]} {noun[1]} {number:04d}",
                         "base_unit": "PCS", "standard_cost": str(cost), "list_price": str(price), "tax_code": "VAT13"})  # fmt: skip
        await self._erp.batch("/masterdata/items", rows)

    async def _make_partners(self) -> None:
        self._customers = [f"{self.company}-C{n:03d}" for n in range(1, CUSTOMERS + 1)]
        self._statement = set(
            self._customers[CUSTOMERS // 2 :]
        )  # invoiced by itself, and pays once a week
        self._suppliers = [f"{self.company}-S{n:03d}" for n in range(1, SUPPLIERS + 1)]
        rows = [{"code": c, "name": f"{self._random.choice(FAMILIES)}商贸 {c[-3:]}", "name_en": f"Customer {c[-3:]}",
                 "roles": ["customer"],
                 "billing_policy": "on_shipment" if c in self._statement else "manual"} for c in self._customers]  # fmt: skip
        rows += [{"code": s, "name": f"{self._random.choice(FAMILIES)}制造 {s[-3:]}", "name_en": f"Supplier {s[-3:]}",
                  "roles": ["supplier"]} for s in self._suppliers]  # fmt: skip
        await self._erp.batch("/masterdata/partners", rows)
        self._offers = {item: self._random.choice(self._suppliers) for item in self._items}

    async def _open_books(self) -> None:
        first = self.days[0].isoformat()
        lines: list[Json] = []
        main, *others = (short for short, *_ in CITIES)
        for item in self._items:
            # Most of it lies in the main warehouse; what it can't give comes from elsewhere.
            places = [main, *self._random.sample(others, self._random.randint(0, 2))]
            for place in places:
                most = 30 if place == main else 10
                lines.append(
                    {
                        "item": item,
                        "warehouse": f"{self.company}-{place}",
                        "quantity": str(self._random.randint(2, most)),
                        "unit_cost": str(self._prices[item][0]),
                    }
                )
        for start in range(0, len(lines), 4000):
            await self._erp.post(
                "/inventory/adjustments",
                {
                    "company": self.company,
                    "reason": "opening",
                    "business_date": first,
                    "lines": lines[start : start + 4000],
                },
            )
        owing = self._random.sample(self._customers, 40)
        await self._erp.post(
            "/finance/openings",
            {
                "company": self.company,
                "business_date": first,
                "receivables": [{"customer": c, "number": f"OPEN-{c}", "amount": str(self._random.randint(500, 5000)) + ".00"}
                                for c in owing],
                "lines": [{"account": "1002", "debit": "3000000.00", "credit": "0.00"},
                          {"account": "4001", "debit": "0.00", "credit": "3000000.00"}],
            },
        )  # fmt: skip
        for customer in self._customers[:30]:
            await self._erp.request(
                "PUT",
                f"/sales/credit-profiles/{customer}",
                body={"company": self.company, "credit_limit": "30000.00"},
            )

    # -- a day --------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Every business day of the month."""
        task = self._progress.add_task("business days", total=len(self.days))
        for number, day in enumerate(self.days):
            await self._receive(number, day)
            orders = await self._sell(day)
            await self._erp.quiet(seconds=120)
            await self._release(orders)
            await self._erp.quiet(seconds=120)
            await self._ship(day)
            await self._replenish(number, day)
            await self._erp.quiet(seconds=120)
            await self._return(number, day)
            await self._invoice(number, day)
            await self._bill(number, day)
            await self._erp.quiet(seconds=120)
            await self._collect(number, day)
            if day.weekday() == 4:
                await self._pay(day)
                await self._settle(day)
            await self._erp.quiet(seconds=120)
            self._progress.advance(task)

    async def _sell(self, day: date) -> list[Json]:
        # Each item in one order a day, each customer one order: who comes first then makes no difference.
        items = iter(self._random.sample(self._items, self.orders_a_day * 3))
        bodies: list[Json] = []
        for customer in self._random.sample(self._customers, self.orders_a_day):
            lines = [
                {"item": next(items), "quantity": str(self._random.randint(1, 8))}
                for _ in range(self._random.randint(1, 3))
            ]
            bodies.append({"company": self.company, "customer": customer, "business_date": day.isoformat(),
                           "priority": self._random.choice((50, 100, 100, 100)), "lines": lines})  # fmt: skip
        half = len(bodies) // 2
        singles = await each(lambda body: self._erp.post("/sales/orders", body), bodies[:half])
        orders = singles + await self._erp.batch("/sales/orders", bodies[half:])
        self._rank |= {order["number"]: (day, order["customer"]) for order in orders}
        self.told.add("orders", len(orders))
        for order in self._random.sample(range(len(orders)), 2):
            if orders[order]["status"] == "pending":
                await self._erp.quiet()
                await self._erp.post(f"/sales/orders/{orders[order]['id']}/cancel")
                self.told.add("cancelled")
        return orders

    async def _release(self, orders: Sequence[Json]) -> None:
        held = [order for order in orders if order["status"] == "on_hold"]
        self.told.add("credit holds", len(held))
        for order in held:
            if self._random.random() < 0.7:
                await self._erp.post(f"/sales/orders/{order['id']}/release")
                self.told.add("released")

    def _place(self, delivery: Json) -> tuple[str, str, tuple[date, str]]:
        first = min(str(line["item"]) for line in delivery["lines"])
        return first, str(delivery["warehouse"]), self._rank[delivery["order_number"]]

    async def _ship(self, day: date) -> None:
        waiting = await self._erp.items(
            "/inventory/deliveries", company=self.company, status="released"
        )
        rows: list[Json] = []
        for delivery in sorted(waiting, key=self._place):
            row: Json = {
                "delivery": delivery["id"],
                "business_date": day.isoformat(),
                "carrier": "SF",
            }
            first = delivery["lines"][0]
            if len(delivery["lines"]) > 1 and self._random.random() < 0.1:
                row["lines"] = [{"line": first["line"], "quantity": first["quantity"]}]
                self.told.add("partial shipments")
            rows.append(row)
        if not rows:
            return
        shipped = await self._erp.act("/inventory/deliveries:ship", rows)
        self.told.add("shipments", len(shipped))
        self._to_invoice |= {
            one["order_number"] for one in shipped if one["customer"] not in self._statement
        }
        self._shipped += shipped

    async def _replenish(self, number: int, day: date) -> None:
        raised = await self._erp.items(
            "/purchasing/requisitions", company=self.company, status="open"
        )
        if not raised:
            return
        self.told.add("requisitions", len(raised))
        answer = await self._erp.post(
            "/purchasing/requisitions:order", {"requisitions": [r["id"] for r in raised]}
        )
        orders = sorted(answer["orders"], key=lambda one: (one["supplier"], one["warehouse"]))

        async def approve(order: Json) -> None:
            await self._erp.post(f"/purchasing/orders/{order['id']}/submit")
            await self._erp.post(f"/purchasing/orders/{order['id']}/approve")

        await each(approve, orders)
        for order in orders:
            self._open_purchases.append((number + self._random.randint(1, 3), order))
        self.told.add("purchase orders", len(orders))

    async def _receive(self, number: int, day: date) -> None:
        due = [order for when, order in self._open_purchases if when <= number]
        self._open_purchases = [
            (when, order) for when, order in self._open_purchases if when > number
        ]
        for order in due:
            lines: list[Json] = []
            accepted: dict[int, Decimal] = {}
            for one in order["lines"]:
                quantity = Decimal(one["quantity"])
                rejected = (
                    Decimal(1) if quantity > 5 and self._random.random() < 0.05 else Decimal(0)
                )
                accepted[one["line"]] = quantity - rejected
                lines.append({"line": one["line"], "accepted": str(quantity - rejected), "rejected": str(rejected)}
                             if rejected else {"line": one["line"], "accepted": str(quantity)})  # fmt: skip
            await self._erp.post(
                "/inventory/receipts",
                {
                    "purchase_order": order["number"],
                    "business_date": day.isoformat(),
                    "lines": lines,
                },
            )
            self.told.add("receipts")
            self._to_bill.append((number + 2, order, accepted))

    async def _bill(self, number: int, day: date) -> None:
        due = [(order, accepted) for when, order, accepted in self._to_bill if when <= number]
        self._to_bill = [one for one in self._to_bill if one[0] > number]
        bodies: list[Json] = []
        for order, accepted in due:
            dearer = self._random.random() < 0.1
            lines: list[Json] = []
            for one in order["lines"]:
                price = Decimal(one["unit_price"])
                asked = (price * Decimal("1.05")).quantize(Decimal("0.01")) if dearer else price
                quantity = str(accepted[one["line"]])
                lines.append({"line": one["line"], "quantity": quantity, "unit_price": str(asked)})
            bodies.append(
                {"company": self.company, "supplier": order["supplier"], "number": f"F-{order['number']}",
                 "purchase_order": order["number"], "business_date": day.isoformat(), "lines": lines}
            )  # fmt: skip

        for bill in await self._erp.batch("/finance/bills", bodies):
            if bill["status"] == "blocked":
                self.told.add("blocked bills")
                await self._erp.post(f"/finance/bills/{bill['id']}/accept")
        self.told.add("bills", len(bodies))

    async def _invoice(self, number: int, day: date) -> None:
        orders = sorted(self._to_invoice, key=self._rank.__getitem__)
        rows: list[Json] = [{"order": order, "business_date": day.isoformat()} for order in orders]
        # Everything may have come back before it was invoiced.
        issued = await self._erp.act(
            "/finance/invoices:batch", rows, tolerated=frozenset({"invalid-state"})
        )
        self.told.add("invoices", len(issued))
        for invoice in issued:
            self._to_collect.append((number + self._random.randint(1, 6), invoice))
        self._to_invoice.clear()

    async def _collect(self, number: int, day: date) -> None:
        due = [invoice for when, invoice in self._to_collect if when <= number]
        self._to_collect = [one for one in self._to_collect if one[0] > number]

        await self._erp.batch("/finance/payments", [
            {"company": self.company, "direction": "received", "partner": invoice["customer"],
             "order": invoice["order_number"], "amount": invoice["amount_gross"], "business_date": day.isoformat()}
            for invoice in due
        ])  # fmt: skip
        self.told.add("payments received", len(due))

    async def _settle(self, day: date) -> None:
        """Customers who are invoiced by themselves pay what stands on their account."""
        owed: dict[str, Decimal] = defaultdict(Decimal)
        for one in await self._erp.items("/finance/receivables", company=self.company):
            if one["customer"] in self._statement and one["account"] == "1122.01":
                owed[one["customer"]] += Decimal(one["open_amount"])
        due = sorted((customer, amount) for customer, amount in owed.items() if amount > 0)

        await self._transfer("received", due, day)
        self.told.add("payments received", len(due))

    async def _pay(self, day: date) -> None:
        open_items = await self._erp.items("/finance/payables", company=self.company)
        owed: dict[str, Decimal] = defaultdict(Decimal)
        for one in open_items:
            owed[one["supplier"]] += Decimal(one["open_amount"])
        due = sorted((supplier, amount) for supplier, amount in owed.items() if amount > 0)

        await self._transfer("paid", due, day)
        self.told.add("payments made", len(due))

    async def _transfer(
        self, direction: str, due: Sequence[tuple[str, Decimal]], day: date
    ) -> None:
        await self._erp.batch("/finance/payments", [
            {"company": self.company, "direction": direction, "partner": partner, "amount": str(amount),
             "business_date": day.isoformat()}
            for partner, amount in due
        ])  # fmt: skip

    async def _return(self, number: int, day: date) -> None:
        if number % 2 or not self._shipped:
            return
        shipment = self._random.choice(self._shipped)
        one = shipment["lines"][0]
        try:
            rma = await self._erp.post(
                "/sales/returns",
                {"order": shipment["order_number"], "reason": "客户退货", "business_date": day.isoformat(),
                 "lines": [{"order_line": one["line"], "quantity": "1", "shipment": shipment["shipment"]}]},
            )  # fmt: skip
        except Refused as refusal:
            if refusal.code != "invalid-state":  # everything of that line has come back already
                raise
            return
        await self._erp.post(f"/sales/returns/{rma['id']}/authorise")
        await self._erp.quiet()
        back = await self._erp.post(
            "/inventory/returns",
            {"return": rma["number"], "warehouse": shipment["warehouse"], "business_date": day.isoformat(),
             "lines": [{"line": 1, "quantity": "1"}]},
        )  # fmt: skip
        await self._erp.post(
            f"/inventory/returns/{back['id']}/inspect", {"lines": [{"line": 1, "accepted": "1"}]}
        )
        # What came back before it was invoiced is not invoiced, and so not paid: let finance hear of it first.
        await self._erp.quiet()
        self.told.add("returns")


async def play(
    var_dir: Path, *, seed: int = 1, days: int | None = None, console: Console | None = None
) -> Json:
    """Play the month on the running stack, print the page, write `reports/demo.json`; the report."""
    screen = console or Console(stderr=True)
    described = json.loads((var_dir / "stack.json").read_text("utf-8"))
    columns = (
        TextColumn("{task.description:>16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    started = time.monotonic()
    latency = Latency(described["kafka"])
    async with Client.of_stack(var_dir) as erp:
        listener = asyncio.create_task(latency.run())
        with Progress(*columns, console=screen) as progress:
            month = Month(erp, seed=seed, progress=progress, days_max=days)
            await latency.listening()
            await month.found()
            await month.play()
        await erp.quiet(seconds=120)
        seconds = round(time.monotonic() - started, 1)
        report = await _report(erp, month, latency, seconds)
        latency.stop()
        await listener
    file = var_dir / "reports" / "demo.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")
    _page(Console(), report, described)
    return report


async def _report(erp: Client, month: Month, latency: Latency, seconds: float) -> Json:
    first, last = month.days[0], month.days[-1]

    async def proof() -> Json:
        return await erp.get("/finance/proof", company=month.company)

    # The control totals follow every few seconds: wait for a cut that has seen the last document.
    proven = await erp.eventually(
        proof,
        lambda p: all(e["difference"] == "0.00" and not e["in_flight"] for e in p["equalities"]),
        seconds=30,
    )
    return {
        "company": month.company,
        "month": f"{first:%Y-%m}",
        "orders": month.told.counts["orders"],
        "seconds": seconds,
        "p50_ms": latency.percentile(0.5),
        "p99_ms": latency.percentile(0.99),
        "happened": dict(sorted(month.told.counts.items())),
        "differences": {e["name"]: e["difference"] for e in proven["equalities"]},
        "proof": proven,
        "income_statement": await erp.get(
            "/finance/reports/income-statement",
            company=month.company,
            **{"from": first.isoformat(), "to": last.isoformat()},
        ),
        "balance_sheet": await erp.get(
            "/finance/reports/balance-sheet", company=month.company, as_of=last.isoformat()
        ),
        "events": dict(sorted(latency.events.items())),
    }


def _page(screen: Console, report: Json, described: Json) -> None:
    screen.rule(f"Tongheng 通衡 · {report['company']} · {report['month']} · {report['seconds']} s")
    happened = Table(title="What happened 业务", show_header=False)
    for what, number in report["happened"].items():
        happened.add_row(what, f"{number:,}")
    screen.print(happened)
    for name, title in (
        ("income_statement", "Income statement 利润表"),
        ("balance_sheet", "Balance sheet 资产负债表"),
    ):
        table = Table(title=title, show_header=False)
        for row in report[name]["items"]:
            table.add_row(row["caption"], row["caption_en"], f"{Decimal(row['amount']):,.2f}")
        screen.print(table)
    proof = Table("equality", "left", "right", "difference", title="Proof 勾稽")
    for one in report["proof"]["equalities"]:
        proof.add_row(one["name"], one["left"], one["right"], one["difference"])
    screen.print(proof)
    events = Table("topic", "events", title="Events 事件")
    for topic, number in report["events"].items():
        events.add_row(topic, f"{number:,}")
    screen.print(events)
    screen.print(f"placed → reserved: p50 {report['p50_ms']} ms, p99 {report['p99_ms']} ms")
    screen.print(
        f"The stack is running: {described['gateway']} (sign in as {described['admin']['username']}, see var/stack.json)"
    )


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    days: Annotated[int | None, typer.Option(help="Only the first so many business days.")] = None,
) -> None:
    """Play a trading company's month on the local stack, and leave the stack running."""
    directory = var_dir()
    if not is_running(directory):
        subprocess.run([sys.executable, "-m", "operations.cli", "up"], check=True)
    try:
        asyncio.run(play(directory, seed=seed, days=days))
    except (OperationsError, Refused) as error:
        Console(stderr=True).print(
            f"[red]tongheng demo:[/red] {error}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
