"""The outlook as planning and costing use it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from production.outlook import store
from production.outlook.rules import Flow
from production.outlook.tables import demands, offers, purchases, transfers
from tongheng_contracts.inventory import (
    Adjustment,
    CostAdjustment,
    GoodsReturn,
    Issue,
    ProductionReceipt,
    Receipt,
    Shipment,
    TransferMovement,
    TransferOrder,
)
from tongheng_contracts.purchasing import PurchaseOrder, Requisition, SupplierItem
from tongheng_contracts.sales import Quotation, SalesOrder

ZERO = Decimal(0)
WANTED = frozenset({"pending", "processing"})
EXPECTED = frozenset({"submitted", "approved", "partly_received"})
MOVING = frozenset({"open", "in_transit"})
Fact = Receipt | Shipment | GoodsReturn | Adjustment | Issue | ProductionReceipt | CostAdjustment


async def take_facts(session: AsyncSession, facts: Sequence[tuple[UUID, Fact]]) -> None:
    """Keep what came into stock and left it."""
    made = [flow for event, fact in facts for flow in _flows(event, fact)]
    await store.add_flows(session, made)
    shipped: list[dict[str, object]] = [
        {
            "order_id": fact.order, "line": line.order_line, "company": fact.company, "number": fact.order_number,
            "item": line.item, "warehouse": "", "quantity": ZERO, "shipped": line.quantity, "wanted": None,
            "priority": 0, "active": False,
        }
        for _, fact in facts
        if isinstance(fact, Shipment)
        for line in fact.lines
    ]  # fmt: skip
    await store.count_shipped(session, _summed(shipped, "shipped"))
    received: list[dict[str, object]] = [
        {
            "order_id": fact.purchase_order, "line": line.order_line, "company": fact.company, "kind": "purchase",
            "number": fact.purchase_order_number, "item": line.item, "warehouse": fact.warehouse, "quantity": ZERO,
            "received": line.accepted, "due_date": None, "active": False,
        }
        for _, fact in facts
        if isinstance(fact, Receipt)
        for line in fact.lines
        if line.accepted > 0
    ]  # fmt: skip
    await store.count_received(session, _summed(received, "received"))


def _summed(rows: Iterable[dict[str, object]], name: str) -> list[dict[str, object]]:
    sums: dict[tuple[str, int], dict[str, object]] = {}
    for row in rows:
        key = (str(row["order_id"]), int(str(row["line"])))
        known = sums.get(key)
        if known is None:
            sums[key] = row
        else:
            known[name] = Decimal(str(known[name])) + Decimal(str(row[name]))
    return [sums[key] for key in sorted(sums)]


def _flows(event: UUID, fact: Fact) -> list[Flow]:
    base = (event, fact.company, fact.number)
    match fact:
        case Receipt():
            return _received(base, fact)
        case Shipment():
            return _shipped(base, fact)
        case GoodsReturn():
            return _returned(base, fact)
        case Adjustment():
            return [
                _flow(base, n, fact.reason, x.item, x.warehouse, x.quantity, x.amount)
                for n, x in enumerate(fact.lines, start=1)
            ]
        case Issue():
            return [
                _flow(base, n, "issue", x.item, x.warehouse, -x.quantity, -x.cost, order=fact.production_order, lot=x.lot)
                for n, x in enumerate(fact.lines, start=1)
            ]  # fmt: skip
        case ProductionReceipt():
            return [
                _flow(base, n, "production", x.item, x.warehouse, x.quantity, x.cost, order=fact.production_order, lot=x.lot)
                for n, x in enumerate(fact.lines, start=1)
            ]  # fmt: skip
        case CostAdjustment():
            return _later(base, fact)


def _received(base: tuple[UUID, str, str], fact: Receipt) -> list[Flow]:
    return [
        _flow(base, n, "receipt", x.item, fact.warehouse, x.accepted, x.amount, lot=x.lot)
        for n, x in enumerate(fact.lines, start=1)
        if x.accepted > 0
    ]


def _shipped(base: tuple[UUID, str, str], fact: Shipment) -> list[Flow]:
    return [
        _flow(base, n, "shipment", x.item, fact.warehouse, -x.quantity, -x.cost, order=fact.order, lot=x.lot)
        for n, x in enumerate(fact.lines, start=1)
    ]  # fmt: skip


def _returned(base: tuple[UUID, str, str], fact: GoodsReturn) -> list[Flow]:
    sign = 1 if fact.direction == "from_customer" else -1
    return [
        _flow(base, n, "return", x.item, fact.warehouse, sign * x.quantity, sign * x.cost)
        for n, x in enumerate(fact.lines, start=1)
    ]


def _later(base: tuple[UUID, str, str], fact: CostAdjustment) -> list[Flow]:
    found: list[Flow] = []
    for n, line in enumerate(fact.lines, start=1):
        share = sum((s.amount for s in line.shares if s.destination == "on_hand"), ZERO)
        found.append(_flow(base, n, "later_cost", line.item, "", ZERO, share))
    return found


def _flow(
    base: tuple[UUID, str, str],
    line: int,
    kind: str,
    item: str,
    warehouse: str,
    quantity: Decimal,
    amount: Decimal,
    *,
    order: UUID | None = None,
    lot: str = "",
) -> Flow:
    source, company, number = base
    return Flow(source, line, company, item, warehouse, kind, quantity, amount, number, order, lot)


async def take_transfers(
    session: AsyncSession, movements: Sequence[tuple[UUID, TransferMovement, bool]]
) -> None:
    """Goods left a warehouse or arrived in another; the company's value stays."""
    made = [
        Flow(
            event, n, m.company, line.item, m.to_warehouse if arrived else m.from_warehouse, "transfer",
            line.quantity if arrived else -line.quantity, ZERO, m.number,
        )
        for event, m, arrived in movements
        for n, line in enumerate(m.lines, start=1)
    ]  # fmt: skip
    await store.add_flows(session, made)
    counted: dict[tuple[UUID, int], dict[str, object]] = {}
    for _, m, arrived in movements:
        for line in m.lines:
            row = counted.setdefault(
                (m.transfer, line.line),
                {
                    "order_id": m.transfer, "line": line.line, "company": m.company, "number": m.transfer_number,
                    "item": line.item, "from_warehouse": m.from_warehouse, "warehouse": m.to_warehouse,
                    "quantity": ZERO, "shipped": ZERO, "received": ZERO, "ship_date": None, "due_date": None,
                    "planned_order": None, "active": False,
                },
            )  # fmt: skip
            name = "received" if arrived else "shipped"
            row[name] = Decimal(str(row[name])) + line.quantity
    await store.count_moved(session, [counted[key] for key in sorted(counted)])


