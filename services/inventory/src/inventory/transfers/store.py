"""How transfers are written, locked and found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from chassis.rows import insert_rows
from inventory.lists import document, documents
from inventory.locks import Rank, enter
from inventory.stock.rules import ZERO
from inventory.transfers.rules import Transfer, TransferLine
from inventory.transfers.tables import transfer_lines, transfer_movements, transfers
from tongheng_contracts.inventory import TransferMovement


async def create(session: AsyncSession, made: Sequence[Transfer]) -> None:
    """Write new transfers."""
    heads: list[dict[str, object]] = [
        {
            "id": transfer.id,
            "number": transfer.number,
            "company": transfer.company,
            "version": transfer.version,
            "status": str(transfer.status),
            "from_warehouse": transfer.from_warehouse,
            "to_warehouse": transfer.to_warehouse,
            "ship_date": transfer.ship_date,
            "due_date": transfer.due_date,
            "planned_order": transfer.planned_order,
            "business_date": transfer.business_date,
            "posting_date": transfer.business_date,
        }
        for transfer in made
    ]
    await insert_rows(session, transfers, heads)
    rows = [
        {
            "transfer_id": transfer.id,
            "line": line.line,
            "company": transfer.company,
            "item": line.item,
            "unit": line.unit,
            "lot": line.lot,
            "quantity": line.quantity,
        }
        for transfer in made
        for line in transfer.lines.values()
    ]
    await insert_rows(session, transfer_lines, rows)


async def known(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Which of these transfers there are."""
    query = select(transfers.c.id).where(transfers.c.id.in_(ids))
    return set((await session.execute(query)).scalars())


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Transfer | None:
    """A transfer by id or number, with its lines."""
    try:
        where = transfers.c.id == UUID(ref)
    except ValueError:
        where = transfers.c.number == ref
    query = select(
        transfers.c.id,
        transfers.c.number,
        transfers.c.company,
        transfers.c.version,
        transfers.c.status,
        transfers.c.from_warehouse,
        transfers.c.to_warehouse,
        transfers.c.business_date,
        transfers.c.ship_date,
        transfers.c.due_date,
        transfers.c.planned_order,
    ).where(where)
    if lock:
        enter(session, Rank.DOCUMENTS, [ref])
        query = query.with_for_update()
    row = (await session.execute(query)).tuples().first()
    if row is None:
        return None
    transfer = Transfer(*row)
    lines = (await lines_of(session, [transfer.id]))[transfer.id]
    transfer.lines = {line.line: line for line in lines}
    return transfer


async def lines_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[TransferLine]]:
    """The lines of some transfers."""
    found: dict[UUID, list[TransferLine]] = {i: [] for i in ids}
    query = select(transfer_lines).where(transfer_lines.c.transfer_id.in_(ids))
    for row in (await session.execute(query.order_by(transfer_lines.c.line))).mappings():
        found[row["transfer_id"]].append(_line(dict(row)))
    return found


def _line(row: dict[str, Any]) -> TransferLine:
    lots: list[tuple[str, Decimal]] = [(lot, Decimal(q)) for lot, q in row["shipped_lots"]]
    return TransferLine(
        row["line"],
        row["item"],
        row["unit"],
        row["lot"],
        row["quantity"],
        row["received"],
        row["cost"],
        lots,
    )


async def save(session: AsyncSession, transfer: Transfer) -> None:
    """Write a locked transfer's state."""
    await session.execute(
        update(transfers)
        .where(transfers.c.id == transfer.id)
        .values(status=str(transfer.status), version=transfer.version)
    )
    for line in transfer.lines.values():
        await session.execute(
            update(transfer_lines)
            .where(transfer_lines.c.transfer_id == transfer.id, transfer_lines.c.line == line.line)
            .values(
                received=line.received,
                cost=line.cost,
                shipped_lots=[[lot, str(quantity)] for lot, quantity in line.shipped_lots],
            )
        )


async def add_movement(session: AsyncSession, fact: TransferMovement, direction: int) -> None:
    """Write one end of a transfer."""
    await session.execute(
        insert(transfer_movements).values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            transfer_id=fact.transfer,
            direction=direction,
            quantity=sum((line.quantity for line in fact.lines), ZERO),
            cost=sum((line.cost for line in fact.lines), ZERO),
            document=fact.model_dump(mode="json"),
            business_date=date.fromisoformat(fact.business_date),
            posting_date=date.fromisoformat(fact.posting_date),
        )
    )


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: object
) -> Page[dict[str, Any]]:
    """Transfers' heads, the newest first."""
    return await documents(session, transfers, paging, filters)


async def find_head(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """A transfer's head by id or number."""
    return await document(session, transfers, ref)
