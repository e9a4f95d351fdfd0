"""A legacy system's opening: the nine files of AdventureWorks become a company with items, partners and stock.

`load` brings the data in and names every row that was refused; `trade` then buys every supplier item once and sells
five hundred orders, all through the gateway's public API.
"""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import TaskID

from operations.client import Client, Json, Refused
from operations.errors import OperationsError
from operations.services import var_dir

FILES = (
    "BillOfMaterials", "Location", "Product", "ProductCategory", "ProductInventory", "ProductSubcategory",
    "ProductVendor", "UnitMeasure", "Vendor",
)  # fmt: skip
CENT = Decimal("0.01")
BATCH = 500

Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress."""


@dataclass(slots=True)
class Loaded:
    """What arrived, and what was refused with its reason."""

    company: str
    arrived: dict[str, int] = field(default_factory=dict[str, int])
    refused: list[str] = field(default_factory=list[str])
    noted: list[str] = field(default_factory=list[str])
    """Assumptions made where the legacy data are silent."""
    opening_value: Decimal = Decimal(0)


def read(directory: Path, name: str) -> list[dict[str, str]]:
    """A file's rows.

    Raises:
        OperationsError: the file is not there.
    """
    path = directory / f"{name}.csv"
    if not path.exists():
        raise OperationsError(
            f"{path.name} is missing: give the folder that holds {', '.join(FILES)} as .csv"
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def decimal(text: str) -> str:
    """A decimal of the files as the API takes it: no exponent, no idle zeros."""
    value = Decimal(text or "0")
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


class Importer:
    """Brings one folder into one company; running it again refuses nothing new and changes nothing."""

    def __init__(
        self, erp: Client, directory: Path, *, company: str, progress: Progress = silent
    ) -> None:
        self._erp = erp
        self._directory = directory
        self._progress = progress
        self.result = Loaded(company)
        self._items: dict[str, dict[str, str]] = {}
        self._vendors: dict[str, dict[str, str]] = {}

    def warehouse(self, location: str) -> str:
        """The code of a location."""
        return f"{self.result.company}-{int(location):02d}"

    async def load(self) -> Loaded:
        """Everything, in the order in which it refers to itself."""
        for name in FILES:
            read(self._directory, name)
        await self._company()
        await self._units()
        await self._categories()
        await self._warehouses()
        await self._load_items()
        await self._suppliers()
        await self._erp.quiet(seconds=120)
        await self._supplier_items()
        await self._bills_of_material()
        await self._opening()
        await self._erp.quiet(seconds=120)
        return self.result

    async def _send(
        self, what: str, path: str, rows: Sequence[Json], name: Callable[[Json], str]
    ) -> list[Json]:
        """Send rows in batches; those that exist already count as arrived, others that are refused are named."""
        good: list[Json] = []
        for start in range(0, len(rows), BATCH):
            self._progress(what, start, len(rows))
            answer = await self._erp.post(
                f"{path}:batch", {"rows": list(rows[start : start + BATCH])}
            )
            results: list[Json] = answer["results"]
            for result in results:
                row = rows[start + int(result["index"])]
                if result["status"] < 400 or result["problem"]["code"] == "duplicate":
                    good.append(row)
                else:
                    problem = result["problem"]
                    self.result.refused.append(
                        f"{what} {name(row)}: {problem['code']}: {problem['detail']}"
                    )
        self._progress(what, len(rows), len(rows))
        self.result.arrived[what] = len(good)
        return good

    async def _one_by_one(self, what: str, path: str, rows: Sequence[Json]) -> None:
        arrived = 0
        for number, row in enumerate(rows):
            self._progress(what, number, len(rows))
            try:
                await self._erp.post(path, row)
                arrived += 1
            except Refused as refusal:
                if refusal.code == "duplicate":
                    arrived += 1
                else:
                    self.result.refused.append(
                        f"{what} {row['code']}: {refusal.code}: {refusal.problem.get('detail')}"
                    )
        self._progress(what, len(rows), len(rows))
        self.result.arrived[what] = arrived

    async def _company(self) -> None:
        code = self.result.company
        await self._one_by_one(
            "companies",
            "/masterdata/companies",
            [{"code": code, "name": "冒险者工厂自行车公司", "name_en": "Adventure Works Cycles"}],
        )

    async def _units(self) -> None:
        measured = {
            "KG",
            "G",
            "L",
            "ML",
            "M",
            "CM",
            "MM",
            "KM",
            "LB",
            "OZ",
            "GAL",
            "IN",
            "MG",
            "M2",
            "M3",
            "CM2",
            "DM",
            "FT3",
        }
        rows = [
            {"code": r["UnitMeasureCode"].strip(), "name": r["Name"], "name_en": r["Name"],
             "decimals": 3 if r["UnitMeasureCode"].strip() in measured else 0}
            for r in read(self._directory, "UnitMeasure")
        ]  # fmt: skip
        await self._one_by_one("units", "/masterdata/units", rows)

    async def _categories(self) -> None:
        top = [
            {"code": f"AW-{r['ProductCategoryID']}", "name": r["Name"], "name_en": r["Name"]}
            for r in read(self._directory, "ProductCategory")
        ]
        below = [
            {"code": f"AW-{r['ProductCategoryID']}-{r['ProductSubcategoryID']}", "name": r["Name"], "name_en": r["Name"],
             "parent": f"AW-{r['ProductCategoryID']}"}
            for r in read(self._directory, "ProductSubcategory")
        ]  # fmt: skip
        await self._one_by_one("categories", "/masterdata/categories", top + below)

    async def _warehouses(self) -> None:
        rows = [
            # Finished goods are sold from their own storage first.
            {"code": self.warehouse(r["LocationID"]), "name": r["Name"], "name_en": r["Name"],
             "company": self.result.company, "priority": 10 if r["LocationID"] == "7" else 100}
            for r in read(self._directory, "Location")
        ]  # fmt: skip
        await self._one_by_one("warehouses", "/masterdata/warehouses", rows)

    async def _load_items(self) -> None:
        parents = {
            r["ProductSubcategoryID"]: r["ProductCategoryID"]
            for r in read(self._directory, "ProductSubcategory")
        }
        rows: list[Json] = []
        for r in read(self._directory, "Product"):
            self._items[r["ProductID"]] = r
            below = r["ProductSubcategoryID"]
            made, finished = r["MakeFlag"] == "1", r["FinishedGoodsFlag"] == "1"
            row: Json = {
                "code": r["ProductNumber"],
                "name": r["Name"],
                "name_en": r["Name"],
                "base_unit": "EA",
                "procurement": "make" if made else "buy",
                "valuation_class": "finished_goods"
                if finished
                else "semi_finished"
                if made
                else "raw_material",
                "specification": " ".join(part for part in (r["Color"], r["Size"]) if part),
                "standard_cost": decimal(r["StandardCost"]),
                "list_price": decimal(r["ListPrice"]),
                "safety_stock": decimal(r["SafetyStockLevel"]),
                "reorder_point": decimal(r["ReorderPoint"]),
                "lead_time_days": int(r["DaysToManufacture"]),
            }
            if below:
                row["category"] = f"AW-{parents[below]}-{below}"
            rows.append(row)
        await self._send("items", "/masterdata/items", rows, lambda row: str(row["code"]))

    async def _suppliers(self) -> None:
        rows: list[Json] = []
        for r in read(self._directory, "Vendor"):
            self._vendors[r["BusinessEntityID"]] = r
            rows.append(
                {
                    "code": r["AccountNumber"],
                    "name": r["Name"],
                    "name_en": r["Name"],
                    "roles": ["supplier"],
                }
            )
        await self._send("suppliers", "/masterdata/partners", rows, lambda row: str(row["code"]))

    async def _deactivate_suppliers(self) -> None:
        # After their supplier items are there: those of an inactive supplier would be refused.
        for r in self._vendors.values():
            if r["ActiveFlag"] == "0":
                await self._erp.post(f"/masterdata/partners/{r['AccountNumber']}/deactivate")

    async def _supplier_items(self) -> None:
        rows: list[Json] = []
        for r in read(self._directory, "ProductVendor"):
            vendor, item = self._vendors[r["BusinessEntityID"]], self._items[r["ProductID"]]
            unit = r["UnitMeasureCode"].strip()
            if unit != "EA":
                self.result.noted.append(
                    f"supplier item {vendor['AccountNumber']} / {item['ProductNumber']}: bought by {unit}, stocked by EA;"
                    " the legacy data give no conversion, one is taken as one"
                )
            rows.append(
                {
                    "supplier": vendor["AccountNumber"],
                    "item": item["ProductNumber"],
                    "unit": unit,
                    "unit_price": decimal(r["StandardPrice"]),
                    "lead_time_days": int(r["AverageLeadTime"]),
                    "minimum_quantity": decimal(r["MinOrderQty"]),
                    "maximum_quantity": decimal(r["MaxOrderQty"]),
                    "preferred": vendor["PreferredVendorStatus"] == "1",
                }
            )
        await self._send(
            "supplier items",
            "/purchasing/supplier-items",
            rows,
            lambda row: f"{row['supplier']} / {row['item']}",
        )
        await self._deactivate_suppliers()

    async def _bills_of_material(self) -> None:
        lines: dict[str, list[Json]] = {}
        tops = 0
        for r in read(self._directory, "BillOfMaterials"):
            name = f"bill of material row {r['BillOfMaterialsID']}"
            component = self._items[r["ComponentID"]]["ProductNumber"]
            if not r["ProductAssemblyID"]:
                # It says that the item is sold; nothing is made of it by this row.
                tops += 1
                self.result.noted.append(
                    f"{name}: {component} stands at the top, it goes into nothing"
                )
                continue
            assembly = self._items[r["ProductAssemblyID"]]["ProductNumber"]
            if (unit := r["UnitMeasureCode"].strip()) != "EA":
                self.result.noted.append(
                    f"{name}: {assembly} takes {component} by {unit}, stocked by EA; the legacy data give no conversion,"
                    " one is taken as one"
                )
            line: Json = {
                "item": component,
                "quantity": decimal(r["PerAssemblyQty"]),
                "valid_from": r["StartDate"][:10],
            }
            if r["EndDate"]:
                line["valid_to"] = r["EndDate"][:10]
            lines.setdefault(assembly, []).append(line)
        rows: list[Json] = [
            {"company": self.result.company, "item": assembly, "components": parts}
            for assembly, parts in sorted(lines.items())
        ]
        good = await self._send(
            "bills of material", "/production/boms", rows, lambda row: str(row["item"])
        )
        self.result.arrived["bill of material rows"] = tops + sum(
            len(row["components"]) for row in good
        )

    async def _opening(self) -> None:
        lines: list[Json] = []
        value = Decimal(0)
        empty = 0
        for r in read(self._directory, "ProductInventory"):
            item, quantity = self._items[r["ProductID"]], Decimal(r["Quantity"])
            amount = (quantity * Decimal(item["StandardCost"])).quantize(CENT, ROUND_HALF_UP)
            if quantity == 0:
                empty += 1
                self.result.noted.append(
                    f"stock {item['ProductNumber']} at {self.warehouse(r['LocationID'])}: quantity 0, nothing to open"
                )
                continue
            value += amount
            lines.append(
                {
                    "item": item["ProductNumber"],
                    "warehouse": self.warehouse(r["LocationID"]),
                    "bin": f"{r['Shelf'].strip()}-{r['Bin'].strip()}",
                    "quantity": decimal(r["Quantity"]),
                    "amount": str(amount),
                }
            )
        self._progress("stock rows", 0, len(lines))
        key = f"adventureworks-opening-{self.result.company}"  # the same key again is the same opening, not a second one
        await self._erp.post(
            "/inventory/adjustments",
            {"company": self.result.company, "reason": "opening", "lines": lines},
            key=key,
        )
        self._progress("stock rows", len(lines), len(lines))
        self.result.arrived["stock rows"] = len(lines) + empty
        self.result.opening_value = value


@dataclass(slots=True)
class Traded:
    """What was bought and sold."""

    purchase_orders: int = 0
    supplier_items: int = 0
    sales_orders: int = 0
    shipments: int = 0
    invoices: int = 0
    payments: int = 0


async def each(work: Callable[[Any], Any], things: Sequence[Any], *, at_once: int = 8) -> list[Any]:
    """Run one coroutine per thing, a few at once; results in order."""
    gate = asyncio.Semaphore(at_once)

    async def one(thing: Any) -> Any:
        async with gate:
            return await work(thing)

    return list(await asyncio.gather(*(one(thing) for thing in things)))


class Trader:
    """Buys every supplier item of an active supplier once, then sells generated orders; all the way to the money."""

    def __init__(
        self,
        erp: Client,
        directory: Path,
        *,
        company: str,
        orders: int = 500,
        seed: int = 1,
        progress: Progress = silent,
    ) -> None:
        self._erp = erp
        self._importer = Importer(erp, directory, company=company)
        self._directory = directory
        self._company = company
        self._orders = orders
        self._random = random.Random(seed)
        self._progress = progress
        self.result = Traded()

    async def trade(self) -> Traded:
        """Buy, then sell."""
        await self._buy()
        await self._sell()
        return self.result

    async def _buy(self) -> None:
        items = {r["ProductID"]: r["ProductNumber"] for r in read(self._directory, "Product")}
        vendors = {r["BusinessEntityID"]: r for r in read(self._directory, "Vendor")}
        lines: dict[str, list[Json]] = {}
        for r in read(self._directory, "ProductVendor"):
            vendor = vendors[r["BusinessEntityID"]]
            if vendor["ActiveFlag"] == "1":
                lines.setdefault(vendor["AccountNumber"], []).append(
                    {
                        "item": items[r["ProductID"]],
                        "quantity": decimal(r["MinOrderQty"]),
                        "unit_price": decimal(r["StandardPrice"]),
                    }
                )
        bodies = [
            {
                "company": self._company,
                "supplier": supplier,
                "warehouse": self._importer.warehouse("6"),
                "lines": wanted,
            }
            for supplier, wanted in sorted(lines.items())
        ]
        drafts = await self._erp.batch("/purchasing/orders", bodies)
        self._progress("purchase orders", 0, len(drafts))

        async def approve(order: Json) -> None:
            await self._erp.post(f"/purchasing/orders/{order['id']}/submit")
            await self._erp.post(f"/purchasing/orders/{order['id']}/approve")

        await each(approve, drafts)
        await self._erp.quiet(seconds=120)

        async def receive(order: Json) -> None:
            received = [
                {"line": one["line"], "accepted": one["quantity"]} for one in order["lines"]
            ]
            await self._erp.post(
                "/inventory/receipts", {"purchase_order": order["number"], "lines": received}
            )

        await each(receive, drafts)
        await self._erp.quiet(seconds=120)

        async def bill(order: Json) -> None:
            billed = [
                {"line": one["line"], "quantity": one["quantity"], "unit_price": one["unit_price"]}
                for one in order["lines"]
            ]
            await self._erp.post(
                "/finance/bills",
                {"company": self._company, "supplier": order["supplier"], "number": f"B-{order['number']}",
                 "purchase_order": order["number"], "lines": billed},
            )  # fmt: skip

        await each(bill, drafts)
        await self._erp.quiet(seconds=120)
        self._progress("purchase orders", len(drafts), len(drafts))
        self.result.purchase_orders = len(drafts)
        self.result.supplier_items = sum(len(wanted) for wanted in lines.values())

    async def _stock_to_sell(self) -> dict[str, int]:
        finished = {
            r["ProductNumber"]
            for r in read(self._directory, "Product")
            if r["FinishedGoodsFlag"] == "1"
        }
        rows = await self._erp.items("/inventory/stock", company=self._company)
        stock: dict[str, int] = {}
        for row in rows:
            if row["item"] in finished:
                stock[row["item"]] = stock.get(row["item"], 0) + int(Decimal(row["available"]))
        return {item: quantity for item, quantity in sorted(stock.items()) if quantity > 0}

    def _draw_orders(self, customers: Sequence[str], left: dict[str, int]) -> list[Json]:
        bodies: list[Json] = []
        for number in range(self._orders):
            offered = [item for item, quantity in left.items() if quantity > 0]
            chosen = self._random.sample(offered, min(self._random.randint(1, 5), len(offered)))
            lines: list[Json] = []
            for item in chosen:
                quantity = self._random.randint(1, min(3, left[item]))
                left[item] -= quantity
                lines.append({"item": item, "quantity": str(quantity)})
            bodies.append(
                {
                    "company": self._company,
                    "customer": customers[number % len(customers)],
                    "lines": lines,
                }
            )
        return bodies

    async def _sell(self) -> None:
        customers = [f"{self._company}-C{number:02d}" for number in range(1, 21)]
        for code in customers:
            try:
                await self._erp.post(
                    "/masterdata/partners",
                    {"code": code, "name": f"客户 {code}", "roles": ["customer"]},
                )
            except Refused as refusal:
                if refusal.code != "duplicate":
                    raise
        await self._erp.quiet()
        orders = await self._erp.batch(
            "/sales/orders", self._draw_orders(customers, await self._stock_to_sell()), size=200
        )
        self._progress("sales orders", 0, len(orders))
        await self._erp.quiet(seconds=120)
        deliveries = await self._erp.items(
            "/inventory/deliveries", company=self._company, status="released"
        )
        await self._erp.act(
            "/inventory/deliveries:ship", [{"delivery": one["id"]} for one in deliveries], size=200
        )
        await self._erp.quiet(seconds=120)
        invoices = await each(
            lambda one: self._erp.post("/finance/invoices", {"order": one["number"]}), orders
        )
        await each(self._pay, invoices)
        await self._erp.quiet(seconds=120)
        self._progress("sales orders", len(orders), len(orders))
        self.result.sales_orders = len(orders)
        self.result.shipments = len(deliveries)
        self.result.invoices = self.result.payments = len(invoices)

    async def _pay(self, invoice: Json) -> None:
        await self._erp.post(
            "/finance/payments",
            {"company": self._company, "direction": "received", "partner": invoice["customer"],
             "amount": invoice["amount_gross"],
             "allocations": [{"invoice": invoice["number"], "amount": invoice["amount_gross"]}]},
        )  # fmt: skip


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    directory: Annotated[Path, typer.Argument(help="The folder with the nine CSV files.")],
    company: Annotated[str, typer.Option(help="The code of the company to make.")] = "AW",
    trade: Annotated[
        bool, typer.Option("--trade", help="Then buy every supplier item once and sell 500 orders.")
    ] = False,
) -> None:
    """Import AdventureWorks as a company's opening into the running stack."""
    screen = Console(stderr=True)
    try:
        loaded = asyncio.run(_import(directory, company, trade=trade, screen=screen))
    except (OperationsError, Refused) as error:
        screen.print(f"[red]tongheng import:[/red] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    for line in loaded.noted:
        screen.print(f"[dim]noted[/dim] {line}", highlight=False, soft_wrap=True)
    for line in loaded.refused:
        screen.print(f"[red]refused[/red] {line}", highlight=False, soft_wrap=True)
    raise typer.Exit(1 if loaded.refused else 0)


async def _import(directory: Path, company: str, *, trade: bool, screen: Console) -> Loaded:
    async with Client.of_stack(var_dir()) as erp:
        with RichProgress(console=screen) as bars:
            tasks: dict[str, TaskID] = {}

            def show(what: str, done: int, of: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=of)
                bars.update(tasks[what], completed=done)

            loaded = await Importer(erp, directory, company=company, progress=show).load()
            if trade:
                traded = await Trader(erp, directory, company=company, progress=show).trade()
                loaded.arrived |= {what.replace("_", " "): n for what, n in asdict(traded).items()}
    for what, number in loaded.arrived.items():
        screen.print(f"{number:>6,} {what}")
    screen.print(f"opening stock value {loaded.opening_value:,}")
    return loaded


if __name__ == "__main__":
    app()
