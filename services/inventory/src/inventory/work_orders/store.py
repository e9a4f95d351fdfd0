"""How production orders' needs, holds and requests are written and read; all under the locks of their items."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_of, insert_rows, rows_of
from chassis.statements import Statement
from inventory.lists import by_reference
from inventory.stock.rules import ItemKey
from inventory.work_orders.rules import Component, Hold, Request
from inventory.work_orders.tables import components, holds, requests, shortages, work_orders

_NEWER = (
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,"
    " warehouse = excluded.warehouse WHERE excluded.version > work_orders.version RETURNING id"
)
_NEEDS = (
    "ON CONFLICT (order_id, line) DO UPDATE SET item = excluded.item, unit = excluded.unit,"
    " warehouse = excluded.warehouse, quantity = excluded.quantity"
)
_GIVEN = "ON CONFLICT (order_id, line) DO UPDATE SET issued = work_order_components.issued + excluded.issued"
_HELD = "ON CONFLICT (order_id, line, balance_id) DO UPDATE SET quantity = work_order_holds.quantity + excluded.quantity"
_COMPONENTS = (
    "SELECT c.order_id, c.line, c.company, c.item, c.unit, c.warehouse, c.quantity, c.issued,"
    " COALESCE((SELECT sum(h.quantity) FROM work_order_holds h WHERE h.order_id = c.order_id AND h.line = c.line), 0)"
    " FROM work_order_components c"
)
_OF_ORDERS = Statement(
    f"{_COMPONENTS} WHERE c.order_id = ANY(CAST(:ids AS uuid[])) ORDER BY c.order_id, c.line"
)
_LACKING = Statement(
    f"{_COMPONENTS} JOIN work_orders o ON o.id = c.order_id AND o.status = 'released'"
    f" JOIN {arrays(company='text', item='text')} ON new.company = c.company AND new.item = c.item"
    " WHERE c.quantity > c.issued ORDER BY o.recorded_at, c.order_id, c.line"
)
_HOLDS = Statement(
    "SELECT order_id, line, company, item, balance_id, quantity FROM work_order_holds"
    " WHERE order_id = ANY(CAST(:ids AS uuid[])) ORDER BY order_id, line, balance_id"
)
_LET_GO = Statement(
    "WITH less AS (UPDATE work_order_holds h SET quantity = h.quantity - new.quantity"
    f" FROM {arrays(order_id='uuid', line='integer', balance_id='bigint', quantity='numeric')}"
    " WHERE h.order_id = new.order_id AND h.line = new.line AND h.balance_id = new.balance_id"
    " AND h.quantity > new.quantity RETURNING 1)"
    " DELETE FROM work_order_holds h USING"
    " unnest(CAST(:order_id AS uuid[]), CAST(:line AS integer[]), CAST(:balance_id AS bigint[]),"
    " CAST(:quantity AS numeric[])) AS gone (order_id, line, balance_id, quantity)"
    " WHERE h.order_id = gone.order_id AND h.line = gone.line AND h.balance_id = gone.balance_id"
    " AND h.quantity <= gone.quantity"
)
_REQUEST = ", ".join(f.name for f in fields(Request))
_WAITING = Statement(
    f"SELECT {', '.join('r.' + f.name for f in fields(Request))} FROM material_requests r"
    f" JOIN {arrays(company='text', item='text')} ON new.company = r.company AND new.item = r.item"
    " WHERE r.quantity > r.issued ORDER BY r.recorded_at, r.id, r.line"
)
_WAITING_OF = Statement(
    f"SELECT {_REQUEST} FROM material_requests WHERE order_id = ANY(CAST(:ids AS uuid[]))"
    " AND quantity > issued ORDER BY recorded_at, id, line"
)
_ISSUED = Statement(
    "UPDATE material_requests r SET issued = r.issued + new.issued"
    f" FROM {arrays(id='uuid', line='integer', issued='numeric')} WHERE r.id = new.id AND r.line = new.line"
)


def _keyed(keys: Iterable[ItemKey]) -> dict[str, list[object]]:
    ordered = sorted(set(keys))
    return {"company": [k.company for k in ordered], "item": [k.item for k in ordered]}


async def keep(
    session: AsyncSession,
    heads: Sequence[Mapping[str, object]],
    needs: Sequence[Mapping[str, object]],
) -> set[UUID]:
    """Take over newer versions of orders with what they need; the ids of those."""
    ordered = sorted(heads, key=lambda head: str(head["id"]))
    newer = {row[0] for row in await insert_rows(session, work_orders, ordered, conflict=_NEWER)}
    rows = [{**need, "issued": Decimal(0)} for need in needs if need["order_id"] in newer]
    await insert_rows(session, components, rows, conflict=_NEEDS)
    return newer


async def components_of(session: AsyncSession, ids: Collection[UUID]) -> list[Component]:
    """What some orders need."""
    return [Component(*row) for row in await rows_of(session, _OF_ORDERS, {"ids": sorted(ids)})]


async def lacking(session: AsyncSession, keys: Collection[ItemKey]) -> list[Component]:
    """What released orders need of some items and have not been given, those released first first."""
    return [Component(*row) for row in await rows_of(session, _LACKING, _keyed(keys))]


async def holds_of(session: AsyncSession, ids: Collection[UUID]) -> list[Hold]:
    """What is set aside for some orders."""
    return [Hold(*row) for row in await rows_of(session, _HOLDS, {"ids": sorted(ids)})]


async def add_holds(session: AsyncSession, made: Sequence[Hold]) -> None:
    """Set more aside."""
    await insert_rows(session, holds, [asdict(hold) for hold in made], conflict=_HELD)


async def let_go(session: AsyncSession, gone: Sequence[Hold]) -> None:
    """Set less aside, by the quantities given."""
    sums: dict[tuple[UUID, int, int], Decimal] = {}
    for h in gone:
        key = (h.order_id, h.line, h.balance_id)
        sums[key] = sums.get(key, Decimal(0)) + h.quantity
    if sums:
        rows = [
            {"order_id": order, "line": line, "balance_id": balance, "quantity": quantity}
            for (order, line, balance), quantity in sums.items()
        ]
        await _LET_GO.fetch(session, columns_of(rows))


async def add_requests(session: AsyncSession, made: Sequence[Request]) -> list[Request]:
    """Keep what was asked for; those that are new."""
    stored = await insert_rows(
        session,
        requests,
        [asdict(request) for request in made],
        conflict="ON CONFLICT DO NOTHING RETURNING id, line",
    )
    new = {(row[0], row[1]) for row in stored}
    return [request for request in made if (request.id, request.line) in new]


async def waiting(session: AsyncSession, keys: Collection[ItemKey]) -> list[Request]:
    """What was asked for of some items and is not given out yet, in the order in which it was asked."""
    return [Request(*row) for row in await rows_of(session, _WAITING, _keyed(keys))]


async def waiting_of(session: AsyncSession, ids: Collection[UUID]) -> list[Request]:
    """What some orders asked for and were not given yet."""
    return [Request(*row) for row in await rows_of(session, _WAITING_OF, {"ids": sorted(ids)})]


async def count_issued(session: AsyncSession, given: Sequence[tuple[Request, Decimal]]) -> None:
    """Count what was given out for requests, and for the components of their orders."""
    if not given:
        return
    await _ISSUED.fetch(
        session,
        columns_of([{"id": r.id, "line": r.line, "issued": quantity} for r, quantity in given]),
    )
    sums: dict[tuple[UUID, int], dict[str, object]] = {}
    for request, quantity in given:
        row = sums.setdefault(
            (request.order_id, request.component),
            {
                "order_id": request.order_id,
                "line": request.component,
                "company": request.company,
                "item": request.item,
                "unit": request.unit,
                "warehouse": request.warehouse,
                "quantity": Decimal(0),
                "issued": Decimal(0),
            },
        )
        row["issued"] = row["issued"] + quantity  # type: ignore[operator]
    # The order itself may come later: what it needs is filled in then.
    await insert_rows(
        session, components, [sums[key] for key in sorted(sums, key=str)], conflict=_GIVEN
    )


async def find(session: AsyncSession, ref: str) -> Row[Any] | None:
    """An order by id or number."""
    query = by_reference(select(work_orders), work_orders.c.id, work_orders.c.number, ref)
    return (await session.execute(query)).first()


async def stated(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, tuple[int, Any]]:
    """What was last said to be missing, with its version, by order."""
    query = select(shortages.c.order_id, shortages.c.version, shortages.c.document).where(
        shortages.c.order_id == func.any(sorted(ids))
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}


async def state(
    session: AsyncSession, order: UUID, company: str, version: int, document: object
) -> None:
    """Keep what is said to be missing."""
    statement = insert(shortages).values(
        order_id=order, company=company, version=version, document=document
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[shortages.c.order_id],
            set_={"version": version, "document": document},
        )
    )


async def held_totals(session: AsyncSession) -> dict[str, tuple[Decimal, int]]:
    """What is set aside for production orders per company, and by how many holds."""
    found = await session.execute(
        text(
            "SELECT company, sum(quantity), count(*)::integer FROM work_order_holds GROUP BY company"
        )
    )
    return {row[0]: (row[1], row[2]) for row in found}
