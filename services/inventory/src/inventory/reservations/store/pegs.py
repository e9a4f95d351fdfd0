"""What order lines wait for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_of, insert_rows, rows_of
from chassis.statements import Statement
from inventory.reservations.rules import Peg
from inventory.reservations.store.lines import KEYS
from inventory.reservations.tables import pegs
from inventory.stock.rules import ItemKey

_PEGS = (
    "SELECT p.order_id, p.line, p.source_id, p.source_line, p.company, p.item, p.warehouse, p.source, p.due_date,"
    " p.quantity FROM pegs p"
)


_PEGS_OF_ORDERS = Statement(
    f"{_PEGS} WHERE p.order_id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY p.order_id, p.line, p.due_date NULLS LAST, p.source, p.source_line"
)


_PEGS_OF_ITEMS = Statement(f"{_PEGS} JOIN {KEYS} USING (company, item)")


_UNPEG = Statement(
    "DELETE FROM pegs p USING "
    + arrays(order_id="uuid", line="integer", source_id="uuid", source_line="integer")
    + " WHERE p.order_id = new.order_id AND p.line = new.line AND p.source_id = new.source_id"
    " AND p.source_line = new.source_line"
)


async def pegs_of_orders(session: AsyncSession, ids: Collection[UUID]) -> list[Peg]:
    """What some orders wait for, the earliest first."""
    return [_peg(row) for row in await rows_of(session, _PEGS_OF_ORDERS, {"ids": list(ids)})]


async def pegs_of_items(session: AsyncSession, keys: Collection[ItemKey]) -> list[Peg]:
    """What anybody waits for of some items."""
    ordered = sorted(keys)
    found = await rows_of(
        session,
        _PEGS_OF_ITEMS,
        {"company": [k.company for k in ordered], "item": [k.item for k in ordered]},
    )
    return [_peg(row) for row in found]


def _peg(row: tuple[Any, ...]) -> Peg:
    order_id, line, source_id, source_line, company, item, warehouse, source, due_date, quantity = (
        row
    )
    key = ItemKey(company, item)
    return Peg((order_id, line), source_id, source_line, key, warehouse, source, due_date, quantity)


async def replace_pegs(session: AsyncSession, gone: Sequence[Peg], new: Sequence[Peg]) -> None:
    """Take away what is no longer waited for, write what is."""
    if gone:
        rows = [
            {
                "order_id": p.key[0],
                "line": p.key[1],
                "source_id": p.source_id,
                "source_line": p.source_line,
            }
            for p in gone
        ]
        await rows_of(session, _UNPEG, columns_of(rows))
    await insert_rows(
        session,
        pegs,
        [
            {
                "order_id": p.key[0],
                "line": p.key[1],
                "source_id": p.source_id,
                "source_line": p.source_line,
                "company": p.item_key.company,
                "item": p.item_key.item,
                "warehouse": p.warehouse,
                "source": p.source,
                "due_date": p.due_date,
                "quantity": p.quantity,
            }
            for p in new
        ],
    )
