"""Queries of requisitions, shortages and conversions, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    func,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.requisitions.rules import (
    FOLLOWED,
    Converted,
    Demand,
    Line,
    NewConversion,
    Requisition,
    Status,
)
from purchasing.requisitions.tables import conversions, demands, requisition_lines, requisitions

Place = tuple[UUID, int]
"""A sales order's id and the line's number."""


def is_named(ref: str) -> ColumnElement[bool]:
    """The requisition with this id or number."""
    try:
        return requisitions.c.id == UUID(ref)
    except ValueError:
        return requisitions.c.number == ref


def are_named(refs: Collection[str]) -> ColumnElement[bool]:
    """Requisitions with these ids or numbers."""
    ids: list[UUID] = []
    numbers: list[str] = []
    for ref in sorted(set(refs)):
        try:
            ids.append(UUID(ref))
        except ValueError:
            numbers.append(ref)
    return (requisitions.c.id == func.any(ids)) | (requisitions.c.number == func.any(numbers))


def are_open_shortages(orders: Collection[UUID]) -> ColumnElement[bool]:
    """The open requisitions raised for shortages of these orders, or by these reorder rules."""
    return (
        requisitions.c.origin.in_(FOLLOWED)
        & (requisitions.c.status == Status.OPEN.value)
        & (requisitions.c.demand_order == func.any(sorted(orders)))
    )


def _line(row: RowMapping) -> Line:
    return Line(
        line=row["line"],
        item=row["item"],
        quantity=row["quantity"],
        unit=row["unit"],
        warehouse=row["warehouse"],
        due_date=row["due_date"],
        supplier=row["supplier"],
        quantity_ordered=row["quantity_ordered"],
        demand_order=row["demand_order"],
        demand_line=row["demand_line"],
    )


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Requisition]:
    """Requisitions with their lines; locked in order of id when they are to be changed."""
    query = select(requisitions).where(condition).order_by(requisitions.c.id)
    if lock:
        query = query.with_for_update()
    return await with_lines(session, (await session.execute(query)).mappings().all())


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Requisition]:
    """Requisitions of these rows, in the order given."""
    if not heads:
        return []
    found = await session.execute(
        select(requisition_lines)
        .where(requisition_lines.c.requisition_id == func.any([head["id"] for head in heads]))
        .order_by(requisition_lines.c.requisition_id, requisition_lines.c.line)
    )
    lines: dict[UUID, list[Line]] = {}
    for row in found.mappings():
        lines.setdefault(row["requisition_id"], []).append(_line(row))
    return [
        Requisition(
            id=head["id"],
            number=head["number"],
            company=head["company"],
            version=head["version"],
            status=Status(head["status"]),
            business_date=head["business_date"],
            posting_date=head["posting_date"],
            origin=head["origin"],
            lines=tuple(lines.get(head["id"], [])),
            demand_order=head["demand_order"],
            recorded_at=head["recorded_at"],
        )
        for head in heads
    ]


async def save(
    session: AsyncSession, changes: Sequence[tuple[Requisition | None, Requisition]]
) -> None:
    """Insert new requisitions and write what differs in the locked ones."""
    new = [after for before, after in changes if before is None]
    if new:
        await session.execute(
            insert(requisitions),
            [
                {
                    "id": each.id,
                    "number": each.number,
                    "company": each.company,
                    "version": each.version,
                    "status": each.status.value,
                    "business_date": each.business_date,
                    "posting_date": each.posting_date,
                    "origin": each.origin,
                    "demand_order": each.demand_order,
                }
                for each in new
            ],
        )
    changed = [after for before, after in changes if before is not None]
    if changed:
        await session.execute(
            update(requisitions)
            .where(requisitions.c.id == bindparam("_id"))
            .values(version=bindparam("_version"), status=bindparam("_status")),
            [{"_id": r.id, "_version": r.version, "_status": r.status.value} for r in changed],
            execution_options={"synchronize_session": False},
        )
    written: list[dict[str, object]] = []
    for before, after in changes:
        known = {} if before is None else {line.line: line for line in before.lines}
        written.extend(
            {
                "requisition_id": after.id,
                "line": line.line,
                "company": after.company,
                "item": line.item,
                "quantity": line.quantity,
                "quantity_ordered": line.quantity_ordered,
                "unit": line.unit,
                "warehouse": line.warehouse,
                "due_date": line.due_date,
                "supplier": line.supplier,
                "demand_order": line.demand_order,
                "demand_line": line.demand_line,
            }
            for line in after.lines
            if known.get(line.line) != line
        )
    if written:
        statement = upsert(requisition_lines)
        names = ("quantity", "quantity_ordered", "warehouse", "due_date", "supplier")
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[requisition_lines.c.requisition_id, requisition_lines.c.line],
                set_={name: statement.excluded[name] for name in names},
            ),
            written,
        )


# --- shortages -------------------------------------------------------------------------------------------------


def _demand(row: RowMapping) -> Demand:
    return Demand(
        order=row["order_id"],
        line=row["line"],
        company=row["company"],
        order_number=row["order_number"],
        item=row["item"],
        unit=row["unit"],
        warehouse=row["warehouse"],
        uncovered=row["uncovered"],
        stated_at=row["stated_at"],
        declined=row["declined"],
        origin=row["origin"],
    )


async def lock_demands(session: AsyncSession, orders: Collection[UUID]) -> dict[Place, Demand]:
    """What is known of these sales orders' shortages, locked in key order."""
    if not orders:
        return {}
    rows = await session.execute(
        select(demands)
        .where(demands.c.order_id == func.any(sorted(orders)))
        .order_by(demands.c.order_id, demands.c.line)
        .with_for_update()
    )
    return {(row["order_id"], row["line"]): _demand(row) for row in rows.mappings()}


