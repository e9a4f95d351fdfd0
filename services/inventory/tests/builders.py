"""Documents with sensible defaults: a test names only what matters to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.ids import named
from tongheng_contracts.finance import BillMatched
from tongheng_contracts.masterdata import CompanyChanged, ItemChanged, WarehouseChanged
from tongheng_contracts.purchasing import PurchaseOrderApproved, PurchaseReturnAuthorised
from tongheng_contracts.sales import OrderPlaced, ReturnAuthorised

DAY = "2026-11-22"


def company(code: str = "E01", **fields: Any) -> CompanyChanged:
    record = {"id": named("company", code), "code": code, "name": code, "version": 1, **fields}
    return CompanyChanged.model_validate({"company_record": record})


def warehouse(
    code: str, *, company: str = "E01", priority: int = 100, **fields: Any
) -> WarehouseChanged:
    record = {
        "id": named("warehouse", code),
        "code": code,
        "name": code,
        "version": 1,
        "company": company,
        "priority": priority,
        **fields,
    }
    return WarehouseChanged.model_validate({"warehouse": record})


def item(code: str, **fields: Any) -> ItemChanged:
    record = {
        "id": named("item", code),
        "code": code,
        "name": code,
        "version": 1,
        "base_unit": "PCS",
        **fields,
    }
    return ItemChanged.model_validate({"item": record})


def order_id(number: str) -> UUID:
    return named("order", number)


def order(
    number: str = "SO-1",
    *lines: tuple[str, str] | dict[str, Any],
    status: str = "pending",
    version: int = 1,
    price: str = "100",
    event: type[Any] = OrderPlaced,
    **fields: Any,
) -> Any:
    """A sales order of (item, quantity) lines."""
    made: list[dict[str, Any]] = []
    for n, line in enumerate(lines or (("A", "1"),), start=1):
        wanted = {"item": line[0], "quantity": line[1]} if isinstance(line, tuple) else dict(line)
        quantity = Decimal(wanted["quantity"])
        net = (quantity * Decimal(price)).quantize(Decimal("0.01"))
        tax = (net * Decimal("0.13")).quantize(Decimal("0.01"))
        made.append(
            {
                "line": n,
                "unit": "PCS",
                "unit_price": price,
                "amount_net": net,
                "amount_tax": tax,
                "amount_gross": net + tax,
                "tax_code": "VAT13",
                "tax_rate": "0.13",
                "quantity_cancelled": "0",
                **wanted,
            }
        )
    net = sum((Decimal(line["amount_net"]) for line in made), Decimal(0))
    tax = sum((Decimal(line["amount_tax"]) for line in made), Decimal(0))
    document = {
        "id": order_id(number),
        "number": number,
        "company": "E01",
        "version": version,
        "status": status,
        "business_date": DAY,
        "customer": "C001",
        "currency": "CNY",
        "priority": 100,
        "requested_date": None,
        "placed_at": "2026-11-22T08:00:00+00:00",
        "lines": made,
        "amount_net": net,
        "amount_tax": tax,
        "amount_gross": net + tax,
        **fields,
    }
    return event.model_validate({"order": document})


def purchase_order(
    number: str = "PO-1",
    *lines: tuple[str, str, str],
    status: str = "approved",
    version: int = 1,
    due_date: str = "2026-12-01",
    event: type[Any] = PurchaseOrderApproved,
    warehouse: str = "SH",
    **fields: Any,
) -> Any:
    """A purchase order of (item, quantity, price) lines."""
    made = [
        {
            "line": n,
            "item": item,
            "quantity": quantity,
            "unit": "PCS",
            "unit_price": price,
            "amount_net": Decimal(quantity) * Decimal(price),
            "amount_tax": "0.00",
            "tax_code": "VAT13",
            "tax_rate": "0.13",
            "due_date": due_date,
            "quantity_cancelled": "0",
        }
        for n, (item, quantity, price) in enumerate(lines, start=1)
    ]
    document = {
        "id": named("purchase", number),
        "number": number,
        "company": "E01",
        "version": version,
        "status": status,
        "business_date": DAY,
        "supplier": "V3",
        "warehouse": warehouse,
        "currency": "CNY",
        "tolerance": "0.02",
        "payment_days": 30,
        "lines": made,
        "amount_net": "0",
        "amount_tax": "0",
        "amount_gross": "0",
        **fields,
    }
    return event.model_validate({"order": document})


def rma(
    number: str, order: str, *lines: dict[str, Any], status: str = "authorised", version: int = 1
) -> ReturnAuthorised:
    """A customer's return: lines with order_line, item, quantity, amounts."""
    made = [
        {
            "line": n,
            "unit": "PCS",
            "tax_code": "VAT13",
            "tax_rate": "0.13",
            "amount_gross": Decimal(line["amount_net"]) + Decimal(line["amount_tax"]),
            **line,
        }
        for n, line in enumerate(lines, start=1)
    ]
    document = {
        "id": named("rma", number),
        "number": number,
        "company": "E01",
        "version": version,
        "status": status,
        "business_date": DAY,
        "order": order_id(order),
        "order_number": order,
        "customer": "C001",
        "currency": "CNY",
        "reason": "broken",
        "lines": made,
    }
    return ReturnAuthorised.model_validate({"sales_return": document})


def purchase_return(
    number: str, order: str, *lines: dict[str, Any], status: str = "authorised"
) -> PurchaseReturnAuthorised:
    """A return to a supplier."""
    made = [
        {"line": n, "unit": "KG", "tax_code": "VAT13", "tax_rate": "0.13", **line}
        for n, line in enumerate(lines, start=1)
    ]
    document = {
        "id": named("purchase-return", number),
        "number": number,
        "company": "E01",
        "version": 1,
        "status": status,
        "business_date": DAY,
        "purchase_order": named("purchase", order),
        "purchase_order_number": order,
        "supplier": "V3",
        "warehouse": "SH",
        "currency": "CNY",
        "reason": "rust",
        "lines": made,
    }
    return PurchaseReturnAuthorised.model_validate({"purchase_return": document})


def bill(number: str, *lines: dict[str, Any], version: int = 1) -> BillMatched:
    """A matched bill: lines with receipt, receipt_line, item, quantity, unit_price, amount_received."""
    made: list[dict[str, Any]] = []
    for n, line in enumerate(lines, start=1):
        net = (Decimal(line["quantity"]) * Decimal(line["unit_price"])).quantize(Decimal("0.01"))
        made.append(
            {
                "line": n,
                "purchase_order": named("purchase", "PO-1"),
                "order_line": 1,
                "amount_net": net,
                "difference": net - Decimal(line["amount_received"]),
                **line,
            }
        )
    net = sum((Decimal(line["amount_net"]) for line in made), Decimal(0))
    document = {
        "id": named("bill", number),
        "number": number,
        "company": "E01",
        "version": version,
        "status": "matched",
        "business_date": DAY,
        "supplier": "V3",
        "supplier_number": number,
        "posting_date": DAY,
        "due_date": DAY,
        "currency": "CNY",
        "lines": made,
        "amount_net": net,
        "amount_tax": "0",
        "amount_gross": net,
    }
    return BillMatched.model_validate({"bill": document})


def opening(*lines: tuple[str, str, str, str]) -> dict[str, Any]:
    """An opening balance of (item, warehouse, quantity, unit cost) lines."""
    return {
        "company": "E01",
        "reason": "opening",
        "lines": [
            {"item": i, "warehouse": w, "quantity": q, "unit_cost": c} for i, w, q, c in lines
        ],
    }
