"""How balances are read and written, and moves appended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import arrays, columns_named, filtered, insert_rows, inserting, rows_of
from chassis.statements import Statement
from inventory.stock.rules import Balance, BalanceKey, ItemKey, Move, Place
from inventory.stock.tables import balances, moves

_ADD = (
    "ON CONFLICT (company, item, warehouse, bin, lot, status, owner) DO UPDATE SET"
    " on_hand = balances.on_hand + excluded.on_hand,"
    " expiry_date = COALESCE(balances.expiry_date, excluded.expiry_date)"
)

# Guarded: a row that would go below its reservations, or below nothing, is not changed and is missed in the count.
CHANGE = (
    "UPDATE balances b SET on_hand = b.on_hand + new.moved, reserved = b.reserved + new.held"
    f" FROM {arrays(id='bigint', moved='numeric', held='numeric')}"
    " WHERE b.id = new.id AND b.reserved + new.held >= 0"
    " AND b.on_hand + new.moved >= b.reserved + new.held RETURNING b.id"
)

_CHANGE = Statement(CHANGE)

_MOVE = (
    "company",
    "item",
    "unit",
    "quantity",
    "source_place",
    "source_bin",
    "source_status",
    "target_place",
    "target_bin",
    "target_status",
    "lot",
    "direction",
    "amount",
    "carried",
    "valuation_class",
    "destination",
    "flow_end",
    "document_topic",
    "document_id",
    "document_number",
    "document_line",
    "business_date",
    "posting_date",
)
APPEND = inserting(moves, _MOVE, "move_")

_OF_ITEMS = Statement(
    "SELECT b.id, b.company, b.item, b.warehouse, b.bin, b.lot, b.status, b.expiry_date, b.on_hand, b.reserved"
    f" FROM balances b JOIN {arrays(company='text', item='text')} USING (company, item)"
    " WHERE b.on_hand > 0 AND b.owner = ''"
    " ORDER BY b.company, b.item, b.warehouse, b.bin, b.lot, b.status"
)


def _balance(row: tuple[Any, ...]) -> Balance:
    number, company, item, warehouse, bin_, lot, status, expiry, on_hand, reserved = row
    key = BalanceKey(company, item, warehouse, bin_, lot, status)
    return Balance(key, on_hand, reserved, number, expiry)


async def balances_of(session: AsyncSession, keys: Collection[ItemKey]) -> list[Balance]:
    """All places where the items lie, in order of key."""
    ordered = sorted(keys)
    found = await rows_of(
        session,
        _OF_ITEMS,
        {"company": [k.company for k in ordered], "item": [k.item for k in ordered]},
    )
    return [_balance(row) for row in found]


def changes(changed: Sequence[Balance]) -> dict[str, list[object]]:
    """What CHANGE asks for: the balances that are written already, in order of key."""
    known = sorted(
        (b for b in changed if b.id is not None and (b.moved or b.held)), key=lambda b: b.key
    )
    return {
        "id": [b.id for b in known],
        "moved": [b.moved for b in known],
        "held": [b.held for b in known],
    }


async def change(session: AsyncSession, changed: Sequence[Balance]) -> bool:
    """Change balances that are written; False when one would go below what is reserved there."""
    values = changes(changed)
    return len(await rows_of(session, _CHANGE, values)) == len(values["id"])


async def add(session: AsyncSession, new: Sequence[Balance]) -> None:
    """Write balances of places where nothing lay."""
    await insert_rows(
        session,
        balances,
        [
            {
                "company": b.key.company,
                "item": b.key.item,
                "warehouse": b.key.warehouse,
                "bin": b.key.bin,
                "lot": b.key.lot,
                "status": str(b.key.status),
                "owner": "",
                "expiry_date": b.expiry_date,
                "on_hand": b.moved,
            }
            for b in sorted(new, key=lambda b: b.key)
        ],
        conflict=_ADD,
    )


def entries(made: Sequence[Move]) -> dict[str, list[object]]:
    """What APPEND asks for."""
    rows = [
        (
            m.item.company,
            m.item.item,
            m.unit,
            m.quantity,
            m.source[0],
            m.source[1],
            m.source[2],
            m.target[0],
            m.target[1],
            m.target[2],
            m.lot,
            m.direction,
            m.amount,
            m.carried,
            m.valuation_class,
            m.destination,
            m.flow_end,
            m.origin.topic,
            m.origin.id,
            m.origin.number,
            m.line,
            m.origin.business_date,
            m.origin.posting_date,
        )
        for m in made
    ]
    return columns_named((f"move_{name}" for name in _MOVE), rows)


async def transit_totals(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, Decimal, Decimal]]:
    """Value and quantity on the road per company at the cut, by the ledger."""
    found = await session.execute(
        text(
            "SELECT company, sum(CASE WHEN target_place = :road THEN carried ELSE -carried END),"
            " sum(CASE WHEN target_place = :road THEN quantity ELSE -quantity END) FROM moves"
            " WHERE (source_place = '@transit' OR target_place = '@transit') AND recorded_at <= :cut GROUP BY company"
        ),
        {"road": str(Place.TRANSIT), "cut": cut},
    )
    return [(row[0], row[1], row[2]) for row in found.tuples()]


async def reserved_totals(session: AsyncSession) -> dict[str, Decimal]:
    """What the balances say is reserved, per company."""
    found = await session.execute(
        text("SELECT company, sum(reserved) FROM balances WHERE reserved > 0 GROUP BY company")
    )
    return {row[0]: row[1] for row in found.tuples()}


async def listed(
    session: AsyncSession,
    paging: PageRequest,
    *,
    company: str | None,
    item: str | None,
    warehouse: str | None,
    lot: str | None,
    document: UUID | None,
) -> Page[dict[str, Any]]:
    """The ledger's entries, the newest first."""
    query = filtered(
        select(*moves.c),
        (moves.c.company, company),
        (moves.c.item, item),
        (moves.c.lot, lot),
        (moves.c.document_id, document),
    )
    if warehouse is not None:
        query = query.where(
            or_(moves.c.source_place == warehouse, moves.c.target_place == warehouse)
        )
    return await page(
        session,
        query,
        paging,
        key=[moves.c.id],
        allowed_sorts={"id": moves.c.id},
        default_sort="-id",
        make=lambda row: dict(zip(moves.c.keys(), row, strict=False)),
    )