async def keep_transfers(session: AsyncSession, documents: Sequence[TransferOrder]) -> None:
    """Know what is to go from one warehouse to another, and what is on the road."""
    rows = [
        {
            "order_id": t.id, "line": line.line, "company": t.company, "number": t.number, "item": line.item,
            "from_warehouse": t.from_warehouse, "warehouse": t.to_warehouse, "quantity": line.quantity,
            "shipped": ZERO, "received": ZERO, "ship_date": date.fromisoformat(t.ship_date) if t.ship_date else None,
            "due_date": date.fromisoformat(t.due_date) if t.due_date else None, "planned_order": t.planned_order,
            "active": t.status in MOVING,
        }
        for t in documents
        for line in t.lines
    ]  # fmt: skip
    await store.keep(session, transfers, rows, "shipped", "received")


async def keep_sales(session: AsyncSession, documents: Sequence[SalesOrder]) -> None:
    """Know what customers want."""
    rows = [
        {
            "order_id": o.id, "line": line.line, "company": o.company, "number": o.number, "item": line.item,
            "warehouse": line.warehouse or "", "quantity": max(line.quantity - line.quantity_cancelled, ZERO),
            "shipped": ZERO, "wanted": date.fromisoformat(o.requested_date) if o.requested_date else None,
            "priority": o.priority, "active": o.status in WANTED,
        }
        for o in documents
        for line in o.lines
    ]  # fmt: skip
    await store.keep(session, demands, rows, "shipped")


