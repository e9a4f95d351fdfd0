"""A small company for a rehearsal: what every one of them needs before it can sell."""

from __future__ import annotations

from collections.abc import Mapping

from operations.client import Client

ITEMS = 5


async def found(erp: Client, code: str, company: Mapping[str, str], **customer: str) -> None:
    """A company with a warehouse `<code>-W`, a customer `<code>-C` and items `<code>-0` … in stock.

    Args:
        erp: who may found companies.
        code: of the company; the others begin with it.
        company: its names.
        customer: what else is to be said of the customer.
    """
    warehouse = f"{code}-W"
    await erp.post("/masterdata/companies", {"code": code, **company})
    await erp.post("/masterdata/warehouses", {"code": warehouse, "name": "仓库", "company": code})
    await erp.post(
        "/masterdata/partners",
        {"code": f"{code}-C", "name": "客户", "roles": ["customer"], **customer},
    )
    items = [
        {"code": f"{code}-{n}", "name": f"物料 {n}", "name_en": f"Item {n}", "base_unit": "PCS"}
        for n in range(ITEMS)
    ]
    await erp.batch("/masterdata/items", items)
    await erp.quiet()
    lines = [
        {"item": row["code"], "warehouse": warehouse, "quantity": "100000", "unit_cost": "10.00"}
        for row in items
    ]
    await erp.post("/inventory/adjustments", {"company": code, "reason": "opening", "lines": lines})
    await erp.quiet()
