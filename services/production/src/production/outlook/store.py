"""How the outlook is kept and read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, Select, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.replicas import as_id
from chassis.rows import insert_rows
from production.outlook.rules import Flow
from production.outlook.tables import demands, flows, levels, purchases, quoted, transfers

_LEVEL = (
    "ON CONFLICT (company, item, warehouse) DO UPDATE SET"
    " quantity = stock_levels.quantity + excluded.quantity"
)
_SHIPPED = (
    "ON CONFLICT (order_id, line) DO UPDATE SET shipped = sales_demands.shipped + excluded.shipped"
)
_MOVED = (
    "ON CONFLICT (order_id, line) DO UPDATE SET shipped = transfer_supplies.shipped + excluded.shipped,"
    " received = transfer_supplies.received + excluded.received"
)
_RECEIVED = "ON CONFLICT (order_id, line) DO UPDATE SET received = purchase_supplies.received + excluded.received"


def _whole(table: Table, kept: Collection[str]) -> str:
    names = [c.name for c in table.c if c.name not in {"order_id", "line", "id", *kept}]
    key = "id" if "id" in table.c else "order_id, line"
    return f"ON CONFLICT ({key}) DO UPDATE SET " + ", ".join(f"{n} = excluded.{n}" for n in names)


async def add_flows(session: AsyncSession, made: Sequence[Flow]) -> None:
    """Keep flows, each once, and the levels that follow from them."""
    stored = await insert_rows(
        session,
        flows,
        [asdict(flow) for flow in made],
        conflict="ON CONFLICT DO NOTHING RETURNING source, line",
    )
    new = {(row[0], row[1]) for row in stored}
    sums: dict[tuple[str, str, str], Decimal] = {}
    for flow in made:
        if (flow.source, flow.line) in new and flow.quantity:
            key = (flow.company, flow.item, flow.warehouse)
            sums[key] = sums.get(key, Decimal(0)) + flow.quantity
    rows = [
        {"company": company, "item": item, "warehouse": warehouse, "quantity": quantity}
        for (company, item, warehouse), quantity in sorted(sums.items())
    ]
    await insert_rows(session, levels, rows, conflict=_LEVEL)


async def keep(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, object]], *kept: str
) -> None:
    """Take over whole documents' lines; `kept` are the columns that other facts count."""
    ordered = sorted(rows, key=lambda row: str(row.get("order_id", row.get("id"))))
    await insert_rows(session, table, ordered, conflict=_whole(table, kept))


async def replace_quoted(
    session: AsyncSession, quotations: Collection[UUID], rows: Sequence[Mapping[str, object]]
) -> None:
    """Take over whole quotations, which may have fewer lines than before."""
    gone = delete(quoted).where(quoted.c.quotation_id == func.any(sorted(quotations)))
    await session.execute(gone)
    await insert_rows(session, quoted, rows)


async def count_shipped(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Count what was shipped; a line that is not known yet is filled in later."""
    await insert_rows(session, demands, rows, conflict=_SHIPPED)


async def count_received(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Count what was received; a line that is not known yet is filled in later."""
    await insert_rows(session, purchases, rows, conflict=_RECEIVED)


async def count_moved(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Count what of transfers left and arrived; a line that is not known yet is filled in later."""
    await insert_rows(session, transfers, rows, conflict=_MOVED)


async def flows_of(session: AsyncSession, company: str, item: str) -> Sequence[RowMapping]:
    """All that came of an item and left, as it was told."""
    query = (
        select(flows)
        .where(flows.c.company == company, flows.c.item == item)
        .order_by(flows.c.recorded_at, flows.c.source, flows.c.line)
    )
    return (await session.execute(query)).mappings().all()


async def flows_of_orders(session: AsyncSession, orders: Collection[UUID]) -> Sequence[RowMapping]:
    """All material flows of production orders."""
    query = select(flows).where(flows.c.order_id == func.any(sorted(orders)))
    return (await session.execute(query)).mappings().all()


async def find_order(
    session: AsyncSession, company: str, ref: str
) -> tuple[UUID, str, set[int]] | None:
    """A company's sales order by id or number: its id, number and lines."""
    key = as_id(ref)
    query = select(demands.c.order_id, demands.c.number, demands.c.line).where(
        demands.c.company == company,
        demands.c.number == ref if key is None else demands.c.order_id == key,
    )
    rows = (await session.execute(query)).all()
    return (rows[0].order_id, rows[0].number, {row.line for row in rows}) if rows else None


def order_lines(ref: str) -> Select[tuple[object, ...]]:
    """The lines of a sales order by id or number, each with the quotation's line that it was."""
    key = as_id(ref)
    return (
        select(
            demands.c.order_id, demands.c.number, demands.c.company, demands.c.line, demands.c.item,
            demands.c.quantity, demands.c.shipped, demands.c.wanted, demands.c.active,
            quoted.c.number.label("quotation_number"), quoted.c.description, quoted.c.engineering_request,
        )
        .join(
            quoted,
            (quoted.c.order_id == demands.c.order_id) & (quoted.c.line == demands.c.line),
            isouter=True,
        )
        .where(demands.c.number == ref if key is None else demands.c.order_id == key)
    )  # fmt: skip


def quotation_lines(ref: str) -> Select[tuple[object, ...]]:
    """The lines of an issued quotation by id or number."""
    key = as_id(ref)
    return select(quoted).where(
        quoted.c.number == ref if key is None else quoted.c.quotation_id == key
    )
