"""Events and requests with only what matters to a test."""

from __future__ import annotations

from decimal import Decimal
from time import perf_counter
from typing import Any
from uuid import UUID

from chassis.ids import named, uuid7
from chassis.testing import Api
from tongheng_contracts.envelope import Event
from tongheng_contracts.inventory import Issue, IssueLine, MaterialIssued
from tongheng_contracts.masterdata import (
    Company,
    CompanyChanged,
    Item,
    ItemChanged,
    Partner,
    PartnerChanged,
    TaxCode,
    TaxCodeChanged,
    Warehouse,
    WarehouseChanged,
)
from tongheng_contracts.sales import Quotation, QuotationLine

DAY = "2026-11-02"


def company(code: str = "E01", *, version: int = 1) -> CompanyChanged:
    """A company."""
    return CompanyChanged(
        company_record=Company(id=named("company", code), code=code, name=code, version=version)
    )


def warehouse(code: str, *, company: str = "E01") -> WarehouseChanged:
    """A warehouse."""
    return WarehouseChanged(
        warehouse=Warehouse(
            id=named("warehouse", code), code=code, name=code, company=company, version=1
        )
    )


def tax_code(code: str = "VAT13", rate: str = "0.13") -> TaxCodeChanged:
    """A tax code."""
    return TaxCodeChanged(
        tax_code=TaxCode(
            id=named("tax_code", code), code=code, name=code, rate=Decimal(rate), version=1
        )
    )


def item(code: str, **values: Any) -> ItemChanged:
    """An item."""
    given = {"name": code, "base_unit": "PCS", "version": 1, **values}
    return ItemChanged(item=Item(id=named("item", code), code=code, **given))


def supplier(code: str, **values: Any) -> PartnerChanged:
    """A supplier."""
    given = {"name": code, "roles": ["supplier"], "version": 1, **values}
    return PartnerChanged(partner=Partner(id=named("partner", code), code=code, **given))


def bom(item: str, *components: tuple[str, str], **values: Any) -> dict[str, Any]:
    """A bill of material: item and quantity of each component."""
    return {
        "company": "E01",
        "item": item,
        "components": [{"item": code, "quantity": quantity} for code, quantity in components],
        **values,
    }


