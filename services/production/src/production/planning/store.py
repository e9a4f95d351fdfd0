"""Queries of planning runs and what they propose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import RowMapping, Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, insert_rows, is_named, rows_of
from chassis.statements import Statement
from production.boms.tables import boms
from production.planning import copying
from production.planning.copying import Array
from production.planning.reading import connection_of
from production.planning.tables import (
    exceptions,
    marks,
    pegs,
    planned_companies,
    planned_orders,
    runs,
)
from production.replicas.tables import items, warehouses

_NEXT = text(
    "SELECT id, company, mode FROM mrp_runs WHERE status = 'queued' ORDER BY recorded_at LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_NOW_XMIN = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_SNAPSHOT = Statement(
    "SELECT pg_current_snapshot()::text, coalesce((SELECT p.since <= "
    + _NOW_XMIN
    + " FROM planned_companies p"
    " WHERE p.company = :company), false)"
)
# A snapshot does not name the transaction that takes it: what that one marked itself is read in any case.
_UNSEEN = (
    "m.transaction_id >= pg_snapshot_xmin({0})::text::bigint AND (NOT pg_visible_in_snapshot(m.transaction_id::text::xid8, {0})"
    " OR m.transaction_id = pg_current_xact_id_if_assigned()::text::bigint)"
)
_MARKED = Statement(
    "SELECT pg_current_snapshot()::text, array_agg(DISTINCT m.item) FROM plan_marks m"
    " WHERE m.company IN (:company, '*') AND "
    + _UNSEEN.format("CAST(CAST(:since AS text) AS pg_snapshot)")
)
_STALE = Statement(
    "SELECT r.company FROM (SELECT DISTINCT ON (company) company, snapshot, status FROM mrp_runs"
    " WHERE status <> 'queued' ORDER BY company, finished_at DESC) r JOIN planned_companies p USING (company)"
    " WHERE p.since <= " + _NOW_XMIN + " AND NOT EXISTS"
    " (SELECT FROM mrp_runs q WHERE q.company = r.company AND q.status = 'queued')"
    " AND (r.snapshot = '' OR EXISTS (SELECT FROM plan_marks m WHERE m.company IN (r.company, '*') AND "
    + _UNSEEN.format("CAST(nullif(r.snapshot, '') AS pg_snapshot)")
    + "))"
)
_REGISTER = Statement(
    "INSERT INTO planned_companies (company) VALUES (:company) ON CONFLICT DO NOTHING"
)
_MARKS_SINCE = Statement(
    "UPDATE planned_companies SET since = pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    " WHERE company = :company AND since IS NULL"
)
_STAGED_ORDERS = (
    "CREATE TEMPORARY TABLE staged_orders (id uuid, line integer, item integer, site integer,"
    " kind smallint, quantity numeric, good numeric, start_date date, due_date date, late boolean, demand uuid,"
    " demand_line integer) ON COMMIT DROP"
)
_STAGED_EXCEPTIONS = (
    "CREATE TEMPORARY TABLE staged_exceptions (line integer, kind smallint, item integer, site integer,"
    " reference_kind smallint, reference uuid, quantity numeric, day date, to_day date, moves boolean) ON COMMIT DROP"
)
_ORDERS = text(
    "INSERT INTO planned_orders (id, run_id, line, company, status, kind, item, unit, warehouse, from_warehouse,"
    " quantity, good, start_date, due_date, late, supplier, demand_order, demand_line, document)"
    " SELECT s.id, :run, s.line, :company, 'planned', (ARRAY['buy', 'make', 'transfer'])[s.kind + 1], i.code,"
    " i.base_unit, coalesce(w.code, ''),"
    " CASE WHEN s.kind = 2 THEN coalesce(CASE WHEN p.id IS NULL THEN g.transfer_from ELSE p.transfer_from END, '')"
    " ELSE '' END, s.quantity, s.good, s.start_date, s.due_date, s.late,"
    " CASE WHEN s.kind = 0 THEN coalesce(nullif(CASE WHEN p.id IS NULL THEN g.supplier ELSE p.supplier END, ''),"
    " o.supplier, '') ELSE '' END,"
    " nullif(s.demand, '00000000-0000-0000-0000-000000000000'), nullif(s.demand_line, 0), ''"
    " FROM staged_orders s JOIN item_replicas i ON i.key = s.item LEFT JOIN warehouse_replicas w ON w.key = s.site"
    " LEFT JOIN item_plans p ON p.company = :company AND p.item = i.code AND p.warehouse = w.code"
    " LEFT JOIN item_plans g ON g.company = :company AND g.item = i.code AND g.warehouse = ''"
    " LEFT JOIN (SELECT DISTINCT ON (item) item, supplier FROM supplier_offers WHERE active"
    " ORDER BY item, preferred DESC, lead_time_days, supplier DESC) o ON o.item = i.code"
)
_EXCEPTIONS = text(
    "INSERT INTO mrp_exceptions (run_id, line, company, kind, item, warehouse, document, quantity, day, to_day)"
    " SELECT :run, s.line, :company, (CAST(:kinds AS text[]))[s.kind + 1], i.code, coalesce(w.code, ''),"
    " coalesce(CASE s.reference_kind"
    " WHEN 0 THEN (SELECT d.number FROM sales_demands d WHERE d.order_id = s.reference LIMIT 1)"
    " WHEN 1 THEN (SELECT o.number FROM production_orders o WHERE o.id = s.reference)"
    " WHEN 2 THEN (SELECT u.number FROM purchase_supplies u WHERE u.order_id = s.reference LIMIT 1)"
    " WHEN 3 THEN (SELECT u.number FROM purchase_supplies u WHERE u.order_id = s.reference LIMIT 1)"
    " WHEN 4 THEN (SELECT t.number FROM transfer_supplies t WHERE t.order_id = s.reference LIMIT 1) END, ''),"
    " s.quantity, s.day, CASE WHEN s.moves THEN s.to_day END"
    " FROM staged_exceptions s JOIN item_replicas i ON i.key = s.item LEFT JOIN warehouse_replicas w ON w.key = s.site"
)
_NUMBERS = Statement(
    "SELECT DISTINCT order_id, number FROM sales_demands WHERE order_id = ANY(CAST(:ids AS uuid[]))"
    " UNION SELECT DISTINCT order_id, number FROM purchase_supplies WHERE order_id = ANY(CAST(:ids AS uuid[]))"
    " UNION SELECT DISTINCT order_id, number FROM transfer_supplies WHERE order_id = ANY(CAST(:ids AS uuid[]))"
    " UNION SELECT id, number FROM production_orders WHERE id = ANY(CAST(:ids AS uuid[]))"
)


_SUPPLIES = Statement(
    "SELECT s.id, array_agg(DISTINCT i.key) FROM (SELECT order_id AS id, item FROM purchase_supplies"
    " WHERE company = :company AND number = :number AND active UNION ALL SELECT order_id, item FROM transfer_supplies"
    " WHERE company = :company AND number = :number AND active UNION ALL SELECT id, item FROM production_orders"
    " WHERE company = :company AND number = :number AND status IN ('planned', 'released')) s"
    " JOIN item_replicas i ON i.code = s.item GROUP BY s.id"
)

_TOLD_ITEMS = Statement(
    "SELECT DISTINCT i.key FROM told_promises t JOIN sales_demands d ON d.order_id = t.order_id AND d.line = t.order_line"
    " JOIN item_replicas i ON i.code = t.item WHERE t.company = :company AND d.active AND d.quantity > d.shipped"
)
_TOLD = Statement(
    "SELECT t.order_id, t.order_line, t.told_date, t.sequence"
    " FROM unnest(CAST(:orders AS uuid[]), CAST(:lines AS int[])) AS line (order_id, order_line)"
    " JOIN told_promises t USING (order_id, order_line) WHERE t.company = :company"
)
_REMEMBER = Statement(
    "INSERT INTO told_promises (order_id, order_line, company, item, told_date, sequence) SELECT o, l, :company, i, d, s"
    " FROM unnest(CAST(:orders AS uuid[]), CAST(:lines AS int[]), CAST(:items AS text[]), CAST(:days AS date[]),"
    " CAST(:sequences AS int[])) AS new (o, l, i, d, s) ORDER BY o, l"
    " ON CONFLICT (order_id, order_line) DO UPDATE SET item = excluded.item, told_date = excluded.told_date,"
    " sequence = excluded.sequence, recorded_at = now()"
)


# --- keys and marks --------------------------------------------------------------------------------------------


async def snapshot(session: AsyncSession, company: str) -> tuple[str, bool]:
    """What of the database can be seen by now, and whether all that a company changes later will be marked."""
    ((found, marked),) = await rows_of(session, _SNAPSHOT, {"company": company})
    return str(found), bool(marked)


async def is_registered(session: AsyncSession, company: str) -> bool:
    """Whether what a company changes is marked: from which transaction on is known too."""
    query = select(planned_companies.c.company).where(
        planned_companies.c.company == company, planned_companies.c.since.is_not(None)
    )
    return (await session.execute(query)).first() is not None


async def register(session: AsyncSession, company: str) -> None:
    """Let what a company changes be marked, by transactions that see this one."""
    await rows_of(session, _REGISTER, {"company": company})


async def note_since(session: AsyncSession, company: str) -> None:
    """Note which transactions may have begun to write unmarked; the registration must be committed before."""
    await rows_of(session, _MARKS_SINCE, {"company": company})


async def marked_since(session: AsyncSession, company: str, since: str) -> tuple[str, set[str]]:
    """What can be seen by now, and the items that were marked by what could not be seen then."""
    ((now, found),) = await rows_of(session, _MARKED, {"company": company, "since": since})
    return str(now), set(found or ())


async def stale_companies(session: AsyncSession) -> list[str]:
    """Companies that something was marked for since their plan was written down."""
    return [str(row[0]) for row in await rows_of(session, _STALE, {})]


async def sweep_marks(session: AsyncSession) -> None:
    """Throw away marks that no picture waits for."""
    await session.execute(
        delete(marks).where(marks.c.recorded_at < func.now() - text("interval '1 hour'"))
    )


async def warehouse_keys(session: AsyncSession, company: str) -> dict[int, str]:
    """A company's warehouses by key, the one that is taken from first before the others."""
    query = (
        select(warehouses.c.key, warehouses.c.code)
        .where(warehouses.c.company == company)
        .order_by(warehouses.c.active.desc(), warehouses.c.priority, warehouses.c.code)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def item_keys(session: AsyncSession, codes: Collection[str]) -> dict[str, tuple[int, int]]:
    """Key and decimals of items by code."""
    query = select(items.c.code, items.c.key, items.c.quantity_decimals).where(
        items.c.code == func.any(sorted(codes))
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}


async def item_codes(session: AsyncSession, keys: Collection[int]) -> dict[int, str]:
    """Codes of items by key."""
    query = select(items.c.key, items.c.code).where(items.c.key == func.any(sorted(keys)))
    return {row[0]: row[1] for row in await session.execute(query)}


async def yields_of(session: AsyncSession, bills: Collection[UUID]) -> dict[UUID, Decimal]:
    """The yield that each bill reckons with."""
    query = select(boms.c.id, boms.c.yield_rate).where(boms.c.id == func.any(sorted(set(bills))))
    return {row[0]: row[1] for row in await session.execute(query)}


async def numbers_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of sales, purchase and production orders and requisitions."""
    found = await rows_of(session, _NUMBERS, {"ids": sorted(set(ids))})
    return {row[0]: row[1] for row in found}


async def supplies_named(session: AsyncSession, company: str, number: str) -> dict[UUID, list[int]]:
    """The open purchase orders, requisitions or production orders of a number, and their items by key."""
    found = await rows_of(session, _SUPPLIES, {"company": company, "number": number})
    return {row[0]: list(row[1]) for row in found}


async def standard_costs(session: AsyncSession, keys: Collection[int]) -> dict[int, Decimal]:
    """The standard costs of items, where they are known."""
    query = select(items.c.key, items.c.standard_cost).where(
        items.c.key == func.any(sorted(keys)), items.c.standard_cost.is_not(None)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


# --- runs ------------------------------------------------------------------------------------------------------


async def add_run(session: AsyncSession, values: Mapping[str, object]) -> None:
    """Queue a run."""
    await session.execute(insert(runs).values(**values))


async def next_run(session: AsyncSession) -> tuple[UUID, str, str] | None:
    """The next queued run, locked; others look past it."""
    row = (await session.execute(_NEXT)).first()
    return None if row is None else (row[0], row[1], row[2])


async def written_run(session: AsyncSession, company: str) -> UUID | None:
    """The run that wrote a company's plan down last."""
    query = (
        select(runs.c.id)
        .where(runs.c.company == company, runs.c.status == "completed")
        .order_by(runs.c.finished_at.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def set_run(session: AsyncSession, run: UUID, values: Mapping[str, object]) -> RowMapping:
    """Write a run's next version."""
    statement = (
        update(runs)
        .where(runs.c.id == run)
        .values(**values, version=runs.c.version + 1)
        .returning(*runs.c)
    )
    return (await session.execute(statement)).mappings().one()


async def find_run(session: AsyncSession, ref: str) -> RowMapping | None:
    """A run by id or number."""
    return (
        await session.execute(select(runs).where(is_named(runs, ref)))
    ).mappings().one_or_none()  # fmt: skip


# --- the plan --------------------------------------------------------------------------------------------------


async def allow_long(session: AsyncSession) -> None:
    """Let this transaction's statements, and the computing between them, take the time of a large company's plan."""
    await session.execute(
        text(
            "SELECT set_config('statement_timeout', '600000', true),"
            " set_config('idle_in_transaction_session_timeout', '600000', true)"
        )
    )


async def lock_plan(session: AsyncSession, company: str) -> None:
    """One who writes a company's plan down at a time."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(1886151022, hashtext(:company))"), {"company": company}
    )


async def clear_plan(
    session: AsyncSession, company: str, of: Collection[str] | None, answered_max: int
) -> Sequence[RowMapping]:
    """Take away what was planned for a company, or for some of its items; what was firmed stays.

    The planned orders are answered, unless there are more: their ids go on where nothing about them changes.
    """
    for table in (pegs, exceptions):
        gone = delete(table).where(table.c.company == company)
        await session.execute(
            gone if of is None else gone.where(table.c.item == func.any(sorted(of)))
        )
    table = planned_orders
    gone = delete(table).where(table.c.company == company, table.c.status == "planned")
    if of is None:
        some = select(table.c.id).where(table.c.company == company, table.c.status == "planned")
        count = select(func.count()).select_from(some.limit(answered_max + 1).subquery())
        if (await session.execute(count)).scalar_one() > answered_max:
            await session.execute(gone)
            return []
    else:
        gone = gone.where(table.c.item == func.any(sorted(of)))
    gone = gone.returning(
        table.c.id, table.c.item, table.c.warehouse, table.c.start_date, table.c.due_date, table.c.quantity
    )  # fmt: skip
    return (await session.execute(gone)).mappings().all()


async def planned_of(
    session: AsyncSession, company: str, of: Collection[str]
) -> Sequence[RowMapping]:
    """What is planned for some items."""
    table = planned_orders
    query = (
        select(table)
        .where(
            table.c.company == company, table.c.status == "planned", table.c.item == func.any(sorted(of))
        )
        .order_by(table.c.run_id, table.c.line)
    )  # fmt: skip
    return (await session.execute(query)).mappings().all()


async def write_plan(
    session: AsyncSession,
    run: UUID,
    company: str,
    orders: Sequence[Array],
    messages: Sequence[Array],
    pegged: Sequence[Mapping[str, object]],
    kinds: Sequence[str],
) -> None:
    """Write planned orders, exceptions and pegs down: by COPY to a stage, and from there with their words."""
    for statement in (_STAGED_ORDERS, _STAGED_EXCEPTIONS):
        await session.execute(text(statement))
    connection = await connection_of(session)
    await copying.write(
        connection, "staged_orders",
        ["id", "line", "item", "site", "kind", "quantity", "good", "start_date", "due_date", "late", "demand",
         "demand_line"],
        orders,
        kinds=["uuid", "integer", "integer", "integer", "smallint", "numeric", "numeric", "date", "date", "boolean",
               "uuid", "integer"],
    )  # fmt: skip
    await copying.write(
        connection, "staged_exceptions",
        ["line", "kind", "item", "site", "reference_kind", "reference", "quantity", "day", "to_day", "moves"],
        messages,
        kinds=["integer", "smallint", "integer", "integer", "smallint", "uuid", "numeric", "date", "date", "boolean"],
    )  # fmt: skip
    if len(orders[0]):
        await session.execute(_ORDERS, {"run": run, "company": company})
    if len(messages[0]):
        await session.execute(_EXCEPTIONS, {"run": run, "company": company, "kinds": list(kinds)})
    await insert_rows(session, pegs, pegged)
    await session.execute(text("DROP TABLE staged_orders, staged_exceptions"))


def days_of(today: date, days: Array) -> Array:
    """Days from today as COPY has dates: since 2000."""
    return (np.clip(days, -3650, 3650) + (today.toordinal() - date(2000, 1, 1).toordinal())).astype(
        np.int32
    )


async def counted(session: AsyncSession, company: str) -> tuple[int, int]:
    """How many planned orders and exceptions a company has."""
    planned = select(func.count()).where(
        planned_orders.c.company == company, planned_orders.c.status == "planned"
    )
    told = select(func.count()).where(exceptions.c.company == company)
    row: Any = (await session.execute(select(planned.scalar_subquery(), told.scalar_subquery()))).one()  # fmt: skip
    return int(row[0]), int(row[1])


async def told_items(session: AsyncSession, company: str) -> list[int]:
    """Keys of items that a company's open order lines ask for, of which something was told."""
    return [int(row["key"]) for row in await _TOLD_ITEMS.fetch(session, {"company": company})]


async def told_promises(
    session: AsyncSession, company: str, lines: Collection[tuple[UUID, int]]
) -> Sequence[Mapping[str, Any]]:
    """What was told last of some order lines, where they were ever off their day."""
    named = list(lines)
    return await _TOLD.fetch(
        session,
        {
            "company": company,
            "orders": [order for order, _ in named],
            "lines": [line for _, line in named],
        },
    )


async def remember_promises(
    session: AsyncSession, company: str, told: Sequence[tuple[UUID, int, str, date | None, int]]
) -> None:
    """Remember when lines can be delivered, as it is told now: order, line, item, day, how often it was told."""
    await _REMEMBER.fetch(
        session,
        {
            "company": company,
            "orders": [one[0] for one in told],
            "lines": [one[1] for one in told],
            "items": [one[2] for one in told],
            "days": [one[3] for one in told],
            "sequences": [one[4] for one in told],
        },
    )


async def lock_planned(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, RowMapping]:
    """Planned orders, locked in order of id."""
    query = (
        select(planned_orders)
        .where(planned_orders.c.id == func.any(sorted(ids)))
        .order_by(planned_orders.c.id)
        .with_for_update()
    )
    return {row["id"]: row for row in (await session.execute(query)).mappings()}


async def set_firmed(session: AsyncSession, documents: Mapping[UUID, str]) -> None:
    """These planned orders became documents."""
    for order, document in sorted(documents.items()):
        await session.execute(
            update(planned_orders)
            .where(planned_orders.c.id == order)
            .values(status="firmed", document=document)
        )


def runs_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Runs, by the columns given."""
    return filtered(select(runs), *((runs.c[n], value) for n, value in filters.items()))


def orders_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Planned orders, by the columns given."""
    table = planned_orders
    return filtered(select(table), *((table.c[n], value) for n, value in filters.items()))


def exceptions_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Exception messages, by the columns given."""
    table = exceptions
    return filtered(select(table), *((table.c[n], value) for n, value in filters.items()))


async def items_planned(session: AsyncSession, company: str) -> int | None:
    """How many item-sites the plan has that was written down last; None: there is none."""
    query = (
        select(runs.c["items"])
        .where(runs.c.company == company, runs.c.status == "completed")
        .order_by(runs.c.finished_at.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def planned_with(session: AsyncSession, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """Planned orders by id."""
    table = planned_orders
    query = (
        select(table)
        .where(table.c.id == func.any(sorted(ids)))
        .order_by(table.c.start_date, table.c.id)
    )
    return (await session.execute(query)).mappings().all()


async def pegs_of_supply(session: AsyncSession, supplies: Collection[str]) -> Sequence[RowMapping]:
    """What some supplies are for."""
    query = select(pegs).where(pegs.c.supply == func.any(sorted(supplies))).order_by(pegs.c.line)
    return (await session.execute(query)).mappings().all()


async def pegs_of_need(session: AsyncSession, needs: Collection[str]) -> Sequence[RowMapping]:
    """What some needs are covered by."""
    query = select(pegs).where(pegs.c.need == func.any(sorted(needs))).order_by(pegs.c.line)
    return (await session.execute(query)).mappings().all()
