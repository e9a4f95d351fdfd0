"""Queries of production orders, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import columns_of, filtered, insert_rows, is_named, lines_by, rows_of
from chassis.statements import Statement
from production.orders.rules import Component, Operation, Order
from production.orders.tables import components, operations, orders, requests
from tongheng_contracts.production import MaterialRequest, ProductionOrderStatus

_HEADS = Statement(
    "UPDATE production_orders o SET version = n.version, status = n.status, quantity_completed = n.quantity_completed,"
    " start_date = n.start_date, due_date = n.due_date"
    " FROM unnest(CAST(:id AS uuid[]), CAST(:version AS int[]), CAST(:status AS text[]),"
    " CAST(:quantity_completed AS numeric[]), CAST(:start_date AS date[]), CAST(:due_date AS date[]))"
    " AS n (id, version, status, quantity_completed, start_date, due_date) WHERE o.id = n.id"
)
_COMPONENTS = Statement(
    "UPDATE production_order_components c SET requested = n.requested, issued = n.issued"
    " FROM unnest(CAST(:order_id AS uuid[]), CAST(:line AS int[]), CAST(:requested AS numeric[]),"
    " CAST(:issued AS numeric[])) AS n (order_id, line, requested, issued)"
    " WHERE c.order_id = n.order_id AND c.line = n.line"
)
_OPERATIONS = Statement(
    "UPDATE production_order_operations o SET good = n.good, scrapped = n.scrapped, defective = n.defective,"
    " reworking = n.reworking, outside = n.outside, hours = n.hours"
    " FROM unnest(CAST(:order_id AS uuid[]), CAST(:operation AS int[]), CAST(:good AS numeric[]),"
    " CAST(:scrapped AS numeric[]), CAST(:defective AS numeric[]), CAST(:reworking AS numeric[]),"
    " CAST(:outside AS numeric[]), CAST(:hours AS numeric[]))"
    " AS n (order_id, operation, good, scrapped, defective, reworking, outside, hours)"
    " WHERE o.order_id = n.order_id AND o.operation = n.operation"
)
_HEAD_NAMES = (
    "id", "number", "company", "version", "status", "item", "unit", "quantity", "warehouse", "start_date", "due_date",
    "bom", "routing", "demand_order", "demand_line", "planned_order", "quantity_completed", "business_date",
    "posting_date",
)  # fmt: skip


async def add(session: AsyncSession, made: Sequence[Order]) -> None:
    """Insert orders."""
    await insert_rows(
        session, orders, [{name: getattr(o, name) for name in _HEAD_NAMES} for o in made]
    )
    await insert_rows(
        session,
        components,
        [{"order_id": o.id, "company": o.company, **asdict(c)} for o in made for c in o.components],
    )
    await insert_rows(
        session,
        operations,
        [{"order_id": o.id, "company": o.company, **asdict(p)} for o in made for p in o.operations],
    )


async def save(session: AsyncSession, changes: Sequence[tuple[Order, Order]]) -> None:
    """Write what changed of locked orders."""
    if not changes:
        return
    heads = [
        {
            "id": o.id,
            "version": o.version,
            "status": o.status.value,
            "quantity_completed": o.quantity_completed,
            "start_date": o.start_date,
            "due_date": o.due_date,
        }
        for _, o in changes
    ]
    await _HEADS.fetch(session, columns_of(heads))
    parts = [
        {"order_id": o.id, "line": c.line, "requested": c.requested, "issued": c.issued}
        for before, o in changes
        for was, c in zip(before.components, o.components, strict=True)
        if was != c
    ]
    if parts:
        await _COMPONENTS.fetch(session, columns_of(parts))
    steps = [
        {
            "order_id": o.id,
            "operation": p.operation,
            "good": p.good,
            "scrapped": p.scrapped,
            "defective": p.defective,
            "reworking": p.reworking,
            "outside": p.outside,
            "hours": p.hours,
        }
        for before, o in changes
        for was, p in zip(before.operations, o.operations, strict=True)
        if was != p
    ]
    if steps:
        await _OPERATIONS.fetch(session, columns_of(steps))


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Order]:
    """Orders with their lines; locked in order of id when they are to be changed."""
    query = select(orders).where(condition).order_by(orders.c.id)
    if lock:
        query = query.with_for_update()
    return await with_lines(session, (await session.execute(query)).mappings().all())


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Order]:
    """The orders of these rows, in the order given."""
    ids = [head["id"] for head in heads]
    parts = await lines_by(session, components, "order_id", ids)
    steps = await lines_by(session, operations, "order_id", ids, "operation")
    return [
        Order(
            **{name: head[name] for name in _HEAD_NAMES if name != "status"},
            status=ProductionOrderStatus(head["status"]),
            recorded_at=head["recorded_at"],
            components=tuple(
                Component(**{name: row[name] for name in Component.__slots__})
                for row in parts[head["id"]]
            ),
            operations=tuple(
                Operation(**{name: row[name] for name in Operation.__slots__})
                for row in steps[head["id"]]
            ),
        )
        for head in heads
    ]


_NAMED = Statement(
    "SELECT id, number FROM production_orders"
    " WHERE id = ANY(CAST(:ids AS uuid[])) OR number = ANY(CAST(:numbers AS text[]))"
)


async def ids_of(session: AsyncSession, refs: Collection[str]) -> dict[str, UUID]:
    """The ids of the orders named by id or number, as far as they are known."""
    ids: dict[str, UUID] = {}
    for ref in refs:
        try:
            ids[ref] = UUID(ref)
        except ValueError:
            continue
    rows = await rows_of(
        session,
        _NAMED,
        {"ids": sorted(set(ids.values())), "numbers": sorted(set(refs) - ids.keys())},
    )
    by_number = {str(row[1]): row[0] for row in rows}
    known = {row[0] for row in rows}
    found = {ref: ids.get(ref) or by_number.get(ref) for ref in refs}
    return {ref: one for ref, one in found.items() if one is not None and one in known}


def is_order(ref: str) -> ColumnElement[bool]:
    """The order with this id or number."""
    condition: ColumnElement[bool] = is_named(orders, ref)
    return condition


def are_orders(ids: Collection[UUID]) -> ColumnElement[bool]:
    """The orders with these ids."""
    return orders.c.id == func.any(sorted(ids))


def is_for(sales_order: UUID) -> ColumnElement[bool]:
    """The orders that are made for a sales order."""
    return orders.c.demand_order == sales_order


async def open_orders(
    session: AsyncSession, company: str, items: Collection[str] | None = None
) -> list[Order]:
    """A company's orders that are not finished; only those that make or need some items when these are named."""
    condition = (orders.c.company == company) & orders.c.status.in_(("planned", "released"))
    if items is not None:
        named = sorted(items)
        needing = select(components.c.order_id).where(
            components.c.company == company, components.c.item == func.any(named)
        )
        condition &= (orders.c.item == func.any(named)) | orders.c.id.in_(needing)
    return await load(session, condition)


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    return filtered(select(orders), *((orders.c[name], value) for name, value in filters.items()))


async def add_requests(session: AsyncSession, made: Sequence[MaterialRequest]) -> None:
    """Keep what was asked for."""
    if made:
        await session.execute(
            insert(requests),
            [
                {
                    "id": r.id,
                    "number": r.number,
                    "company": r.company,
                    "order_id": r.order,
                    "reason": r.reason,
                    "document": r.model_dump(mode="json"),
                    "business_date": date.fromisoformat(r.business_date),
                    "posting_date": date.fromisoformat(r.posting_date),
                }
                for r in made
            ],
        )