async def keep_quotations(session: AsyncSession, documents: Sequence[Quotation]) -> None:
    """Know what customers were offered, with and without an item."""
    rows = [
        {
            "quotation_id": q.id, "line": line.line, "company": q.company, "number": q.number, "status": q.status,
            "customer": q.customer, "item": line.item or "", "description": line.non_standard.description if line.non_standard else "", "unit": line.unit,
            "quantity": line.quantity,
            "requested_date": date.fromisoformat(q.requested_date) if q.requested_date else None,
            "engineering_request": line.non_standard and line.non_standard.engineering_request, "order_id": q.order,
        }
        for q in sorted(documents, key=lambda q: q.id)
        for line in q.lines
    ]  # fmt: skip
    if documents:
        await store.replace_quoted(session, {q.id for q in documents}, rows)


async def keep_purchases(session: AsyncSession, documents: Sequence[PurchaseOrder]) -> None:
    """Know what was ordered from suppliers."""
    rows = [
        {
            "order_id": o.id, "line": line.line, "company": o.company, "kind": "purchase", "number": o.number,
            "item": line.item, "warehouse": o.warehouse,
            "quantity": max(line.quantity - line.quantity_cancelled, ZERO), "received": ZERO,
            "due_date": date.fromisoformat(line.due_date), "active": o.status in EXPECTED,
        }
        for o in documents
        for line in o.lines
    ]  # fmt: skip
    await store.keep(session, purchases, rows, "received")


async def keep_requisitions(session: AsyncSession, documents: Sequence[Requisition]) -> None:
    """Know what was asked for and not ordered yet: it is on its way as well."""
    rows = [
        {
            "order_id": r.id, "line": line.line, "company": r.company, "kind": "requisition", "number": r.number,
            "item": line.item, "warehouse": line.warehouse, "quantity": line.quantity,
            "received": line.quantity_ordered,
            "due_date": date.fromisoformat(line.due_date) if line.due_date else None, "active": r.status == "open",
        }
        for r in documents
        for line in r.lines
    ]  # fmt: skip
    await store.keep(session, purchases, rows)


async def keep_offers(session: AsyncSession, documents: Sequence[SupplierItem]) -> None:
    """Know how long suppliers take, and how much they ask for at least."""
    rows = [
        {
            "id": o.id, "supplier": o.supplier, "item": o.item, "unit": o.unit, "lead_time_days": o.lead_time_days,
            "minimum_quantity": o.minimum_quantity, "multiple_quantity": o.multiple_quantity or ZERO,
            "preferred": o.preferred, "active": o.active,
        }
        for o in documents
    ]  # fmt: skip
    await store.keep(session, offers, rows)


async def flows_of(session: AsyncSession, company: str, item: str) -> Sequence[RowMapping]:
    """All that came of an item and left."""
    return await store.flows_of(session, company, item)


async def flows_of_orders(session: AsyncSession, orders: Collection[UUID]) -> Sequence[RowMapping]:
    """All material flows of production orders."""
    return await store.flows_of_orders(session, orders) if orders else []


async def find_order(
    session: AsyncSession, company: str, ref: str
) -> tuple[UUID, str, set[int]] | None:
    """A company's sales order by id or number: its id, number and lines."""
    return await store.find_order(session, company, ref)


def order_lines(ref: str) -> Select[tuple[object, ...]]:
    """The lines of a sales order by id or number, each with the quotation's line that it was."""
    return store.order_lines(ref)


def quotation_lines(ref: str) -> Select[tuple[object, ...]]:
    """The lines of an issued quotation by id or number."""
    return store.quotation_lines(ref)
