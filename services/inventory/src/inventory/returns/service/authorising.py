"""What may be returned: kept from sales and purchasing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.returns import store
from inventory.returns.rules import (
    FROM_CUSTOMER,
    TO_SUPPLIER,
)
from tongheng_contracts.purchasing import PurchaseReturn
from tongheng_contracts.sales import SalesReturn, SalesReturnLine


async def keep_authorisations(
    session: AsyncSession, documents: Sequence[SalesReturn | PurchaseReturn]
) -> None:
    """Take over what customers may send back, and what may go back to suppliers."""
    ordered = sorted(documents, key=lambda document: document.id)
    heads = [_from_customer(d) if isinstance(d, SalesReturn) else _to_supplier(d) for d in ordered]
    lines: list[dict[str, object]] = [
        {
            "authorisation_id": d.id,
            "line": x.line,
            "company": d.company,
            "order_line": x.order_line,
            "item": x.item,
            "unit": x.unit,
            "shipment": x.shipment if isinstance(x, SalesReturnLine) else None,
            "quantity": x.quantity,
            "amount_net": x.amount_net,
            "amount_tax": x.amount_tax,
            "tax_code": x.tax_code,
            "tax_rate": x.tax_rate,
        }
        for d in ordered
        for x in d.lines
    ]
    await store.upsert(session, heads, lines)


def _from_customer(document: SalesReturn) -> dict[str, Hashable]:
    return {
        "id": document.id,
        "number": document.number,
        "company": document.company,
        "version": document.version,
        "status": document.status,
        "direction": FROM_CUSTOMER,
        "order_id": document.order,
        "order_number": document.order_number,
        "partner": document.customer,
        "warehouse": "",
        "currency": document.currency,
    }


def _to_supplier(document: PurchaseReturn) -> dict[str, Hashable]:
    return {
        "id": document.id,
        "number": document.number,
        "company": document.company,
        "version": document.version,
        "status": document.status,
        "direction": TO_SUPPLIER,
        "order_id": document.purchase_order,
        "order_number": document.purchase_order_number,
        "partner": document.supplier,
        "warehouse": document.warehouse,
        "currency": document.currency,
    }