async def orders_short_of(session: AsyncSession, items: Collection[str]) -> set[UUID]:
    """Sales orders that miss some of these items."""
    rows = await session.execute(
        select(demands.c.order_id)
        .where(demands.c.item == func.any(sorted(items)), demands.c.uncovered > 0)
        .distinct()
    )
    return set(rows.scalars())


async def keep_demands(session: AsyncSession, stated: Iterable[Demand]) -> None:
    """Keep what is now known of order lines."""
    rows = [
        {
            "order_id": demand.order,
            "line": demand.line,
            "company": demand.company,
            "order_number": demand.order_number,
            "item": demand.item,
            "unit": demand.unit,
            "warehouse": demand.warehouse,
            "uncovered": demand.uncovered,
            "declined": demand.declined,
            "origin": demand.origin,
            "stated_at": demand.stated_at,
        }
        for demand in sorted(stated, key=lambda demand: (demand.order, demand.line))
    ]
    if not rows:
        return
    statement = upsert(demands)
    names = ("warehouse", "uncovered", "declined", "stated_at")
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[demands.c.order_id, demands.c.line],
            set_={name: statement.excluded[name] for name in names},
        ),
        rows,
    )


async def converted(
    session: AsyncSession, orders: Collection[UUID]
) -> dict[Place, list[Converted]]:
    """What of these sales orders' shortages became purchase orders."""
    if not orders:
        return {}
    rows = await session.execute(
        select(conversions).where(conversions.c.demand_order == func.any(sorted(orders)))
    )
    found: dict[Place, list[Converted]] = {}
    for row in rows.mappings():
        part = Converted(row["quantity"], row["seen_at"], row["settled"])
        found.setdefault((row["demand_order"], row["demand_line"]), []).append(part)
    return found


async def add_conversions(
    session: AsyncSession,
    made: Sequence[NewConversion],
    requisition_of: Mapping[UUID, Requisition],
) -> None:
    """Remember which purchase orders requisition lines became."""
    rows: list[dict[str, object]] = []
    for each in made:
        requisition = requisition_of[each.requisition]
        line = requisition.line(each.requisition_line)
        rows.append(
            {
                "order_id": each.order,
                "order_line": each.order_line,
                "requisition_id": each.requisition,
                "requisition_line": each.requisition_line,
                "company": requisition.company,
                "quantity": each.quantity,
                "demand_order": line.demand_order,
                "demand_line": line.demand_line,
            }
        )
    if rows:
        await session.execute(insert(conversions), rows)


