"""A legal entity in a test: what a scenario needs to say in one line."""

import itertools
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from operations.client import Client

_numbers = itertools.count(1)
EQUALITIES = {
    "stock", "grni", "receivables", "payables", "advances_received", "advances_paid", "work_in_process", "in_transit", "reserved", "debits_credits",
}  # fmt: skip


@dataclass(slots=True)
class Company:
    """A company with warehouses SH and GZ of its own."""

    erp: Client
    code: str
    tag: str

    @classmethod
    async def found(cls, erp: Client) -> "Company":
        """Found a company that no other test uses, and wait until every service knows it."""
        tag = f"{next(_numbers)}{uuid4().hex[:4].upper()}"
        made = cls(erp, f"T{tag}", tag)
        await erp.post(
            "/masterdata/companies",
            {"code": made.code, "name": f"测试公司 {tag}", "name_en": f"Test {tag}"},
        )
        for name, priority in (("SH", 10), ("GZ", 20)):
            await erp.post(
                "/masterdata/warehouses",
                {"code": made.of(name), "name": name, "company": made.code, "priority": priority},
            )
        await erp.quiet()
        return made

    def of(self, code: str) -> str:
        """A code of this company's own: tests share one stack."""
        return f"{code}-{self.tag}"

    async def item(self, code: str, **values: Any) -> str:
        """A new item, known everywhere."""
        body = {
            "code": self.of(code),
            "name": f"物料 {code}",
            "name_en": f"Item {code}",
            "base_unit": "PCS",
            **values,
        }
        await self.erp.post("/masterdata/items", body)
        return self.of(code)

    async def partner(self, code: str, *roles: str, **values: Any) -> str:
        """A new customer or supplier."""
        body = {"code": self.of(code), "name": f"往来单位 {code}", "roles": list(roles), **values}
        await self.erp.post("/masterdata/partners", body)
        return self.of(code)

    async def opening(self, *lines: tuple[str, str, str, str]) -> None:
        """Opening stock: item, warehouse, quantity, unit cost."""
        await self.erp.post(
            "/inventory/adjustments",
            {
                "company": self.code,
                "reason": "opening",
                "lines": [
                    {
                        "item": item,
                        "warehouse": self.of(warehouse),
                        "quantity": quantity,
                        "unit_cost": cost,
                    }
                    for item, warehouse, quantity, cost in lines
                ],
            },
        )

    async def order(self, customer: str, *lines: dict[str, Any], **values: Any) -> dict[str, Any]:
        """A placed sales order."""
        body = {"company": self.code, "customer": customer, "lines": list(lines), **values}
        return await self.erp.post("/sales/orders", body)

    async def purchase(
        self, supplier: str, warehouse: str, *lines: dict[str, Any], **values: Any
    ) -> dict[str, Any]:
        """A purchase order, submitted and approved."""
        body = {
            "company": self.code,
            "supplier": supplier,
            "warehouse": self.of(warehouse),
            "lines": list(lines),
            **values,
        }
        made = await self.erp.post("/purchasing/orders", body)
        await self.erp.post(f"/purchasing/orders/{made['id']}/submit")
        approved = await self.erp.post(f"/purchasing/orders/{made['id']}/approve")
        await self.erp.quiet()
        return approved

    async def stock(self, item: str, warehouse: str | None = None) -> dict[str, Decimal]:
        """Quantities and value of an item, summed over the warehouses asked for."""
        wanted = {
            "item": item,
            "company": self.code,
            **({"warehouse": self.of(warehouse)} if warehouse else {}),
        }
        rows = (await self.erp.get("/inventory/stock", **wanted))["items"]
        names = ("on_hand", "reserved", "available", "promised", "in_transit", "on_order", "value")
        return {name: sum((Decimal(row[name]) for row in rows), Decimal(0)) for name in names}

    async def vouchers(self, source: str) -> list[dict[str, Decimal]]:
        """The vouchers of a business document: by account, debits positive, credits negative."""
        rows = await self.erp.items("/finance/vouchers", source=source, company=self.code)
        found: list[dict[str, Decimal]] = []
        for row in rows:
            sums: dict[str, Decimal] = {}
            for line in row["lines"]:
                change = Decimal(line["debit"]) - Decimal(line["credit"])
                sums[line["account"]] = sums.get(line["account"], Decimal(0)) + change
            found.append(sums)
        return found

    async def balances(self) -> dict[str, Decimal]:
        """Closing balances by account, debit positive."""
        period = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")
        report = await self.erp.get(
            "/finance/reports/trial-balance", company=self.code, period=period
        )
        return {
            row["account"]: Decimal(row["closing_debit"]) - Decimal(row["closing_credit"])
            for row in report["items"]
        }

    async def delivery(self, order: str, warehouse: str) -> dict[str, Any]:
        """The open delivery of an order in a warehouse."""
        rows = await self.erp.items("/inventory/deliveries", order=order)
        (found,) = [
            r
            for r in rows
            if r["warehouse"] == self.of(warehouse) and r["status"] in ("released", "picked")
        ]
        return found

    async def ship(self, order: str, warehouse: str, **values: Any) -> dict[str, Any]:
        """Ship everything that is held for an order in a warehouse."""
        waiting = await self.delivery(order, warehouse)
        return await self.erp.post(f"/inventory/deliveries/{waiting['id']}/ship", values)

    async def proof(self) -> dict[str, dict[str, Any]]:
        """The equalities by name."""
        answer = await self.erp.get("/finance/proof", company=self.code)
        assert answer["company"] == self.code
        return {row["name"]: row for row in answer["equalities"]}

    async def prove(self) -> None:
        """All differences are 0.00, and nothing is in flight, at a cut that has seen everything."""

        def at_rest(rows: dict[str, dict[str, Any]]) -> bool:
            return set(rows) >= EQUALITIES and all(
                row["difference"] == "0.00" and not row["in_flight"] for row in rows.values()
            )

        await self.erp.eventually(self.proof, at_rest, seconds=20)


def line(item: str, quantity: str, price: str | None = None, **values: Any) -> dict[str, Any]:
    """An order line."""
    return {
        "item": item,
        "quantity": quantity,
        **({"unit_price": price} if price is not None else {}),
        **values,
    }


def amounts(**by_account: str) -> dict[str, Decimal]:
    """Expected sums of a voucher: `_1405_01="-3200.00"` for account 1405.01."""
    return {name.strip("_").replace("_", "."): Decimal(value) for name, value in by_account.items()}
