"""How receipts are written, and found again when goods go back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import arrays, columns_of, filtered, insert_rows
from inventory.lists import by_reference
from inventory.locks import Rank, enter
from inventory.receipts.rules import ReceivedLine
from inventory.receipts.tables import receipt_lines, receipts


async def insert(
    session: AsyncSession, head: Mapping[str, object], lines: Sequence[Mapping[str, object]]
) -> None:
    """Write a receipt."""
    await insert_rows(session, receipts, [head])
    await insert_rows(session, receipt_lines, lines)


async def lines_of(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of some receipts."""
    found: dict[UUID, list[dict[str, Any]]] = {i: [] for i in ids}
    query = select(receipt_lines).where(receipt_lines.c.receipt_id.in_(ids))
    for row in (await session.execute(query.order_by(receipt_lines.c.line))).mappings():
        found[row["receipt_id"]].append(dict(row))
    return found


async def returnable(
    session: AsyncSession, order_id: UUID, order_lines: Collection[int]
) -> list[ReceivedLine]:
    """Receipt lines of a purchase order that not everything went back from, the latest first, locked."""
    lines = receipt_lines.c
    enter(session, Rank.SOURCES, [order_id])
    query = (
        select(
            lines.receipt_id,
            lines.line,
            lines.order_line,
            lines.item,
            lines.lot,
            lines.accepted,
            lines.returned,
        )
        .where(lines.purchase_order == order_id, lines.order_line.in_(order_lines))
        .where(lines.returned < lines.accepted)
        .order_by(lines.receipt_id.desc(), lines.line.desc())
        .with_for_update()
    )
    return [ReceivedLine(*row) for row in (await session.execute(query)).tuples()]


async def count_returned(
    session: AsyncSession, returned: Mapping[tuple[UUID, int], Decimal]
) -> None:
    """Count what went back per receipt line."""
    rows = [
        {"receipt_id": receipt, "line": line, "quantity": quantity}
        for (receipt, line), quantity in sorted(returned.items())
    ]
    await session.execute(
        text(
            "UPDATE receipt_lines r SET returned = r.returned + new.quantity FROM "
            + arrays(receipt_id="uuid", line="integer", quantity="numeric")
            + " WHERE r.receipt_id = new.receipt_id AND r.line = new.line"
        ),
        columns_of(rows),
    )


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Receipts' heads, the newest first."""
    order = filters.pop("purchase_order", None)
    query = by_reference(
        select(*receipts.c), receipts.c.purchase_order, receipts.c.purchase_order_number, order
    )
    query = filtered(query, *((receipts.c[name], value) for name, value in filters.items()))
    return await page(
        session,
        query,
        paging,
        key=[receipts.c.id],
        allowed_sorts={
            "id": receipts.c.id,
            "number": receipts.c.number,
            "business_date": receipts.c.business_date,
        },
        default_sort="-id",
        make=lambda row: dict(zip(receipts.c.keys(), row, strict=False)),
    )


async def find(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """A receipt's head by id or number."""
    query = by_reference(select(receipts), receipts.c.id, receipts.c.number, ref)
    row = (await session.execute(query)).mappings().first()
    return dict(row) if row else None