async def demands_of(session: AsyncSession, purchase_orders: Collection[UUID]) -> set[UUID]:
    """The sales orders whose shortages these purchase orders were made for."""
    if not purchase_orders:
        return set()
    rows = await session.execute(
        select(conversions.c.demand_order)
        .where(
            conversions.c.order_id == func.any(sorted(purchase_orders)),
            conversions.c.demand_order.is_not(None),
        )
        .distinct()
    )
    return set(rows.scalars())


async def unseen(session: AsyncSession, purchase_orders: Collection[UUID]) -> set[UUID]:
    """The sales orders for which one of these purchase orders was not known to be seen by inventory."""
    if not purchase_orders:
        return set()
    rows = await session.execute(
        select(conversions.c.demand_order)
        .where(
            conversions.c.order_id == func.any(sorted(purchase_orders)),
            conversions.c.demand_order.is_not(None),
            conversions.c.seen_at.is_(None),
        )
        .distinct()
    )
    return set(rows.scalars())


async def mark_seen(session: AsyncSession, seen: Mapping[UUID, datetime]) -> None:
    """Inventory counts on these purchase orders since the moments given, or earlier ones."""
    if not seen:
        return
    await session.execute(
        text(
            "UPDATE conversions c SET seen_at = least(c.seen_at, s.seen_at)"
            " FROM unnest(CAST(:orders AS uuid[]), CAST(:moments AS timestamptz[])) AS s (order_id, seen_at)"
            " WHERE c.order_id = s.order_id AND (c.seen_at IS NULL OR c.seen_at > s.seen_at)"
        ),
        {"orders": list(seen), "moments": list(seen.values())},
    )


async def cap_conversions(
    session: AsyncSession, order: UUID, quantities: Mapping[int, Decimal]
) -> None:
    """A purchase order's lines cover no more of requisitions than they have; lines left out cover nothing."""
    await session.execute(
        text(
            "UPDATE conversions c SET quantity = k.kept FROM ("
            " SELECT x.order_line, x.requisition_id, x.requisition_line,"
            " greatest(0, least(x.quantity, coalesce(n.quantity, 0) - coalesce(sum(x.quantity) OVER ("
            "  PARTITION BY x.order_line ORDER BY x.requisition_id, x.requisition_line"
            "  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS kept"
            " FROM conversions x LEFT JOIN unnest(CAST(:lines AS int[]), CAST(:quantities AS numeric[]))"
            " AS n (line, quantity) ON n.line = x.order_line WHERE x.order_id = :order) k"
            " WHERE c.order_id = :order AND c.order_line = k.order_line AND c.requisition_id = k.requisition_id"
            " AND c.requisition_line = k.requisition_line AND c.quantity <> k.kept"
        ),
        {
            "order": order,
            "lines": list(quantities),
            "quantities": list(quantities.values()),
        },
    )


async def settle(session: AsyncSession, seconds: float) -> set[UUID]:
    """Conversions seen by inventory so long ago that all it said before was heard; their sales orders."""
    rows = await session.execute(
        text(
            "UPDATE conversions SET settled = true WHERE seen_at < now() - make_interval(secs => :seconds)"
            " AND NOT settled RETURNING demand_order"
        ),
        {"seconds": seconds},
    )
    return {order for order in rows.scalars() if order is not None}


def listing(
    *,
    company: str | None = None,
    status: str | None = None,
    origin: str | None = None,
    number: str | None = None,
    supplier: str | None = None,
    item: str | None = None,
    order: UUID | None = None,
) -> Select[tuple[object, ...]]:
    """Requisition heads by what a buyer looks for."""
    query = select(requisitions)
    given: dict[str, object] = {
        "company": company,
        "status": status,
        "origin": origin,
        "number": number,
        "demand_order": order,
    }
    for name, value in given.items():
        if value is not None:
            query = query.where(requisitions.c[name] == value)
    if supplier is not None or item is not None:
        lines = select(requisition_lines.c.line).where(
            requisition_lines.c.requisition_id == requisitions.c.id,
            true() if supplier is None else requisition_lines.c.supplier == supplier,
            true() if item is None else requisition_lines.c.item == item,
        )
        query = query.where(lines.exists())
    return query
