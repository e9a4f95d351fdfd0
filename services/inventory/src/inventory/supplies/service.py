"""Goods on order: kept from purchasing's documents, counted down by receipts."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.stock.rules import ItemKey
from inventory.supplies import store
from inventory.supplies.rules import RECEIVABLE, Order, Supply
from tongheng_contracts.purchasing import PurchaseOrder


def keys_of(orders: Sequence[PurchaseOrder]) -> set[ItemKey]:
    """The items that the orders name."""
    return {ItemKey(order.company, line.item) for order in orders for line in order.lines}


async def keep_orders(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> None:
    """Take over purchase orders; the caller holds their items' locks."""
    ordered = sorted(orders, key=lambda order: order.id)
    heads: list[dict[str, Hashable]] = [
        {
            "id": o.id,
            "number": o.number,
            "company": o.company,
            "version": o.version,
            "status": o.status,
            "supplier": o.supplier,
            "warehouse": o.warehouse,
            "currency": o.currency,
            "tolerance": o.tolerance,
        }
        for o in ordered
    ]
    lines: list[dict[str, object]] = [
        {
            "order_id": o.id,
            "line": line.line,
            "company": o.company,
            "item": line.item,
            "unit": line.unit,
            "warehouse": o.warehouse,
            "quantity": line.quantity,
            "cancelled": line.quantity_cancelled,
            "unit_price": line.unit_price,
            "tax_code": line.tax_code,
            "tax_rate": line.tax_rate,
            "due_date": date.fromisoformat(line.due_date) if line.due_date else None,
            "active": o.status in RECEIVABLE,
        }
        for o in ordered
        for line in o.lines
    ]
    await store.upsert(session, heads, lines)


async def open_supplies(session: AsyncSession, keys: Collection[ItemKey]) -> list[Supply]:
    """What is still to come of some items, the earliest first."""
    return await store.open_lines(session, keys) if keys else []


async def find_order(session: AsyncSession, ref: str, *, lock: bool = False) -> Order | None:
    """A purchase order by id or number."""
    return await store.find(session, ref, lock=lock)


async def count_accepted(
    session: AsyncSession, order_id: UUID, accepted: Mapping[int, Decimal]
) -> None:
    """Count what a receipt accepted."""
    await store.accept(session, order_id, accepted)


async def on_order(
    session: AsyncSession, keys: Collection[ItemKey]
) -> dict[tuple[str, str, str], Decimal]:
    """Open purchase quantities of some items by company, item and warehouse."""
    return await store.on_order(session, keys) if keys else {}
