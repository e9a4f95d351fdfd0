"""How process cost sheets are written and read, and what orders have counted and cost by operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, is_named, rows_of
from chassis.statements import Statement
from production.costing.rules import Costs
from production.process_costs.rules import InWork, Method, Sheet, Step, Tally
from production.process_costs.tables import sheets

_LOCK = Statement("SELECT pg_advisory_xact_lock(1886417011, hashtext(:key))")
# One statement sees pieces and costs at one moment. Material of no operation goes in at the first.
_TALLIES = Statement(
    "WITH mine AS (SELECT id, item FROM production_orders WHERE company = CAST(:company AS text)"
    " AND item = CAST(:item AS text)),"
    " steps AS (SELECT o.order_id, o.operation, o.good, o.scrapped FROM production_order_operations o"
    " JOIN mine m ON m.id = o.order_id),"
    " ends AS (SELECT order_id, min(operation) AS first, max(operation) AS last FROM steps GROUP BY order_id),"
    " needed AS (SELECT c.order_id, c.item, min(c.operation) AS operation FROM production_order_components c"
    " JOIN steps s ON s.order_id = c.order_id AND s.operation = c.operation GROUP BY c.order_id, c.item),"
    " spent AS (SELECT CASE WHEN e.kind IN ('operation', 'subcontract') THEN coalesce(e.operation, n.first)"
    " WHEN e.kind = 'output' THEN n.last ELSE coalesce(w.operation, n.first) END AS operation, e.element, e.amount"
    " FROM cost_entries e JOIN mine m ON m.id = e.order_id JOIN ends n ON n.order_id = e.order_id"
    " LEFT JOIN needed w ON w.order_id = e.order_id AND w.item = e.item AND e.kind = 'issue'"
    " WHERE e.kind <> 'variance' AND NOT (e.kind = 'output' AND e.item = m.item))"
    " SELECT operation, 'good' AS what, sum(good) FROM steps GROUP BY operation"
    " UNION ALL SELECT operation, 'lost', sum(scrapped) FROM steps GROUP BY operation"
    " UNION ALL SELECT operation, element, sum(amount) FROM spent GROUP BY operation, element"
)


async def lock_item(session: AsyncSession, company: str, item: str) -> None:
    """One sheet of an item is made after the other."""
    await _LOCK.fetch(session, {"key": f"{company}/{item}"})


async def tallies(session: AsyncSession, company: str, item: str) -> dict[int, Tally]:
    """What all orders of an item have counted and cost so far, by operation."""
    found: dict[int, dict[str, Decimal]] = {}
    for operation, what, value in await rows_of(
        session, _TALLIES, {"company": company, "item": item}
    ):
        found.setdefault(operation, {})[what] = value
    zero = Decimal(0)
    return {
        operation: Tally(
            values.get("good", zero),
            values.get("lost", zero),
            Costs(*(values.get(f.name, zero) for f in fields(Costs))),
        )
        for operation, values in found.items()
        if any(values.values())
    }


async def newest(session: AsyncSession, company: str, item: str) -> Sheet | None:
    """An item's last sheet."""
    query = (
        select(sheets)
        .where(sheets.c.company == company, sheets.c.item == item)
        .order_by(sheets.c.period.desc())
        .limit(1)
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else sheet_of(row)


async def find(session: AsyncSession, ref: str) -> Sheet | None:
    """A sheet by id or number."""
    row = (await session.execute(select(sheets).where(is_named(sheets, ref)))).mappings()
    found = row.one_or_none()
    return None if found is None else sheet_of(found)


async def add(session: AsyncSession, sheet: Sheet, day: date) -> None:
    """Keep a sheet."""
    last = sheet.steps[-1]
    await session.execute(
        insert(sheets).values(
            id=sheet.id,
            number=sheet.number,
            company=sheet.company,
            item=sheet.item,
            period=sheet.period,
            method=sheet.method.value,
            quantity=last.good,
            cost=last.handed_on.total,
            in_work=sum((s.closing.costs.total for s in sheet.steps), Decimal(0)),
            document=json.loads(json.dumps([asdict(s) for s in sheet.steps], default=str)),
            business_date=day,
            posting_date=day,
        )
    )


def sheet_of(row: RowMapping) -> Sheet:
    """A row as the rules see it."""
    return Sheet(
        id=row["id"],
        number=row["number"],
        company=row["company"],
        item=row["item"],
        period=row["period"],
        method=Method(row["method"]),
        steps=tuple(_step(each) for each in row["document"]),
    )


def _costs(kept: Mapping[str, str]) -> Costs:
    return Costs(**{name: Decimal(value) for name, value in kept.items()})


def _in_work(kept: Mapping[str, Any]) -> InWork:
    return InWork(
        Decimal(kept["units"]),
        Decimal(kept["material_degree"]),
        Decimal(kept["conversion_degree"]),
        _costs(kept["carried"]),
        _costs(kept["own"]),
    )


def _step(kept: Mapping[str, Any]) -> Step:
    tally = kept["tally"]
    return Step(
        operation=kept["operation"],
        opening=_in_work(kept["opening"]),
        came=Decimal(kept["came"]),
        good=Decimal(kept["good"]),
        lost=Decimal(kept["lost"]),
        closing=_in_work(kept["closing"]),
        carried=_costs(kept["carried"]),
        added=_costs(kept["added"]),
        handed_on=_costs(kept["handed_on"]),
        written_off=_costs(kept["written_off"]),
        equivalent={name: Decimal(value) for name, value in kept["equivalent"].items()},
        tally=Tally(Decimal(tally["good"]), Decimal(tally["lost"]), _costs(tally["costs"])),
    )


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Sheets, by the columns given."""
    return filtered(select(sheets), *((sheets.c[n], value) for n, value in filters.items()))