async def made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a command answered; it was done."""
    answer = await api.post(path, body)
    assert answer.status_code in (200, 201), answer.text
    result: dict[str, Any] = answer.json()
    return result


async def e3_bills(api: Api) -> None:
    """Product X = 2 S + phantom P; P = 1 box and 0.5 m tape; S = 3 kg B and 1 chip C, yield 97 %."""
    await made(api, "/production/boms", bom("P", ("BOX", "1"), ("TAPE", "0.5")))
    await made(api, "/production/boms", bom("S", ("B", "3"), ("C", "1"), yield_rate="0.97"))
    await made(api, "/production/boms", bom("X", ("S", "2"), ("P", "1")))
    for code in ("S", "X"):
        await made(
            api,
            "/production/routings",
            {
                "company": "E01",
                "item": code,
                "operations": [{"operation": 10, "work_centre": "WC1", "run_hours": "0.2"}],
            },
        )


async def release_many(api: Api, item: str, count: int) -> tuple[list[dict[str, Any]], float]:
    """Many orders (at most 1,000) released by one command: what it answered, and the seconds that it took."""
    body = {"company": "E01", "item": item, "quantity": "1", "warehouse": "SH"}
    rows = (await made(api, "/production/orders:batch", {"rows": [body] * count}))["results"]
    numbers = [row["body"]["number"] for row in rows]
    begun = perf_counter()
    answer = await api.post("/production/orders:release", {"orders": numbers})
    took = perf_counter() - begun
    assert answer.status_code == 200, answer.text
    orders: list[dict[str, Any]] = answer.json()
    return orders, took


async def released(api: Api, item: str, quantity: str, **values: Any) -> dict[str, Any]:
    """A production order that may be worked on."""
    order = await made(
        api,
        "/production/orders",
        {"company": "E01", "item": item, "quantity": quantity, "warehouse": "SH", **values},
    )
    return await made(api, f"/production/orders/{order['id']}/release", {})


def issued(order: dict[str, Any], *lines: tuple[int, str, str]) -> MaterialIssued:
    """Inventory gave material out: component line, quantity, cost."""
    components = {c["line"]: c for c in order["components"]}
    total = sum((Decimal(cost) for _, _, cost in lines), Decimal(0))
    return MaterialIssued(
        issue=Issue(
            id=uuid7(),
            number="MI-2026-000001",
            company="E01",
            business_date=DAY,
            posting_date=DAY,
            cost_collector=order["number"],
            destination="work_in_process",
            production_order=UUID(order["id"]),
            cost=total,
            lines=[
                IssueLine(
                    line=n,
                    item=components[line]["item"],
                    warehouse="SH",
                    quantity=Decimal(quantity),
                    unit=components[line]["unit"],
                    cost=Decimal(cost),
                    valuation_class="raw_material",
                    order_line=line,
                )
                for n, (line, quantity, cost) in enumerate(lines, start=1)
            ],
        )
    )


WORK_CENTRE = {
    "company": "E01", "code": "WC1", "name": "装配", "labour_rate": "50", "overhead_rate": "20",
}  # fmt: skip


def masters() -> list[Event]:
    """Two companies, their warehouses, and what E3 is made of."""
    return [
        company(),
        company("E02"),
        warehouse("SH"),
        warehouse("GZ"),
        warehouse("HK", company="E02"),
        tax_code(),
        item("X", procurement="make", valuation_class="finished_goods"),
        item("S", procurement="make", valuation_class="semi_finished"),
        item("P", procurement="phantom", valuation_class="consumable"),
        item("B", base_unit="KG", quantity_decimals=3, valuation_class="raw_material"),
        item("C", valuation_class="raw_material"),
        item("BOX", valuation_class="consumable"),
        item("TAPE", base_unit="M", quantity_decimals=1, valuation_class="consumable"),
        item("CHIPS", base_unit="KG", quantity_decimals=3, valuation_class="raw_material"),
        supplier("V3"),
    ]


SPECIAL = {
    "description": "四轴移载机", "description_en": "Four-axis transfer unit", "specification": "行程 1200 mm",
    "attributes": {"voltage": "380 V"},
}  # fmt: skip


def quoted_line(line: int, quantity: str, **values: Any) -> QuotationLine:
    """A line of a quotation: an item, or what has none yet."""
    given: dict[str, Any] = {
        "item": None, "unit": "PCS", "unit_price": "0", "amount_net": "0", "amount_tax": "0", "amount_gross": "0",
        "tax_code": "VAT13", "tax_rate": "0.13", **values,
    }  # fmt: skip
    return QuotationLine.model_validate({"line": line, "quantity": quantity, **given})


def special_line(
    line: int, quantity: str, request: UUID | None = None, **values: Any
) -> QuotationLine:
    """A line for something that has no item yet."""
    asked = {**SPECIAL, "engineering_request": request or uuid7()}
    return quoted_line(line, quantity, **{"non_standard": asked, **values})


def quotation(*lines: QuotationLine, version: int = 2, **values: Any) -> Quotation:
    """An issued quotation."""
    given: dict[str, Any] = {
        "id": named("quotation", "QT-1"), "number": "QT-1", "company": "E01", "status": "issued",
        "business_date": DAY, "customer": "C001", "currency": "CNY", "valid_until": "2999-12-31",
        "requested_date": "2999-06-30", "revision": 1, "amount_net": "0", "amount_tax": "0", "amount_gross": "0",
        **values,
    }  # fmt: skip
    return Quotation.model_validate({"version": version, "lines": list(lines), **given})


def customer(code: str = "C001") -> PartnerChanged:
    """A customer."""
    return supplier(code, roles=["customer"])
